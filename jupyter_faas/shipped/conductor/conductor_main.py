"""The conductor action, which determines the next step of a composition until it has the result.

In a composition's package, this file is named ``__main__.py``. The other files are
``faas_conductor_host.py`` (branches, through the host's API), ``faas_conductor_values.py``
(variables, calls, JSON), ``composition.json`` (the compiled states) and ``captured.py`` (the inline
functions).

OpenWhisk invokes a conductor action again after each component (contract §3.6). Each call of
``main(params)`` is one round. It steps through the states until one of them calls an action, and
returns ``{"action", "params", "state"}``. In the last round, it returns ``{"params"}`` or
``{"error"}``. A round does not keep anything in memory, because the next round may run in another
container. All data is in ``$composer``: the next ``state``, the ``stack`` of handlers and
variables, the ``session``, the ids of ``branches`` (of ``parallel`` and ``map``, by path and
position), the ids of ``spawned`` sessions (of ``asynchronous``, by path), and ``fork`` while
branches run. Branches are further activations of this action. When its time limit is close, the
conductor calls the action ``echo``, which does nothing. OpenWhisk then invokes the conductor again
with a new time limit.

States, stack and records are those of npm's Composer 0.12, with three differences. Waiting for
branches does not need Redis, code is Python, and conditions use Python's truth values (an empty
list is false). This file supports Python 3.9 and later, and needs only the standard library.
"""

from __future__ import annotations

import json
import os
import sys
import types

# ``__file__`` does not exist if a runtime runs the source code of this file with ``exec``.
_HERE = os.path.dirname(os.path.abspath(globals().get("__file__", "")))
_IS_PACKAGE = "__file__" in globals() and os.path.exists(os.path.join(_HERE, "composition.json"))
if _IS_PACKAGE and _HERE not in sys.path:
    # Some runtimes import this file without adding its directory to ``sys.path``.
    sys.path.insert(0, _HERE)

import faas_conductor_values as values  # noqa: E402 it is in that folder
from faas_conductor_host import Branches, HostError  # noqa: E402

TYPE_CHECKING = False
if TYPE_CHECKING:  # Importing typing would slow down cold starts by some milliseconds.
    from collections.abc import Callable, Mapping
    from typing import Any

# This system action does nothing. Calling it gives the conductor a new time limit.
ECHO = "/whisk.system/utils/echo"
MODULE_NAME = "captured"
_GLUE = ("faas_conductor_host", "faas_conductor_values")


