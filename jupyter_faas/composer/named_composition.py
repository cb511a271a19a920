"""A composition with a name, which can be deployed and invoked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from jupyter_faas.composer.nodes import Composition
from jupyter_faas.providers import composition_verbs


@dataclass(frozen=True, eq=False, repr=False)
class NamedComposition(Composition):
    """A sequence that is deployed under ``name`` or ``package/name``.

    Inside another composition, a named composition is a call of the action with that name.
    """

    name: str = field(kw_only=True)

    @classmethod
    def of(cls, node: Composition, name: str) -> NamedComposition:
        return cls(node.type, node.arguments, node.components, name=name)

    @property
    def __faas_action__(self) -> str:
        return self.name

    def deploy(self, *, force: bool = False) -> Any:
        """Package the composition with the dependencies of its inline functions, and deploy it.

        In a notebook, the notebook's functions that are missing on the target are deployed first.
        Returns a Deployment, or None when the notebook is executed only to package its functions.
        Raises CaptureError for values that cannot be packaged. Raises ChangedElsewhere when the
        action has been changed elsewhere, unless ``force`` is true.
        """
        return _verbs(self).deploy(force=force)

    def invoke(self, /, **params: Any) -> Run | None:
        """Invoke the deployed composition and wait for the result.

        Returns a run with ``ok`` and ``result``, or None when the notebook is executed only to
        package its functions. Raises ActivationFailed when the run fails, and ActionNotFound when
        the composition is not deployed.
        """
        return _verbs(self).invoke(params)

    def activations(self, limit: int = 30) -> Any:
        """Return the latest runs of the composition with their exact costs, newest first."""
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
    """A completed run of a composition."""

    @property
    def ok(self) -> bool: ...

    @property
    def result(self) -> Any: ...


class Verbs(Protocol):
    """The operations on a named composition, which a higher layer provides (magics, scripts)."""

    def deploy(self, *, force: bool) -> Any: ...

    def invoke(self, params: Mapping[str, Any]) -> Run | None: ...

    def activations(self, limit: int) -> Any: ...


# A higher layer, which this package must not import, registers the implementation.
def _verbs(named: NamedComposition) -> Verbs:
    verbs: Verbs = composition_verbs(named)
    return verbs
