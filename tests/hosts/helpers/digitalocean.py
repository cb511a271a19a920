"""DigitalOcean Functions, as its own tools call it: HOSTS.md §2."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from jupyter_faas.errors import FaasError
from jupyter_faas.playground.webactions.response import web_response
from jupyter_faas.whisk import ActivationResponse
from jupyter_faas.whisk.profiles import PROFILES
from jupyter_faas.workspace import Workspace
from tests.client.helpers.server import Answer, Asked
from tests.hosts.helpers.provider import Provider, failure

KEY = "dof_v1_" + "a1b2c3d4" * 4 + ":" + "Zk9" * 20
TOKEN = "dop_v1_" + "0123456789abcdef" * 4

_MISSING = "The requested resource does not exist."
_EXTENSIONS = (".json", ".http", ".html", ".text", ".svg")


class DigitalOcean(Provider):
    """``with DigitalOcean(playground).serve() as host``: iris really answers behind it.

    ``/`` is a 404 in plain text, and ``/api/v1`` lists the kinds without credentials. A web call
    reaches the action as the parameter ``http``, and leaves no record. A blocking call is held for
    ``wait_ms`` (30 s; make it shorter in a test). There are no alarms. The same server answers for
    the control plane below ``/v2/functions``, to the token ``TOKEN``.
    """

    def __init__(
        self, playground: Workspace, namespace: str = "fn-3f5c1a2b-7d60-4d3e-9b1a-0c2d4e6f8a9b"
    ) -> None:
        super().__init__(playground, PROFILES["digitalocean"], namespace, KEY)
        self.triggers: dict[str, dict[str, Any]] = {}
        self._unrecorded: set[str] = set()

    def answer(self, asked: Asked) -> Answer:
        path = urlsplit(asked.path).path
        if path.rstrip("/") == "/api/v1":
            return Answer(body={"description": "OpenWhisk API", "runtimes": self._kinds()})
        if path.startswith("/v2/functions/"):
            return self._control_plane(asked, path.removeprefix("/v2/functions/").split("/"))
        if path.startswith("/api/v1/web/"):
            return self._web(asked)
        if path.startswith("/api/v1/"):
            return self.api(asked)
        return Answer(404, content_type="text/plain; charset=utf-8", raw=b"404 page not found\n")

    def is_recorded(self, activation_id: str) -> bool:
        return activation_id not in self._unrecorded

    def record(self, entry: dict[str, Any]) -> dict[str, Any]:
        notes = {each["key"]: each["value"] for each in entry.get("annotations", [])}
        memory = (notes.get("limits") or {}).get("memory", 256)
        if "duration" not in entry:
            return entry
        # The provider bills at least 100 ms.
        return {**entry, "gbs": memory / 1024 * max(entry["duration"], 100) / 1000}

    def write_doctl(self, config_home: Path) -> Path:
        """What ``doctl serverless connect`` leaves below ``~/.config``. Returns the file."""
        digest = hashlib.sha1(TOKEN.encode(), usedforsecurity=False).hexdigest()[:8]
        path = config_home / "doctl" / "sandbox" / "creds" / digest / "credentials.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        credentials = {
            "currentHost": self.url,
            "currentNamespace": self.namespace,
            "label": "models",
            "credentials": {self.url: {self.namespace: {"api_key": self.key}}},
        }
        path.write_text(json.dumps(credentials))
        path.chmod(0o600)
        return path

    def _kinds(self) -> dict[str, list[dict[str, Any]]]:
        return {
            family: [
                {"kind": each.kind, "default": each.default, "deprecated": False} for each in kinds
            ]
            for family, kinds in self.runtimes.items()
        }

    def _web(self, asked: Asked) -> Answer:
        url = urlsplit(asked.path)
        segments = [unquote(each) for each in url.path.removeprefix("/api/v1/web/").split("/")]
        namespace, package, name = (*segments[:3], "", "", "")[:3]
        extension = next((each for each in _EXTENSIONS if name.endswith(each)), "")
        name = name.removesuffix(extension)
        action = self.action(name if package == "default" else f"{package}/{name}")
        notes = {each["key"]: each["value"] for each in (action or {}).get("annotations", [])}
        if namespace != self.namespace or action is None or not notes.get("web-export"):
            return failure(404, _MISSING)
        word = notes.get("require-whisk-auth")
        if word and asked.headers.get("x-require-whisk-auth") != str(word):
            return failure(401, "Authentication is possible but has failed or not yet been given.")
        called = name if package == "default" else f"{package}/{name}"
        rest = "/".join(("", *segments[3:])) if len(segments) > 3 else ""
        record = self.invoke(called, web_event(asked, rest))
        self._unrecorded.add(record["activationId"])
        try:
            found = web_response(
                ActivationResponse.from_json(record["response"]), extension or ".http"
            )
        except FaasError as error:
            return failure(400, error.message)
        headers = {**dict(found.headers), "x-openwhisk-activation-id": record["activationId"]}
        return Answer(found.status, None, found.content_type or "", headers, raw=found.body)

    def _control_plane(self, asked: Asked, parts: list[str]) -> Answer:
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return Answer(401, {"id": "Unauthorized", "message": "Unable to authenticate you"})
        if parts == ["namespaces"]:
            one = {"namespace": self.namespace, "api_host": self.url, "label": "models"}
            return Answer(body={"namespaces": [{**one, "region": "fra1"}]})
        if parts[:2] != ["namespaces", self.namespace] or parts[2:3] != ["triggers"]:
            return Answer(404, {"id": "not_found", "message": "The resource was not found."})
        if asked.method == "POST":
            given = json.loads(asked.body)
            if len(self.triggers) >= 3:
                words = "The limit of 3 triggers is reached."
                return Answer(403, {"id": "forbidden", "message": words})
            self.triggers[given["name"]] = given
            return Answer(200, {"trigger": given})
        if len(parts) == 3:
            return Answer(body={"triggers": list(self.triggers.values())})
        trigger = self.triggers.get(parts[3])
        if trigger is None:
            return Answer(404, {"id": "not_found", "message": "The resource was not found."})
        if asked.method == "DELETE":
            del self.triggers[parts[3]]
            return Answer(204, raw=b"")
        return Answer(body={"trigger": trigger})


def web_event(asked: Asked, path: str = "") -> dict[str, Any]:
    """The parameters that an action gets for a web call: ``http``, then those of the request.

    Values of the query and of forms are text. The body of another type is text in ``http``.
    """
    query = urlsplit(asked.path).query
    kind = asked.headers.get("content-type", "").partition(";")[0].strip().lower()
    http: dict[str, Any] = {"headers": asked.headers, "method": asked.method, "path": path}
    if query:
        http["queryString"] = query
    params: dict[str, Any] = dict(parse_qsl(query, keep_blank_values=True))
    if kind == "application/json":
        given = json.loads(asked.body or b"{}")
        params |= given if isinstance(given, dict) else {}
    elif kind == "application/x-www-form-urlencoded":
        params |= dict(parse_qsl(asked.body.decode(), keep_blank_values=True))
    elif asked.body:
        try:
            http |= {"body": asked.body.decode(), "isBase64Encoded": False}
        except UnicodeDecodeError:
            http |= {"body": base64.b64encode(asked.body).decode(), "isBase64Encoded": True}
    return {"http": http, **params}
