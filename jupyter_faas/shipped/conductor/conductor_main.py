"""The conductor: tells OpenWhisk what a composition does next, until it has the result.

It lies in a composition's package as ``__main__.py``, beside ``composition.json`` (the states that
the composition was compiled to) and ``captured.py`` (the functions written inline, where there are
any). ``main(params)`` answers one round (contract §3.6): ``{"action", "params", "state"}`` to go
on, or ``{"params"}`` or ``{"error"}`` in the end. What it knows stands in ``$composer``: the next
``state``, the ``stack`` of handlers and variables, the ``session``; and the ids of what it has
started itself, ``branches`` of ``parallel`` and ``map`` by path and position, ``spawned`` of
``asynchronous`` by path.

States, stack and records are those of npm's Composer 0.12, with three differences: branches are
waited for without Redis, code is Python, and conditions are true as in Python (an empty list is
not). Python 3.9 and up, standard library only, and http only where branches need it.
"""

from __future__ import annotations

import json
import os
import sys
import time
import types

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs a cold start some milliseconds, and nothing here needs it then.
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any, NoReturn

_HERE = os.path.dirname(os.path.abspath(globals().get("__file__", "")))
_IS_PACKAGE = "__file__" in globals() and os.path.exists(os.path.join(_HERE, "composition.json"))
if _IS_PACKAGE and _HERE not in sys.path:
    # Whoever imports this file need not have its folder on the path.
    sys.path.insert(0, _HERE)

# OpenWhisk's bound of what an action returns, as its Python runtime writes it, and of a payload.
MAX_BYTES = 1_048_576
# Does nothing: a component to come back from with a new deadline.
ECHO = "/whisk.system/utils/echo"
# How many branches run at a time.
IN_FLIGHT = 20
# What is left of the time limit when the conductor hands over.
MARGIN_S = 5.0
SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 0.01, 0.5
LONGEST_BACKOFF_S = 8.0
# How long to wait for nothing before the place that this takes is left to what it waits for;
# twice as long after each time.
QUIET_S = 1.0
# How long the host may refuse (429) or not answer at all; its own rates are counted by the minute.
PATIENCE_S = 150.0

MODULE_NAME = "captured"
_LOG = "(see log for details)"


class Unwritable(Exception):
    """Raised for a value that JSON does not have; ``what`` names it, ``cure`` says what to do."""

    def __init__(self, what: str, cure: str) -> None:
        super().__init__(what)
        self.what = what
        self.cure = cure


