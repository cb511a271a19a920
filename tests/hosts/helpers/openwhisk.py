"""Apache OpenWhisk as an operator runs it, with its alarms: HOSTS.md §3."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from jupyter_faas.whisk.profiles import PROFILES
from jupyter_faas.workspace import Workspace
from tests.client.helpers.server import Answer, Asked
from tests.hosts.helpers.provider import Provider, write_props


class OpenWhisk(Provider):
    """``with OpenWhisk(playground).serve() as host``: iris really answers behind it.

    ``/`` lists the kinds and limits. The packages of ``whisk.system`` are there, so a trigger can
    have the feed of the alarms.
    """

    has_system_packages = True

    def __init__(self, playground: Workspace, namespace: str = "lab") -> None:
        super().__init__(playground, PROFILES["openwhisk"], namespace, "")

    def answer(self, asked: Asked) -> Answer:
        path = urlsplit(asked.path).path
        if path == "/":
            return Answer(body=self.info())
        if path.startswith("/api/v1/web/"):
            return self.forward(asked)
        if path.startswith("/api/v1/"):
            return self.api(asked)
        return Answer(404, {"error": "The requested resource does not exist.", "code": "f" * 32})

    def write_wskprops(self, path: Path) -> Path:
        """What ``wsk property set`` leaves: the host and the key, for the owner alone."""
        return write_props(path, APIHOST=self.url, AUTH=self.key)
