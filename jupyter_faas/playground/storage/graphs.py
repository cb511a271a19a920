"""Graphs of compositions and sequences, as they were when they ran, kept with the record.

The action's annotations may be gone after a redeploy or a delete; its runs are still drawn.
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
        """Return that of a sequence's components, or of Composer's annotation ``conductor``.

        None for other actions, and for a conductor whose annotation is not a composition.
        """
        if action.exec.is_sequence:
            names = [f"/{each.path}" for each in action.exec.components]
            parts = [{"type": "action", "name": name} for name in names]
            return cls.from_json({"type": "sequence", "components": parts})
        tree = action.annotation("conductor")
        if not isinstance(tree, Mapping) or not isinstance(tree.get("type"), str):
            return None
        return cls.from_json(tree)

    @classmethod
    def from_json(cls, tree: Mapping[str, Any]) -> Graph:
        doc = orjson.dumps(tree)
        return cls(hashlib.sha256(doc).hexdigest(), doc)


@dataclass(frozen=True)
class GraphLink:
    """Which graph a run has; ``namespace`` owns the run.

    ``branch``: a conductor started it as a parallel branch of its own run; records do not say so.
    """

    activation: str
    namespace: str
    graph: Graph
    branch: bool = False

    def entry(self, *, whole: bool) -> bytes:
        """Return its journal entry, ``whole`` with the graph itself, which is written once."""
        tree = orjson.Fragment(self.graph.doc) if whole else None
        return orjson.dumps([self.activation, self.namespace, self.branch, self.graph.sha256, tree])

    @classmethod
    def from_entry(cls, entry: bytes) -> GraphLink:
        """Read an entry; ``doc`` of the graph is empty if the entry does not hold it."""
        activation, namespace, branch, sha256, tree = read_written(entry)
        doc = b"" if tree is None else orjson.dumps(tree)
        return cls(activation, namespace, Graph(sha256, doc), branch)


def is_branch(payload: object) -> bool:
    """Whether a payload starts a composition as a parallel branch.

    The state that its conductor sends has a marker below which the handlers are not its own.
    """
    state = payload.get("$composer") if isinstance(payload, Mapping) else None
    stack = state.get("stack") if isinstance(state, Mapping) else None
    frames = stack if isinstance(stack, list) else []
    return any(isinstance(each, Mapping) and bool(each.get("marker")) for each in frames)


class GraphStore:
    """The tables of graphs and their runs. Blocking; for the thread that writes."""

    def __init__(self, database: Database) -> None:
        """Delete the graphs that no run has any more."""
        self._connection = database.writer
        self._connection.execute(
            "DELETE FROM graphs WHERE sha256 NOT IN (SELECT sha256 FROM graph_of)"
        )
        self.known = {row[0] for row in self._connection.execute("SELECT sha256 FROM graphs")}

    def keep(self, links: Iterable[GraphLink]) -> None:
        """Write links in one durable commit; existing ones change nothing."""
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
                    (each.activation, each.namespace, each.graph.sha256, each.branch)
                    for each in links
                ],
            )
        self.known.update(graphs)

    def find(self, activation: str, namespace: str) -> bytes | None:
        """Return the graph of a run as JSON."""
        row = self._connection.execute(
            "SELECT doc FROM graph_of JOIN graphs USING (sha256) "
            "WHERE activation=? AND namespace=?",
            (activation, namespace),
        ).fetchone()
        return None if row is None else bytes(row[0])
