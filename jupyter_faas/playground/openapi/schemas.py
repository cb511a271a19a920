"""What bodies and replies look like (contract §1.1, §1.4, §2, §3.2)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

# -- Words to write schemas with: what OpenAPI 3.0 and JSON Schema both understand.


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


_UPDATED = told(INTEGER, "Epoch milliseconds.")
_STATUS = words("active", "inactive")
_ANNOTATIONS = ref("KeyValues")
_REFERENCE = either(
    record({"path": STRING, "name": STRING}),
    told(STRING, "With its namespace: /guest/name or /guest/package/name."),
)
_ENTITY: dict[str, Schema] = {
    "namespace": told(STRING, "With the package, if it is in one: guest/package."),
    "name": STRING,
    "version": STRING,
    "publish": BOOLEAN,
    "annotations": _ANNOTATIONS,
    "updated": _UPDATED,
}
_PUT: dict[str, Schema] = {
    "version": told(STRING, "Otherwise the patch number goes up with every update."),
    "publish": BOOLEAN,
    "annotations": _ANNOTATIONS,
}
_LIMITS: dict[str, Schema] = {
    "timeout": told(INTEGER, "Milliseconds."),
    "memory": told(INTEGER, "MB."),
    "logs": told(INTEGER, "MB."),
    "concurrency": told(INTEGER, "Runs at a time in one container."),
}
_EXEC: dict[str, Schema] = {
    "code": told(STRING, "Text, or an archive in base64."),
    "main": told(STRING, "The function to call; main by default."),
    "image": told(STRING, "Of a blackbox."),
    "components": told(array(STRING), "Of a sequence: full names of actions."),
}
_MEMBER = record({"name": STRING, "version": STRING, "annotations": _ANNOTATIONS})
_ACTIVATION: dict[str, Schema] = {
    "namespace": told(STRING, "Whoever invoked."),
    "name": STRING,
    "version": STRING,
    "activationId": ref("ActivationIdText"),
    "start": told(INTEGER, "Epoch milliseconds."),
    "annotations": _ANNOTATIONS,
    "publish": BOOLEAN,
}
# A trigger's record never ends.
_ENDED: dict[str, Schema] = {
    "end": told(INTEGER, "Epoch milliseconds."),
    "duration": told(INTEGER, "Milliseconds."),
    "cause": told(STRING, "The activation that this one was run by."),
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
        "Error": record(
            {
                "error": told(STRING, "What was wrong."),
                "code": told(STRING, "The id of the request, as in the header X-Request-ID."),
            }
        ),
        "KeyValue": record(
            {"key": STRING, "value": ANY},
            init=told(BOOLEAN, "The code finds it in its environment instead of its arguments."),
        ),
        "KeyValues": array(ref("KeyValue")),
        "ActionLimits": record(_LIMITS),
        "Exec": record(
            {"kind": STRING}, binary=told(BOOLEAN, "Whether the code is an archive."), **_EXEC
        ),
        "Action": record(
            {
                **_ENTITY,
                "exec": ref("Exec"),
                "parameters": ref("KeyValues"),
                "limits": ref("ActionLimits"),
            }
        ),
        "ActionSummary": record(
            {**_ENTITY, "exec": record({"binary": BOOLEAN}), "limits": ref("ActionLimits")}
        ),
        "ActionPut": told(
            optional_record(
                exec_=record({"kind": STRING}, **_EXEC),
                parameters=ref("KeyValues"),
                limits=optional_record(**_LIMITS),
                delAnnotations=array(STRING),
                **_PUT,
            ),
            "A new action needs exec. An update replaces parameters as a whole and adds to "
            "annotations and limits.",
        ),
        "Binding": record({"namespace": STRING, "name": STRING}),
        "Package": record(
            {
                **_ENTITY,
                "parameters": ref("KeyValues"),
                "binding": told(
                    optional_record(namespace=STRING, name=STRING), "Empty unless it is a binding."
                ),
            },
            actions=array(_MEMBER),
            feeds=array(_MEMBER),
        ),
        "PackageSummary": record({**_ENTITY, "binding": either(BOOLEAN, ref("Binding"))}),
        "PackagePut": optional_record(binding=ref("Binding"), parameters=ref("KeyValues"), **_PUT),
        "Trigger": record(
            {**_ENTITY, "parameters": ref("KeyValues"), "limits": {"type": "object"}},
            rules=mapping(
                record({"action": record({"path": STRING, "name": STRING}), "status": _STATUS})
            ),
        ),
        "TriggerSummary": record(_ENTITY),
        "TriggerPut": optional_record(parameters=ref("KeyValues"), **_PUT),
        "RuleSummary": record(
            {
                **_ENTITY,
                "trigger": record({"path": STRING, "name": STRING}),
                "action": record({"path": STRING, "name": STRING}),
            }
        ),
        "Rule": record(
            {
                **_ENTITY,
                "trigger": record({"path": STRING, "name": STRING}),
                "action": record({"path": STRING, "name": STRING}),
                "status": _STATUS,
            }
        ),
        "RulePut": optional_record(trigger=_REFERENCE, action=_REFERENCE, **_PUT),
        "RuleStatus": record({"status": _STATUS}),
        "ActivationIdText": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
        "ActivationId": record({"activationId": ref("ActivationIdText")}),
        "ActivationResponse": record(
            {
                "status": words(
                    "success",
                    "application error",
                    "action developer error",
                    "whisk internal error",
                ),
                "success": BOOLEAN,
                "result": ANY,
            },
            size=told(INTEGER, "Bytes."),
        ),
        "Activation": record(
            {
                **_ACTIVATION,
                "subject": STRING,
                "response": ref("ActivationResponse"),
                "logs": array(STRING),
            },
            **_ENDED,
        ),
        "ActivationSummary": record(
            _ACTIVATION,
            **_ENDED,
            statusCode=told(
                {"type": "integer", "minimum": 0, "maximum": 3}, "As in the status, from 0."
            ),
        ),
        "ActivationLogs": record({"logs": array(STRING)}),
        "Limits": record(
            {**dict.fromkeys(_NAMESPACE_LIMITS.split(), INTEGER), "maxParameterSize": STRING}
        ),
        "ApiInfo": record(
            {
                "description": STRING,
                "api_version": STRING,
                "api_version_path": STRING,
                "build": STRING,
                "buildno": STRING,
                "swagger_paths": mapping(STRING),
            }
        ),
        "HostInfo": record(
            {
                "description": STRING,
                "support": mapping(STRING),
                "api_paths": array(STRING),
                "limits": record(dict.fromkeys(_HOST_LIMITS.split(), INTEGER)),
                "runtimes": mapping(array(ref("Runtime"))),
            }
        ),
        "Runtime": record(
            {
                "kind": STRING,
                "image": STRING,
                "default": BOOLEAN,
                "deprecated": BOOLEAN,
                "attached": BOOLEAN,
                "requireMain": BOOLEAN,
                "stemCells": INTEGER,
            }
        ),
    }
)
