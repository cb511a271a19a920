from __future__ import annotations

import json
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from jupyter_faas.workspace.handover.openapi import document
from jupyter_faas.workspace.handover.web_actions import WebAction, web_action_of

SCHEMA = {
    "type": "object",
    "properties": {"width": {"type": "number"}, "unit": {"type": "string", "default": "cm"}},
    "required": ["width", "unit"],
    "x-faas-models": {"model": {"inputs": []}},
}


def made(*functions: WebAction) -> dict[str, Any]:
    found = document(
        functions, title="guest", server={"url": "http://host.example/api/v1/web/guest"}
    )
    OpenAPIV31SpecValidator(found).validate()
    return found


def area(**annotations: Any) -> WebAction:
    found = web_action_of(
        "area",
        {"web-export": True, "faas-schema": SCHEMA, "description": "The area.", **annotations},
        ("unit",),
    )
    assert found is not None
    return found


def body(found: dict[str, Any], path: str) -> Any:
    content = found["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    return found["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]


def test_parameters_are_typed_and_those_that_are_set_are_left_out() -> None:
    found = made(area())
    assert body(found, "/default/area.json") == {
        "type": "object",
        "properties": {"width": {"type": "number"}},
        "required": ["width"],
    }
    operation = found["paths"]["/default/area.json"]["post"]
    assert (operation["operationId"], operation["description"]) == ("area", "The area.")
    assert operation["requestBody"]["required"]
    assert operation["security"] == []
    assert "securitySchemes" not in found["components"]


def test_classes_that_contain_themselves_are_found_in_the_document() -> None:
    node = {
        "type": "object",
        "properties": {"inner": {"type": "array", "items": {"$ref": "#/$defs/Node"}}},
        "x-faas-type": "dataclass",
    }
    schema = {
        "type": "object",
        "properties": {"root": {"$ref": "#/$defs/Node"}},
        "$defs": {"Node": node},
    }
    found = body(made(area(**{"faas-schema": schema})), "/default/area.json")
    place = "#/components/schemas/AreaParameters/$defs/Node"
    assert found["properties"]["root"] == {"$ref": place}
    assert found["$defs"]["Node"]["properties"]["inner"]["items"] == {"$ref": place}
    assert "x-faas-type" not in json.dumps(found)


def test_result_is_told_where_the_function_tells_it() -> None:
    result = {"type": "object", "properties": {"area": {"type": "number"}}}
    known = area(**{"faas-schema": {**SCHEMA, "x-faas-result": result}})
    schemas = made(known)["components"]["schemas"]
    assert schemas["AreaResult"] == result
    assert "x-faas-result" not in schemas["AreaParameters"]
    assert made(area())["components"]["schemas"]["AreaResult"] == {"type": "object"}


@pytest.mark.parametrize(
    ("wanted", "access", "scheme"),
    [
        (True, "key", {"type": "http", "scheme": "basic"}),
        ("pssst", "word", {"type": "apiKey", "in": "header", "name": "X-Require-Whisk-Auth"}),
        (4711, "word", {"type": "apiKey", "in": "header", "name": "X-Require-Whisk-Auth"}),
    ],
    ids=["key", "word", "number"],
)
def test_what_asks_for_a_secret_says_so_and_not_which(
    wanted: object, access: str, scheme: dict[str, str]
) -> None:
    found = made(area(**{"require-whisk-auth": wanted}))
    operation = found["paths"]["/default/area.json"]["post"]
    assert operation["security"] == [{access: []}]
    assert scheme.items() <= found["components"]["securitySchemes"][access].items()
    assert "401" in operation["responses"]
    assert "pssst" not in json.dumps(found)
    assert "4711" not in json.dumps(found["paths"])


def test_wrong_parameters_are_an_answer_of_ours_alone() -> None:
    others = web_action_of("hello", {"web-export": True}, ())
    assert others is not None
    found = made(area(), others)

    def answer(path: str) -> Any:
        ok = found["paths"][path]["post"]["responses"]["200"]
        return ok["content"]["application/json"]["schema"]

    assert answer("/default/hello.json") == {"$ref": "#/components/schemas/HelloResult"}
    assert answer("/default/area.json")["anyOf"][0] == {"$ref": "#/components/schemas/Refusal"}
    assert body(found, "/default/hello.json") == {"type": "object"}
    assert not found["paths"]["/default/hello.json"]["post"]["requestBody"]["required"]


def test_functions_that_programs_would_call_the_same_are_told_apart() -> None:
    names = ("a/b", "a_b", "A B", "error", "2 x")
    each = [web_action_of(name, {"web-export": True}, ()) for name in names]
    found = made(*filter(None, each))
    ids = [path["post"]["operationId"] for path in found["paths"].values()]
    assert ids == ["a_b", "a_b_2", "A_B_3", "error_2", "function_2_x"]


def test_another_interface_is_another_version() -> None:
    assert made(area())["info"] == made(area())["info"]
    assert made(area())["info"]["version"] != made(area(description="Else."))["info"]["version"]


@pytest.mark.parametrize(
    "annotations",
    [{}, {"web-export": False}, {"web-export": True, "require-whisk-auth": None}],
    ids=["none", "off", "nobody"],
)
def test_what_nobody_may_call_is_not_told(annotations: dict[str, Any]) -> None:
    assert web_action_of("area", annotations, ()) is None


def test_paths_with_signs_are_quoted() -> None:
    found = web_action_of("my pkg/a@b", {"web-export": True}, ())
    assert found is not None
    assert found.path == "my%20pkg/a%40b.json"
    assert list(made(found)["paths"]) == ["/my%20pkg/a%40b.json"]


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "nonsense"},
        {**SCHEMA, "properties": {"width": {"type": 7}}},
        {**SCHEMA, "properties": ["width"]},
        {**SCHEMA, "x-faas-result": {"type": "nonsense"}},
    ],
    ids=["type", "nested", "properties", "result"],
)
def test_what_is_no_schema_spoils_no_document(schema: dict[str, Any]) -> None:
    found = made(area(**{"faas-schema": schema}), area())
    assert body(found, "/default/area.json")["type"] == "object"
