"""The conductor's HTTP requests to its OpenWhisk host, which start branches and poll their results.

In a package, this file is named ``faas_conductor_host.py``. It supports Python 3.9 and later, and
needs only the standard library. ``http`` is not imported until the first request, because most
compositions do not have branches.
"""

from __future__ import annotations

import json
import os
import sys
import time

import faas_conductor_values as values

TYPE_CHECKING = False
if TYPE_CHECKING:  # Importing typing would slow down cold starts by some milliseconds.
    from collections.abc import Mapping
    from typing import Any

# The maximum number of branches that run at a time, because hosts limit concurrent activations.
IN_FLIGHT = 20
# The conductor hands over to a new round when only this many seconds of its time limit are left.
MARGIN_S = 5.0
SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 0.01, 0.5
LONGEST_BACKOFF_S = 8.0
# A round hands over after this many seconds without a new result. Until the next round begins, a
# branch can use the conductor's slot among the host's concurrent activations. Each further round
# waits twice as long.
QUIET_S = 1.0
# The maximum time in seconds without a successful request. Rate limits (429) apply per minute, so
# two of these periods fit.
PATIENCE_S = 150.0


class HostError(Exception):
    """Raised when a request to the host fails. The message does not contain credentials."""


class HostBusy(HostError):
    """Raised when a request may be repeated, for example after a 429 or an unanswered GET."""


