"""What the scheduler asks of a runtime."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path

from jupyter_faas.playground.entities.resolved_action import ResolvedAction
from jupyter_faas.playground.workers.process import WorkerSpec


class Runtime(ABC):
    """Starts the workers of one family of kinds (``python``)."""

    @abstractmethod
    async def check(self, plan: ResolvedAction, kind: str) -> None:
        """Raises KindNotSupported, with the reason, when this machine cannot run the action.

        ``kind`` is what it is to run as: its own kind, or what the user has put in its place.
        """

    @abstractmethod
    async def spec(
        self, plan: ResolvedAction, kind: str, directory: Path, init: Mapping[str, str]
    ) -> WorkerSpec:
        """How to start a worker on the code in ``directory``; installs what the code asks for.

        Raises KindNotSupported, BuildFailed, StillBuilding.
        """

    async def prewarm_spec(
        self, plan: ResolvedAction, kind: str, directory: Path
    ) -> WorkerSpec | None:
        """How a zygote will likely start its workers; finds out what the first would wait for.

        None where none will, and where packages are to be installed first. Raises
        KindNotSupported, BuildFailed.
        """
        return None

    def default_zygote(self) -> tuple[tuple[str, ...], Mapping[str, str]] | None:
        """The command and the environment of the zygote that most workers will be forked from."""
        return None

    async def warm_up(self) -> None:  # noqa: B027 - most have nothing to look for
        """Find out what a first worker of the usual kind would wait for."""
