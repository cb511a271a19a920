"""VersionAliases: the names that a user gives to deployed versions, such as ``champion``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jupyter_faas.bundle import VersionAlias
from jupyter_faas.errors import InputError
from jupyter_faas.workspace.deployment.history import check_alias
from jupyter_faas.workspace.deployment.service import (
    DeploymentService,
    current_record,
    local_name,
    place_of,
)

if TYPE_CHECKING:
    from jupyter_faas.bundle import DeployRecord
    from jupyter_faas.workspace.targets.connection import Connection


@dataclass(frozen=True)
class VersionAliases:
    """The names of versions on the current target, which are kept beside the deploy records.

    ``DeploymentService.resolve`` accepts them.
    """

    deployments: DeploymentService

    def all(self, name: str) -> tuple[VersionAlias, ...]:
        """Return the names that versions of a function have, sorted by name."""
        return self._all(self.deployments.connect(start=True), name)

    def set(self, name: str, alias: str, version: str | None = None) -> VersionAlias:
        """Name a version, and return the name. An alias that exists is moved.

        ``version`` is a version, another alias or the beginning of a sha256. None means the
        deployed version. Raises InputError if ``alias`` cannot name a version, or if the version
        was not deployed from this machine.
        """
        check_alias(alias)
        connection = self.deployments.connect(start=True)
        if version is not None:
            found = self.deployments.resolve(connection, name, version)
        else:
            found = self._deployed(connection, name, alias)
        added = VersionAlias(alias, found.version, found.package)
        key = self._key(connection, name)
        with self.deployments.log.held(*key):
            others = (each for each in self._all(connection, name) if each.name != alias)
            self.deployments.log.set_aliases(*key, [*others, added])
        return added

    def remove(self, name: str, alias: str) -> None:
        """Delete an alias. The version is kept. Raises InputError if the alias does not exist."""
        connection = self.deployments.connect(start=True)
        key = self._key(connection, name)
        with self.deployments.log.held(*key):
            known = self._all(connection, name)
            if not known:
                raise InputError(
                    f"{name} does not have aliases.",
                    hint=f"To add one: %faas alias {name} {alias}",
                )
            if alias not in {each.name for each in known}:
                raise InputError(
                    f"{name} does not have the alias {alias!r}.",
                    hint=f"Use one of its aliases: {', '.join(each.name for each in known)}.",
                )
            others = (each for each in known if each.name != alias)
            self.deployments.log.set_aliases(*key, others)

    def _deployed(self, connection: Connection, name: str, alias: str) -> DeployRecord:
        action = connection.client.get_action(name)
        records = self.deployments.records_on(connection, name)
        found = current_record(records, action)
        if found is None:
            raise InputError(
                f"The current version of {name} on the target was not deployed from this machine.",
                hint=f"To name the last version that was: %faas alias {name} {alias} "
                f"{records[0].version}\nTo list the versions: %faas history {name}"
                if records
                else f"To overwrite it with the version from this machine: %faas deploy {name} "
                "--force",
            )
        return found

    def _all(self, connection: Connection, name: str) -> tuple[VersionAlias, ...]:
        return self.deployments.log.aliases(*self._key(connection, name))

    def _key(self, connection: Connection, name: str) -> tuple[str, str, str]:
        local, namespace = local_name(name, connection)
        return place_of(connection.client.target), namespace, local
