from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from jupyter_faas.commands.models import ListedModel
from jupyter_faas.commands.table import Call, Outcome, parse
from jupyter_faas.errors import InputError
from jupyter_faas.serialization import ConversionHelper
from jupyter_faas.workspace import Workspace
from tests.workspace.helpers.cells import IRIS, run_cell, trained
from tests.workspace.helpers.requests import function_request


@pytest.fixture(scope="module")
def workspace(
    tmp_path_factory: pytest.TempPathFactory, helper: ConversionHelper
) -> Iterator[Workspace]:
    """A playground with ``iris``, whose model lies in the store."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_FAAS_MODEL_THRESHOLD", "0")
        patch.delenv("JUPYTER_FAAS_MODEL_STORE", raising=False)
        workspace = Workspace.open(tmp_path_factory.mktemp("models"))
        model, data = trained()
        request = function_request(cell_text=IRIS, name="iris", sample=data)
        made = workspace.package(request, run_cell(IRIS, model=model, X=data), helper=helper)
        workspace.playground.start(port=0)
        workspace.deploy(made.record.id)
        yield workspace
        workspace.playground.stop()


def run(workspace: Workspace, line: str) -> Outcome:
    call = parse("magic", line.split())
    assert isinstance(call, Call)
    return call.run(workspace)


def listed(workspace: Workspace) -> ListedModel:
    (model,) = cast(list[ListedModel], run(workspace, "models").value)
    return model


def test_models_are_listed_with_size_and_use(workspace: Workspace) -> None:
    outcome = run(workspace, "models")
    model = listed(workspace)
    assert outcome.to_json() == {"models": [model.to_json()]}
    assert (model.stored, model.here, model.used_by) == (True, True, ("iris",))
    head, line = outcome.lines
    assert head.split() == ["MODEL", "SIZE", "STORE", "DISK", "USED", "BY"]
    size = f"{model.size / 1000:.1f}"
    assert line.split() == [model.sha256[:12], size, "kB", "store", "here", "iris"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("models remove", "needs the sha256 of a model"),
        ("models list abc", "does not take a sha256"),
        ("models remove zzzzzzzz", "No model matches 'zzzzzzzz'"),
    ],
)
def test_what_names_no_model_is_refused(workspace: Workspace, line: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        run(workspace, line)


def test_a_model_goes_after_the_function_that_uses_it(workspace: Workspace) -> None:
    model = listed(workspace)
    start = model.sha256[:12]
    with pytest.raises(InputError, match="does not identify a single model"):
        run(workspace, f"models remove {start[:2]}")
    with pytest.raises(InputError, match=r"is used by iris\."):
        run(workspace, f"models remove {start}")
    workspace.remove("iris")
    outcome = run(workspace, f"models remove {start}")
    assert outcome.to_json() == {"removed": model.sha256}
    assert run(workspace, "models").lines == ("There are no models outside packages.",)


def test_models_are_listed_before_the_first_start_of_the_playground(tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path)
    assert run(workspace, "models").lines == ("There are no models outside packages.",)