class Conductor:
    """A composition, with its compiled ``states``, and its ``functions`` by name.

    The field ``call`` of a state contains the name of a function.
    """

    def __init__(
        self, states: list[dict[str, Any]], functions: Mapping[str, Callable[..., Any]]
    ) -> None:
        self._states = states
        self._functions = functions

    def answer(self, params: dict[str, Any]) -> dict[str, Any]:
        """Run one round, and return its answer.

        ``params`` is the payload of this activation. After the first round, it has ``$composer``.
        """
        received = params.pop("$composer", None)
        received = received if isinstance(received, dict) else {}
        # ``resuming`` is part of the state that this round returns, so it is missing only in the
        # first round of a session or branch, whose parameters come from a caller.
        composer: dict[str, Any] = {"state": 0, "stack": [], "resuming": True, **received}
        composer["session"] = composer.get("session") or os.environ.get("__OW_ACTIVATION_ID")
        current = Round(params, composer)
        try:
            if not isinstance(composer["state"], int) or isinstance(composer["state"], bool):
                raise TypeError("state parameter is not a number")
            if not isinstance(composer["stack"], list):
                raise TypeError("stack parameter is not a list")
            answer = None
            if "fork" in composer:
                answer = self._wait(current)
            # When a round resumes, its parameters are the result of a component, which may be an
            # error.
            elif received.get("resuming"):
                current.inspect()
            while answer is None:
                answer = self._step(current)
        # MemoryError is not caught, so that OpenWhisk reports that the action ran out of memory.
        except MemoryError:
            raise
        except Exception as error:
            _log_traceback(error)
            return {"error": f"Internal error: {error or type(error).__name__}"}
        return answer

    def _step(self, current: Round) -> dict[str, Any] | None:
        """Process one state. Return the answer that ends the round, or None to continue."""
        index = current.composer["state"]
        if not 0 <= index < len(self._states):
            # These log lines are the same as those of npm's conductor. The workspace parses them to
            # draw the path of a session.
            print("Entering final state")  # noqa: T201
            return _final(current.params)
        node = self._states[index]
        if "path" in node:
            print(f"Entering composition{node['path']}")  # noqa: T201
        # The next state is set first, because processing the current one may change it.
        current.composer["state"] = index + node.get("next", 1)
        process = getattr(self, f"_on_{node['type']}", None)
        if process is None:
            raise TypeError(f'unexpected "{node["type"]}" combinator')
        answer: dict[str, Any] | None = process(current, node, index)
        return answer

    # The conductor has one method for each type of state.

    def _on_pass(self, current: Round, node: Mapping[str, Any], index: int) -> None:
        pass

    def _on_empty(self, current: Round, node: Mapping[str, Any], index: int) -> None:
        current.inspect()

    def _on_stop(self, current: Round, node: Mapping[str, Any], index: int) -> None:
        current.composer["state"] = -1

    def _on_choice(self, current: Round, node: Mapping[str, Any], index: int) -> None:
        branch = "then" if current.params.get("value") else "else"
        current.composer["state"] = index + node[branch]

    def _on_try(self, current: Round, node: Mapping[str, Any], index: int) -> None:
        current.composer["stack"].insert(0, {"catch": index + node["catch"]})

    def _on_let(self, current: Round, node: Mapping[str, Any], index: int) -> None:
        # The values are copied, because functions may change variables, while the states are reused
        # as long as the container lives.
        current.composer["stack"].insert(0, {"let": values.json_copy(node["let"])})

    def _on_exit(self, current: Round, node: Mapping[str, Any], index: int) -> None:
        if not current.composer["stack"]:
            raise TypeError("pop from an empty stack")
        current.composer["stack"].pop(0)

    def _on_action(
        self, current: Round, node: Mapping[str, Any], index: int
    ) -> dict[str, Any] | None:
        return _call(current, node, node["name"], current.params)

    def _on_dynamic(
        self, current: Round, node: Mapping[str, Any], index: int
    ) -> dict[str, Any] | None:
        params = current.params
        # In JavaScript, null and arrays are objects too, so npm's conductor accepts them. The
        # default is a string, so that missing ``params`` are rejected.
        name, argument = params.get("name"), params.get("params", "")
        is_object = argument is None or isinstance(argument, (dict, list))
        if params.get("type") == "action" and isinstance(name, str) and is_object:
            return _call(current, node, name, argument)
        current.fail(f"Incorrect use of the dynamic combinator at {_location(node)}")
        return None

    def _on_function(self, current: Round, node: Mapping[str, Any], index: int) -> None:
        scope = values.Scope(current.composer["stack"])
        try:
            if "builtin" in node:
                result = values.BUILTINS[node["builtin"]](current.params, scope)
            else:
                result = self._evaluate(current.params, node, scope)
            current.params = values.json_copy(result)
        except MemoryError:
            raise
        except values.NotJson as error:
            current.fail(
                f"Function combinator at {_location(node)} {error.what}, which JSON does not "
                f"support: {error.cure}"
            )
        except Exception as error:
            _log_traceback(error)
            current.fail(
                f"Function combinator threw an exception at {_location(node)} (see log for details)"
            )
        else:
            current.inspect()

    def _evaluate(
        self, params: dict[str, Any], node: Mapping[str, Any], scope: values.Scope
    ) -> Any:
        function = self._functions.get(node.get("call", ""))
        if function is None:
            kind = node.get("exec", {}).get("kind", "code")
            raise LookupError(
                f"This package does not contain the {kind} function at {_location(node)}."
            )
        result = scope.call(function, params)
        # ``lambda p: f`` instead of ``f(p)`` is a common mistake, so it has a specific error.
        if callable(result):
            location = _location(node)
            return {"error": f"Function combinator evaluated to a function type at {location}"}
        # If a function does not return a result, its parameters are passed on. The function may
        # have changed them in place.
        return params if result is None else result

    # The states parallel, map and async start branches.

    def _on_parallel(
        self, current: Round, node: Mapping[str, Any], index: int
    ) -> dict[str, Any] | None:
        return self._fork(current, node, index, list(node["tasks"]), current.params)

    def _on_map(self, current: Round, node: Mapping[str, Any], index: int) -> dict[str, Any] | None:
        items = current.params.get("value")
        if items is None:
            items = []
        if not isinstance(items, list):
            kind = values.JSON_NAMES.get(type(items), type(items).__name__)
            current.fail(f"Map combinator takes a list as value, not {kind}, at {_location(node)}")
            return None
        return self._fork(current, node, index, items)

    def _on_async(
        self, current: Round, node: Mapping[str, Any], index: int
    ) -> dict[str, Any] | None:
        return self._fork(current, node, index, [1], current.params)

    def _fork(
        self,
        current: Round,
        node: Mapping[str, Any],
        index: int,
        left: list[Any],
        params: dict[str, Any] | None = None,
    ) -> dict[str, Any] | None:
        """Start the branches in ``left``, and wait for them.

        For a map, ``left`` contains the items of the list. Otherwise it contains the offsets of the
        states at which branches begin, and every branch receives ``params``. Returns the answer
        that ends the round, or None to continue.
        """
        composer = current.composer
        composer["state"] = index + node["return"]
        if not left:
            current.params = {"value": []}
            return None
        fork: dict[str, Any] = {"at": index, "left": left, "results": [None] * len(left)}
        if params is not None:
            fork["params"] = params
        composer["fork"] = fork
        if node["type"] != "async":
            composer.setdefault("branches", {})[node["parent"]] = [None] * len(left)
        return self._wait(current)

    def _wait(self, current: Round) -> dict[str, Any] | None:
        """Start branches and wait for them until all have ended or this round must end.

        Returns the answer that ends the round, or None to continue. After a hand-over, the
        parameters are the result of ``echo`` or an error. They are ignored, because OpenWhisk
        starts a new round even if it rejects the component.
        """
        composer = current.composer
        fork = composer["fork"]
        node = self._states[fork["at"]]
        try:
            result = Branches(composer, fork, node).advance()
        except HostError as error:
            del composer["fork"]
            what = "composition" if node["type"] == "async" else "a composition"
            reason = f"to invoke {what} at {_location(node)}: {error}"
            print(f"Failed {reason}", file=sys.stderr)  # noqa: T201 shown with the logs
            current.fail(f"{node['type'].capitalize()} combinator failed {reason}")
            return None
        if result is None:
            # The state must fit into one payload. If it is too large, the results are dropped,
            # because the next round can fetch them again from the host. The list of branches that
            # have not been started yet must be kept.
            if values.size(_next(current, ECHO, {})) > values.MAX_ANSWER_BYTES:
                fork["results"] = [None] * len(fork["results"])
            answer = _call(current, node, ECHO, {})
            if answer is None:
                del composer["fork"]
            return answer
        del composer["fork"]
        current.params = result
        current.inspect()
        return None


