"""Activation records as database rows, and filters for them."""

from __future__ import annotations

from typing import NamedTuple

import orjson

from jupyter_faas.playground.storage.usage import usage_of
from jupyter_faas.whisk import Activation

# An SQL condition that selects runs that are not part of another run. The record of a parallel
# branch has no cause, so the table ``graph_of`` is checked too.
TOP_LEVEL = "cause IS NULL AND NOT EXISTS (SELECT 1 FROM graph_of WHERE activation = id AND beside)"


class ActivationRow(NamedTuple):
    """A row of the table ``activations``, in the order of its columns.

    ``entity``: the action's name without its namespace.
    ``summary``: the list entry as JSON.
    ``doc``: the whole record as JSON.
    ``cause``: the id of the run that this run is part of, or None.
    ``memory``, ``cold``, ``duration``, ``peak``: the usage of the run, as in ``RunUsage``.
    """

    id: str
    namespace: str
    entity: str
    start: int
    summary: bytes
    doc: bytes
    cause: str | None = None
    memory: int | None = None
    cold: int | None = None
    duration: int | None = None
    peak: int | None = None

    @classmethod
    def of(cls, activation: Activation, doc: bytes) -> ActivationRow:
        """Return the row of a record; ``doc`` is the whole record as JSON."""
        path, binding = activation.annotation("path"), activation.annotation("binding")
        use = usage_of(activation)
        return cls(
            activation.activation_id,
            activation.namespace,
            entity_of(activation.name, path, binding),
            activation.start,
            orjson.dumps(activation.summary_json()),
            doc,
            activation.cause,
            use.memory,
            use.cold,
            use.duration,
            use.peak,
        )


def entity_of(name: str, path: object, binding: object) -> str:
    """Return the action's name without its namespace, by which lists can be filtered.

    ``path`` and ``binding`` are annotations of the record. If the action was invoked through a
    binding, the name contains the binding's name instead of the package's name (contract §2.5).
    """
    if isinstance(binding, str):
        return f"{binding.partition('/')[2]}/{name}"
    return path.partition("/")[2] if isinstance(path, str) else name


class ActivationFilter(NamedTuple):
    """A condition on records.

    ``since``, ``upto``: bounds of the start (epoch ms, inclusive).
    ``causes``: select only runs that are parts of these runs. An empty tuple selects only top-level
    runs, which excludes parallel branches. None selects all runs.
    """

    namespace: str
    entity: str | None = None
    since: int | None = None
    upto: int | None = None
    causes: tuple[str, ...] | None = None

    def matches(self, row: ActivationRow) -> bool:
        return (
            row.namespace == self.namespace
            and (self.entity is None or row.entity == self.entity)
            and (self.since is None or row.start >= self.since)
            and (self.upto is None or row.start <= self.upto)
            # An empty ``causes`` selects records without a cause.
            and (self.causes is None or row.cause in (self.causes or (None,)))
        )

    def sql(self) -> tuple[str, list[object]]:
        """Return an SQL condition for a WHERE clause, and its arguments."""
        conditions, values = ["namespace = ?"], [self.namespace]
        rows = (("entity = ?", self.entity), ("start >= ?", self.since), ("start <= ?", self.upto))
        arguments: list[object] = [*values]
        for condition, value in rows:
            if value is not None:
                conditions.append(condition)
                arguments.append(value)
        if self.causes is not None:
            marks = ", ".join("?" * len(self.causes))
            if marks:
                # Few rows have these causes, but many rows have the namespace. The plus sign
                # prevents SQLite from using an index on the namespace.
                conditions[0] = "+namespace = ?"
            conditions.append(f"cause IN ({marks})" if marks else TOP_LEVEL)
            arguments.extend(self.causes)
        return " AND ".join(conditions), arguments
