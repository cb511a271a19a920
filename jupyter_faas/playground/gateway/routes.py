"""Where a request to an API is to go. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from jupyter_faas.errors import ActionNotFound, InputError
from jupyter_faas.playground.gateway.documents import (
    CALLED_PATH,
    METHODS,
    configuration,
    steps,
)

NO_ROUTE = "The API has no such path."
NO_METHOD = "The API's path has no such method; it has: {}."
ELSEWHERE = (
    "The route leads to {}, which is no web action of this playground: "
    "a route has to lead to /api/v1/web/NAMESPACE/PACKAGE/ACTION.EXTENSION."
)

_WEB = "/api/v1/web/"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_HEADER = "message.headers."


@dataclass(frozen=True)
class Target:
    """``path`` is the address of a web action, as it stands in a request line.

    ``shows_path``: the path by which the API was called is to be put behind it. ``method`` None:
    the one of the request. ``headers`` are to be set.
    """

    path: str
    shows_path: bool = False
    method: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Found:
    """A path of an API that a request is for. ``operations`` go by methods in lower case."""

    document: Mapping[str, Any]
    operations: Mapping[str, Any]

    @property
    def has_cors(self) -> bool:
        """Whether the gateway answers the questions of browsers itself."""
        cors = configuration(self.document).get("cors")
        return not isinstance(cors, Mapping) or cors.get("enabled") is not False

    def target(self, method: str) -> Target:
        """Raises ActionNotFound for a method that is not there, InputError: it leads elsewhere."""
        operation = self.operations.get(method.lower())
        if not isinstance(operation, Mapping):
            there = ", ".join(each.upper() for each in self.operations if each in METHODS)
            raise ActionNotFound(NO_METHOD.format(there))
        return target_of(self.document, operation)


def find(document: Mapping[str, Any], path: str) -> Found | None:
    """``path`` is what follows the namespace, as it was written: ``/club/books/978%2D3``.

    A path without parameters goes first, then the one with the fewest.
    """
    asked = _segments(path)
    base = _segments(document["basePath"])
    if asked[: len(base)] != base:
        return None
    rest = asked[len(base) :]
    fits = [
        (sum(map(_is_parameter, pattern)), operations)
        for template, operations in document["paths"].items()
        if _matches(pattern := _segments(template), rest) and isinstance(operations, Mapping)
    ]
    if not fits:
        return None
    return Found(document, min(fits, key=lambda each: each[0])[1])


def target_of(document: Mapping[str, Any], operation: Mapping[str, Any]) -> Target:
    """Where an operation leads. Raises InputError when it is not to a web action of ours."""
    url, method = _described(operation), None
    headers: list[tuple[str, str]] = []
    for policy, settings in steps(document, operation.get("operationId")):
        if policy == "invoke":
            url, verb = settings.get("target-url", url), settings.get("verb")
            method = verb.upper() if isinstance(verb, str) and verb.lower() in METHODS else None
        elif policy == "set-variable":
            headers.extend(_headers(settings.get("actions")))
    if not isinstance(url, str):
        raise InputError(ELSEWHERE.format("no address"))
    shows_path = url.endswith(CALLED_PATH)
    url = url.removesuffix(CALLED_PATH)
    # serverless-openwhisk puts a scheme before the host that has one.
    if url.startswith(("https://http://", "https://https://")):
        url = url.removeprefix("https://")
    try:
        parts = urlsplit(url)
        ours = parts.hostname in _LOOPBACK
    except ValueError:
        raise InputError(ELSEWHERE.format(url)) from None
    if not ours or not parts.path.startswith(_WEB):
        raise InputError(ELSEWHERE.format(url))
    return Target(quote(parts.path, safe="/%"), shows_path, method, tuple(headers))


def _described(operation: Mapping[str, Any]) -> Any:
    described = operation.get("x-openwhisk")
    return described.get("url") if isinstance(described, Mapping) else None


def _headers(actions: object) -> Iterator[tuple[str, str]]:
    for each in actions if isinstance(actions, list) else ():
        name, value = (
            (each.get("set"), each.get("value")) if isinstance(each, Mapping) else ("", "")
        )
        if isinstance(name, str) and name.startswith(_HEADER) and value is not None:
            yield name.removeprefix(_HEADER).lower(), str(value)


def _segments(path: str) -> list[str]:
    """``/a/b/`` is ``a``, ``b``."""
    return [unquote(each) for each in path.strip("/").split("/")] if path.strip("/") else []


def _is_parameter(segment: str) -> bool:
    return segment.startswith("{") and segment.endswith("}")


def _matches(pattern: list[str], asked: list[str]) -> bool:
    return len(pattern) == len(asked) and all(
        (bool(there) if _is_parameter(wanted) else wanted == there)
        for wanted, there in zip(pattern, asked, strict=True)
    )