class Conductor:
    """Compiled ``states``, and the ``functions`` that their ``call`` names."""

    def __init__(
        self, states: list[dict[str, Any]], functions: Mapping[str, Callable[..., Any]]
    ) -> None:
        self._states = states
        self._functions = functions

    def answer(self, params: dict[str, Any]) -> dict[str, Any]:
        """One round: from what OpenWhisk hands in to what it is to do next."""
        brought = params.pop("$composer", None)
        brought = brought if isinstance(brought, dict) else {}
        s: dict[str, Any] = {"state": 0, "stack": [], "resuming": True, **brought}
        s["session"] = s.get("session") or os.environ.get("__OW_ACTIVATION_ID")
        run = Run(params, s)
        try:
            if not isinstance(s["state"], int) or isinstance(s["state"], bool):
                raise TypeError("state parameter is not a number")
            if not isinstance(s["stack"], list):
                raise TypeError("stack parameter is not a list")
            found = None
            if "fork" in s:
                found = self._wait(run)
            elif brought.get("resuming"):
                run.inspect()
            while found is None:
                found = self._step(run)
        except MemoryError:
            raise
        except Exception as error:
            _log_traceback(error)
            return {"error": f"Internal error: {error or type(error).__name__}"}
        return found

    def _step(self, run: Run) -> dict[str, Any] | None:
        """Process one state; what it answers ends the round."""
        index = run.s["state"]
        if not 0 <= index < len(self._states):
            print("Entering final state")  # noqa: T201 the logs tell the path, as npm's do
            return _final(run.params)
        node = self._states[index]
        if "path" in node:
            print(f"Entering composition{node['path']}")  # noqa: T201 likewise
        run.s["state"] = index + node.get("next", 1)
        process = getattr(self, f"_on_{node['type']}", None)
        if process is None:
            raise TypeError(f'unexpected "{node["type"]}" combinator')
        answer: dict[str, Any] | None = process(run, node, index)
        return answer

    # -- states --------------------------------------------------------------------------------

    def _on_pass(self, run: Run, node: Mapping[str, Any], index: int) -> None:
        pass

    def _on_empty(self, run: Run, node: Mapping[str, Any], index: int) -> None:
        run.inspect()

    def _on_stop(self, run: Run, node: Mapping[str, Any], index: int) -> None:
        run.s["state"] = -1

    def _on_choice(self, run: Run, node: Mapping[str, Any], index: int) -> None:
        run.s["state"] = index + node["then" if run.params.get("value") else "else"]

    def _on_try(self, run: Run, node: Mapping[str, Any], index: int) -> None:
        run.s["stack"].insert(0, {"catch": index + node["catch"]})

    def _on_let(self, run: Run, node: Mapping[str, Any], index: int) -> None:
        run.s["stack"].insert(0, {"let": _copy(node["let"])})

    def _on_exit(self, run: Run, node: Mapping[str, Any], index: int) -> None:
        if not run.s["stack"]:
            raise TypeError("pop from an empty stack")
        run.s["stack"].pop(0)

    def _on_action(self, run: Run, node: Mapping[str, Any], index: int) -> dict[str, Any] | None:
        return _call(run, node, node["name"], run.params)

    def _on_dynamic(self, run: Run, node: Mapping[str, Any], index: int) -> dict[str, Any] | None:
        params = run.params
        name, given = params.get("name"), params.get("params", "")
        is_object = given is None or isinstance(given, (dict, list))
        if params.get("type") == "action" and isinstance(name, str) and is_object:
            return _call(run, node, name, given)
        run.fail(f"Incorrect use of the dynamic combinator at {_place(node)}")
        return None

    def _on_function(self, run: Run, node: Mapping[str, Any], index: int) -> None:
        scope = Scope(run.s["stack"])
        try:
            if "builtin" in node:
                result = _BUILTINS[node["builtin"]](run.params, scope)
            else:
                result = self._evaluate(run.params, node, scope)
            run.params = _copy(result, "result")
        except MemoryError:
            raise
        except Unwritable as error:
            run.fail(
                f"Function combinator {error.what}, which JSON does not have, "
                f"at {_place(node)}: {error.cure}"
            )
        except Exception as error:
            _log_traceback(error)
            run.fail(f"Function combinator threw an exception at {_place(node)} {_LOG}")
        else:
            run.inspect()

    def _evaluate(self, params: dict[str, Any], node: Mapping[str, Any], scope: Scope) -> Any:
        function = self._functions.get(node.get("call", ""))
        if function is None:
            kind = node.get("exec", {}).get("kind", "code")
            raise LookupError(f"This package holds no function for the {kind} written there.")
        result = scope.call(function, params)
        if callable(result):
            return {"error": f"Function combinator evaluated to a function type at {_place(node)}"}
        # Without a result it hands its parameters on, as it has left them.
        return params if result is None else result

    # -- what runs beside ----------------------------------------------------------------------

    def _on_parallel(self, run: Run, node: Mapping[str, Any], index: int) -> dict[str, Any] | None:
        return self._fork(run, node, index, list(node["tasks"]), run.params)

    def _on_map(self, run: Run, node: Mapping[str, Any], index: int) -> dict[str, Any] | None:
        items = run.params.get("value")
        if items is None:
            items = []
        if not isinstance(items, list):
            kind = _JSON_NAMES.get(type(items), type(items).__name__)
            run.fail(f"Map combinator takes a list as value, not {kind}, at {_place(node)}")
            return None
        return self._fork(run, node, index, items)

    def _on_async(self, run: Run, node: Mapping[str, Any], index: int) -> dict[str, Any] | None:
        return self._fork(run, node, index, [1], run.params)

    def _fork(
        self,
        run: Run,
        node: Mapping[str, Any],
        index: int,
        left: list[Any],
        params: dict[str, Any] | None = None,
    ) -> dict[str, Any] | None:
        """Start branches: offsets of states that all get ``params``, or items of a map."""
        run.s["state"] = index + node["return"]
        if not left:
            run.params = {"value": []}
            return None
        fork: dict[str, Any] = {"at": index, "left": left, "results": [None] * len(left)}
        if params is not None:
            fork["params"] = params
        run.s["fork"] = fork
        if node["type"] != "async":
            run.s.setdefault("branches", {})[node["parent"]] = [None] * len(left)
        return self._wait(run)

    def _wait(self, run: Run) -> dict[str, Any] | None:
        """Start branches and wait for them, until all have ended or time is nearly up.

        What comes back from a hand-over is of no interest, not even an error: a host that refuses
        the component has made a new round of this all the same.
        """
        fork = run.s["fork"]
        node = self._states[fork["at"]]
        beside = Beside(run.s, fork, node)
        try:
            ended = beside.advance()
        except HostError as error:
            del run.s["fork"]
            what = "composition" if node["type"] == "async" else "a composition"
            reason = f"Failed to invoke {what} at {_place(node)}: {error}"
            print(reason, file=sys.stderr)  # noqa: T201 the log is where to look for it
            run.fail(
                f"{node['type'].capitalize()} combinator failed to invoke {what} "
                f"at {_place(node)}: {error}"
            )
            return None
        if ended is None:
            if _size(_next(run, ECHO, {})) > MAX_BYTES:
                # Results can be asked for again; what is still to be started cannot.
                fork["results"] = [None] * len(fork["results"])
            found = _call(run, node, ECHO, {})
            if found is None:
                del run.s["fork"]
            return found
        del run.s["fork"]
        run.params = ended
        run.inspect()
        return None


