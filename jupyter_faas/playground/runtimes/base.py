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

        ``kind`` is what it runs as: its own kind, or the user's override (``kind_overrides.py``).
        """

    @abstractmethod
    async def spec(
        self, plan: ResolvedAction, kind: str, directory: Path, init: Mapping[str, str]
    ) -> WorkerSpec:
        """Return how to start a worker on the code in ``directory``, after installing its packages.

        Raises KindNotSupported, BuildFailed, StillBuilding.
        """

    async def prewarm_spec(
        self, plan: ResolvedAction, kind: str, directory: Path
    ) -> WorkerSpec | None:
        """Return how a zygote will likely start its workers, to prewarm it.

        None if no zygote will, or if packages must be installed first. Raises KindNotSupported,
        BuildFailed.
        """
        return None

    def default_zygote(self) -> tuple[tuple[str, ...], Mapping[str, str]] | None:
        """Return the command and environment of the zygote that most workers are forked from."""
        return None

    async def warm_up(self) -> None:  # noqa: B027 - most have nothing to look for
        """Do slow lookups that the first worker of the default kind would wait for."""
