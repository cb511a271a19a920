"""manifest.yaml, read and deployed by the rules of wskdeploy's own parser.

``deploy`` does what wskdeploy does (``parsers/parameters.go``, ``wskenv/environment.go`` and
``parsers/manifest_parser.go`` of apache/openwhisk-wskdeploy), against a real playground.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from jupyter_faas.client import Client, playground_target
from jupyter_faas.errors import InputError
from jupyter_faas.workspace import Workspace
from jupyter_faas.workspace.handover.project import project
from jupyter_faas.workspace.handover.project_function import ProjectFunction, functions_of
from jupyter_faas.workspace.handover.wskdeploy import interpolated
from tests.workspace.helpers.cells import packaged
from tests.workspace.helpers.composing import ComposingNotebook

AREA = '''\
%%function area
import os

def area(width: float, unit: str, scale: float, names: list, more: dict, cut: float | None):
    """Costs $5, or ${x}."""
    key = os.environ["AREA_KEY"]
    return {"area": scale * width, "unit": unit, "names": names, "more": more, "key": len(key)}
'''
# What no YAML parser may take for a number, a truth or a reference to a variable.
HARD = {
    "id": "1e5",
    "code": "12_000",
    "answer": "no",
    "reference": "see ${x}, ${y}",
    "price": "$5 or ${x}",
    "lone": "$5",
    "empty": "",
    "nothing": None,
    "nested": {"keep": "0x1F", "drop": None, "1e5": [None, "1"]},
}
PARAMETERS = {
    "unit": r"C:\temp",
    "scale": 2.5,
    "names": ["a", "b"],
    "more": {"n": None},
    "cut": None,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("faas")


@pytest.fixture(scope="module")
def area(folder: Path) -> ProjectFunction:
    made = packaged(
        folder,
        AREA,
        "area",
        package="geo",
        secrets=["AREA_KEY"],
        parameters=PARAMETERS,
        annotations=HARD,
        cell_id="12345678",
    )
    (found,) = functions_of([made.record.id], folder)
    return found


@pytest.fixture(scope="module")
def files(area: ProjectFunction) -> Mapping[str, bytes]:
    return project([area], "maps.ipynb")


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[Client]:
    workspace = Workspace.open(folder, target="playground")
    workspace.playground.start()
    client = Client(playground_target(folder))
    yield client
    client.close()
    workspace.playground.stop()


def action(files: Mapping[str, bytes], package: str = "geo", name: str = "area") -> Any:
    return yaml.safe_load(files["manifest.yaml"])["packages"][package]["actions"][name]


def resolved(entry: Mapping[str, Any], environ: Mapping[str, str]) -> Any:
    """The value of an input. Only text, and the text in a map, is looked up."""
    value = entry["value"]
    if entry["type"] == "string":
        return interpolated(value, environ)
    assert (entry["type"], type(value)) == ("json", dict), "wskdeploy: a type mismatch"
    return {key: interpolated(each, environ) for key, each in value.items()}


def deploy(client: Client, files: Mapping[str, bytes], environ: Mapping[str, str]) -> None:
    found = action(files)
    client.create_package("geo")
    client.put_action(
        "geo/area",
        {
            "exec": {
                "kind": found["runtime"],
                "code": base64.b64encode(files[found["function"]]).decode(),
            },
            "limits": {
                "timeout": found["limits"]["timeout"],
                "memory": found["limits"]["memorySize"],
            },
            "parameters": [
                {"key": key, "value": resolved(each, environ)}
                for key, each in found["inputs"].items()
            ],
            "annotations": [
                {"key": key, "value": interpolated(each, {}) if isinstance(each, str) else each}
                for key, each in found["annotations"].items()
            ],
        },
    )


def answer(client: Client, params: Mapping[str, Any]) -> Any:
    record = client.invoke("geo/area", params)
    assert not isinstance(record, str), "the run took too long"
    return record.response.result


def scalars(node: yaml.Node) -> Iterator[tuple[yaml.ScalarNode, bool]]:
    """Each scalar of a document, and whether it is a key."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield key, True
            yield from scalars(value)
    elif isinstance(node, yaml.SequenceNode):
        for each in node.value:
            yield from scalars(each)
    elif isinstance(node, yaml.ScalarNode):
        yield node, False


def test_every_text_is_quoted_and_there_is_no_null(files: Mapping[str, bytes]) -> None:
    document = yaml.compose(files["manifest.yaml"].decode())
    assert document is not None
    for node, is_key in scalars(document):
        assert not node.tag.endswith(":null"), node
        if node.tag.endswith(":str") and not is_key:
            assert node.style == '"', node.value
        if is_key and node.style is None:
            assert node.value[:1].isalpha(), node.value


