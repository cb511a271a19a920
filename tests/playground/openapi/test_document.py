from __future__ import annotations

import re

from openapi_spec_validator import OpenAPIV30SpecValidator

from jupyter_faas.playground.openapi import document
from jupyter_faas.playground.openapi.schemas import SCHEMAS


def test_it_is_openapi() -> None:
    found = document("1.2.3")
    OpenAPIV30SpecValidator(found).validate()
    assert found["info"]["version"] == "1.2.3"


def test_nothing_in_it_is_of_no_use() -> None:
    used = set(re.findall(r"'#/components/(\w+/[\w-]+)'", str(document("x"))))
    components = document("x")["components"]
    defined = {
        f"{kind}/{name}"
        for kind in ("schemas", "parameters", "headers", "responses")
        for name in components[kind]
    }
    assert defined == used


def test_schemas_say_only_what_is_json_schema_too() -> None:
    assert "nullable" not in str(dict(SCHEMAS))
