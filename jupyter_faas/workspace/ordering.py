"""Which functions come first: a composition needs those that it calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Card = Mapping[str, Any]


def calls(card: Card) -> list[str]:
    """The actions that a composition's card names, in the graph's order; none for a function's."""
    composition = card.get("composition") or {}
    return [str(one["name"]) for one in composition.get("actions", ())]


def needed_by(name: str, cards: Mapping[str, Card]) -> list[str]:
    """Those of ``cards`` that ``name`` calls, also through others, each after what it calls.

    >>> flow = {"composition": {"actions": [{"name": "iris"}, {"name": "elsewhere"}]}}
    >>> needed_by("flow", {"flow": flow, "iris": {}})
    ['iris']
    """
    return [one for one in in_order([name], cards) if one != name]


def in_order(names: Iterable[str], cards: Mapping[str, Card]) -> list[str]:
    """``names`` and what they need of ``cards``; else the order stays. A cycle ends somewhere."""
    found: dict[str, None] = {}
    waiting: set[str] = set()

    def add(name: str) -> None:
        if name in found or name in waiting or name not in cards:
            return
        waiting.add(name)
        for called in calls(cards[name]):
            add(called)
        waiting.discard(name)
        found[name] = None

    for name in names:
        add(name)
    return list(found)
