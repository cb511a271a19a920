"""The conductor's HTTP calls to its OpenWhisk host: start branches, poll their results, retry.

In a package this file is ``faas_conductor_host.py``. It supports Python 3.9 and later, and needs
the standard library only. The first request imports ``http``, because most compositions have no
branches.
"""

from __future__ import annotations

import json
import os
import sys
import time

import faas_conductor_values as values

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs a cold start some milliseconds, and nothing here needs it then.
    from collections.abc import Mapping
    from typing import Any

# The number of branches that run at a time. Hosts limit the concurrent activations of a user.
IN_FLIGHT = 20
# The conductor hands over to a new round when this much of its time limit is left.
MARGIN_S = 5.0
SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 0.01, 0.5
LONGEST_BACKOFF_S = 8.0
# A round hands over after this time without a new result. Until the next round begins, the branches
# can use its place among the host's concurrent activations. Each further round waits twice as long.
QUIET_S = 1.0
# The longest time without a successful request. Rate limits (429) are per minute, so this covers
# two of them.
PATIENCE_S = 150.0


class HostError(Exception):
    """Raised when a request to the host fails; the message contains no credentials."""


class HostBusy(HostError):
    """Raised when the request may be repeated: too many requests, or no answer to a GET."""


class Branches:
    """The running branches: activations of this same action that begin at other states.

    While they run, ``$composer`` has ``fork``: ``at`` (the index of the forking state), ``left``
    (the branches that are not started yet, in order), ``results`` by position (None for a running
    branch), ``rounds`` (the number of rounds that waited without a result), ``well`` (the time of
    the last successful request, epoch s), and ``told`` (true when a record has the ids).
    """

    def __init__(
        self, composer: dict[str, Any], fork: dict[str, Any], node: Mapping[str, Any]
    ) -> None:
        self._composer = composer
        self._fork = fork
        self._path = node["parent"]
        self._type = node["type"]
        now = time.time()
        # OpenWhisk gives the deadline in epoch ms. Without one (in a test), the default limit of
        # 60 s is assumed. For short limits the margin is a part of the limit.
        deadline = float(os.environ.get("__OW_DEADLINE") or (now + 60) * 1000) / 1000
        margin = min(MARGIN_S, max(0.0, deadline - now) * 0.4)
        self._until = deadline - margin
        # A slow request may use half of the margin, the rest is for the answer.
        self._host = Host(os.environ, deadline - margin / 2)
        self._last_success = fork.get("well", now)
        self._start_from = self._poll_from = 0.0
        self._pause, self._backoff = SHORTEST_PAUSE_S, LONGEST_PAUSE_S

    def advance(self) -> dict[str, Any] | None:
        """Start branches and poll their results, until all have ended or time is nearly up.

        Returns the parameters after the fork, or None if another round must continue. Raises
        HostError.
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
                # Hand over at once, so that an activation record has the ids. A round that is
                # killed writes no record, and its branches would be lost from the session's tree.
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
        """Start as many branches as allowed. Return the last activation id, empty without one."""
        left, last = self._fork["left"], ""
        free = IN_FLIGHT - len(self._running())
        while left and free > 0 and self._start_from <= time.time() < self._until:
            try:
                last = self._host.invoke(self._payload(left[0]))
            except HostBusy as error:
                self._start_from = self._retry_time(error)
                break
            self._last_success, self._backoff = time.time(), LONGEST_PAUSE_S
            # Branches are started in order, so the position follows from the number that is left.
            self._record(len(self._fork["results"]) - len(left), last)
            left.pop(0)
            free -= 1
        return last

    def _payload(self, branch: Any) -> dict[str, Any]:
        """Return the payload of a branch, which is an offset of a state, or the item of a map."""
        at = self._fork["at"]
        if self._type == "map":
            params = branch if isinstance(branch, dict) else {"value": branch}
            state = at + 1
        else:
            params, state = self._fork["params"], at + branch
        # An error in the branch must not reach the handlers around the fork, which belong to the
        # parent: the search for a handler ends at the marker.
        stack = [{"marker": True}, *self._composer["stack"]]
        return {**params, "$composer": {"state": state, "stack": stack}}

    def _record(self, position: int, activation_id: str) -> None:
        # The workspace reads these lines of the log to build a session's tree.
        if self._type == "async":
            spawned = self._composer.setdefault("spawned", {})
            spawned.setdefault(self._path, []).append(activation_id)
            print(f"async {self._path}: activation {activation_id}")  # noqa: T201
            return
        self._composer["branches"][self._path][position] = activation_id
        print(f"branch {position} of {self._path}: activation {activation_id}")  # noqa: T201

    def _poll(self) -> bool:
        """Fetch the results of running branches. Return whether any branch has ended."""
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
        """Return the time of the next attempt (epoch s).

        Raises HostError after PATIENCE_S without a successful request.
        """
        now, pause = time.time(), self._backoff
        if now - self._last_success > PATIENCE_S:
            raise HostError(f"{error} (for {PATIENCE_S:.0f} s)") from error
        print(f"{error}; asking again in {pause:g} s", file=sys.stderr)  # noqa: T201
        self._backoff = min(pause * 2, LONGEST_BACKOFF_S)
        return now + pause


class Host:
    """A client of OpenWhisk's API with one connection; requests end before ``until`` (epoch s)."""

    def __init__(self, environment: Mapping[str, str], until: float) -> None:
        self._environment = environment
        self._until = until
        self._connection: Any = None
        self._used = 0.0

    def invoke(self, params: Mapping[str, Any]) -> str:
        """Start this action with ``params`` and return the activation id."""
        namespace, *rest = self._environment.get("__OW_ACTION_NAME", "").strip("/").split("/")
        path = f"namespaces/{_quoted(namespace)}/actions/{'/'.join(map(_quoted, rest))}"
        body = json.dumps(params, ensure_ascii=False, allow_nan=False).encode()
        if len(body) > values.MAX_BYTES:
            raise HostError(
                f"a branch would get {len(body):,} bytes of JSON, "
                f"more than the {values.MAX_BYTES:,} that OpenWhisk takes"
            )
        status, answer = self._request("POST", f"{path}?blocking=false&result=false", body)
        # 503 means that the host has not accepted the activation, so it may be sent again. After
        # other 5xx answers the branch may be running already.
        if status not in (200, 202):
            raise _refusal(status, answer, (429, 503))
        return str(json.loads(answer)["activationId"])

    def result(self, activation_id: str) -> Any:
        """Return the result of an activation, or None while it runs."""
        path = f"namespaces/_/activations/{_quoted(activation_id)}/result"
        status, answer = self._request("GET", path)
        # OpenWhisk writes the record when an activation ends; before that it answers 404.
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
                "this action was given no API key; deploy it with the annotation provide-api-key"
            )
        credentials = base64.b64encode(key.encode()).decode()
        headers = {"Authorization": f"Basic {credentials}", "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            connection, prefix = self._connect()
            connection.request(method, f"{prefix}/api/v1/{path}", body, headers)
            response = connection.getresponse()
            answer = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            # strerror is the text without the number: ``[Errno 111] Connection refused``.
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            message = f"no answer from {self._environment['__OW_API_HOST']} ({reason})"
            # A POST may have started the branch although no answer came: do not repeat it.
            raise (HostBusy if method == "GET" else HostError)(message) from None
        self._used = time.monotonic()
        if response.will_close:
            self.close()
        return response.status, answer

    def _connect(self) -> tuple[Any, str]:
        """Return the connection, and the part of the API host's path before ``/api/v1``."""
        import http.client
        from urllib.parse import urlsplit

        apihost = self._environment.get("__OW_API_HOST", "")
        if not apihost:
            raise HostError("this action was not told its API host (__OW_API_HOST)")
        url = urlsplit(apihost if "://" in apihost else f"https://{apihost}")
        timeout = max(0.5, min(30.0, self._until - time.time()))
        # The host may close an idle connection at the moment of its next use, and a POST must not
        # be repeated after that.
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
        # The attribute applies to new sockets only.
        if self._connection.sock is not None:
            self._connection.sock.settimeout(timeout)
        return self._connection, url.path.rstrip("/")


def _tls(environment: Mapping[str, str]) -> Any:
    """Return a context that checks certificates, against ``SSL_CERT_FILE`` if that is set.

    ``__OW_IGNORE_CERTS`` turns the check off, for hosts with certificates that they signed.
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
    message = f"the host answers {status}{reason if reason != ': ' else ''}"
    return HostBusy(message) if status in retryable else HostError(message)


def _quoted(segment: str) -> str:
    from urllib.parse import quote

    return quote(segment, safe="")
