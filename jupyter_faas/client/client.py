"""``Client``: a typed client for OpenWhisk's actions, packages and activations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import quote

from jupyter_faas.client.base import MALFORMED, TargetClient, entity_path
from jupyter_faas.client.errors import error_for
from jupyter_faas.client.target import HostInfo
from jupyter_faas.client.transport import Reply
from jupyter_faas.errors import ActionNotFound, ActivationNotFound, FaasError, InputError
from jupyter_faas.telemetry import (
    Attributes,
    Span,
    SpanKind,
    process_telemetry,
    request_attributes,
)
from jupyter_faas.telemetry.origin import STATUS
from jupyter_faas.telemetry.runs import error_type
from jupyter_faas.whisk import Action, Activation, FullName, Package
from jupyter_faas.whisk.names import RESERVED_PACKAGE, action_name
from jupyter_faas.whisk.profiles import Profile, profile_of

# The time that the client waits for a response after the host should have sent it.
_BLOCKING_MARGIN_S = 15.0

# Where hosts list their kinds and limits, in the order in which they are asked. Apache OpenWhisk
# and Adobe I/O Runtime: ``/``. DigitalOcean Functions: ``/api/v1``, where Apache OpenWhisk gives
# only a description. OpenServerless: ``/api/info/``, because ``/`` is a web site there.
_INFO_PATHS = ("/", "/api/v1", "/api/info/")

# Without this header, Adobe I/O Runtime does not store the records of successful blocking runs.
# With it, a namespace may make 30 calls a minute there. Other hosts ignore the header.
_EXTRA_LOGGING = {"X-OW-EXTRA-LOGGING": "on"}

_REPLAY = {"X-Faas-Replay": "true"}
_PARAMETERS_TOO_LARGE = (
    "Parameters are part of the request. Pass large data, such as an image, as a URL from "
    "which the function downloads it."
)

_Entity = TypeVar("_Entity")


class Client(TargetClient):
    """A thread-safe client for the actions, packages and activations of a target.

    Its methods accept the name of an action as ``name``, as ``package/name`` or as a full name
    (``/namespace/…``).
    """

    @property
    def profile(self) -> Profile:
        """What this type of host does differently from Apache OpenWhisk."""
        return profile_of(self.target.profile)

    def info(self) -> HostInfo:
        """Return the kinds and limits of the host, or the documented ones if it lists none.

        Up to three requests are sent without the API key, to the paths where hosts of some type
        list their kinds. A web page at one of them is not an error. Raises TargetNotReachable if
        the host does not answer as OpenWhisk does anywhere.
        """
        busy = None
        for path in _INFO_PATHS:
            reply = self._transport.send("GET", path, credentials=False, probe=True)
            if reply.status < 400 and isinstance(reply.body, dict) and "runtimes" in reply.body:
                return self._read(reply, lambda body: HostInfo.from_json(body, self.profile))
            if reply.status == 429 or reply.status >= 500:
                busy = reply
        if busy is not None and not self.profile.runtimes:
            # The host may list its kinds when it is asked again.
            self._accepted(busy)
        # Any web server answers the requests above. Only an OpenWhisk host lists namespaces, and
        # without this check a wrong address would look like a host that does not list its kinds.
        if not self.namespaces():
            raise self._not_openwhisk(reply)
        return HostInfo.documented(self.profile)

    def namespaces(self) -> list[str]:
        """Return the namespaces of the API key. All known hosts return only the default one."""
        return self._each(self._get("/api/v1/namespaces"), str)

    def limits(self) -> dict[str, int | str]:
        """Return the limits of the namespace by the names that the host uses (contract §1.2)."""
        return self._read(self._get(self._path("limits")), lambda body: dict(body.items()))

    def list_actions(self, limit: int = 30, skip: int = 0) -> list[Action]:
        """Return up to ``limit`` actions of the namespace, most recently updated first.

        The actions do not have their code, and their kind comes from the annotation ``exec``.
        """
        return self._listed("actions", limit, skip, {}, Action.from_json)

    def get_action(self, name: str, *, code: bool = False) -> Action:
        """Return an action. Include its code only if ``code`` is true. Raises ActionNotFound."""
        query = {"code": "true" if code else "false"}
        reply = self._get(self._action(name), query, missing=self._no_action(name))
        return self._read(reply, Action.from_json)

    def put_action(self, name: str, body: Mapping[str, Any], *, overwrite: bool = True) -> Action:
        """Create or update an action, and return it.

        Raises ActionConflict if the action exists and ``overwrite`` is false.
        """
        query = {"overwrite": "true" if overwrite else "false"}
        reply = self._request("PUT", self._action(name), query=query, body=dict(body))
        return self._read(reply, Action.from_json)

    def delete_action(self, name: str) -> None:
        """Delete an action. Raises ActionNotFound if it does not exist."""
        missing = ActionNotFound(f"There is no action {name!r} on {self.target.label}.")
        self._request("DELETE", self._action(name), missing=missing)

    def get_package(self, name: str) -> Package | None:
        """Return a package or binding of the namespace, or None if it does not exist.

        Raises ActionConflict if another kind of entity has that name (contract §1).
        """
        missing = ActionNotFound(f"There is no package {name!r} on {self.target.label}.")
        try:
            reply = self._get(self._path("packages", name), missing=missing)
        except ActionNotFound:
            return None
        return self._read(reply, Package.from_json)

    def create_package(self, name: str) -> Package:
        """Create an empty package. Raises ActionConflict if an entity has that name."""
        path = self._path("packages", name)
        reply = self._request("PUT", path, query={"overwrite": "false"}, body={})
        return self._read(reply, Package.from_json)

    def invoke(
        self,
        name: str,
        params: Mapping[str, Any] | bytes,
        *,
        blocking: bool = True,
        timeout_ms: int | None = None,
        replay: bool = False,
    ) -> Activation | str:
        """Invoke an action, and return its record or only its activation id.

        ``params`` are the parameters, or their JSON object as it is sent.
        Returns the id if ``blocking`` is false, if the run takes too long, or if the action
        returned a list. If the run fails, its record is returned as well. ``timeout_ms`` is the
        time that the host waits for the run; the profile has its maximum. If ``replay`` is true,
        the playground does not keep the input, because it already has the input.

        Raises ActionNotFound, and TargetRefused if the parameters are too large.
        """
        with self.invocation_span(name) as span:
            request = self.invocation_request(
                name, blocking=blocking, timeout_ms=timeout_ms, replay=replay
            )
            body = params if isinstance(params, bytes) else dict(params)
            return self.read_invocation(name, self._transport.send(body=body, **request), span)

    def invocation_span(self, name: str) -> AbstractContextManager[Span]:
        """Return a context for a call, with its span as the current one."""
        telemetry = process_telemetry()
        attributes = self._call_attributes(name) if telemetry.is_on else None
        return telemetry.span(name, SpanKind.CLIENT, attributes=attributes)

    def invocation_request(
        self,
        name: str,
        *,
        blocking: bool = True,
        timeout_ms: int | None = None,
        replay: bool = False,
    ) -> dict[str, Any]:
        """Return the arguments of ``Transport.send`` for ``invoke``, without the body."""
        query: dict[str, str | int] = {"blocking": "true" if blocking else "false"}
        if timeout_ms is not None:
            query["timeout"] = timeout_ms
        wait_s = (timeout_ms or self.profile.wait_ms) / 1000 + _BLOCKING_MARGIN_S
        extra = _EXTRA_LOGGING if self.target.extra_logging else {}
        return {
            "method": "POST",
            "path": self._action(name),
            "query": query,
            "headers": {**extra, **(_REPLAY if replay else {})},
            "read_s": wait_s if blocking else None,
        }

    def read_invocation(self, name: str, reply: Reply, span: Span) -> Activation | str:
        """Return the result of ``invoke`` from its reply, and complete its span."""
        span.set({STATUS: reply.status})
        found = self._activation_or_id(name, reply)
        if isinstance(found, str):
            span.set({"faas.invocation_id": found})
            return found
        span.set({"faas.invocation_id": found.activation_id, "faas.coldstart": found.cold})
        if not found.response.success:
            span.fail(error_type(found), found.response.status)
        return found

    def _call_attributes(self, name: str) -> Attributes:
        """Return the attributes of a call's span. The key and the parameters are not among them."""
        return {
            "faas.invoked_name": name,
            "faas.invoked_provider": self.profile.name,
            **request_attributes("POST", self.action_url(name)),
        }

    def _activation_or_id(self, name: str, reply: Reply) -> Activation | str:
        body = reply.body
        if isinstance(body, dict) and isinstance(body.get("activationId"), str):
            if "response" not in body:
                return str(body["activationId"])
            # If a 500 or 502 response contains a record, the run has failed and not the target.
            return self._read(reply, Activation.from_json)
        if isinstance(body, list) and "x-openwhisk-activation-id" in reply.headers:
            # Hosts send a list without the record (contract §3.2). The caller can fetch the record
            # with the id.
            return reply.headers["x-openwhisk-activation-id"]
        if reply.status == 413:
            raise error_for(reply, self.target, too_large=_PARAMETERS_TOO_LARGE)
        self._accepted(reply, missing=self._no_action(name))
        raise self._not_openwhisk(reply)

    def list_activations(
        self,
        limit: int = 30,
        skip: int = 0,
        *,
        name: str | None = None,
        since: int | None = None,
        upto: int | None = None,
        docs: bool = False,
        cause: str | None = None,
    ) -> list[Activation]:
        """Return up to ``limit`` activations, latest start first.

        ``name`` selects the activations of one action. ``since`` and ``upto`` limit the start time
        (epoch ms, inclusive). Without ``docs``, the activations do not have results and logs.
        ``cause`` is a comma-separated list of activation ids whose components are returned; an
        empty string selects top-level runs. Only the playground supports ``cause``.
        """
        whole = "true" if docs else None
        filters = {"name": name, "since": since, "upto": upto, "docs": whole, "cause": cause}
        query = {key: value for key, value in filters.items() if value is not None}
        return self._listed("activations", limit, skip, query, Activation.from_json)

    def get_activation(self, activation_id: str) -> Activation:
        """Return the record of an activation. Raises ActivationNotFound if there is none yet."""
        return self._read(self._activation(activation_id), Activation.from_json)

    def activation_request(self, activation_id: str) -> dict[str, Any]:
        """Return the arguments of ``Transport.send`` for ``get_activation``."""
        return {"method": "GET", "path": self._activation_path(activation_id)}

    def read_activation(self, activation_id: str, reply: Reply) -> Activation:
        """Return the result of ``get_activation`` from its reply."""
        reply = self._accepted(reply, missing=self._no_activation(activation_id))
        return self._read(reply, Activation.from_json)

    def activation_logs(self, activation_id: str) -> list[str]:
        """Return the log lines in OpenWhisk's format: ``2026-… stdout: text``."""
        reply = self._activation(activation_id, "/logs")
        return self._read(reply, lambda body: [str(line) for line in body["logs"]])

    def activation_result(self, activation_id: str) -> Any:
        """Return only the result of an activation, which is an object or a list."""
        reply = self._activation(activation_id, "/result")
        return self._read(reply, lambda body: body["result"])

    def action_url(self, name: str) -> str:
        """Return the URL of an action. An authenticated POST to this URL invokes the action."""
        return f"{self.target.apihost}{self._action(name)}"

    def web_url(self, name: FullName, extension: str = ".json") -> str:
        """Return the URL of a web action, which does not need an API key (contract §4)."""
        segments = (name.namespace, name.package or RESERVED_PACKAGE, name.name + extension)
        path = "/".join(quote(each, safe="") for each in segments)
        return f"{self.target.apihost}/api/v1/web/{path}"

    def _get(
        self,
        path: str,
        query: Mapping[str, str | int] | None = None,
        *,
        missing: FaasError | None = None,
        credentials: bool = True,
    ) -> Reply:
        return self._request("GET", path, query=query, credentials=credentials, missing=missing)

    def _listed(
        self,
        collection: str,
        limit: int,
        skip: int,
        query: Mapping[str, str | int],
        read: Callable[[Any], _Entity],
    ) -> list[_Entity]:
        """Return up to ``limit`` entities, which are read in pages of the size that hosts allow.

        If ``limit`` is 0, returns as many as the host sends in one response.
        """
        most = self.profile.max_listed
        found: list[_Entity] = []
        while True:
            # A limit of 0 asks the host for the largest page, so one request is sufficient.
            asked = min(limit, most) if limit > 0 else limit
            reply = self._get(self._path(collection), {"limit": asked, "skip": skip, **query})
            found += self._each(reply, read)
            limit, skip = limit - asked, skip + asked
            if limit <= 0 or len(reply.body) < asked:
                return found

    def _activation(self, activation_id: str, part: str = "") -> Reply:
        path = self._activation_path(activation_id)
        return self._get(path + part, missing=self._no_activation(activation_id))

    def _activation_path(self, activation_id: str) -> str:
        if not activation_id.isalnum():
            raise InputError(
                f"{activation_id!r} is not an activation ID.",
                hint="An activation ID consists of 32 characters: digits and the letters a to f. "
                "To list the latest runs: %faas activations",
            )
        return self._path("activations", activation_id)

    def _no_activation(self, activation_id: str) -> ActivationNotFound:
        # Hosts answer 404 both for unknown ids and for records that they have already deleted.
        return ActivationNotFound(
            f"There is no activation {activation_id} on {self.target.label}.",
            hint=f"It may have run {self._retention()} or on another target. To list the targets: "
            "%faas target list" + self._unrecorded(),
        )

    def _retention(self) -> str:
        days = self.profile.kept_days
        return f"more than {days} days ago" if days else "too long ago"

    def _unrecorded(self) -> str:
        words = self.profile.unrecorded(self.target.extra_logging)
        return f"\n{words}" if words else ""

    def _each(self, reply: Reply, read: Callable[[Any], _Entity]) -> list[_Entity]:
        if not isinstance(reply.body, list):
            raise self._not_openwhisk(reply)
        found = []
        for entry in reply.body:
            # One malformed entry must not hide the others.
            with suppress(*MALFORMED):
                found.append(read(entry))
        if reply.body and not found:
            raise self._not_openwhisk(reply)
        return found

    def _no_action(self, name: str) -> ActionNotFound:
        return ActionNotFound(
            f"There is no action {name!r} on {self.target.label}.",
            hint=f"Deploy it first: %faas deploy {name}",
        )

    def _action(self, name: str) -> str:
        return _action_path(name, self.target.namespace)


@lru_cache(maxsize=256)
def _action_path(name: str, namespace: str) -> str:
    full = FullName.parse(action_name(name), default_namespace=namespace)
    parts = ["actions", full.package, full.name] if full.package else ["actions", full.name]
    return entity_path(full.namespace, *parts)
