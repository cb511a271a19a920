"""What a real playground and the packages of a data folder tell of a function."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

from jupyter_faas.bundle import PackageRecord
from jupyter_faas.client import Client, playground_target
from jupyter_faas.errors import ActionNotFound
from jupyter_faas.workspace import Workspace
from jupyter_faas.workspace.handover.function_page import FunctionPage
from jupyter_faas.workspace.request import FunctionTest
from tests.workspace.helpers.cells import run_cell
from tests.workspace.helpers.requests import function_request
from tests.workspace.helpers.samples import assert_same_shape, sample

AREA = '''\
%%function area
def area(width: float, height: float = 2.0, unit: str = "") -> dict[str, float | str]:
    """The area of a rectangle.

    The unit stays as it is.
    """
    return {"area": width * height, "unit": unit}
'''

CLASSIFY = """\
%%function classify
def classify(flower: list[float]):
    return {"class": int(model.predict([flower])[0])}
"""


def put(workspace: Workspace, cell: str, name: str, **options: Any) -> PackageRecord:
    """Deploy what the cell makes; ``model`` is there when it runs."""
    values = {"model": options.pop("model")} if "model" in options else {}
    made = workspace.package(function_request(cell, name, **options), run_cell(cell, **values))
    workspace.deploy(made.record.id)
    return made.record


@pytest.fixture(scope="module")
def area(workspace: Workspace) -> FunctionPage:
    tests = (
        FunctionTest({"width": 3.0}),
        FunctionTest({"width": 1.0, "height": 1.0}, {"area": 1.0}),
    )
    put(workspace, AREA, "area", parameters={"unit": "square ells"}, tests=tests)
    return workspace.function_pages.page("area")


def test_what_it_does_takes_and_answers(area: FunctionPage) -> None:
    assert area.doc == "The area of a rectangle.\n\nThe unit stays as it is."
    assert area.signature.startswith("area(width: float, height: float = 2.0")
    assert area.schema is not None
    assert area.schema["required"] == ["width"]
    assert area.result is not None
    assert area.result["type"] == "object"
    assert "additionalProperties" in area.result


def test_a_preset_parameter_is_told_by_its_name_alone(area: FunctionPage) -> None:
    assert area.preset == ("unit",)
    assert "square ells" not in json.dumps({**area.to_json(), "examples": []})


def test_its_tests_are_its_examples(area: FunctionPage) -> None:
    assert [each["params"] for each in area.examples] == [
        {"width": 3.0},
        {"width": 1.0, "height": 1.0},
    ]
    assert area.examples[1]["answer"]["area"] == 1.0


def test_rows_of_a_sample_are_nobodys_example(workspace: Workspace) -> None:
    rows, classes = load_iris(return_X_y=True)
    model = LogisticRegression(max_iter=500).fit(rows, classes)
    record = put(workspace, CLASSIFY, "classify", model=model, sample=rows)
    assert [each["source"] for each in record.examples] == ["sample"]
    found = workspace.function_pages.page("classify")
    assert found.examples == []
    assert workspace.handover.usage("classify").params_from == "schema"
    assert found.models is not None
    wanted = sample("function_page")["models"][0]
    assert_same_shape(found.models[0]["parity"], wanted["parity"])
    assert found.models[0]["class"] == "LogisticRegression"


def test_without_its_package_the_target_is_believed(
    workspace: Workspace, area: FunctionPage
) -> None:
    client = Client(playground_target(workspace.data_dir))
    sha256 = client.get_action("area").annotation("faas-bundle")
    client.close()
    path = workspace.data_dir / "bundles" / f"{sha256}.zip"
    data = path.read_bytes()
    path.unlink()
    try:
        found = workspace.function_pages.page("area")
    finally:
        path.write_bytes(data)
    assert found.doc == "The area of a rectangle."
    assert (found.signature, found.schema) == (area.signature, area.schema)
    assert found.models is None


def test_an_action_of_another_tool(workspace: Workspace) -> None:
    client = Client(playground_target(workspace.data_dir))
    code = "def main(args):\n    return args\n"
    client.put_action("foreign", {"exec": {"kind": "python:3.11", "code": code}})
    client.close()
    found = workspace.function_pages.page("foreign").to_json()
    told = {key: value for key, value in found.items() if value not in (None, [])}
    assert told == {"name": "foreign", "target": "playground", "target_label": "Local playground"}


def test_unknown_function(workspace: Workspace, area: FunctionPage) -> None:
    with pytest.raises(ActionNotFound, match="no function 'aera'") as error:
        workspace.function_pages.page("aera")
    assert "area" in error.value.hint
