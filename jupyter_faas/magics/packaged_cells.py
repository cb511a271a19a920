"""The entries of the session's registry: a cell with its package, its card and its drift."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from jupyter_faas.workspace.compositions.dependencies import calls
from jupyter_faas.workspace.results import is_deployed, shown_access

if TYPE_CHECKING:
    from jupyter_faas.composer import Composition
    from jupyter_faas.magics.cells.cell_body import LastValue
    from jupyter_faas.widgets import Output
    from jupyter_faas.workspace import Deployment, Packaged
    from jupyter_faas.workspace.local.function import LocalFunction
    from jupyter_faas.workspace.options import ActionOptions, CompositionOptions, FunctionOptions
    from jupyter_faas.workspace.results import DeployedFunction

# The notebook can change captured values of these kinds after the cell has run.
_WATCHED_KINDS = frozenset({"model", "array", "data", "constant", "object", "function", "class"})


O_co = TypeVar("O_co", bound="ActionOptions", covariant=True)


@dataclass(frozen=True)
class ExecutedCell(Generic[O_co]):
    """A cell as it was executed. ``notebook`` is the file's path, or only its name."""

    text: str
    options: O_co
    id: str | None = None
    notebook: str | None = None


# ``eq=False`` compares entries by identity, because their fields change in the registry.
@dataclass(eq=False, kw_only=True)
class PackagedCell:
    """A packaged cell, whose state changes when it is repackaged or deployed, or becomes stale."""

    WORD: ClassVar[str] = "function"

    cell: ExecutedCell[ActionOptions]
    executed_at: int  # ms since 1970
    packaged: Packaged
    output: Output
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    stale: tuple[str, ...] = ()
    drifted: Mapping[str, str] = field(default_factory=dict)
    # The value of ``drifted`` of which a call has warned, so that it warns once per change.
    warned_of: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return the action's name on the target: ``name`` or ``package/name``."""
        return self.cell.options.path

    @property
    def base_name(self) -> str:
        """Return the name without the OpenWhisk package."""
        return self.cell.options.name

    @property
    def variable(self) -> str:
        """Return the name in the notebook, which is the name of the variable with the handle."""
        return self.cell.options.variable or self.base_name

    @property
    def package(self) -> str:
        """Return the id of the package record."""
        package: str = self.packaged.record.id
        return package

    def watched_names(self) -> list[str]:
        """Return the captured names whose values can change, also those of included packages."""
        return _watched(self.packaged)

    def describe(self) -> str:
        """Return the repr of the handle: ``<function iris(…): deployed>``."""
        card = self.output.payload
        state = "not deployed"
        if card["deployed"] is not None:
            same = is_deployed(card["deployed"], card["bundle"])
            state = "deployed" if same else "changed since deploy"
        if self.stale:
            state += f", {', '.join(self.stale)} changed since packaging"
        return f"<{self.WORD} {card['signature']}: {state}>"

    def to_json(self) -> dict[str, Any]:
        """Return an entry of kernel_functions.json."""
        record = self.packaged.record
        return {
            "name": self.name,
            "cell_id": self.cell.id,
            "source_text": self.cell.text,
            "source": record.source,
            "package": record.id,
            "bundle": record.bundle,
            "size": self.packaged.size,
            "signature": self.packaged.card["signature"],
            "schema": self.packaged.card["schema"],
            "kind": record.kind,
            "memory_mb": record.memory_mb,
            "timeout_ms": record.timeout_ms,
            "stale": list(self.stale),
            "models": [model["name"] for model in self.packaged.card["models"]],
            "executed_at": self.executed_at,
            "example": next((one["params"] for one in self.packaged.card["examples"]), None),
        }


@dataclass(eq=False, kw_only=True)
class PackagedFunction(PackagedCell):
    """The entry of a ``%%function`` cell."""

    cell: ExecutedCell[FunctionOptions]
    function: Callable[..., Any]
    local: LocalFunction


@dataclass(eq=False, kw_only=True)
class PackagedComposition(PackagedCell):
    """The entry of a ``%%composition`` cell.

    ``last`` is the cell's last expression, or None if the composition came from a file. ``reads``
    contains the names whose values determine the composition.
    """

    WORD: ClassVar[str] = "composition"

    cell: ExecutedCell[CompositionOptions]
    composition: Composition
    last: LastValue | None = None
    reads: tuple[str, ...] = ()

    def watched_names(self) -> list[str]:
        """Return the names that inline functions captured or that the last expression reads."""
        return list(dict.fromkeys([*super().watched_names(), *self.reads]))

    def to_json(self) -> dict[str, Any]:
        """Return an entry of kernel_functions.json."""
        return {**super().to_json(), "composition": True, "calls": calls(self.packaged.card)}


def _watched(packaged: Packaged) -> list[str]:
    captured = packaged.card["captured"]
    own = [item["name"] for item in captured if item["kind"] in _WATCHED_KINDS]
    return [*own, *(name for part in packaged.parts.values() for name in _watched(part))]


def card_deployed(deployment: Deployment | DeployedFunction) -> dict[str, Any]:
    """Return the fields of a deployment that a card shows."""
    return {
        "version": deployment.version,
        "bundle": deployment.bundle,
        "url": deployment.url,
        "web_url": deployment.web_url,
        "updated": deployment.updated,
        **({"web_access": access} if (access := shown_access(deployment)) else {}),
        **({"packaged": deployment.packaged} if deployment.packaged else {}),
    }
