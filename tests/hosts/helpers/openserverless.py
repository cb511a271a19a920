"""OpenServerless as its operator publishes it: HOSTS.md §1."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jupyter_faas.whisk.profiles import PROFILES
from jupyter_faas.workspace import Workspace
from tests.client.helpers.server import Answer, Asked
from tests.hosts.helpers.provider import Provider, failure, write_props

_SITE = b"<!doctype html><title>Welcome</title><p>A static site of the user."


class OpenServerless(Provider):
    """``with OpenServerless(playground).serve() as host``: iris really answers behind it.

    ``/`` is a web site. Only ``/api/v1``, ``/api/my`` and ``/api/info`` lead to the controller.
    There are no alarms. ``run_cron()`` does what the job of every minute does.
    """

    def __init__(
        self, playground: Workspace, namespace: str = "produ", password: str = "s3cret"
    ) -> None:
        super().__init__(playground, PROFILES["openserverless"], namespace, "")
        self._password = password

    def answer(self, asked: Asked) -> Answer:
        path = urlsplit(asked.path).path
        if path.rstrip("/") == "/api/info":
            return Answer(body=self.info())
        if path == "/api/v1":
            # As Apache OpenWhisk: a description and no runtimes.
            return Answer(body={"description": "OpenWhisk API", "api_version": "1.0.0"})
        if path == "/api/v1/web/whisk-system/nuv/login" and asked.method == "POST":
            return self._login(json.loads(asked.body))
        if path.startswith("/api/my/"):
            web = asked.path.replace("/api/my/", f"/api/v1/web/{self.namespace}/", 1)
            return self.forward(replace(asked, path=web))
        if path.startswith("/api/v1/web/"):
            return self.forward(asked)
        if path.startswith("/api/v1/"):
            return self.api(asked)
        return Answer(200 if path == "/" else 404, content_type="text/html", raw=_SITE)

    def run_cron(self) -> list[str]:
        """Invoke each action with the annotation ``cron`` once, without parameters.

        Returns the activation ids. The host does not wait for the runs. This does, so that a test
        finds their records.
        """
        listed = self.forward(Asked("GET", "/api/v1/namespaces/_/actions?limit=200", {}, b"", 0))
        assert isinstance(listed.body, list)
        due = [each for each in listed.body if "cron" in _annotations(each)]
        ids = []
        for each in due:
            package = "/".join(each["namespace"].split("/")[1:])
            name = f"{package}/{each['name']}" if package else each["name"]
            ids.append(self.invoke(name, {})["activationId"])
        return ids

    def write_wskprops(self, path: Path) -> Path:
        """What ``ops -login`` leaves: the host, the key and the namespace, for the owner alone."""
        return write_props(path, APIHOST=self.url, AUTH=self.key, NAMESPACE=self.namespace)

    def _login(self, given: dict[str, str]) -> Answer:
        if given != {"login": self.namespace, "password": self._password}:
            return failure(401, f"Invalid credentials for user {given.get('login')}")
        services = {"REDIS_PREFIX": f"{self.namespace}:", "S3_PROVIDER": "SEAWEEDFS"}
        return Answer(body={"AUTH": self.key, **services})


def _annotations(entity: dict[str, Any]) -> dict[str, Any]:
    return {each["key"]: each["value"] for each in entity.get("annotations", [])}
