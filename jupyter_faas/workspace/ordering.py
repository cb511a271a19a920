"""Which functions come first: a composition needs those that it calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Card = Mapping[str, Any]


def calls(card: Card) -> list[str]:
    """The actions that a composition's card names, in the graph's order, then those that only what
    it brings along calls; none for a function's."""
    composition = card.get("composition") or {}
    named = [str(one["name"]) for one in composition.get("actions", ())]
    return [*named, *composition.get("parts_call", ())]


def needed_by(name: str, cards: Mapping[str, Card]) -> list[str]:
    """Those of ``cards`` that ``name`` calls, also through others, each after what it calls.

    >>> flow = {"composition": {"actions": [{"name": "iris"}, {"name": "elsewhere"}]}}
    >>> needed_by("flow", {"flow": flow, "iris": {}})
    ['iris']
    """
    return [one for one in in_order([name], cards) if one != name]


def in_order(names: Iterable[str], cards: Mapping[str, Card]) -> list[str]:
    """``names`` and what they need of ``cards``; else the order stays. A cycle ends somewhere."""
    found: list[str] = []
    begun: set[str] = set()
    waiting = [(name, False) for name in reversed(list(names))]
    while waiting:
        name, is_ready = waiting.pop()
        if is_ready:
            found.append(name)
        elif name not in begun and name in cards:
            begun.add(name)
            waiting.append((name, True))
            waiting += [(called, False) for called in reversed(calls(cards[name]))]
    return found
