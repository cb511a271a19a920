"""What the graph of a composition or a sequence was when it ran, kept for as long as its record.

A redeploy or a delete takes the action's annotations away; a run is to be drawn as it was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from jupyter_faas.playground.storage.database import Database
from jupyter_faas.playground.strict_json import read_written
from jupyter_faas.whisk import Action


@dataclass(frozen=True)
class Graph:
    """A tree of combinators as JSON; compositions of the same text share one."""

    sha256: str
    doc: bytes

    @classmethod
    def of(cls, action: Action) -> Graph | None:
        """That of a sequence's components, or what Composer left in the annotation ``conductor``.

        None for an action that is neither, and for a conductor that tells nothing of itself.
        """
        if action.exec.is_sequence:
            names = [f"/{each.path}" for each in action.exec.components]
            parts = [{"type": "action", "name": name} for name in names]
            return cls.from_json({"type": "sequence", "components": parts})
        told = action.annotation("conductor")
        if not isinstance(told, Mapping) or not isinstance(told.get("type"), str):
            return None
        return cls.from_json(told)

    @classmethod
    def from_json(cls, tree: Mapping[str, Any]) -> Graph:
        doc = orjson.dumps(tree)
        return cls(hashlib.sha256(doc).hexdigest(), doc)


@dataclass(frozen=True)
class GraphLink:
    """Which graph a run has. ``namespace`` is whose run it is.

    ``beside``: a conductor has started it, as a branch of its own run; no record tells that.
    """

    activation: str
    namespace: str
    graph: Graph
    beside: bool = False

    def entry(self, *, whole: bool) -> bytes:
        """For the journal; ``whole`` with the graph itself, which need not be told twice."""
        tree = orjson.Fragment(self.graph.doc) if whole else None
        told = [self.activation, self.namespace, self.beside, self.graph.sha256, tree]
        return orjson.dumps(told)

    @classmethod
    def from_entry(cls, entry: bytes) -> GraphLink:
        """``doc`` of the graph is empty where the entry did not have it."""
        activation, namespace, beside, sha256, tree = read_written(entry)
        doc = b"" if tree is None else orjson.dumps(tree)
        return cls(activation, namespace, Graph(sha256, doc), beside)


def is_branch(payload: object) -> bool:
    """Whether a composition was started by a conductor as a branch: it is given where to begin,
    and a marker below which the handlers are not its own."""
    given = payload.get("$composer") if isinstance(payload, Mapping) else None
    stack = given.get("stack") if isinstance(given, Mapping) else None
    frames = stack if isinstance(stack, list) else []
    return any(isinstance(each, Mapping) and bool(each.get("marker")) for each in frames)


class GraphStore:
    """Two tables beside those of the actions and records. Blocking; for the thread that writes."""

    def __init__(self, store: Database) -> None:
        """Forgets the graphs that no run has any more."""
        self._connection = store.writer
        self._connection.execute(
            "DELETE FROM graphs WHERE sha256 NOT IN (SELECT sha256 FROM graph_of)"
        )
        self.known = {row[0] for row in self._connection.execute("SELECT sha256 FROM graphs")}

    def keep(self, links: Iterable[GraphLink]) -> None:
        """One durable commit; links that are there already change nothing."""
        links = list(links)
        graphs = {each.graph.sha256: each.graph.doc for each in links if each.graph.doc}
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany(
                "INSERT OR IGNORE INTO graphs VALUES (?, ?)", list(graphs.items())
            )
            self._connection.executemany(
                "INSERT OR REPLACE INTO graph_of VALUES (?, ?, ?, ?)",
                [
                    (each.activation, each.namespace, each.graph.sha256, each.beside)
                    for each in links
                ],
            )
        self.known.update(graphs)

    def find(self, activation: str, namespace: str) -> bytes | None:
        row = self._connection.execute(
            "SELECT doc FROM graph_of JOIN graphs USING (sha256) "
            "WHERE activation=? AND namespace=?",
            (activation, namespace),
        ).fetchone()
        return None if row is None else bytes(row[0])
