"""RolloutService: deploys versions of a function beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from jupyter_faas.errors import InputError
from jupyter_faas.workspace.deployment.remote_state import find_action
from jupyter_faas.workspace.results import Progress, silent
from jupyter_faas.workspace.targets.connection import Connect
from jupyter_faas.workspace.variants import VARIANT, Role, Variant

if TYPE_CHECKING:
    from jupyter_faas.bundle import BundleStore, PackageRecord
    from jupyter_faas.workspace.results import Deployment


class Deploy(Protocol):
    """``Workspace.deploy``."""

    def __call__(
        self, package_id: str, *, force: bool = False, progress: Progress = silent
    ) -> Deployment: ...


@dataclass(frozen=True)
class RolloutService:
    """A service that deploys versions of a function beside it, on the current target."""

    connect: Connect
    store: Callable[[], BundleStore]
    deploy: Deploy

    def deploy_dev(self, package_id: str, *, progress: Progress = silent) -> Deployment:
        """Deploy a package as ``NAME-dev``, and never as ``NAME``.

        The clean-room test is left out, because it would take longer than everything else. Raises
        InputError if ``NAME-dev`` is a function of its own, and the errors of ``Workspace.deploy``.
        """
        record = replace(self.store().get_package(package_id), clean_room=False)
        return self.deploy(self._beside(record, "dev"), force=True, progress=progress)

    def _beside(self, record: PackageRecord, role: Role) -> str:
        """Store the package record of a variant, whose zip is the same, and return its id."""
        variant = Variant(role, record.name)
        found = find_action(self.connect(start=True).client, variant.name)
        if found is not None and Variant.read(found) is None:
            raise InputError(
                f"{variant.name} is a function of its own, so it cannot be a version of "
                f"{record.name}.",
                hint=f"Give {record.name} another name, or remove the other function: "
                f"%faas remove {variant.name}",
            )
        annotations = {**record.annotations, VARIANT: variant.to_annotation()}
        return self.store().put_package(
            replace(record, name=variant.name, annotations=annotations, id="")
        )
