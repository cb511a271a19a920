"""JSON schemas of request and response bodies (contract §1.1, §1.4, §2, §3.2)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

# Functions that build schemas. They use only the common features of OpenAPI 3.0 and JSON Schema.

Schema = dict[str, Any]

ANY: Schema = {}
STRING: Schema = {"type": "string"}
INTEGER: Schema = {"type": "integer"}
BOOLEAN: Schema = {"type": "boolean"}


def object_of(required: dict[str, Schema], **optional: Schema) -> Schema:
    """Return the schema of an object with required and optional properties.

    Underscores at the end of the names of optional properties are removed.
    """
    # Callers pass ``exec_`` and not ``exec``, because ``exec`` is the name of a builtin.
    properties = {name.rstrip("_"): schema for name, schema in optional.items()}
    schema: Schema = {"type": "object", "properties": {**required, **properties}}
    if required:
        schema["required"] = sorted(required)
    return schema


def array_of(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def map_of(values: Schema = ANY) -> Schema:
    """Return the schema of an object with arbitrary property names and values of one schema."""
    return {"type": "object", "additionalProperties": values}


def any_of(*schemas: Schema) -> Schema:
    return {"anyOf": list(schemas)}


def enum(*values: str) -> Schema:
    return {"type": "string", "enum": list(values)}


def with_description(schema: Schema, description: str) -> Schema:
    return {**schema, "description": description}


def ref(name: str, kind: str = "schemas") -> Schema:
    return {"$ref": f"#/components/{kind}/{name}"}


_UPDATED = with_description(INTEGER, "Epoch milliseconds.")
_STATUS = enum("active", "inactive")
_ANNOTATIONS = ref("KeyValues")
_REFERENCE = any_of(
    object_of({"path": STRING, "name": STRING}),
    with_description(STRING, "With its namespace: /guest/name or /guest/package/name."),
)
_ENTITY_FIELDS: dict[str, Schema] = {
    "namespace": with_description(
        STRING, "With the package, if the entity is in one: guest/package."
    ),
    "name": STRING,
    "version": STRING,
    "publish": BOOLEAN,
    "annotations": _ANNOTATIONS,
    "updated": _UPDATED,
}
_PUT_FIELDS: dict[str, Schema] = {
    "version": with_description(
        STRING, "If it is not given, every update increments the patch number."
    ),
    "publish": BOOLEAN,
    "annotations": _ANNOTATIONS,
}
_LIMITS: dict[str, Schema] = {
    "timeout": with_description(INTEGER, "Milliseconds."),
    "memory": with_description(INTEGER, "MB."),
    "logs": with_description(INTEGER, "MB."),
    "concurrency": with_description(INTEGER, "Concurrent runs in one container."),
}
_EXEC: dict[str, Schema] = {
    "code": with_description(STRING, "Text, or an archive in base64."),
    "main": with_description(STRING, "The function to call; main by default."),
    "image": with_description(STRING, "The image of a blackbox action."),
    "components": with_description(
        array_of(STRING), "The full names of the actions of a sequence."
    ),
}
_MEMBER = object_of({"name": STRING, "version": STRING, "annotations": _ANNOTATIONS})
_ACTIVATION: dict[str, Schema] = {
    "namespace": with_description(STRING, "The namespace that invoked the action."),
    "name": STRING,
    "version": STRING,
    "activationId": ref("ActivationIdText"),
    "start": with_description(INTEGER, "Epoch milliseconds."),
    "annotations": _ANNOTATIONS,
    "publish": BOOLEAN,
}
# These fields are optional, because the record of a trigger does not have an end.
_END_FIELDS: dict[str, Schema] = {
    "end": with_description(INTEGER, "Epoch milliseconds."),
    "duration": with_description(INTEGER, "Milliseconds."),
    "cause": with_description(STRING, "The activation that caused this one."),
}
_HOST_LIMITS = (
    "actions_per_minute triggers_per_minute concurrent_actions sequence_length "
    "min_action_duration max_action_duration min_action_memory max_action_memory "
    "min_action_logs max_action_logs default_min_action_duration default_max_action_duration "
    "default_min_action_memory default_max_action_memory default_min_action_logs "
    "default_max_action_logs"
)
_NAMESPACE_LIMITS = (
    "invocationsPerMinute concurrentInvocations firesPerMinute minActionMemory maxActionMemory "
    "minActionLogs maxActionLogs minActionTimeout maxActionTimeout minActionConcurrency "
    "maxActionConcurrency maxActionInstances"
)

SCHEMAS: Mapping[str, Schema] = MappingProxyType(
    {
        "Error": object_of(
            {
                "error": with_description(STRING, "The error message."),
                "code": with_description(
                    STRING, "The id of the request, as in the header X-Request-ID."
                ),
            }
        ),
        "KeyValue": object_of(
            {"key": STRING, "value": ANY},
            init=with_description(
                BOOLEAN,
                "The code receives the parameter as an environment variable instead of an "
                "argument.",
            ),
        ),
        "KeyValues": array_of(ref("KeyValue")),
        "ActionLimits": object_of(_LIMITS),
        "Exec": object_of(
            {"kind": STRING},
            binary=with_description(BOOLEAN, "Whether the code is an archive."),
            **_EXEC,
        ),
        "Action": object_of(
            {
                **_ENTITY_FIELDS,
                "exec": ref("Exec"),
                "parameters": ref("KeyValues"),
                "limits": ref("ActionLimits"),
            }
        ),
        "ActionSummary": object_of(
            {
                **_ENTITY_FIELDS,
                "exec": object_of({"binary": BOOLEAN}),
                "limits": ref("ActionLimits"),
            }
        ),
        "ActionPut": with_description(
            object_of(
                {},
                exec_=object_of({"kind": STRING}, **_EXEC),
                parameters=ref("KeyValues"),
                limits=object_of({}, **_LIMITS),
                delAnnotations=array_of(STRING),
                **_PUT_FIELDS,
            ),
            "A new action needs exec. An update replaces all parameters, but adds to the "
            "annotations and limits.",
        ),
        "Binding": object_of({"namespace": STRING, "name": STRING}),
        "Package": object_of(
            {
                **_ENTITY_FIELDS,
                "parameters": ref("KeyValues"),
                "binding": with_description(
                    object_of({}, namespace=STRING, name=STRING), "Empty unless it is a binding."
                ),
            },
            actions=array_of(_MEMBER),
            feeds=array_of(_MEMBER),
        ),
        "PackageSummary": object_of({**_ENTITY_FIELDS, "binding": any_of(BOOLEAN, ref("Binding"))}),
        "PackagePut": object_of(
            {}, binding=ref("Binding"), parameters=ref("KeyValues"), **_PUT_FIELDS
        ),
        "Trigger": object_of(
            {**_ENTITY_FIELDS, "parameters": ref("KeyValues"), "limits": {"type": "object"}},
            rules=map_of(
                object_of(
                    {"action": object_of({"path": STRING, "name": STRING}), "status": _STATUS}
                )
            ),
        ),
        "TriggerSummary": object_of(_ENTITY_FIELDS),
        "TriggerPut": object_of({}, parameters=ref("KeyValues"), **_PUT_FIELDS),
        "RuleSummary": object_of(
            {
                **_ENTITY_FIELDS,
                "trigger": object_of({"path": STRING, "name": STRING}),
                "action": object_of({"path": STRING, "name": STRING}),
            }
        ),
        "Rule": object_of(
            {
                **_ENTITY_FIELDS,
                "trigger": object_of({"path": STRING, "name": STRING}),
                "action": object_of({"path": STRING, "name": STRING}),
                "status": _STATUS,
            }
        ),
        "RulePut": object_of({}, trigger=_REFERENCE, action=_REFERENCE, **_PUT_FIELDS),
        "RuleStatus": object_of({"status": _STATUS}),
        "ActivationIdText": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
        "ActivationId": object_of({"activationId": ref("ActivationIdText")}),
        "ActivationResponse": object_of(
            {
                "status": enum(
                    "success",
                    "application error",
                    "action developer error",
                    "whisk internal error",
                ),
                "success": BOOLEAN,
                "result": ANY,
            },
            size=with_description(INTEGER, "Bytes."),
        ),
        "Activation": object_of(
            {
                **_ACTIVATION,
                "subject": STRING,
                "response": ref("ActivationResponse"),
                "logs": array_of(STRING),
            },
            **_END_FIELDS,
        ),
        "ActivationSummary": object_of(
            _ACTIVATION,
            **_END_FIELDS,
            statusCode=with_description(
                {"type": "integer", "minimum": 0, "maximum": 3},
                "The status as a number: 0 for success, and 1 to 3 for the errors.",
            ),
        ),
        "ActivationLogs": object_of({"logs": array_of(STRING)}),
        "Limits": object_of(
            {**dict.fromkeys(_NAMESPACE_LIMITS.split(), INTEGER), "maxParameterSize": STRING}
        ),
        "ApiInfo": object_of(
            {
                "description": STRING,
                "api_version": STRING,
                "api_version_path": STRING,
                "build": STRING,
                "buildno": STRING,
                "swagger_paths": map_of(STRING),
            }
        ),
        "HostInfo": object_of(
            {
                "description": STRING,
                "support": map_of(STRING),
                "api_paths": array_of(STRING),
                "limits": object_of(dict.fromkeys(_HOST_LIMITS.split(), INTEGER)),
                "runtimes": map_of(array_of(ref("Runtime"))),
            }
        ),
        "Runtime": object_of(
            {
                "kind": STRING,
                "image": STRING,
                "default": BOOLEAN,
                "deprecated": BOOLEAN,
                "attached": BOOLEAN,
                "requireMain": BOOLEAN,
            }
        ),
    }
)
