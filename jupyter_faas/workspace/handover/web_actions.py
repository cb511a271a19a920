"""Read the web actions of a target, with their paths, access rules and schemas."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from jupyter_faas.errors import ActionNotFound
from jupyter_faas.whisk.keyvalues import as_dict
from jupyter_faas.whisk.names import RESERVED_PACKAGE
from jupyter_faas.whisk.variants import CANARY, Variant
from jupyter_faas.workspace.functions import AUTH, Access, access_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jupyter_faas.client import Client
    from jupyter_faas.whisk import Action, Package

# These annotations configure a web action (openwhisk-contract.md §4).
WEB = "web-export"
RAW = "raw-http"
# The schema of the parameters has the schema of the result under this key (see capture.signature).
RESULT = "x-faas-result"
# In a project that ``export`` wrote, this parameter has the preset values that are not text, as
# JSON by name (see shipped/action/action_main.py).
PARAMETERS = "__faas_parameters"

_PAGE = 50


@dataclass(frozen=True)
class WebAction:
    """A deployed web action. ``path`` is relative to the namespace, as in ``default/iris.json``.

    ``schema`` is None for actions that other tools deployed. ``preset`` contains the names of
    preset parameters, which callers of a web action cannot override. ``checks`` is true if the
    action responds with status 400 to invalid parameters.
    """

    name: str
    path: str
    description: str = ""
    schema: Mapping[str, Any] | None = None
    preset: frozenset[str] = frozenset()
    access: Access = "open"
    checks: bool = False

    @property
    def parameters(self) -> dict[str, Any]:
        """The JSON schema of the parameters that callers pass."""
        schema = {"type": "object", **(self.schema or {})}
        properties = {
            name: each
            for name, each in schema.get("properties", {}).items()
            if name not in self.preset
        }
        required = [name for name in schema.get("required", ()) if name in properties]
        # OpenAPI tools do not understand our own keys, which include the result's schema.
        kept = _standard({**schema, "properties": properties, "required": required})
        return {key: value for key, value in kept.items() if value not in ({}, []) or key == "type"}

    @property
    def result(self) -> dict[str, Any]:
        """The JSON schema of the result, which accepts any object if the result is unknown."""
        known = (self.schema or {}).get(RESULT)
        return known if isinstance(known, dict) else {"type": "object"}


def _standard(schema: Any) -> Any:
    """Return a schema without our own keys, at every depth."""
    if isinstance(schema, dict):
        return {
            key: _standard(value)
            for key, value in schema.items()
            if not (isinstance(key, str) and key.startswith("x-faas-"))
        }
    return [_standard(one) for one in schema] if isinstance(schema, list) else schema


def web_path(name: str) -> str:
    """Return the path of a web action, such as ``default/iris.json`` for ``iris``."""
    package, _, own = name.rpartition("/")
    return f"{quote(package or RESERVED_PACKAGE, safe='')}/{quote(own, safe='')}.json"


def web_action_of(
    name: str,
    annotations: Mapping[str, Any],
    preset: Iterable[str],
) -> WebAction | None:
    """Return the web action with these annotations, or None if the action is not a web action."""
    access = access_of(annotations.get(AUTH, False))
    if annotations.get(WEB) is not True or access is None:
        return None
    schema, description = annotations.get("faas-schema"), annotations.get("description")
    # Any tool can write annotations. One invalid schema would make the whole document invalid.
    known = isinstance(schema, dict) and is_schema(schema) and is_schema(schema.get(RESULT, {}))
    return WebAction(
        name=name,
        path=web_path(name),
        description=description if isinstance(description, str) else "",
        schema=schema if known else None,
        preset=frozenset(preset),
        access=access,
        # Actions of other tools respond to invalid parameters in their own way.
        checks=known and annotations.get(RAW) is not True,
    )


def is_schema(schema: object) -> bool:
    """Return whether ``schema`` is a valid JSON schema of draft 2020-12, which OpenAPI 3.1 uses."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError:
        return False
    return isinstance(schema, dict)


@dataclass
class Presets:
    """A lookup of the names of preset parameters, which fetches each package only once."""

    client: Client
    _packages: dict[str, frozenset[str]] = field(default_factory=dict)

    def of(self, action: Action, package: Package | None = None) -> frozenset[str]:
        """Return the names of an action's preset parameters, including those of its package.

        A router passes its calls on to versions with the same preset parameters. ``action`` must be
        complete. Actions from ``every_action`` do not include parameters. ``package`` is the
        action's package, if the caller has it already.
        """
        own = _names(action)
        if action.annotation(CANARY) is not None:
            with suppress(ActionNotFound):
                own |= _names(
                    self.client.get_action(Variant("stable", action.full_name.local).name)
                )
        name = action.full_name.package
        if name is None:
            return own
        if name not in self._packages:
            package = package or self.client.get_package(name)
            self._packages[name] = frozenset(as_dict(package.parameters) if package else ())
        return own | self._packages[name]


def _names(action: Action) -> frozenset[str]:
    """Return the names of the parameters that an action has values for."""
    own = as_dict(action.parameters)
    exported = own.get(PARAMETERS)
    return frozenset(own) | frozenset(exported if isinstance(exported, dict) else ())


def web_actions(client: Client, package: str | None = None) -> list[WebAction]:
    """Return the web actions of the namespace, or of one package, sorted by name."""
    presets, found = Presets(client), []
    for each in every_action(client):
        name = each.full_name
        if package is not None and (name.package or RESERVED_PACKAGE) != package:
            continue
        if each.annotation(WEB) is True:
            # The list does not contain parameters, so the whole action is fetched.
            action = client.get_action(name.local)
            found.append(web_action_of(name.local, as_dict(action.annotations), presets.of(action)))
    return sorted(filter(None, found), key=lambda each: each.name)


def every_action(client: Client) -> list[Action]:
    """Return all actions of the namespace, the latest update first, without their parameters."""
    found: list[Action] = []
    while True:
        page = client.list_actions(limit=_PAGE, skip=len(found))
        found += page
        if len(page) < _PAGE:
            return found
