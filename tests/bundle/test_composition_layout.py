"""The package of a composition."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from jupyter_faas.bundle import (
    Bundle,
    CompositionFiles,
    can_run,
    composition_of,
    is_composition,
    lay_out_composition,
    pack,
)
from jupyter_faas.errors import BundleDamaged, BundleError
from tests.bundle.helpers.samples import manifest

DOCUMENT = {
    "ast": {"type": "action", "name": "/_/iris"},
    "composition": {"type": "action", "name": "/_/iris"},
    "fsm": [{"parent": "", "type": "action", "name": "/_/iris"}],
    "version": "0.12.0",
}
FILES = CompositionFiles(
    document=DOCUMENT,
    cell_text='%%composition flow\nsequence("iris")',
    captured_source="faas_inline_0 = len\n",
    arrays={"weights": b"npy"},
    includes={"rules.py": b"x = 1\n"},
    requirements={"numpy": "2.4.6"},
)


def shipped(name: str) -> str:
    return f"# {name}\n"


def bundle(files: CompositionFiles) -> Bundle:
    return pack(lay_out_composition(files, shipped), manifest())


def test_everything_has_its_place() -> None:
    made = bundle(FILES)
    assert [path for path, _, _ in made.members()] == [
        "__main__.py",
        "captured.py",
        "composition.py",
        "composition.json",
        "faas_conductor_host.py",
        "faas_conductor_values.py",
        "data/weights.npy",
        "rules.py",
        "requirements.txt",
        "manifest.json",
    ]
    assert made.read("__main__.py") == b"# conductor/conductor_main.py\n"
    assert made.read("composition.py") == b'# %%composition flow\nsequence("iris")\n'
    assert json.loads(made.read("composition.json")) == DOCUMENT
    assert can_run(made)


def test_the_same_composition_gives_the_same_bytes() -> None:
    assert bundle(FILES).sha256 == bundle(FILES).sha256


def test_without_functions_nothing_is_captured() -> None:
    made = lay_out_composition(CompositionFiles(DOCUMENT), shipped)
    conductor = {"__main__.py", "faas_conductor_host.py", "faas_conductor_values.py"}
    assert made.keys() == {*conductor, "composition.json"}


def test_a_composition_with_the_conductor_of_npm_runs_on_node() -> None:
    files = CompositionFiles({"ast": {}, "composition": {}}, javascript="const main = 1\n")
    made = lay_out_composition(files, shipped)
    assert json.loads(made["package.json"]) == {"main": "index.js"}
    assert made["index.js"] == b"const main = 1\n"
    assert "__main__.py" not in made


def test_a_composition_without_any_conductor_is_only_to_be_shown() -> None:
    made = bundle(CompositionFiles({"ast": {}, "composition": {}}))
    assert is_composition(made)
    assert not can_run(made)


def test_an_include_cannot_take_the_place_of_the_composition() -> None:
    with pytest.raises(BundleError, match=r"composition\.json has a name that is reserved"):
        lay_out_composition(replace(FILES, includes={"composition.json": b""}), shipped)


def test_the_composition_is_read_back() -> None:
    assert composition_of(bundle(FILES)) == DOCUMENT


def test_a_function_that_includes_a_file_of_that_name_is_none() -> None:
    made = pack({"function.py": b"", "composition.json": b"{}"}, manifest())
    assert composition_of(made) is None


@pytest.mark.parametrize("text", [b"{", b"[]", b'{"ast": 1}'], ids=["json", "list", "ast"])
def test_a_damaged_composition_is_told(text: bytes) -> None:
    with pytest.raises(BundleDamaged, match=r"composition\.json"):
        composition_of(pack({"composition.json": text}, manifest()))
