"""The endpoints: their routes from the code, their words from the handlers' docstrings."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from types import ModuleType
from typing import Any

from starlette.routing import Route

from jupyter_faas import errors
from jupyter_faas.playground import errors as refusals
from jupyter_faas.playground.http.errors import _STATUS
from jupyter_faas.playground.http.routes import Resource, routes
from jupyter_faas.playground.openapi.operations import OPERATIONS
from jupyter_faas.server.handlers import ROUTES
from tools.reference.options import table

METHODS = ("get", "put", "post", "delete", "patch", "head")


@dataclass(frozen=True)
class Endpoint:
    """A method of a path. ``words`` say what it does, empty where nothing says it."""

    method: str
    path: str
    words: str
    module: ModuleType
    handler: Any

    @property
    def label(self) -> str:
        return f"{self.method} {self.path}"


def server_endpoints() -> str:
    """The routes of the server extension, a section for each resource."""
    return _sections(extension_endpoints(ROUTES))


def playground_endpoints() -> str:
    """The routes that the playground has and OpenWhisk has not."""
    own = [one for one in backend_endpoints(routes()) if not _is_openwhisk(one.path)]
    return _sections(own)


def error_codes() -> str:
    """The table of the errors by their codes, with the status that the server extension gives."""
    kinds = {
        one.code: one
        for one in vars(errors).values()
        if isinstance(one, type) and issubclass(one, errors.FaasError) and "code" in vars(one)
    }
    del kinds[errors.FaasError.code]
    rows = ((f"`{code}`", str(one.http_status), _reason(one)) for code, one in kinds.items())
    return table(("code", "status", "meaning"), rows)


def openwhisk_endpoints() -> str:
    """The routes of OpenWhisk, as the playground's own API document tells them."""
    methods: dict[tuple[str, str], list[str]] = {}
    for each in OPERATIONS:
        words = re.sub(r" with [A-Z]+\.$", ".", each.summary)
        methods.setdefault((each.path, words), []).append(each.method)
    rows = ((f"`{', '.join(verbs)} {path}`", words) for (path, words), verbs in methods.items())
    return table(("request", "what it does"), rows)


def extension_endpoints(found: Iterable[tuple[str, type]]) -> list[Endpoint]:
    """Each method of each handler of tornado routes."""
    return [
        Endpoint(
            method.upper(),
            _named(pattern, vars(handler)[method]),
            _words(method, vars(handler)[method], handler),
            sys.modules[handler.__module__],
            handler,
        )
        for pattern, handler in found
        for method in METHODS
        if method in vars(handler)
    ]


def backend_endpoints(found: Sequence[Route]) -> list[Endpoint]:
    """Each method of each resource of Starlette routes."""
    made = []
    for route in found:
        if isinstance(route.endpoint, Resource):
            made += [
                Endpoint(method, route.path, _prose(handler.__doc__), _module(handler), handler)
                for method, handler in route.endpoint.handlers.items()
            ]
    return sorted(made, key=lambda one: (one.module.__name__, one.path))


def undescribed(found: Iterable[Endpoint]) -> list[str]:
    """The endpoints that nothing is said of."""
    return [one.label for one in found if not one.words]


def _is_openwhisk(path: str) -> bool:
    return not path.startswith(("/faas/", "/runtime/"))


def _named(pattern: str, method: Callable[..., object]) -> str:
    """The pattern with its groups as ``{name}``, which are the method's parameters."""
    names = iter(list(inspect.signature(method).parameters)[1:])
    return "/" + re.sub(r"\((?:[^()]|\([^()]*\))*\)", lambda _: f"{{{next(names)}}}", pattern)


def _words(method: str, function: Callable[..., object], handler: type) -> str:
    """The method's own docstring, else what the class's says after the word of the method."""
    if function.__doc__:
        return _prose(function.__doc__)
    parts = re.split(r"(?:\A|\n\n)([A-Z]+)\b:?\s+", inspect.getdoc(handler) or "")
    told = dict(zip(parts[1::2], parts[2::2], strict=True))
    return _prose(told.get(method.upper(), ""))


def _prose(docstring: str | None) -> str:
    """A docstring as Markdown, in one line, with the errors as a caller sees them."""
    words = " ".join((docstring or "").split()).replace("``", "`")
    words = re.sub(r" \(contract §[^)]*\)", "", words)
    words = re.sub(r"\b([a-z_]+\.json)\b", r"`\1`", words)
    words = re.sub(r"\b[A-Z]\w+\b", lambda word: _answer(word[0]), words)
    return words.replace("Raises 4", "Refuses with 4")


def _reason(kind: type) -> str:
    words = _prose(kind.__doc__).removeprefix("Raised when ")
    return words[:1].upper() + words[1:]


def _answer(word: str) -> str:
    """``404`` for ModelNotFound, as the playground answers it; other words stay."""
    kind = getattr(errors, word, getattr(refusals, word, None))
    if not isinstance(kind, type) or not issubclass(kind, errors.FaasError):
        return word
    return str(next(code for known, code in _STATUS.items() if issubclass(kind, known)))


def _module(handler: Callable[..., object]) -> ModuleType:
    return sys.modules[inspect.unwrap(handler).__module__]


def _sections(found: Sequence[Endpoint]) -> str:
    return "\n\n".join(_section(module, list(each)) for module, each in _by_module(found))


def _by_module(found: Sequence[Endpoint]) -> Iterator[tuple[ModuleType, Iterable[Endpoint]]]:
    return groupby(found, key=lambda one: one.module)


def _section(module: ModuleType, found: list[Endpoint]) -> str:
    name = module.__name__.rpartition(".")[2].capitalize()
    words = (inspect.getdoc(module) or "").partition("\n\n")[0].replace("``", "`")
    rows = ((f"`{one.label}`", one.words) for one in found)
    return "\n".join([f"### {name}", "", words, "", table(("request", "what it does"), rows)])