class Run:
    """One round: ``params`` as they are now, and ``s``, what ``$composer`` holds."""

    def __init__(self, params: Any, s: dict[str, Any]) -> None:
        self.params = params
        self.s = s

    def inspect(self) -> None:
        """Box what is no dictionary; take an error to its handler, or to the end."""
        if not isinstance(self.params, dict):
            self.params = {"value": self.params}
        if "error" not in self.params:
            return
        self.params = {"error": self.params["error"]}
        self.s["state"] = -1
        stack = self.s["stack"]
        # Below a marker is what belongs to whoever started this branch.
        while stack and not stack[0].get("marker"):
            catch = stack.pop(0).get("catch")
            if catch:
                self.s["state"] = catch
                return

    def fail(self, message: str) -> None:
        self.params = {"error": message}
        self.inspect()


class Scope:
    """The variables of the enclosing lets that no mask hides, innermost first."""

    def __init__(self, stack: list[dict[str, Any]]) -> None:
        self._frames: dict[str, dict[str, Any]] = {}
        masks = 0
        for frame in stack:
            if "let" not in frame:
                continue
            if frame["let"] is None:
                masks += 1
            elif masks:
                masks -= 1
            else:
                for name in frame["let"]:
                    self._frames.setdefault(name, frame["let"])

    def __getitem__(self, name: str) -> Any:
        return self._frames[name][name]

    def __setitem__(self, name: str, value: Any) -> None:
        self._frames[name][name] = value

    def call(self, function: Callable[..., Any], params: dict[str, Any]) -> Any:
        """Call with the variables as globals, and take over what has become of them."""
        space = getattr(_innermost(function), "__globals__", {})
        missing = object()
        before = {name: space.get(name, missing) for name in self._frames}
        space.update({name: self[name] for name in self._frames})
        try:
            result = function(params) if _takes_params(function) else function()
            return _finish(result)
        finally:
            after = {name: space.pop(name) for name in self._frames if name in space}
            space.update({name: old for name, old in before.items() if old is not missing})
            for name, value in after.items():
                self[name] = _copy(value, name, f"set the variable {name} to ")


# The functions that combinators are made of, by the names that composer/lowering.py gives them.


def _save_params(params: Any, scope: Scope) -> Any:
    scope["params"] = params
    return params


