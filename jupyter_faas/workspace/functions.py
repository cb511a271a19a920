"""Functions that list and describe the actions on a target, with the data in our annotations."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from jupyter_faas.whisk.entities import SEQUENCE
from jupyter_faas.whisk.keyvalues import is_truthy
from jupyter_faas.whisk.variants import CANARY, Variant
from jupyter_faas.workspace.results import DeployedFunction

if TYPE_CHECKING:
    from jupyter_faas.client import Client
    from jupyter_faas.whisk import Action, FullName

# The page size of lists. Apache OpenWhisk allows 200, but Adobe's hosts refuse more than 50.
_PAGE = 50
_SHA256 = re.compile(r"[0-9a-f]{64}")


def list_functions(
    client: Client, seen: Callable[[Action], None] | None = None
) -> Iterator[DeployedFunction]:
    """Yield all actions in the namespace, the most recently updated first.

    ``seen`` is called with each action.
    """
    skip = 0
    while True:
        page = client.list_actions(limit=_PAGE, skip=skip)
        for action in page:
            if seen is not None:
                seen(action)
            yield describe_function(action, client)
        if len(page) < _PAGE:
            return
        # Only the last page can be shorter than requested, so a full page may be followed by more.
        skip += len(page)


def describe_function(action: Action, client: Client) -> DeployedFunction:
    """Return the description of an action, which may be complete or an item of a list.

    Annotations of a wrong type are ignored.
    """
    # Any tool can write annotations, so each value is checked before it is used.
    name = action.full_name.local
    schema = action.annotation("faas-schema")
    variant = Variant.read(action)
    models = action.annotation("faas-models")
    return DeployedFunction(
        name=name,
        namespace=action.full_name.namespace,
        version=action.version,
        kind=action.exec.kind,
        memory_mb=action.limits.memory,
        timeout_ms=action.limits.timeout,
        updated=action.updated,
        url=client.action_url(name),
        web_url=web_url(action.full_name, action.annotation("web-export"), client),
        bundle=_sha256(action.annotation("faas-bundle")),
        packaged=_sha256(action.annotation("faas-packaged")),
        source=_sha256(action.annotation("faas-source")),
        notebook=_text(action.annotation("faas-notebook")),
        cell_id=_text(action.annotation("faas-cell")),
        variant=None if variant is None else (variant.role, variant.of),
        signature=_text(action.annotation("faas-signature")),
        schema=schema if isinstance(schema, dict) else None,
        models=tuple(filter(None, map(_sha256, models))) if isinstance(models, list) else (),
        # To its callers, a router is the function itself.
        composition=is_composition(action) and action.annotation(CANARY) is None,
        web_access=web_access(action.annotation(AUTH)),
    )


def is_composition(action: Action) -> bool:
    """Return whether OpenWhisk runs the action as a conductor.

    See openwhisk-contract.md §3.6.
    """
    return action.exec.kind != SEQUENCE and is_truthy(action.annotation("conductor"))


# How callers of a web action authenticate: ``open`` without credentials, ``key`` with the API key
# of a namespace as user and password, and ``word`` with the action's own secret
# (``require-whisk-auth``) in a header.
Access = Literal["open", "key", "word"]
AUTH = "require-whisk-auth"
ACCESS_WORDS: Mapping[Access, str] = MappingProxyType(
    {
        "open": "no key",
        "key": "requires an API key of the host as user name and password",
        "word": "requires the value of require-whisk-auth in the header X-Require-Whisk-Auth, "
        "but no key",
    }
)


def access_of(wanted: object) -> Access | None:
    """Return the access rule for a value of ``require-whisk-auth``.

    Returns None for other values, such as a list, with which no caller can authenticate.
    """
    if isinstance(wanted, bool):
        return "key" if wanted else "open"
    return "word" if isinstance(wanted, str | int | float) else None


def web_access(annotation: object) -> Access:
    """Return the access rule of an action, whose annotation ``require-whisk-auth`` may be None."""
    return "open" if annotation is None else access_of(annotation) or "word"


def web_url(name: FullName, exported: object, client: Client) -> str | None:
    """Return the public URL of a web action's JSON result, or None for other actions."""
    return client.web_url(name) if exported is True else None


def _sha256(value: object) -> str | None:
    return value if isinstance(value, str) and _SHA256.fullmatch(value) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
