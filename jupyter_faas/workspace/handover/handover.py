"""What somebody needs who calls functions without the notebook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import InputError
from jupyter_faas.whisk.names import RESERVED_PACKAGE, FullName
from jupyter_faas.workspace.handover.exported import WebActions
from jupyter_faas.workspace.handover.openapi import document

if TYPE_CHECKING:
    from jupyter_faas.workspace.deploys import Connect


@dataclass(frozen=True)
class HandOver:
    """Documents of a target's functions."""

    connect: Connect

    def openapi(self, package: str | None = None) -> dict[str, Any]:
        """The OpenAPI document of a package's web actions, or of all in the namespace.

        ``default`` is what is in no package. Raises InputError when there is none, and what a
        target raises.
        """
        connection = self.connect(start=True)
        client, namespace = connection.client, connection.own_namespace()
        found = WebActions(client).of(package)
        label = client.target.label
        if not found:
            where = f"Package {package!r} on {label}" if package else label
            raise InputError(
                f"{where} has no function that is a web action.",
                hint="Add --web to a function's cell, run it and deploy it.",
            )
        any_of_them = client.web_url(FullName(namespace, None, "_"))
        server = any_of_them.removesuffix(f"/{RESERVED_PACKAGE}/_.json")
        title = f"{package} of {namespace}" if package else namespace
        return document(found, title=title, server={"url": server})