def _count_down(params: Any, scope: Scope) -> bool:
    count = scope["count"]
    scope["count"] = count - 1
    return bool(count > 0)


def _has_failed(params: Any, scope: Scope) -> bool:
    return "error" in params["result"] and _count_down(params, scope)


_BUILTINS: dict[str, Callable[[Any, Scope], Any]] = {
    "save_params": _save_params,
    "params": lambda params, scope: scope["params"],
    "value": lambda params, scope: scope["value"],
    "retain_result": lambda params, scope: {"params": scope["params"], "result": params},
    "wrap_result": lambda params, scope: {"result": params},
    "unwrap_result": lambda params, scope: {**params, "result": params["result"]["result"]},
    "count_down": _count_down,
    "wrap_params": lambda params, scope: {"params": params},
    "take_params": lambda params, scope: params["params"],
    "retry": _has_failed,
    "take_result": lambda params, scope: params["result"],
    "merge": lambda params, scope: {**params["params"], **params["result"]},
}


class Beside:
    """Branches under way: runs of the same action from other states, each with its own record.

    ``fork`` is kept in ``$composer`` meanwhile: ``at`` (the index of its state), what is ``left``
    to be started in the order of positions, the ``results`` so far by position (None: none yet),
    how many ``rounds`` have waited in vain, and when (epoch s) the host last did ``well``.
    """

    def __init__(self, s: dict[str, Any], fork: dict[str, Any], node: Mapping[str, Any]) -> None:
        self._s = s
        self._fork = fork
        self._path = node["parent"]
        self._type = node["type"]
        now = time.time()
        deadline = float(os.environ.get("__OW_DEADLINE") or (now + 60) * 1000) / 1000
        margin = min(MARGIN_S, max(0.0, deadline - now) * 0.4)
        # A request that takes long has half of the margin left.
        self._until = deadline - margin
        self._host = Host(os.environ, deadline - margin / 2)
        # When the host last did what it was asked for: it may refuse or be away for a while only.
        self._well = fork.get("well", now)
        self._start_from = self._look_from = 0.0
        self._pause, self._backoff = SHORTEST_PAUSE_S, LONGEST_PAUSE_S

    def advance(self) -> dict[str, Any] | None:
        """The parameters that all of it ends with, or None: it is time to hand over."""
        try:
            return self._advance()
        finally:
            self._host.close()

    def _advance(self) -> dict[str, Any] | None:
        fork = self._fork
        quiet = QUIET_S * 2 ** fork.get("rounds", 0)
        awaited = time.time()
        while True:
            started = self._start()
            if self._type == "async" and started:
                return {"method": "async", "activationId": started, "sessionId": self._s["session"]}
            if started and not fork.get("told"):
                # At once, so that a record has the ids whatever becomes of this.
                fork["told"] = True
                return None
            ended = self._collect()
            if not fork["left"] and not self._running():
                return {"value": fork["results"]}
            now = time.time()
            if started or ended:
                self._pause, awaited = SHORTEST_PAUSE_S, now
            if now + self._pause > min(self._until, awaited + quiet):
                fork.update(well=self._well, rounds=fork.get("rounds", 0) + 1)
                return None
            time.sleep(self._pause)
            self._pause = min(self._pause * 1.5, LONGEST_PAUSE_S)

    def _running(self) -> list[int]:
        if self._type == "async":
            return []
        ids, results = self._s["branches"][self._path], self._fork["results"]
        return [i for i, each in enumerate(ids) if each is not None and results[i] is None]

    def _start(self) -> str:
        """Start what may run by now; the id of the last, or nothing."""
        left, last = self._fork["left"], ""
        free = IN_FLIGHT - len(self._running())
        while left and free > 0 and self._start_from <= time.time() < self._until:
            try:
                last = self._host.invoke(self._payload(left[0]))
            except Refused as error:
                self._start_from = self._bear(error)
                break
            self._well, self._backoff = time.time(), LONGEST_PAUSE_S
            self._note(len(self._fork["results"]) - len(left), last)
            left.pop(0)
            free -= 1
        return last

    def _payload(self, branch: Any) -> dict[str, Any]:
        at = self._fork["at"]
        if self._type == "map":
            params = branch if isinstance(branch, dict) else {"value": branch}
            state = at + 1
        else:
            params, state = self._fork["params"], at + branch
        stack = [{"marker": True}, *self._s["stack"]]
        return {**params, "$composer": {"state": state, "stack": stack}}

    def _note(self, position: int, activation_id: str) -> None:
        if self._type == "async":
            self._s.setdefault("spawned", {}).setdefault(self._path, []).append(activation_id)
            print(f"async {self._path}: activation {activation_id}")  # noqa: T201
            return
        self._s["branches"][self._path][position] = activation_id
        print(f"branch {position} of {self._path}: activation {activation_id}")  # noqa: T201

    def _collect(self) -> bool:
        """Look which branches have ended; whether any has."""
        any_ended = False
        for position in self._running():
            if not self._look_from <= time.time() < self._until:
                break
            try:
                result = self._host.result(self._s["branches"][self._path][position])
            except Refused as error:
                self._look_from = self._bear(error)
                break
            self._well = time.time()
            if result is not None:
                self._fork["results"][position] = result
                any_ended = True
        return any_ended

    def _bear(self, error: Refused) -> float:
        """From when to ask again, unless it has been too long."""
        now, pause = time.time(), self._backoff
        if now - self._well > PATIENCE_S:
            raise HostError(f"{error} (for {PATIENCE_S:.0f} s)") from error
        print(f"{error}; asking again in {pause:g} s", file=sys.stderr)  # noqa: T201
        self._backoff = min(pause * 2, LONGEST_BACKOFF_S)
        return now + pause