def test_annotations_arrive_as_they_are(files: Mapping[str, bytes]) -> None:
    found = action(files)["annotations"]
    read = {
        key: interpolated(value, {}) if isinstance(value, str) else value
        for key, value in found.items()
    }
    same = ("id", "code", "answer", "reference", "empty")
    assert {key: read[key] for key in same} == {key: HARD[key] for key in same}
    assert read["nested"] == {"keep": "0x1F", "1e5": ["1"]}
    assert "nothing" not in read
    # These have no form that wskdeploy reads as it is, so they get a space.
    assert read["description"] == "Costs $5, or $ {x}."
    assert (read["price"], read["lone"]) == (" $5 or $ {x}", " $5")
    assert read["faas-cell"] == "12345678"


def test_no_value_and_no_secret_is_exported(files: Mapping[str, bytes]) -> None:
    assert action(files)["inputs"] == {
        "unit": {"type": "string", "value": "$GEO_AREA_UNIT"},
        "AREA_KEY": {"type": "string", "value": "$GEO_AREA_AREA_KEY"},
        "__faas_parameters": {
            "type": "json",
            "value": {
                name: f"$GEO_AREA_{name.upper()}" for name in ("scale", "names", "more", "cut")
            },
        },
    }


@pytest.fixture(scope="module")
def deployed(client: Client, files: Mapping[str, bytes]) -> Client:
    """The client of a playground to which the project was deployed with the variables set."""
    environ = {
        f"GEO_AREA_{name.upper()}": value if isinstance(value, str) else json.dumps(value)
        for name, value in PARAMETERS.items()
    }
    deploy(client, files, {**environ, "GEO_AREA_AREA_KEY": "k3y"})
    return client


def test_a_project_with_every_kind_of_value_answers_when_it_is_deployed(deployed: Client) -> None:
    assert answer(deployed, {"width": 2.0}) == {
        "area": 5.0,
        "unit": r"C:\temp",
        "names": ["a", "b"],
        "more": {"n": None},
        "key": 3,
    }


def test_a_caller_replaces_a_preset_value_and_no_secret(deployed: Client) -> None:
    found = answer(deployed, {"width": 2.0, "scale": 1.0, "AREA_KEY": "longer"})
    assert (found["area"], found["key"]) == (2.0, 3)


def test_a_value_that_is_not_json_is_told_by_the_action(deployed: Client) -> None:
    given = {"width": 1.0, "__faas_parameters": {"scale": "two"}}
    assert answer(deployed, given) == {"error": "a value in __faas_parameters is not JSON"}


@pytest.mark.parametrize("name", ["width", "__ow_user", "http"])
def test_a_web_call_cannot_replace_a_parameter_through_the_map(deployed: Client, name: str) -> None:
    given = {"__ow_method": "get", "width": 1.0, "__faas_parameters": {name: "2.0"}}
    refused = answer(deployed, given)["error"]
    assert refused["statusCode"] == 400
    assert f"the parameter {name} is already set" in str(refused["body"])


def test_each_model_outside_is_one_variable(area: ProjectFunction) -> None:
    outside = ProjectFunction(area.record, area.bundle, {"1e5" + "0" * 61: b"a", "b" * 64: b"b"})
    found = project([outside], "maps.ipynb")
    addresses = action(found)["inputs"]["FAAS_MODELS"]
    assert addresses == {
        "type": "json",
        "value": {
            "1e5" + "0" * 61: "$GEO_AREA_MODEL_1E500000",
            "b" * 64: "$GEO_AREA_MODEL_BBBBBBBB",
        },
    }
    assert f'"1e5{"0" * 61}":' in found["manifest.yaml"].decode()


def test_a_composition_with_a_number_is_refused(tmp_path: Path) -> None:
    notebook = ComposingNotebook(Workspace.open(tmp_path, target="playground"))
    made = notebook.compose("twice", "sequence('area')\n", parameters={"n": 1})
    with pytest.raises(
        InputError, match=r"The parameter n of the composition twice is not a string"
    ):
        project(functions_of([made.record.id], tmp_path), "maps.ipynb")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$A", "1"),
        ("x${A}y", "x1y"),
        ("x$${A}y", "x${A}y"),
        ("costs $A", "costs $A"),
        ("$NONE", ""),
        ("{A}", "{A}"),
        ("$", "$"),
    ],
)
def test_texts_are_interpolated_as_in_wskenv(text: str, value: str) -> None:
    assert interpolated(text, {"A": "1"}) == value
