"""The interface between the encoder and the writers of the libraries."""

from __future__ import annotations

from typing import Any, Protocol

# A JSON value, or a dictionary whose ``is`` names the kind of the value. The kinds are listed in
# shipped/action/data.py.
Node = Any


class NotData(Exception):
    """Raised when ``value``, at ``where`` in a data object (``['a'][3]``), cannot be written."""

    def __init__(self, where: str, value: object) -> None:
        super().__init__(where)
        self.where = where
        self.value = value


class DataTooLarge(Exception):
    """Raised when the files of a data object would exceed the limit. ``size`` is in bytes."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.size = size


class NodeWriter(Protocol):
    """The operations of the encoder that writers use.

    A writer must write the parts of an object in the order in which the action reads them, because
    a later part may refer to an earlier one.
    """

    def write(self, value: Any, where: str) -> Node:
        """Return the node of a value inside an object. Raises NotData if it cannot be written."""

    def write_all(self, values: Any, where: str) -> list[Node]:
        """Return the nodes of the items of an iterable."""

    def pairs(self, values: Any, where: str) -> list[list[Node]]:
        """Return the nodes of the keys and values of a mapping."""

    def array(self, value: Any) -> Node:
        """Return the node of a numpy array without Python objects."""

    def use_memory(self, value: Any) -> None:
        """Record that the object holds a numpy array, whose memory other objects may share."""

    def file(self, ending: str, data: bytes) -> str:
        """Add a file, and return the name under which the node refers to it."""

    def need(self, module: str) -> None:
        """Record that the action imports ``module`` for this object."""

    def path(self, value: Any, where: str) -> str:
        """Return the path (``scipy.stats:norm``) by which the action finds a class or function."""

    def remember(self, value: Any, node: Node) -> None:
        """Let later parts refer to ``node`` when they contain the same object."""
