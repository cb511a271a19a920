"""Provider: a server that answers as a host of some type does, with a real playground behind it.

What a type of host does differently is in a subclass, one per file: ``openserverless.py`` and
``digitalocean.py``. Each takes kinds, limits and waiting times from the profile, so that a fact
about a host is written in one place only.
"""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import requests

from jupyter_faas.client import read_wskprops
from jupyter_faas.errors import FaasError
from jupyter_faas.playground.entities.namespaces import add_namespace
from jupyter_faas.whisk import ActionLimits, resolve_kind
from jupyter_faas.whisk.kinds import BLACKBOX, runtimes_json
from jupyter_faas.whisk.profiles import Profile
from jupyter_faas.workspace import Workspace
from tests.client.helpers.server import Answer, Asked, FakeHost, closed_port, serving

Params = dict[str, str]
_Kind = TypeVar("_Kind", bound="Provider")

_MALFORMED = "The request content was malformed:\n"
# The playground takes at most this timeout (ms). A longer one is kept here and shown as it was set.
_LONGEST_MS = 300_000
_PASSED_ON = ("content-type", "accept", "user-agent", "x-require-whisk-auth")


class Provider:
    """A host of one type. ``asked`` holds every request, ``zips`` the code that was uploaded last.

    ``namespace`` and ``key`` are the user's. A test may change ``key`` to make it expire, and
    ``wait_ms`` to shorten how long a blocking invocation is held.
    """

    # Whether the packages of the namespace ``whisk.system`` exist, alarms among them.
    has_system_packages = False
    # The certificate of a host that is called over HTTPS.
    tls: ssl.SSLContext | None = None

    def __init__(self, playground: Workspace, profile: Profile, namespace: str, key: str) -> None:
        path = add_namespace(playground.data_dir, namespace)
        self._behind = read_wskprops(path)
        self.profile = profile
        self.namespace = namespace
        self.key = key or self._behind.auth
        self.runtimes = profile.runtimes
        self.limits = profile.limits(None)
        self.wait_ms = profile.wait_ms
        self.zips: dict[str, bytes] = {}
        self._given: dict[str, dict[str, Any]] = {}
        self._host: FakeHost | None = None

    @property
    def url(self) -> str:
        assert self._host is not None
        return self._host.url

    @property
    def behind(self) -> str:
        """The address of the playground."""
        return self._behind.apihost

    @property
    def asked(self) -> list[Asked]:
        assert self._host is not None
        return self._host.asked

    @contextmanager
    def serve(self: _Kind) -> Iterator[_Kind]:
        with serving(self.answer, tls=self.tls) as host:
            self._host = host
            yield self

    # -- The rules that subclasses change

    def answer(self, asked: Asked) -> Answer:
        """Answer any request."""
        raise NotImplementedError

    def info(self) -> dict[str, Any]:
        """What the host says of its kinds and limits."""
        return {
            "description": "OpenWhisk",
            "api_paths": ["/api/v1"],
            "limits": self.limits.info_json(),
            "runtimes": runtimes_json(self.runtimes),
        }

    def is_recorded(self, activation_id: str) -> bool:
        """Whether a run has a record that its owner can read."""
        return True

    def record(self, entry: dict[str, Any]) -> dict[str, Any]:
        """What the host adds to an activation record."""
        return entry

    # -- OpenWhisk's API

    def api(self, asked: Asked) -> Answer:
        """Answer a request below ``/api/v1`` that needs the key."""
        if not self._is_authorized(asked):
            return failure(401, "The supplied authentication is invalid.")
        url = urlsplit(asked.path)
        segments = [unquote(each) for each in url.path.removeprefix("/api/v1/").split("/")]
        if segments[:1] == ["namespaces"] and len(segments) > 1:
            if segments[1] == "whisk.system" and not self.has_system_packages:
                return failure(404, "The requested resource does not exist.")
            if segments[1] not in ("_", self.namespace, "whisk.system"):
                words = "The supplied authentication is not authorized to access this resource."
                return failure(403, words)
        collection, name = (segments[2:3] or [""])[0], "/".join(segments[3:])
        query = dict(parse_qsl(url.query))
        if collection == "actions" and asked.method == "PUT":
            return self._put(asked, name)
        if collection == "actions" and asked.method == "POST":
            return self._invoke(asked, query)
        if collection == "activations":
            return self._activations(asked, segments[3:4], query)
        return self.forward(asked)

    def invoke(self, name: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Run an action as its owner, and return the playground's record."""
        path = f"/api/v1/namespaces/_/actions/{name}?blocking=true"
        headers = {"content-type": "application/json"}
        reply = self.forward(Asked("POST", path, headers, json.dumps(params).encode(), 0))
        assert isinstance(reply.body, dict), reply
        return reply.body

    def action(self, name: str) -> dict[str, Any] | None:
        """The action of that name, or None."""
        reply = self.forward(Asked("GET", f"/api/v1/namespaces/_/actions/{name}", {}, b"", 0))
        return reply.body if reply.status == 200 and isinstance(reply.body, dict) else None

    def forward(self, asked: Asked, *, query: Params | None = None) -> Answer:
        """Pass a request on to the playground, and its reply back."""
        url = urlsplit(asked.path)
        found = requests.request(
            asked.method,
            f"{self._behind.apihost}{url.path}",
            params=urlencode(query) if query is not None else url.query,
            data=asked.body,
            headers={name: asked.headers[name] for name in _PASSED_ON if name in asked.headers},
            auth=_basic(self._behind.auth),
            timeout=120,
            allow_redirects=False,
        )
        kind = found.headers.get("content-type", "application/json")
        kept = {"x-openwhisk-activation-id": found.headers.get("x-openwhisk-activation-id", "")}
        headers = {name: value for name, value in kept.items() if value}
        if "json" not in kind or not found.content:
            return Answer(found.status_code, None, kind, headers, raw=found.content)
        return Answer(found.status_code, self._shown(found.json()), kind, headers)

    def _put(self, asked: Asked, name: str) -> Answer:
        body = json.loads(asked.body)
        code = (body.get("exec") or {}).get("code", "")
        if len(code) > self.limits.max_code_bytes:
            return failure(413, "Request larger than allowed.")
        given: dict[str, Any] = {}
        try:
            # An image has no kind, and every host of these types takes images.
            if (body.get("exec") or {}).get("kind") not in (None, BLACKBOX):
                kind = resolve_kind(body["exec"]["kind"], self.runtimes)
                given["kind"] = kind
                body["exec"]["kind"] = self._playground_kind(kind)
            if "limits" in body:
                limits = self.limits.check(ActionLimits.from_json(body["limits"]))
                if limits.timeout > _LONGEST_MS:
                    given["timeout"] = limits.timeout
                    body["limits"]["timeout"] = _LONGEST_MS
        except FaasError as error:
            return failure(400, _MALFORMED + error.message)
        with suppress(ValueError):  # Code may also be the text of one file.
            self.zips[name] = base64.b64decode(code, validate=True)
        # Set before the reply is read, because it shows these values.
        self._given[name.rpartition("/")[2]] = given
        return self.forward(replace(asked, body=json.dumps(body).encode()))

    def _playground_kind(self, kind: str) -> str:
        """The kind of the playground for the same version, which the host's image may tell."""
        for each in self.runtimes.get("python", ()):
            if each.kind == kind and kind in ("python:3", "python:310"):
                return f"python:{each.image.partition(':v')[2].partition('-')[0]}"
        return kind

    def _invoke(self, asked: Asked, query: Params) -> Answer:
        if query.get("blocking") == "true":
            wait_ms = min(int(query.get("timeout", self.wait_ms)), self.wait_ms)
            query = {**query, "timeout": str(wait_ms)}
        return self.forward(asked, query=query)

    def _activations(self, asked: Asked, one: list[str], query: Params) -> Answer:
        if one:
            if not self.is_recorded(one[0]):
                return failure(404, "The requested resource does not exist.")
            return self.forward(asked)
        if not 0 <= int(query.get("limit", 30)) <= self.profile.max_listed:
            words = f"The value is not in the range of 0 to {self.profile.max_listed}."
            return failure(400, words)
        reply = self.forward(asked)
        if isinstance(reply.body, list):
            kept = [each for each in reply.body if self.is_recorded(each["activationId"])]
            return replace(reply, body=kept)
        return reply

    def _shown(self, body: Any) -> Any:
        """The playground's reply with the host's kinds and limits."""
        if isinstance(body, list):
            return [self._shown(each) for each in body]
        if not isinstance(body, dict) or "name" not in body:
            return body
        given = self._given.get(body["name"], {})
        if "kind" in given:
            body = replace_kind(body, given["kind"])
        if "timeout" in given and "limits" in body:
            body = {**body, "limits": {**body["limits"], "timeout": given["timeout"]}}
        return self.record(body) if "activationId" in body else body

    def _is_authorized(self, asked: Asked) -> bool:
        expected = base64.b64encode(self.key.encode()).decode()
        return asked.headers.get("authorization") == f"Basic {expected}"


def replace_kind(body: dict[str, Any], kind: str) -> dict[str, Any]:
    """``body``, an action or a record, with another kind."""
    notes = [
        {**each, "value": kind} if each["key"] in ("exec", "kind") else each
        for each in body.get("annotations", [])
    ]
    found = {**body, "annotations": notes} if "annotations" in body else dict(body)
    if isinstance(found.get("exec"), dict) and "kind" in found["exec"]:
        found["exec"] = {**found["exec"], "kind": kind}
    return found


def write_props(path: Path, **properties: str) -> Path:
    """Write the file that ``wsk`` and ``ops`` keep, for its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{name}={value}\n" for name, value in properties.items()))
    path.chmod(0o600)
    return path


def failure(status: int, words: str) -> Answer:
    """An error body as OpenWhisk's controller writes it."""
    return Answer(status, {"error": words, "code": "f" * 32})


@contextmanager
def started_playground(folder: Path) -> Iterator[Workspace]:
    """A playground of its own in ``folder``, for any number of providers."""
    playground = Workspace.open(folder, target="playground")
    playground.playground.start(port=closed_port())
    try:
        yield playground
    finally:
        playground.playground.stop()


def _basic(auth: str) -> Callable[[requests.PreparedRequest], requests.PreparedRequest]:
    def sign(request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = "Basic " + base64.b64encode(auth.encode()).decode()
        return request

    return sign