class Branches:
    """The branches of a fork, which are activations of this same action that begin at other states.

    Until all branches have ended, ``$composer`` contains ``fork`` with these fields:

    - ``at`` is the index of the forking state.
    - ``left`` contains the branches that have not been started yet, in order.
    - ``results`` contains the results by position, or None for a branch without a result.
    - ``rounds`` is the number of rounds that ended while branches were running.
    - ``well`` is the time of the last successful request in epoch s.
    - ``told`` is true if an activation record contains the ids of the branches.
    """

    def __init__(
        self, composer: dict[str, Any], fork: dict[str, Any], node: Mapping[str, Any]
    ) -> None:
        self._composer = composer
        self._fork = fork
        self._path = node["parent"]
        self._type = node["type"]
        now = time.time()
        # OpenWhisk sets the deadline in epoch ms. If it is missing, as in tests, the default limit
        # of 60 s is assumed. If the limit is short, the margin is a fraction of the limit.
        deadline = float(os.environ.get("__OW_DEADLINE") or (now + 60) * 1000) / 1000
        margin = min(MARGIN_S, max(0.0, deadline - now) * 0.4)
        self._until = deadline - margin
        # A slow request may use up half of the margin. The other half is reserved for the answer.
        self._host = Host(os.environ, deadline - margin / 2)
        self._last_success = fork.get("well", now)
        self._start_from = self._poll_from = 0.0
        self._pause, self._backoff = SHORTEST_PAUSE_S, LONGEST_PAUSE_S

    def advance(self) -> dict[str, Any] | None:
        """Start branches and poll their results until all have ended or this round must end.

        Returns the parameters for the state after the fork, or None if another round must continue.
        Raises HostError if a branch cannot be started or polled.
        """
        try:
            return self._advance()
        finally:
            self._host.close()

    def _advance(self) -> dict[str, Any] | None:
        fork = self._fork
        quiet = QUIET_S * 2 ** fork.get("rounds", 0)
        last_news = time.time()
        while True:
            started = self._start()
            if self._type == "async" and started:
                session = self._composer["session"]
                return {"method": "async", "activationId": started, "sessionId": session}
            if started and not fork.get("told"):
                # This round hands over at once, so that an activation record contains the ids. If
                # a later round is killed, it does not write a record, and the session's tree would
                # otherwise lose the branches.
                fork["told"] = True
                return None
            ended = self._poll()
            if not fork["left"] and not self._running():
                return {"value": fork["results"]}
            now = time.time()
            if started or ended:
                self._pause, last_news = SHORTEST_PAUSE_S, now
            if now + self._pause > min(self._until, last_news + quiet):
                fork.update(well=self._last_success, rounds=fork.get("rounds", 0) + 1)
                return None
            time.sleep(self._pause)
            self._pause = min(self._pause * 1.5, LONGEST_PAUSE_S)

    def _running(self) -> list[int]:
        if self._type == "async":
            return []
        ids, results = self._composer["branches"][self._path], self._fork["results"]
        return [i for i, each in enumerate(ids) if each is not None and results[i] is None]

    def _start(self) -> str:
        """Start as many branches as allowed.

        Returns the activation id of the last one, or an empty string if none was started.
        """
        left, last = self._fork["left"], ""
        free = IN_FLIGHT - len(self._running())
        while left and free > 0 and self._start_from <= time.time() < self._until:
            try:
                last = self._host.invoke(self._payload(left[0]))
            except HostBusy as error:
                self._start_from = self._retry_time(error)
                break
            self._last_success, self._backoff = time.time(), LONGEST_PAUSE_S
            # Branches are started in order, so the number of remaining branches determines the
            # position.
            self._record(len(self._fork["results"]) - len(left), last)
            left.pop(0)
            free -= 1
        return last

    def _payload(self, branch: Any) -> dict[str, Any]:
        """Return the payload that starts a branch.

        For a map, ``branch`` is an item of the list. Otherwise it is the offset of a state.
        """
        at = self._fork["at"]
        if self._type == "map":
            params = branch if isinstance(branch, dict) else {"value": branch}
            state = at + 1
        else:
            params, state = self._fork["params"], at + branch
        # The search for an error handler stops at the marker. The handlers around the fork belong
        # to the parent, so an error in the branch must not reach them.
        stack = [{"marker": True}, *self._composer["stack"]]
        return {**params, "$composer": {"state": state, "stack": stack}}

    def _record(self, position: int, activation_id: str) -> None:
        # The workspace parses these log lines to build the tree of a session.
        if self._type == "async":
            spawned = self._composer.setdefault("spawned", {})
            spawned.setdefault(self._path, []).append(activation_id)
            print(f"async {self._path}: activation {activation_id}")  # noqa: T201
            return
        self._composer["branches"][self._path][position] = activation_id
        print(f"branch {position} of {self._path}: activation {activation_id}")  # noqa: T201

    def _poll(self) -> bool:
        """Fetch the results of running branches. Return whether at least one branch has ended."""
        any_ended = False
        for position in self._running():
            if not self._poll_from <= time.time() < self._until:
                break
            try:
                result = self._host.result(self._composer["branches"][self._path][position])
            except HostBusy as error:
                self._poll_from = self._retry_time(error)
                break
            self._last_success = time.time()
            if result is not None:
                self._fork["results"][position] = result
                any_ended = True
        return any_ended

    def _retry_time(self, error: HostBusy) -> float:
        """Return the time of the next attempt in epoch s.

        Raises HostError if no request has succeeded for PATIENCE_S seconds.
        """
        now, pause = time.time(), self._backoff
        if now - self._last_success > PATIENCE_S:
            raise HostError(f"{error} (for {PATIENCE_S:.0f} s)") from error
        print(f"{error}; trying again in {pause:g} s", file=sys.stderr)  # noqa: T201
        self._backoff = min(pause * 2, LONGEST_BACKOFF_S)
        return now + pause


