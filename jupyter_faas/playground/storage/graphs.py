"""Graphs of compositions and sequences, stored for each run as they were when it started.

After the action is updated or deleted, it no longer has the graph of its earlier runs. Without the
stored graph, these runs could not be drawn.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import orjson

from jupyter_faas.playground.storage.database import Database
from jupyter_faas.playground.strict_json import read_written
from jupyter_faas.whisk import Action


class Graph(NamedTuple):
    """A tree of combinators as JSON, and its hash. Equal trees are stored only once."""

    sha256: str
    doc: bytes

    @classmethod
    def of(cls, action: Action) -> Graph | None:
        """Return the graph of a sequence or composition, or None for any other action.

        The graph of a composition is Composer's annotation ``conductor``.
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


class GraphLink(NamedTuple):
    """The graph of one run.

    ``activation``: the id of the run.
    ``namespace``: the namespace in which it ran.
    ``branch``: whether a conductor started it as a parallel branch. A branch is a non-blocking
    invocation, so its record does not contain a cause.
    """

    activation: str
    namespace: str
    graph: Graph
    branch: bool = False

    def entry(self, *, whole: bool) -> bytes:
        """Return the journal entry; ``whole`` includes the graph itself and not only its hash."""
        tree = orjson.Fragment(self.graph.doc) if whole else None
        return orjson.dumps([self.activation, self.namespace, self.branch, self.graph.sha256, tree])

    @classmethod
    def from_entry(cls, entry: bytes) -> GraphLink:
        """Parse a journal entry. If it contains only the hash, the graph's ``doc`` is empty."""
        activation, namespace, branch, sha256, tree = read_written(entry)
        doc = b"" if tree is None else orjson.dumps(tree)
        return cls(activation, namespace, Graph(sha256, doc), branch)


def is_branch(payload: object) -> bool:
    """Return whether a payload starts a composition as a parallel branch of another run.

    Our conductor sends a branch a state whose stack has a frame with ``marker``. Error handlers
    below this frame belong to the run that started the branch.
    """
    # Almost every payload is a dictionary without a state. isinstance with an abstract class takes
    # ten times as long, and this is called several times for each run.
    if type(payload) is dict and "$composer" not in payload:
        return False
    state = payload.get("$composer") if isinstance(payload, Mapping) else None
    stack = state.get("stack") if isinstance(state, Mapping) else None
    frames = stack if isinstance(stack, list) else []
    return any(isinstance(each, Mapping) and bool(each.get("marker")) for each in frames)


class GraphStore:
    """The tables of graphs and of their runs. All calls block; make them in the writer thread."""

    def __init__(self, database: Database) -> None:
        """Open the store and delete the graphs that are no longer used by any run."""
        self._connection = database.writer
        self._connection.execute(
            "DELETE FROM graphs WHERE sha256 NOT IN (SELECT sha256 FROM graph_of)"
        )
        # Hashes of the stored graphs. Journal entries do not have to contain these graphs again.
        self.known = {row[0] for row in self._connection.execute("SELECT sha256 FROM graphs")}

    def keep(self, links: Iterable[GraphLink]) -> None:
        """Write links in one durable commit. Writing an identical link again has no effect."""
        # Make a list, because the links are iterated twice below.
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
        """Return the graph of a run as JSON, or None if it has no graph in ``namespace``."""
        row = self._connection.execute(
            "SELECT doc FROM graph_of JOIN graphs USING (sha256) "
            "WHERE activation=? AND namespace=?",
            (activation, namespace),
        ).fetchone()
        return None if row is None else bytes(row[0])
