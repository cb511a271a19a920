"""``check_call``: reject a call that the deployed action would reject, before it costs anything.

``Workspace.invoke`` and ``spawn`` use it, and therefore every handle, verb and button.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import InputError, ParametersRejected, TargetError
from jupyter_faas.whisk.names import OWN_NAMESPACE, FullName
from jupyter_faas.workspace.functions import describe_function
from jupyter_faas.workspace.handover.web_actions import Presets
from jupyter_faas.workspace.local.function import json_parameters
from jupyter_faas.workspace.naming import (
    OF_WEB_REQUESTS,
    check_parameter_names,
    unknown_parameters,
)

if TYPE_CHECKING:
    from jupyter_faas.client import Client
    from jupyter_faas.whisk import Action, Package


def check_call(
    client: Client,
    name: str,
    action: Action,
    params: Mapping[str, Any],
    action_main: ModuleType,
) -> None:
    """Raise ParametersRejected if a call has an unknown or invalid parameter, or lacks one.

    ``name`` is the action's name as the caller wrote it. A parameter that the deployed action has a
    value for is not missing, and the error does not name it. If these parameters cannot be found
    out, the call is not rejected because of a missing one.
    """
    found = describe_function(action, client)
    schema: Mapping[str, Any] = found.schema or {}
    missing, typed = _missing(schema, params), _typed(schema)
    # A web request may have an image in its body, and its values are strings.
    if any(each.startswith(OF_WEB_REQUESTS) for each in params):
        missing, typed = {}, {}
    problem = _problem(found.name, schema, typed, (), params, action_main)
    if not missing and not unknown_parameters(schema, params) and problem is None:
        return
    bound = _bound(client, name, action)
    known = schema["properties"]
    # The signature would also show preset parameters, which an agent must not see.
    shown = bound is not None and not bound & known.keys()
    signature = (found.signature or "") if shown else ""
    free = {key: each for key, each in known.items() if key not in (bound or ())}
    given = [key for key in params if key not in known]
    check_parameter_names(found.name, {**schema, "properties": free}, given, signature)
    left = [] if bound is None else [key for key in missing if key not in bound]
    # The values are checked too, so that one error names everything to correct.
    checked = {key: each for key, each in typed.items() if key in free}
    problem = _problem(found.name, schema, checked, left, params, action_main)
    if problem is not None:
        hint = f"The signature is {signature}" if signature else ""
        raise ParametersRejected(f"{problem}.", hint=hint) from problem


def _problem(
    name: str,
    schema: Mapping[str, Any],
    known: Mapping[str, Any],
    required: Sequence[str],
    params: Mapping[str, Any],
    action_main: ModuleType,
) -> Exception | None:
    """Return the error with which the action would reject the parameters in ``known``, or None."""
    if not known:
        return None
    values = {key: value for key, value in params.items() if key in known}
    try:
        values = json_parameters(values, action_main, schema)
    except InputError:
        # Values that are not JSON are reported when the call is sent.
        values = {}
    spec = {
        "name": name,
        "parameter_style": "named",
        "schema": {"properties": known, "required": required},
    }
    try:
        # The same code rejects the call in the action, so the error message is the same.
        action_main.bind(spec, values, action_main.converter(schema))
    except action_main.ParametersRejected as error:
        return error  # type: ignore[no-any-return]  # the module is loaded from its text
    return None


def _typed(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schemas of the parameters, without those that allow any value."""
    known = schema.get("properties")
    if not isinstance(known, Mapping):
        return {}
    # Schemas of other tools may have ``true``, which allows any value.
    return {name: each for name, each in known.items() if isinstance(each, Mapping)}


def _missing(schema: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schemas of the required parameters that a call does not have, by name."""
    known, required = schema.get("properties"), schema.get("required")
    if not isinstance(known, Mapping) or not isinstance(required, list):
        return {}
    return {
        name: each
        for name, each in known.items()
        # Schemas of other tools may have ``true``, which allows any value.
        if isinstance(each, Mapping) and name in required and name not in params
    }


def _bound(client: Client, name: str, action: Action) -> frozenset[str] | None:
    """Return the parameters that the action has values for, or None if they are not all known."""
    called, found = FullName.parse(name), action.full_name
    package: Package | None = None
    try:
        if called.package is not None or found.package is not None:
            # A binding adds its own parameters, and packages of others may not be readable.
            if called.namespace != OWN_NAMESPACE or called.package != found.package:
                return None
            package = client.get_package(called.package or "")
            if package is None or package.binding is not None:
                return None
        return Presets(client).of(action, package)
    except TargetError:
        return None