class Host:
    """A client for OpenWhisk's API that uses one connection.

    The timeout of each request is limited by ``until`` (epoch s).
    """

    def __init__(self, environment: Mapping[str, str], until: float) -> None:
        self._environment = environment
        self._until = until
        self._connection: Any = None
        self._used = 0.0

    def invoke(self, params: Mapping[str, Any]) -> str:
        """Start this action with ``params``, and return the activation id.

        Raises HostBusy if the request may be repeated, and HostError for other failures.
        """
        namespace, *rest = self._environment.get("__OW_ACTION_NAME", "").strip("/").split("/")
        path = f"namespaces/{_quoted(namespace)}/actions/{'/'.join(map(_quoted, rest))}"
        body = json.dumps(params, ensure_ascii=False, allow_nan=False).encode()
        if len(body) > values.MAX_BYTES:
            raise HostError(
                f"a branch would receive {len(body):,} bytes of JSON, but OpenWhisk allows at "
                f"most {values.MAX_BYTES:,}"
            )
        status, answer = self._request("POST", f"{path}?blocking=false&result=false", body)
        # After a 503, the request may be repeated, because the host has not accepted the
        # activation. After any other 5xx, the branch may already be running.
        if status not in (200, 202):
            raise _refusal(status, answer, (429, 503))
        return str(json.loads(answer)["activationId"])

    def result(self, activation_id: str) -> Any:
        """Return the result of an activation, or None if it has not ended.

        Raises HostBusy if the request may be repeated, and HostError for other failures.
        """
        path = f"namespaces/_/activations/{_quoted(activation_id)}/result"
        status, answer = self._request("GET", path)
        # OpenWhisk answers 404 until the activation has ended and its record is written.
        if status == 404:
            return None
        if status != 200:
            raise _refusal(status, answer, (429, 500, 502, 503, 504))
        result = json.loads(answer).get("result")
        return {} if result is None else result

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _request(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        import base64
        import http.client

        key = self._environment.get("__OW_API_KEY", "")
        if not key:
            raise HostError(
                "this action does not have an API key; deploy it with the annotation "
                "provide-api-key"
            )
        credentials = base64.b64encode(key.encode()).decode()
        headers = {"Authorization": f"Basic {credentials}", "Accept": "application/json"}
        # Branches belong to the trace of this run (https://www.w3.org/TR/trace-context/).
        for name in ("traceparent", "tracestate"):
            if self._environment.get(name):
                headers[name] = self._environment[name]
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            connection, prefix = self._connect()
            connection.request(method, f"{prefix}/api/v1/{path}", body, headers)
            response = connection.getresponse()
            answer = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            # ``strerror`` is the message without the prefix ``[Errno 111]``.
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            message = f"no response from {self._environment['__OW_API_HOST']} ({reason})"
            # A POST must not be repeated, because it may have started the branch before it failed.
            raise (HostBusy if method == "GET" else HostError)(message) from None
        self._used = time.monotonic()
        if response.will_close:
            self.close()
        return response.status, answer

    def _connect(self) -> tuple[Any, str]:
        """Return the connection, and the URL path of the API host, which precedes ``/api/v1``."""
        import http.client
        from urllib.parse import urlsplit

        apihost = self._environment.get("__OW_API_HOST", "")
        if not apihost:
            raise HostError("the API host of this action is not set (__OW_API_HOST)")
        url = urlsplit(apihost if "://" in apihost else f"https://{apihost}")
        timeout = max(0.5, min(30.0, self._until - time.time()))
        # An idle connection is not reused, because the host may close it at the same moment, and a
        # POST that fails for this reason must not be repeated.
        if self._connection is not None and time.monotonic() - self._used > 1:
            self.close()
        if self._connection is None:
            host, port = url.hostname or "", url.port
            if url.scheme == "http":
                self._connection = http.client.HTTPConnection(host, port)
            else:
                tls = _tls(self._environment)
                self._connection = http.client.HTTPSConnection(host, port, context=tls)
        self._connection.timeout = timeout
        # The attribute ``timeout`` affects only new sockets.
        if self._connection.sock is not None:
            self._connection.sock.settimeout(timeout)
        return self._connection, url.path.rstrip("/")


def _tls(environment: Mapping[str, str]) -> Any:
    """Return a TLS context that verifies certificates, with ``SSL_CERT_FILE`` if it is set.

    ``__OW_IGNORE_CERTS`` disables the verification, for hosts with self-signed certificates.
    """
    import ssl

    context = ssl.create_default_context()
    if environment.get("__OW_IGNORE_CERTS", "").lower() in ("true", "yes", "on", "1"):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _refusal(status: int, answer: bytes, retryable: tuple[int, ...]) -> HostError:
    try:
        reason = f": {str(json.loads(answer)['error'])[:200]}"
    except (ValueError, KeyError, TypeError):
        reason = ""
    message = f"the host responded with status {status}{reason if reason != ': ' else ''}"
    return HostBusy(message) if status in retryable else HostError(message)


def _quoted(segment: str) -> str:
    from urllib.parse import quote

    return quote(segment, safe="")
