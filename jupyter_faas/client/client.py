"""``Client``: a typed client for OpenWhisk's actions, packages and activations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, TypeVar
from urllib.parse import quote

from jupyter_faas.client.base import MALFORMED, TargetClient
from jupyter_faas.client.errors import error_for
from jupyter_faas.client.target import HostInfo
from jupyter_faas.client.transport import Reply
from jupyter_faas.errors import ActionNotFound, ActivationNotFound, FaasError, InputError
from jupyter_faas.whisk import Action, Activation, FullName, Package
from jupyter_faas.whisk.names import RESERVED_PACKAGE
from jupyter_faas.whisk.profiles import Profile, profile_of

# The longest time that a host lets a blocking invocation wait (contract §3.2), and how much longer
# its answer may take to arrive.
_BLOCKING_MS = 60_000
_BLOCKING_MARGIN_S = 15.0

# Without this header, Adobe's OpenWhisk keeps no record of a successful blocking run. Other hosts
# ignore it.
_RECORD_ALWAYS = {"X-OW-EXTRA-LOGGING": "on"}

_REPLAY = {"X-Faas-Replay": "true"}
_PARAMETERS_TOO_LARGE = (
    "Parameters travel inside the request: give what is large, such as a picture, as a URL that "
    "the function downloads."
)

_Entity = TypeVar("_Entity")


class Client(TargetClient):
    """A client for the actions, packages and activations of a target; safe in several threads.

    The name of an action is ``name``, ``package/name`` or a full name (``/namespace/…``).
    """

    @property
    def _profile(self) -> Profile:
        return profile_of(self.target.profile)

    def info(self) -> HostInfo:
        """Return the host's kinds and limits. The request needs no key, so none is sent."""
        return self._read(self._get("/", credentials=False), HostInfo.from_json)

    def namespaces(self) -> list[str]:
        """Return the namespaces of the key. All known hosts return only its default namespace."""
        return self._each(self._get("/api/v1/namespaces"), str)

    def limits(self) -> dict[str, int | str]:
        """Return the limits of the namespace by the host's names for them (contract §1.2)."""
        return self._read(self._get(self._path("limits")), lambda body: dict(body.items()))

    def list_actions(self, limit: int = 30, skip: int = 0) -> list[Action]:
        """Return the actions of the namespace, the latest update first.

        List entries have no code, and their kind is only in the annotation ``exec``.
        """
        return self._listed("actions", limit, skip, {}, Action.from_json)

    def get_action(self, name: str, *, code: bool = False) -> Action:
        """Return an action, with its code only if ``code`` is true. Raises ActionNotFound."""
        query = {"code": "true" if code else "false"}
        reply = self._get(self._action(name), query, missing=self._no_action(name))
        return self._read(reply, Action.from_json)

    def put_action(self, name: str, body: Mapping[str, Any], *, overwrite: bool = True) -> Action:
        """Create or update an action; return it.

        Raises ActionConflict when it exists and ``overwrite`` is false.
        """
        query = {"overwrite": "true" if overwrite else "false"}
        reply = self._request("PUT", self._action(name), query=query, body=dict(body))
        return self._read(reply, Action.from_json)

    def delete_action(self, name: str) -> None:
        """Delete an action. Raises ActionNotFound."""
        missing = ActionNotFound(
            f"No action {name!r} on {self.target.label}: there is nothing to remove."
        )
        self._request("DELETE", self._action(name), missing=missing)

    def get_package(self, name: str) -> Package | None:
        """Return a package or binding of the namespace, or None if it does not exist.

        Raises ActionConflict when another entity has that name (contract §1).
        """
        missing = ActionNotFound(f"No package {name!r} on {self.target.label}.")
        try:
            reply = self._get(self._path("packages", name), missing=missing)
        except ActionNotFound:
            return None
        return self._read(reply, Package.from_json)

    def create_package(self, name: str) -> Package:
        """Create an empty package. Raises ActionConflict when an entity has that name."""
        path = self._path("packages", name)
        reply = self._request("PUT", path, query={"overwrite": "false"}, body={})
        return self._read(reply, Package.from_json)

    def invoke(
        self,
        name: str,
        params: Mapping[str, Any],
        *,
        blocking: bool = True,
        timeout_ms: int | None = None,
        replay: bool = False,
    ) -> Activation | str:
        """Invoke an action; return its record, or only the activation id.

        The result is the id if ``blocking`` is false, if the run takes too long, or if the action
        returned a list. A failed run raises nothing; its record is returned. ``timeout_ms``: how
        long the host waits for the run, at most 60,000. ``replay``: the playground does not keep
        the input, as it already has it.

        Raises ActionNotFound.
        """
        query: dict[str, str | int] = {"blocking": "true" if blocking else "false"}
        if timeout_ms is not None:
            query["timeout"] = timeout_ms
        wait_s = (timeout_ms or _BLOCKING_MS) / 1000 + _BLOCKING_MARGIN_S
        reply = self._transport.send(
            "POST",
            self._action(name),
            query=query,
            body=dict(params),
            headers={**_RECORD_ALWAYS, **(_REPLAY if replay else {})},
            read_s=wait_s if blocking else None,
        )
        body = reply.body
        if isinstance(body, dict) and isinstance(body.get("activationId"), str):
            if "response" not in body:
                return str(body["activationId"])
            # 502 or 500 with a record means that the run has failed, not the target.
            return self._read(reply, Activation.from_json)
        if isinstance(body, list) and "x-openwhisk-activation-id" in reply.headers:
            # A result that is a list is sent without its record (contract §3.2). The caller can get
            # that with the id.
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
        """Return activations, the latest start first.

        ``since`` and ``upto`` bound the start (epoch ms, inclusive). Without ``docs``, entries have
        neither result nor logs. ``cause`` selects the parts of the given runs (ids separated by
        commas), or with an empty string, top-level runs. Only the playground supports it.
        """
        whole = "true" if docs else None
        filters = {"name": name, "since": since, "upto": upto, "docs": whole, "cause": cause}
        query = {key: value for key, value in filters.items() if value is not None}
        return self._listed("activations", limit, skip, query, Activation.from_json)

    def get_activation(self, activation_id: str) -> Activation:
        """Return an activation. Raises ActivationNotFound when it has no record, or not yet."""
        return self._read(self._activation(activation_id), Activation.from_json)

    def activation_logs(self, activation_id: str) -> list[str]:
        """Return the log lines as OpenWhisk formats them: ``2026-… stdout: text``."""
        reply = self._activation(activation_id, "/logs")
        return self._read(reply, lambda body: [str(line) for line in body["logs"]])

    def activation_result(self, activation_id: str) -> Any:
        """Return only the result of an activation: an object or a list."""
        reply = self._activation(activation_id, "/result")
        return self._read(reply, lambda body: body["result"])

    def action_url(self, name: str) -> str:
        """Return the URL of an action. A POST to it, with the key, invokes the action."""
        return f"{self.target.apihost}{self._action(name)}"

    def web_url(self, name: FullName, extension: str = ".json") -> str:
        """Return the URL of a web action, which can be called without a key (contract §4)."""
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
        """Return up to ``limit`` entries, read in pages of the size that the host allows."""
        most = self._profile.max_listed
        found: list[_Entity] = []
        while True:
            # To a host, 0 means as many as it allows; such a list is read in one request.
            asked = min(limit, most) if limit > 0 else limit
            reply = self._get(self._path(collection), {"limit": asked, "skip": skip, **query})
            found += self._each(reply, read)
            limit, skip = limit - asked, skip + asked
            if limit <= 0 or len(reply.body) < asked:
                return found

    def _activation(self, activation_id: str, part: str = "") -> Reply:
        if not activation_id.isalnum():
            raise InputError(
                f"{activation_id!r} is not the id of an activation.",
                hint="It has 32 digits and letters a to f.",
            )
        # A host answers 404 both for an unknown id and for a record that it has already deleted.
        missing = ActivationNotFound(
            f"No activation {activation_id} on {self.target.label}.",
            hint=f"It may have been {self._retention()}, or on another target: %faas target list",
        )
        return self._get(self._path("activations", activation_id) + part, missing=missing)

    def _retention(self) -> str:
        days = self._profile.kept_days
        return f"more than {days} days ago" if days else "too long ago"

    def _each(self, reply: Reply, read: Callable[[Any], _Entity]) -> list[_Entity]:
        if not isinstance(reply.body, list):
            raise self._not_openwhisk(reply)
        found = []
        for entry in reply.body:
            # An entry that cannot be read must not hide the others.
            with suppress(*MALFORMED):
                found.append(read(entry))
        if reply.body and not found:
            raise self._not_openwhisk(reply)
        return found

    def _no_action(self, name: str) -> ActionNotFound:
        return ActionNotFound(
            f"No action {name!r} on {self.target.label}.",
            hint=f"Deploy it first: %faas deploy {name}",
        )

    def _action(self, name: str) -> str:
        full = FullName.parse(name, default_namespace=self.target.namespace)
        parts = ["actions", full.package, full.name] if full.package else ["actions", full.name]
        return self._path(*parts, namespace=full.namespace)
