"""``NamedComposition``: a composition with the name that it is deployed under, and its verbs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from jupyter_faas.composer.nodes import Composition
from jupyter_faas.providers import composition_verbs


@dataclass(frozen=True, eq=False, repr=False)
class NamedComposition(Composition):
    """A sequence with the name that it is deployed under: ``name`` or ``package/name``.

    Inside another composition it is a call of the action of that name.
    """

    name: str = field(kw_only=True)

    @classmethod
    def of(cls, node: Composition, name: str) -> NamedComposition:
        return cls(node.type, node.arguments, node.components, name=name)

    @property
    def __faas_action__(self) -> str:
        return self.name

    def deploy(self, *, force: bool = False) -> Any:
        """Package it with what its inline functions use, and put it on the target: a Deployment.

        In a notebook, its own functions that the target lacks are deployed first. None where the
        notebook runs only for its packages. Raises CaptureError for what cannot travel,
        ChangedElsewhere over another person's change, unless ``force`` is given.
        """
        return _verbs(self).deploy(force=force)

    def invoke(self, /, **params: Any) -> Run | None:
        """Run what is deployed under its name once, and wait: a run with ``ok`` and ``result``.

        Raises ActivationFailed when the run fails, ActionNotFound when it is not deployed.
        """
        return _verbs(self).invoke(params)

    def activations(self, limit: int = 30) -> Any:
        """Its latest runs, each as a whole with its exact cost, newest first."""
        return _verbs(self).activations(limit)

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


class Run(Protocol):
    """A run that has ended."""

    @property
    def ok(self) -> bool: ...

    @property
    def result(self) -> Any: ...


class Verbs(Protocol):
    """The verbs of a named composition, which the magics or a script provide."""

    def deploy(self, *, force: bool) -> Any: ...

    def invoke(self, params: Mapping[str, Any]) -> Run | None: ...

    def activations(self, limit: int) -> Any: ...


def _verbs(named: NamedComposition) -> Verbs:
    verbs: Verbs = composition_verbs(named)
    return verbs
