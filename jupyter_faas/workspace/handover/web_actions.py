"""What a web action shows to those who call it: no parameter's value, no secret word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from jupyter_faas.whisk.keyvalues import as_dict
from jupyter_faas.whisk.names import RESERVED_PACKAGE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jupyter_faas.client import Client
    from jupyter_faas.whisk import Action

# The annotations of a web action (contract §4).
WEB = "web-export"
AUTH = "require-whisk-auth"
# The result's schema, inside the schema of the parameters (capture.signature).
RESULT = "x-faas-result"

_PAGE = 50

# ``key``: that of a namespace, as user and password; ``word``: one of the action's own, in a
# header.
Access = Literal["open", "key", "word"]


@dataclass(frozen=True)
class Exported:
    """A function that is a web action. ``path`` is below the namespace: ``default/iris.json``.

    ``schema`` None: an action of another tool, of which nothing is known. ``preset`` names the
    parameters that it has already, which callers of a web action may not give.
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
        """The JSON schema of what callers give."""
        schema = {"type": "object", **(self.schema or {})}
        properties = {
            name: each
            for name, each in schema.get("properties", {}).items()
            if name not in self.preset
        }
        required = [name for name in schema.get("required", ()) if name in properties]
        kept = {key: value for key, value in schema.items() if not key.startswith("x-faas-")}
        kept |= {"properties": properties, "required": required}
        return {key: value for key, value in kept.items() if value not in ({}, []) or key == "type"}

    @property
    def result(self) -> dict[str, Any]:
        """The JSON schema of what it answers; any object where that is not known."""
        known = (self.schema or {}).get(RESULT)
        return known if isinstance(known, dict) else {"type": "object"}


def web_path(name: str) -> str:
    """``default/iris.json`` of ``iris``, ``models/iris.json`` of ``models/iris``."""
    package, _, own = name.rpartition("/")
    return f"{quote(package or RESERVED_PACKAGE, safe='')}/{quote(own, safe='')}.json"


def exported(
    name: str,
    annotations: Mapping[str, Any],
    preset: Iterable[str],
) -> Exported | None:
    """What is told of an action with these annotations; None when it is no web action."""
    access = access_of(annotations.get(AUTH, False))
    if annotations.get(WEB) is not True or access is None:
        return None
    schema, description = annotations.get("faas-schema"), annotations.get("description")
    # Anybody may write annotations, and one that is no schema would spoil the whole document.
    known = isinstance(schema, dict) and is_schema(schema) and is_schema(schema.get(RESULT, {}))
    return Exported(
        name=name,
        path=web_path(name),
        description=description if isinstance(description, str) else "",
        schema=schema if known else None,
        preset=frozenset(preset),
        access=access,
        # Another tool's action answers wrong parameters in its own way.
        checks=known and annotations.get("raw-http") is not True,
    )


def is_schema(schema: object) -> bool:
    """Whether it is a JSON schema (2020-12, which OpenAPI 3.1 has) of an object or a value."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError:
        return False
    return isinstance(schema, dict)


def access_of(wanted: object) -> Access | None:
    """What ``require-whisk-auth`` asks for; None for what no caller can give."""
    if isinstance(wanted, bool):
        return "key" if wanted else "open"
    return "word" if isinstance(wanted, str | int | float) else None


@dataclass
class Presets:
    """The names of the parameters that actions have already; packages are asked for once."""

    client: Client
    _packages: dict[str, frozenset[str]] = field(default_factory=dict)

    def of(self, action: Action) -> frozenset[str]:
        """Those of a whole action (a list has none), and of its package."""
        own = frozenset(as_dict(action.parameters))
        name = action.full_name.package
        if name is None:
            return own
        if name not in self._packages:
            package = self.client.get_package(name)
            self._packages[name] = frozenset(as_dict(package.parameters) if package else ())
        return own | self._packages[name]


def web_actions(client: Client, package: str | None = None) -> list[Exported]:
    """The web actions of the namespace, or of one package, by name. Raises what the client does."""
    presets, found = Presets(client), []
    for each in every_action(client):
        name = each.full_name
        if package is not None and (name.package or RESERVED_PACKAGE) != package:
            continue
        if each.annotation(WEB) is True:
            action = client.get_action(name.local)
            found.append(exported(name.local, as_dict(action.annotations), presets.of(action)))
    return sorted(filter(None, found), key=lambda each: each.name)


def every_action(client: Client) -> list[Action]:
    """All actions of the namespace as lists show them, the latest updated first."""
    found: list[Action] = []
    while True:
        page = client.list_actions(limit=_PAGE, skip=len(found))
        found += page
        if len(page) < _PAGE:
            return found
