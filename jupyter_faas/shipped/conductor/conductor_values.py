"""JSON values, variables of ``let``, and calls of inline functions in a composition.

In a package, this file is named ``faas_conductor_values.py``. It supports Python 3.9 and later, and
needs only the standard library.
"""

from __future__ import annotations

import json
import types

TYPE_CHECKING = False
if TYPE_CHECKING:  # Importing typing would slow down cold starts by some milliseconds.
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any, NoReturn

# OpenWhisk's limit in bytes for payloads and results, as OpenWhisk's Python runtime serializes
# them.
MAX_BYTES = 1_048_576
# The launcher of OpenWhisk's Python runtime ends an answer with a newline, which counts.
MAX_ANSWER_BYTES = MAX_BYTES - 1

JSON_NAMES: dict[type, str] = {
    dict: "a dictionary",
    str: "a string",
    int: "a number",
    float: "a number",
    bool: "true or false",
}
# Hints for classes that are not JSON-serializable. Classes are identified by name, so that pandas
# and other libraries need not be imported here.
_CURES = {
    "write sorted(…) or list(…)": "set frozenset",
    "write list(…)": "generator async_generator range map zip filter dict_keys dict_values deque",
    "write base64.b64encode(…).decode()": "bytes bytearray memoryview",
    "write .isoformat()": "datetime date time Timestamp",
    'write .to_dict("records")': "DataFrame",
    "write float(…) or str(…)": "Decimal Fraction",
}


class NotJson(Exception):
    """Raised for a value that is not JSON-serializable.

    ``what`` describes the value, and ``cure`` tells the user what to do.
    """

    def __init__(self, what: str, cure: str) -> None:
        super().__init__(what)
        self.what = what
        self.cure = cure


def size(value: Any) -> int:
    """Return the size in bytes of a value as JSON, as OpenWhisk's Python runtime serializes it."""
    # Lone surrogates are accepted here, because ``json_copy`` reports them with their location.
    return len(json.dumps(value, ensure_ascii=False).encode(errors="surrogatepass"))


def json_copy(value: Any, variable: str = "") -> Any:
    """Return a copy of ``value`` that is created by encoding it as JSON and decoding it.

    Raises NotJson if ``value`` is not JSON-serializable. The message says that it is the result of
    a function, or the value of the ``variable`` of this name.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        # ``json.dumps`` accepts lone surrogates, but the runtime could not encode the result.
        text.encode()
    except (TypeError, ValueError, RecursionError):
        _raise_not_json(value, variable)
    return json.loads(text)


def _raise_not_json(value: Any, variable: str) -> NoReturn:
    name = variable or "result"
    try:
        place, part = next(_non_json_parts(value, name), (name, value))
    except RecursionError:
        raise NotJson(
            _use("a value that is nested too deeply or contains itself", variable, name, name),
            "return plain data",
        ) from None
    kind = type(part).__name__
    cure = f"write .{'item' if getattr(part, 'shape', None) == () else 'tolist'}()"
    if not hasattr(part, "tolist"):
        cure = "pass numbers, strings, lists and dictionaries of them"
    cure = next((each for each, kinds in _CURES.items() if kind in kinds.split()), cure)
    what = f"{'an' if kind[0] in 'aeiouAEIOU' else 'a'} {kind}"
    if isinstance(part, float):
        what = "NaN" if part != part else "infinity"
        cure = "pass None or a finite number"
    elif isinstance(part, str):
        what, cure = "half of a surrogate pair", "pass complete text"
    raise NotJson(_use(what, variable, place, name), cure)


def _use(what: str, variable: str, place: str, name: str) -> str:
    """Return what a function did with a value, such as ``returned a set as result['a']``."""
    if variable and place == name:
        return f"set the variable {name} to {what}"
    if variable and not place.startswith("a key"):
        return f"set {place} to {what}"
    return f"{'used' if variable else 'returned'} {what}{'' if place == name else f' as {place}'}"


def _non_json_parts(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    """Yield the location and value of each nested value that is not JSON-serializable.

    ``place`` is the location of ``value`` itself, such as ``result``.
    """
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, (str, int, float)) and key is not None:
                yield f"a key of {place}", key
            yield from _non_json_parts(item, f"{place}[{key!r}]")
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _non_json_parts(item, f"{place}[{index}]")
    elif isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            yield place, value
    elif isinstance(value, str):
        if any("\ud800" <= character <= "\udfff" for character in value):
            yield place, value
    elif not isinstance(value, int) and value is not None:
        yield place, value


class Scope:
    """The variables of all enclosing ``let`` combinators that are not hidden by a ``mask``.

    A variable of an inner ``let`` hides a variable of an outer ``let`` with the same name.
    """

    def __init__(self, stack: list[dict[str, Any]]) -> None:
        self._frames: dict[str, dict[str, Any]] = {}
        masks = 0
        for frame in stack:
            # Other frames are error handlers and branch markers.
            if "let" not in frame:
                continue
            # A mask is a ``let`` without declarations. It hides the next ``let`` on the stack.
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
        """Call ``function`` with the variables as globals, and return its result.

        Afterwards, the new values of the variables are stored in the scope, and the function's
        globals are restored. Raises NotJson if a new value is not JSON-serializable, or if the
        function is a generator.
        """
        space = getattr(_innermost(function), "__globals__", {})
        missing = object()
        before = {name: space.get(name, missing) for name in self._frames}
        space.update({name: self[name] for name in self._frames})
        try:
            result = function(params) if _takes_params(function) else function()
            return _finish(result)
        # This also runs after an exception. The globals must be restored, because the worker may be
        # used for another session.
        finally:
            after = {name: space.pop(name) for name in self._frames if name in space}
            space.update({name: old for name, old in before.items() if old is not missing})
            for name, value in after.items():
                self[name] = json_copy(value, name)


def _innermost(function: Any) -> Any:
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    return function


def _takes_params(function: Any) -> bool:
    code = getattr(_innermost(function), "__code__", None)
    # A callable without Python code, such as a class or a built-in function, receives the
    # parameters. Flag 4 (CO_VARARGS) marks a function with ``*args``.
    return code is None or code.co_argcount > 0 or bool(code.co_flags & 4)


def _finish(result: Any) -> Any:
    """Return a result after awaiting it if necessary. Raises NotJson if it is a generator."""
    # A generator is rejected here, because its body has not run at all.
    if isinstance(result, (types.GeneratorType, types.AsyncGeneratorType)):
        _raise_not_json(result, "")
    if not hasattr(result, "__await__"):
        return result
    # ``asyncio`` is imported here, because it would slow down cold starts and few functions are
    # async.
    import asyncio

    # ``asyncio.run`` accepts only coroutines, but the result may be another awaitable.
    async def wait() -> Any:
        return await result

    return asyncio.run(wait())


# The functions below implement lowered combinators, by the names that composer/lowering.py uses.


def _save_params(params: Any, scope: Scope) -> Any:
    scope["params"] = params
    return params


def _count_down(params: Any, scope: Scope) -> bool:
    count = scope["count"]
    scope["count"] = count - 1
    return bool(count > 0)


def _has_failed(params: Any, scope: Scope) -> bool:
    return "error" in params["result"] and _count_down(params, scope)


BUILTINS: Mapping[str, Callable[[Any, Scope], Any]] = {
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
