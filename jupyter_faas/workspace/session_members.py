"""What belongs to a session: the run itself, and what it has caused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from jupyter_faas.whisk.entities import SEQUENCE

if TYPE_CHECKING:
    from jupyter_faas.client import UnderWay
    from jupyter_faas.whisk import Activation

Kind = Literal["composition", "sequence", "function"]
Role = Literal["action", "conductor", "branch", "async", "wait", "composition", "sequence"]


def kind_of(activation: Activation) -> Kind:
    if activation.kind != SEQUENCE:
        return "function"
    return "composition" if activation.annotation("conductor") is True else "sequence"


def path_of(activation: Activation) -> str:
    """``namespace/[package/]name`` of the action that ran."""
    path = activation.annotation("path")
    return path if isinstance(path, str) else f"{activation.namespace}/{activation.name}"


@dataclass(frozen=True)
class Member:
    """A derived run. ``parent`` is the id of the run that it is a part of.

    ``path`` and ``visited`` are nodes of the session's own graph: None and empty for what belongs
    to a nested composition, which has another. ``blamed`` are those that an error names.
    ``waiting``: a conductor's run that only started branches or waited for them.
    """

    activation: Activation
    role: Role
    parent: str
    path: str | None = None
    visited: tuple[str, ...] = ()
    blamed: tuple[str, ...] = ()
    waiting: bool = False


@dataclass(frozen=True)
class Going:
    """A part that has not ended. ``role``, ``parent`` and ``path`` as for a member."""

    run: Known
    role: Role
    parent: str
    path: str | None


@dataclass
class Family:
    """``under_way``: what has not ended; ``missing``: so many that were started beside have no
    record, for all one knows; ``truncated``: there are more members."""

    members: list[Member] = field(default_factory=list)
    under_way: list[Going] = field(default_factory=list)
    missing: int = 0
    truncated: bool = False


@dataclass(frozen=True)
class Known:
    """A run: by its record, or what is known of it while there is none (``activation`` is None).

    ``path`` is ``namespace/[package/]name``, ``start`` epoch ms. Of one that goes on, ``parts`` are
    the ids of what it has run so far, in their order, and ``going`` is what it runs now.
    """

    id: str
    kind: Kind
    path: str
    version: str
    start: int
    activation: Activation | None = None
    cause: str | None = None
    parts: tuple[str, ...] = ()
    going: tuple[Known, ...] = ()

    @classmethod
    def ended(cls, run: Activation) -> Known:
        return cls(
            run.activation_id,
            kind_of(run),
            path_of(run),
            run.version,
            run.start,
            run,
            run.cause,
        )

    @classmethod
    def under_way(cls, activation_id: str, run: UnderWay) -> Known:
        """What the playground tells of a run that goes on."""
        kinds: dict[str, Kind] = {"composition": "composition", "sequence": "sequence"}
        return cls(
            id=activation_id,
            kind=kinds.get(run.kind, "function"),
            path=run.path,
            version=run.version,
            start=run.started,
            cause=run.cause,
            parts=run.parts,
            going=tuple(cls.under_way(id_, each) for id_, each in run.going),
        )

    @classmethod
    def of_parts(cls, activation_id: str, parts: Sequence[Activation]) -> Known | None:
        """A run without a record that has caused something already. None when it has not.

        A composition begins with its conductor, which says what is next; what a sequence is called
        is not to be learnt from its first action.
        """
        if not parts:
            return None
        first = parts[0]
        result = first.response.result
        if isinstance(result, Mapping) and {"action", "state"} & set(result):
            path, version = path_of(first), first.version
            return cls(activation_id, "composition", path, version, first.start)
        path = f"{first.namespace}/sequence"
        return cls(activation_id, "sequence", path, first.version, first.start)
