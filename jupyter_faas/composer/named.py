"""Compositions that know the name they are deployed under."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from jupyter_faas.composer.nodes import Composition


@dataclass(frozen=True, eq=False, repr=False)
class NamedComposition(Composition):
    """A sequence with the name that it is deployed under: ``name`` or ``package/name``.

    Inside another composition it stands for a call of the action of that name. What it does not
    know itself (``deploy``, ``invoke``) it has from ``verbs``.
    """

    # Set by the surface that can deploy, while it is loaded: gives the object that has the verbs.
    verbs: ClassVar[Callable[[NamedComposition], object] | None] = None

    name: str = field(kw_only=True)

    @classmethod
    def of(cls, node: Composition, name: str) -> NamedComposition:
        return cls(node.type, node.arguments, node.components, name=name)

    @property
    def __faas_action__(self) -> str:
        return self.name

    def __getattr__(self, name: str) -> Any:
        verbs = type(self).verbs
        if name.startswith("_") or verbs is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return getattr(verbs(self), name)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Composition):
            return NotImplemented
        return isinstance(other, NamedComposition) and (
            self.name == other.name and super().__eq__(other)
        )

    def __hash__(self) -> int:
        return hash((self.name, super().__hash__()))

    def __repr__(self) -> str:
        return f"{super().__repr__()[:-1]}, named {self.name!r}>"
