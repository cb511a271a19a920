"""Runtime: the interface between the scheduler and the runtimes of Python and Node.js."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path

from jupyter_faas.playground.entities.resolved_action import ResolvedAction
from jupyter_faas.playground.workers.process import WorkerSpec


class Runtime(ABC):
    """Describes how to start the workers of one family of kinds (``python``, ``nodejs``)."""

    @abstractmethod
    async def check(self, plan: ResolvedAction, kind: str) -> None:
        """Raise KindNotSupported, with the reason, if this machine cannot run the action.

        ``kind`` is the kind that it runs as: its own, or an override (``kind_overrides.py``).
        """

    @abstractmethod
    async def spec(
        self, plan: ResolvedAction, kind: str, directory: Path, init: Mapping[str, str]
    ) -> WorkerSpec:
        """Install the packages of the code in ``directory``, and return how to start its worker.

        ``init``: additional environment variables of the action. Raises KindNotSupported,
        BuildFailed or StillBuilding.
        """

    async def prewarm_spec(
        self, plan: ResolvedAction, kind: str, directory: Path
    ) -> WorkerSpec | None:
        """Return how the workers of an action will probably be forked, to prepare for that.

        Return None if they will not be forked, or if packages must be installed first. Raises
        KindNotSupported or BuildFailed.
        """
        return None

    def default_zygote(self) -> tuple[tuple[str, ...], Mapping[str, str]] | None:
        """Return the command and environment of the zygote of most workers; None if it has none."""
        return None

    async def warm_up(self) -> None:  # noqa: B027 - optional: most runtimes have no slow lookups
        """Do slow lookups that the first worker of the default kind would wait for."""