class Round:
    """The state of one activation of the conductor.

    ``params`` are the current parameters, and ``composer`` is the content of ``$composer``.
    """

    def __init__(self, params: Any, composer: dict[str, Any]) -> None:
        self.params = params
        self.composer = composer

    def inspect(self) -> None:
        """Normalize ``params``, and jump to the error handler if they contain an error.

        Values other than dictionaries are wrapped as ``{"value": …}``. If there is no handler, the
        error ends the composition.
        """
        if not isinstance(self.params, dict):
            self.params = {"value": self.params}
        if "error" not in self.params:
            return
        self.params = {"error": self.params["error"]}
        self.composer["state"] = -1
        stack = self.composer["stack"]
        # Handlers after a marker belong to the session that started this branch.
        while stack and not stack[0].get("marker"):
            catch = stack.pop(0).get("catch")
            if catch:
                self.composer["state"] = catch
                return

    def fail(self, message: str) -> None:
        self.params = {"error": message}
        self.inspect()


def _next(current: Round, action: str, params: Any) -> dict[str, Any]:
    state = {"$composer": current.composer}
    return {"method": "action", "action": action, "params": params, "state": state}


def _call(
    current: Round, node: Mapping[str, Any], action: str, params: Any
) -> dict[str, Any] | None:
    """Return the answer that calls ``action``.

    If the answer is too large for OpenWhisk, set an error in ``current`` and return None.
    """
    answer = _next(current, action, params)
    size = values.size(answer)
    if size <= values.MAX_ANSWER_BYTES:
        return answer
    current.fail(
        f"The state of the composition at {_location(node)} is {size:,} bytes of JSON (including "
        f"{values.size(params):,} bytes of parameters), which exceeds OpenWhisk's limit of "
        f"{values.MAX_ANSWER_BYTES:,} bytes. Store large data elsewhere, and pass its address"
    )
    return None


