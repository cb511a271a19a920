"""The interface between the scheduler and the Python and Node.js runtimes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path

from jupyter_faas.playground.entities.resolved_action import ResolvedAction
from jupyter_faas.playground.workers.process import WorkerSpec


class Runtime(ABC):
    """Determines how to start workers for one family of kinds (``python``, ``nodejs``)."""

    @abstractmethod
    async def check(self, resolved: ResolvedAction, kind: str) -> None:
        """Raise KindNotSupported with the reason if this machine cannot run the action.

        ``kind``: the action's own kind, or the kind that overrides it (``kind_overrides.py``).
        """

    def is_known(self, resolved: ResolvedAction, kind: str) -> bool:
        """Return whether ``check`` would succeed at once, without waiting for anything."""
        return False

    @abstractmethod
    async def spec(
        self, resolved: ResolvedAction, kind: str, directory: Path, init: Mapping[str, str]
    ) -> WorkerSpec:
        """Install the packages required by the code in ``directory``, and return the worker's spec.

        ``init``: additional environment variables for the action.

        Raises KindNotSupported if no interpreter can run the action, BuildFailed if the
        installation failed, and StillBuilding if it exceeds the action's timeout.
        """

    async def prewarm_spec(
        self, resolved: ResolvedAction, kind: str, directory: Path
    ) -> WorkerSpec | None:
        """Return the spec with which a zygote will probably fork the action's workers.

        Return None if the workers cannot be forked or if packages must be installed first. Raises
        KindNotSupported or BuildFailed.
        """
        return None

    def default_zygote(self) -> tuple[tuple[str, ...], Mapping[str, str]] | None:
        """Return the command and environment of the zygote that most workers use.

        Return None if the runtime does not use zygotes.
        """
        return None

    async def warm_up(self) -> None:  # noqa: B027 - optional: most runtimes have no slow lookups
        """Do slow lookups in advance, so that the first worker need not wait for them."""
