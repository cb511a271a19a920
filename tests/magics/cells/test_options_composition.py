from __future__ import annotations

import pytest

from jupyter_faas.errors import InputError, NameNotAllowed
from jupyter_faas.magics.cells.options import (
    COMPOSITION_ARGUMENTS,
    FUNCTION_ARGUMENTS,
    parse_composition_line,
)
from jupyter_faas.whisk.inputs import KeepInputs
from jupyter_faas.workspace.options import CompositionOptions


def options(line: str) -> CompositionOptions:
    found = parse_composition_line(line)
    assert isinstance(found, CompositionOptions)
    return found


def test_a_name_alone_takes_the_defaults() -> None:
    assert options("asset_created") == CompositionOptions("asset_created")


def test_every_option_is_read() -> None:
    line = (
        'asset_created --from "old flows/asset.json" --memory 512 --timeout 2m --param host=db '
        "--annotation team=media --kind python:3.11 --vendor --include data/x.csv "
        "--require pandas[excel] --package flows --web --keep-inputs 3 --redact token --deploy"
    )
    assert options(line) == CompositionOptions(
        name="asset_created",
        source="old flows/asset.json",
        memory_mb=512,
        timeout_ms=120_000,
        parameters={"host": "db"},
        annotations={"team": "media"},
        kind="python:3.11",
        vendor=True,
        includes=("data/x.csv",),
        requires=("pandas[excel]",),
        package="flows",
        web=True,
        keep_inputs=KeepInputs(3, ("token",)),
        deploy=True,
    )
    assert options(line).path == "flows/asset_created"


def test_shared_options_say_the_same_as_the_functions() -> None:
    functions = {one.name: one.help for one in FUNCTION_ARGUMENTS}
    shared = [one for one in COMPOSITION_ARGUMENTS if one.name not in ("name", "source")]
    assert {one.name: one.help for one in shared}.items() <= functions.items()


@pytest.mark.parametrize("line", ["flow --sample X", "flow --model-format skops", "flow --test 1"])
def test_options_about_models_are_refused(line: str) -> None:
    with pytest.raises(InputError, match="Unrecognized arguments") as caught:
        parse_composition_line(line)
    assert caught.value.hint.startswith("Usage: %%composition [-h]")


def test_a_package_in_the_name_is_said_as_an_option() -> None:
    with pytest.raises(
        NameNotAllowed, match="'flows/asset' is not a valid name for a composition"
    ) as caught:
        parse_composition_line("flows/asset")
    assert caught.value.hint == "Write %%composition asset --package flows"


def test_help_is_given_when_it_is_asked_for() -> None:
    text = parse_composition_line("-h")
    assert isinstance(text, str)
    assert "--from FILE.json" in text
    assert "without an import" in " ".join(text.split())
