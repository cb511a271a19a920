"""Words to write schemas with: what OpenAPI 3.0 and JSON Schema both understand."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

ANY: Schema = {}
STRING: Schema = {"type": "string"}
INTEGER: Schema = {"type": "integer"}
BOOLEAN: Schema = {"type": "boolean"}


def record(required: dict[str, Schema], **optional: Schema) -> Schema:
    """An object of these properties. A name ends in ``_`` where Python has it for itself."""
    given = {name.rstrip("_"): schema for name, schema in optional.items()}
    schema: Schema = {"type": "object", "properties": {**required, **given}}
    if required:
        schema["required"] = sorted(required)
    return schema


def optional_record(**properties: Schema) -> Schema:
    return record({}, **properties)


def array(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def mapping(values: Schema = ANY) -> Schema:
    """An object with any names."""
    return {"type": "object", "additionalProperties": values}


def either(*schemas: Schema) -> Schema:
    return {"anyOf": list(schemas)}


def words(*values: str) -> Schema:
    return {"type": "string", "enum": list(values)}


def told(schema: Schema, description: str) -> Schema:
    return {**schema, "description": description}


def ref(name: str, kind: str = "schemas") -> Schema:
    return {"$ref": f"#/components/{kind}/{name}"}