def _final(params: dict[str, Any]) -> dict[str, Any]:
    error = params.get("error")
    # As in npm's conductor, which is written in JavaScript, null, false, 0 and an empty string do
    # not count as errors.
    failed = error is not None and error is not False and error not in ("", 0)
    answer = params if failed else {"params": params}
    size = values.size(answer)
    if size <= values.MAX_ANSWER_BYTES:
        return answer
    return {
        "error": f"The result of the composition is {size:,} bytes of JSON, which exceeds "
        f"OpenWhisk's limit of {values.MAX_ANSWER_BYTES:,} bytes"
    }


def _location(node: Mapping[str, Any]) -> str:
    return f"AST node root{node['parent']}"


def _log_traceback(error: Exception) -> None:
    """Print the traceback of an error to standard error, without the conductor's outer frames."""
    # ``traceback`` is imported here, because it would slow down cold starts by some milliseconds.
    import traceback

    frames = error.__traceback__
    while frames is not None and _is_own(frames.tb_frame.f_globals):
        frames = frames.tb_next
    try:
        text = "".join(traceback.format_exception(type(error), error, frames))
        # The directory into which the runtime unpacks the package is removed from the paths,
        # because it does not help the user.
        sys.stderr.write(text.replace(_HERE + os.sep, ""))
    except Exception:
        # The user's function may have replaced ``sys.stderr``, or ``str`` of its exception may
        # fail.
        os.write(2, f"{type(error).__name__}\n".encode())


def _is_own(namespace: Mapping[str, Any]) -> bool:
    return namespace is globals() or namespace.get("__name__") in _GLUE


def load(directory: str) -> Conductor:
    """Create the conductor for the package in ``directory``.

    Runs ``captured.py`` if the package has one. Raises RuntimeError if it is not valid in this
    version of Python.
    """
    with open(os.path.join(directory, "composition.json"), encoding="utf-8") as file:
        states = json.load(file)["fsm"]
    path = os.path.join(directory, "captured.py")
    module = types.ModuleType(MODULE_NAME)
    if os.path.exists(path):
        module.__file__ = path
        # The module must be registered first, because dataclasses, typing and enum look up the
        # module of a class while they create the class.
        sys.modules[MODULE_NAME] = module
        with open(path, encoding="utf-8") as file:
            source = file.read()
        # Without ``dont_inherit``, the ``annotations`` future import of this file would also apply
        # to the user's code.
        try:
            code = compile(source, path, "exec", dont_inherit=True)
        except SyntaxError as error:
            here = ".".join(map(str, sys.version_info[:3]))
            raise RuntimeError(
                f"captured.py, line {error.lineno}, is not valid in Python {here}"
            ) from error
        exec(code, module.__dict__)  # noqa: S102 - running the user's own functions is the purpose
    return Conductor(states, module.__dict__)


# The conductor is created when the container starts, and is used for all activations in it.
_CONDUCTOR = load(_HERE) if _IS_PACKAGE else None


def main(params: dict[str, Any]) -> dict[str, Any]:
    """Return the answer of one round, which is the next step of the composition or its result."""
    if _CONDUCTOR is None:
        raise RuntimeError(f"no composition.json in {_HERE or 'the current folder'}")
    return _CONDUCTOR.answer(params)