class HostError(Exception):
    """Raised when the host does not do what it is asked; the words hold no credential."""


class Refused(HostError):
    """Raised when it may do so later: too many requests, or no answer to a question."""


class Host:
    """The OpenWhisk that runs this, over one connection; ``until`` (epoch s) bounds requests."""

    def __init__(self, environment: Mapping[str, str], until: float) -> None:
        self._environment = environment
        self._until = until
        self._connection: Any = None
        self._used = 0.0

    def invoke(self, params: Mapping[str, Any]) -> str:
        """Start this action with ``params``; the id of its activation."""
        namespace, *rest = self._environment.get("__OW_ACTION_NAME", "").strip("/").split("/")
        path = f"namespaces/{_quoted(namespace)}/actions/{'/'.join(map(_quoted, rest))}"
        body = json.dumps(params, ensure_ascii=False, allow_nan=False).encode()
        if len(body) > MAX_BYTES:
            raise HostError(
                f"a branch would get {len(body):,} bytes of JSON, "
                f"more than the {MAX_BYTES:,} that OpenWhisk takes"
            )
        status, answer = self._request("POST", f"{path}?blocking=false&result=false", body)
        if status not in (200, 202):
            raise _refusal(status, answer, (429, 503))
        return str(json.loads(answer)["activationId"])

    def result(self, activation_id: str) -> Any:
        """The result of an activation, or None as long as it has none."""
        path = f"namespaces/_/activations/{_quoted(activation_id)}/result"
        status, answer = self._request("GET", path)
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
        import http.client

        key = self._environment.get("__OW_API_KEY", "")
        if not key:
            raise HostError(
                "this action was given no API key; deploy it with the annotation provide-api-key"
            )
        headers = {"Authorization": f"Basic {_base64(key)}", "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            connection, prefix = self._connect()
            connection.request(method, f"{prefix}/api/v1/{path}", body, headers)
            response = connection.getresponse()
            answer = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise self._unanswered(error, method) from None
        self._used = time.monotonic()
        if response.will_close:
            self.close()
        return response.status, answer

    def _connect(self) -> tuple[Any, str]:
        """A connection that is not about to be closed by the other side, and the path before."""
        import http.client
        from urllib.parse import urlsplit

        apihost = self._environment.get("__OW_API_HOST", "")
        if not apihost:
            raise HostError("this action was not told its API host (__OW_API_HOST)")
        url = urlsplit(apihost if "://" in apihost else f"https://{apihost}")
        timeout = max(0.5, min(30.0, self._until - time.time()))
        if self._connection is not None and time.monotonic() - self._used > 1:
            self.close()
        if self._connection is None:
            host, port = url.hostname or "", url.port
            if url.scheme == "http":
                self._connection = http.client.HTTPConnection(host, port)
            else:
                self._connection = http.client.HTTPSConnection(
                    host, port, context=_tls(self._environment)
                )
        self._connection.timeout = timeout
        if self._connection.sock is not None:
            self._connection.sock.settimeout(timeout)
        return self._connection, url.path.rstrip("/")

    def _unanswered(self, error: Exception, method: str) -> HostError:
        message = f"no answer from {self._environment['__OW_API_HOST']} ({_words(error)})"
        # What was to be started may have started: only questions can be asked again.
        return Refused(message) if method == "GET" else HostError(message)


def _tls(environment: Mapping[str, str]) -> Any:
    """Certificates are checked (by ``SSL_CERT_FILE`` where that is set), unless told otherwise."""
    import ssl

    context = ssl.create_default_context()
    if environment.get("__OW_IGNORE_CERTS", "").lower() in ("true", "yes", "on", "1"):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _refusal(status: int, answer: bytes, again: tuple[int, ...]) -> HostError:
    try:
        said = str(json.loads(answer)["error"])[:200]
    except (ValueError, KeyError, TypeError):
        said = ""
    message = f"the host answers {status}{': ' if said else ''}{said}"
    return Refused(message) if status in again else HostError(message)


def _quoted(segment: str) -> str:
    from urllib.parse import quote

    return quote(segment, safe="")


def _base64(text: str) -> str:
    import base64

    return base64.b64encode(text.encode()).decode()


def _words(error: Exception) -> str:
    """``[Errno 111] Connection refused`` without the number."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


# -- answers, and what JSON has ----------------------------------------------------------------


def _next(run: Run, action: str, params: Any) -> dict[str, Any]:
    return {"method": "action", "action": action, "params": params, "state": {"$composer": run.s}}


def _call(run: Run, node: Mapping[str, Any], action: str, params: Any) -> dict[str, Any] | None:
    """The answer that has ``action`` called; None when it would be too large, which is an error."""
    answer = _next(run, action, params)
    size = _size(answer)
    if size <= MAX_BYTES:
        return answer
    run.fail(
        f"The state of the composition at {_place(node)} is {size:,} bytes of JSON "
        f"({_size(params):,} of them parameters), more than the {MAX_BYTES:,} that OpenWhisk "
        "takes: keep large data elsewhere and hand on where it is"
    )
    return None


def _final(params: dict[str, Any]) -> dict[str, Any]:
    error = params.get("error")
    failed = error is not None and error is not False and error not in ("", 0)
    answer = params if failed else {"params": params}
    size = _size(answer)
    if size <= MAX_BYTES:
        return answer
    return {
        "error": f"The result of the composition is {size:,} bytes of JSON, "
        f"more than the {MAX_BYTES:,} that OpenWhisk takes"
    }


def _size(value: Any) -> int:
    """Bytes of JSON, written as OpenWhisk's Python runtime does."""
    return len(json.dumps(value, ensure_ascii=False).encode(errors="surrogatepass"))


def _place(node: Mapping[str, Any]) -> str:
    return f"AST node root{node['parent']}"


_JSON_NAMES: dict[type, str] = {
    dict: "a dictionary",
    str: "a string",
    int: "a number",
    float: "a number",
    bool: "true or false",
}
_CURES = {
    "write sorted(…) or list(…)": "set frozenset",
    "write list(…)": "generator async_generator range map zip filter dict_keys dict_values deque",
    "write base64.b64encode(…).decode()": "bytes bytearray memoryview",
    "write .isoformat()": "datetime date time Timestamp",
    'write .to_dict("records")': "DataFrame",
    "write float(…) or str(…)": "Decimal Fraction",
}


def _copy(value: Any, name: str = "result", verb: str = "returned ") -> Any:
    """``value`` as JSON has it, sharing nothing with it; Unwritable for what JSON has not."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        text.encode()
    except (TypeError, ValueError, RecursionError):
        _refuse(value, name, verb)
    return json.loads(text)


def _refuse(value: Any, name: str, verb: str) -> NoReturn:
    try:
        place, flaw = next(_flaws(value, name), (name, value))
    except RecursionError:
        raise Unwritable(
            f"{verb}what is nested too deeply or contains itself", "return plain data"
        ) from None
    kind = type(flaw).__name__
    cure = f"write .{'item' if getattr(flaw, 'shape', None) == () else 'tolist'}()"
    if not hasattr(flaw, "tolist"):
        cure = "hand on numbers, text, lists and dictionaries of them"
    cure = next((each for each, kinds in _CURES.items() if kind in kinds.split()), cure)
    what = f"{'an' if kind[0] in 'aeiouAEIOU' else 'a'} {kind}"
    if isinstance(flaw, float):
        what = "NaN" if flaw != flaw else "infinity"
        cure = "hand on None or a finite number"
    elif isinstance(flaw, str):
        what, cure = "half of a surrogate pair", "hand on whole text"
    raise Unwritable(f"{verb}{what}{'' if place == name else f' as {place}'}", cure)


def _flaws(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    """What in ``value`` JSON does not have, and where it stands."""
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, (str, int, float)) and key is not None:
                yield f"a key of {place}", key
            yield from _flaws(item, f"{place}[{key!r}]")
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _flaws(item, f"{place}[{index}]")
    elif isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            yield place, value
    elif isinstance(value, str):
        if any("\ud800" <= character <= "\udfff" for character in value):
            yield place, value
    elif not isinstance(value, int) and value is not None:
        yield place, value


# -- calling functions -------------------------------------------------------------------------


def _innermost(function: Any) -> Any:
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    return function


def _takes_params(function: Any) -> bool:
    code = getattr(_innermost(function), "__code__", None)
    # 4: it has *args.
    return code is None or code.co_argcount > 0 or bool(code.co_flags & 4)


def _finish(result: Any) -> Any:
    """Await what is to be awaited; refuse what only begins when somebody asks for its items."""
    if isinstance(result, (types.GeneratorType, types.AsyncGeneratorType)):
        _refuse(result, "result", "returned ")
    if not hasattr(result, "__await__"):
        return result
    import asyncio

    async def wait() -> Any:
        return await result

    return asyncio.run(wait())


def _log_traceback(error: Exception) -> None:
    """On standard error, from the function's own frames on."""
    import traceback

    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_globals is globals():
        frames = frames.tb_next
    try:
        text = "".join(traceback.format_exception(type(error), error, frames))
        # Where the runtime unpacks a package is nobody's business.
        sys.stderr.write(text.replace(_HERE + os.sep, ""))
    except Exception:
        # The function may have replaced sys.stderr, or its exception may not print.
        os.write(2, f"{type(error).__name__}\n".encode())


def load(directory: str) -> Conductor:
    """The conductor of the package in ``directory``; runs its ``captured.py``."""
    with open(os.path.join(directory, "composition.json"), encoding="utf-8") as file:
        states = json.load(file)["fsm"]
    path = os.path.join(directory, "captured.py")
    module = types.ModuleType(MODULE_NAME)
    if os.path.exists(path):
        module.__file__ = path
        # Dataclasses, typing and enum look their module up here while the classes are being made.
        sys.modules[MODULE_NAME] = module
        with open(path, encoding="utf-8") as file:
            source = file.read()
        try:
            code = compile(source, path, "exec", dont_inherit=True)
        except SyntaxError as error:
            here = ".".join(map(str, sys.version_info[:3]))
            raise RuntimeError(f"captured.py, line {error.lineno}, is not Python {here}") from error
        exec(code, module.__dict__)  # noqa: S102 - running the user's own functions is the purpose
    return Conductor(states, module.__dict__)


_CONDUCTOR = load(_HERE) if _IS_PACKAGE else None


def main(params: dict[str, Any]) -> dict[str, Any]:
    """Answer one activation: what the composition does next, or its result."""
    if _CONDUCTOR is None:
        raise RuntimeError(f"no composition.json in {_HERE or 'the current folder'}")
    return _CONDUCTOR.answer(params)
