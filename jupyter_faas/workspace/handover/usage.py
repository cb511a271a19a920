"""How a deployed function is used from elsewhere: snippets with parameters that fit it. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from jupyter_faas.workspace.handover.exported import Exported
from jupyter_faas.workspace.handover.snippets import Call, Snippet, snippets, web_snippet

# Longer ones (a picture, many rows) would bury the snippet.
_LONGEST_EXAMPLE = 2000


@dataclass(frozen=True)
class Usage:
    """``setup``: what a shell does first, so that the snippets find host and key; may be empty.

    ``params_from`` tells whether the parameters are an example of the function's own or made up.
    """

    name: str
    target: str
    target_label: str
    params: Mapping[str, Any]
    params_from: Literal["example", "schema"]
    setup: str
    snippets: tuple[Snippet, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """usage.json."""
        return {
            "name": self.name,
            "target": self.target,
            "target_label": self.target_label,
            "params": dict(self.params),
            "params_from": self.params_from,
            "setup": self.setup,
            "snippets": [each.to_json() for each in self.snippets],
        }


@dataclass(frozen=True)
class Deployed:
    """What is to be known of a function: ``url`` invokes it with a key.

    ``web`` with ``web_url`` where it is a web action; ``examples`` are inputs that it has answered;
    ``preset`` names parameters that it has already, whose values are nobody's business.
    """

    name: str
    url: str
    target: str
    target_label: str
    insecure: bool = False
    schema: Mapping[str, Any] | None = None
    preset: frozenset[str] = frozenset()
    web: Exported | None = None
    web_url: str | None = None
    examples: tuple[Mapping[str, Any], ...] = ()


def usage(function: Deployed, setup: str) -> Usage:
    """The snippets of a function, and what a shell does before them."""
    example = _example(function.examples, function.preset)
    params = example or sample_params(function.schema, function.preset)
    call = Call(function.name, function.url, params, function.insecure)
    web = [web_snippet(function.web, function.web_url, call)] if function.web else []
    return Usage(
        name=function.name,
        target=function.target,
        target_label=function.target_label,
        params=params,
        params_from="schema" if example is None else "example",
        setup=setup,
        snippets=(*snippets(call), *filter(None, web)),
    )


def _example(
    examples: Iterable[Mapping[str, Any]], preset: frozenset[str]
) -> dict[str, Any] | None:
    """The shortest example, if one is short enough."""
    found = [
        {name: value for name, value in each.items() if name not in preset} for each in examples
    ]
    texts = [len(json.dumps(each)) for each in found]
    if not texts or min(texts) > _LONGEST_EXAMPLE:
        return None
    return found[texts.index(min(texts))]


def sample_params(schema: Mapping[str, Any] | None, preset: frozenset[str]) -> dict[str, Any]:
    """Made-up parameters of the right types: those that are needed, to be replaced."""
    schema = schema or {}
    properties = schema.get("properties", {})
    return {
        name: _sample(properties[name])
        for name in schema.get("required", ())
        if name in properties and name not in preset
    }


def _sample(schema: Mapping[str, Any]) -> Any:
    for key in ("default", "const"):
        if key in schema:
            return schema[key]
    if schema.get("enum"):
        return schema["enum"][0]
    kinds = schema.get("type")
    kind = kinds[0] if isinstance(kinds, list) and kinds else kinds
    if kind is None and schema.get("anyOf"):
        return _sample(schema["anyOf"][0])
    if kind == "object":
        return sample_params(schema, frozenset())
    samples: Mapping[Any, Any] = {"integer": 1, "number": 1.0, "string": "text", "boolean": True}
    return [] if kind == "array" else samples.get(kind)
