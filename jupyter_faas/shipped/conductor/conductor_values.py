"""Values in a composition: JSON copies and sizes, variables of ``let``, calls of inline functions.

Travels as ``faas_conductor_values.py``. Python 3.9 and up, standard library only.
"""

from __future__ import annotations

import json
import types

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs a cold start some milliseconds, and nothing here needs it then.
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any, NoReturn

# OpenWhisk's limit for a payload, and for a result as its Python runtime writes it.
MAX_BYTES = 1_048_576

JSON_NAMES: dict[type, str] = {
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


class NotJson(Exception):
    """Raised for a value that JSON cannot hold; ``what`` names it, ``cure`` says what to do."""

    def __init__(self, what: str, cure: str) -> None:
        super().__init__(what)
        self.what = what
        self.cure = cure


def size(value: Any) -> int:
    """Bytes of JSON, written as OpenWhisk's Python runtime does."""
    return len(json.dumps(value, ensure_ascii=False).encode(errors="surrogatepass"))


def json_copy(value: Any, name: str = "result", verb: str = "returned ") -> Any:
    """Return ``value`` as JSON would hand it on, sharing nothing with it. Raises NotJson."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        # A lone surrogate passes json.dumps, but not the encoding of the answer.
        text.encode()
    except (TypeError, ValueError, RecursionError):
        _raise_not_json(value, name, verb)
    return json.loads(text)


def _raise_not_json(value: Any, name: str, verb: str) -> NoReturn:
    try:
        place, part = next(_non_json_parts(value, name), (name, value))
    except RecursionError:
        raise NotJson(
            f"{verb}what is nested too deeply or contains itself", "return plain data"
        ) from None
    kind = type(part).__name__
    cure = f"write .{'item' if getattr(part, 'shape', None) == () else 'tolist'}()"
    if not hasattr(part, "tolist"):
        cure = "hand on numbers, text, lists and dictionaries of them"
    cure = next((each for each, kinds in _CURES.items() if kind in kinds.split()), cure)
    what = f"{'an' if kind[0] in 'aeiouAEIOU' else 'a'} {kind}"
    if isinstance(part, float):
        what = "NaN" if part != part else "infinity"
        cure = "hand on None or a finite number"
    elif isinstance(part, str):
        what, cure = "half of a surrogate pair", "hand on whole text"
    raise NotJson(f"{verb}{what}{'' if place == name else f' as {place}'}", cure)


def _non_json_parts(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    """``(place, part)`` of each part of ``value`` that JSON cannot hold."""
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
    """The variables of the enclosing lets that no mask hides, innermost first."""

    def __init__(self, stack: list[dict[str, Any]]) -> None:
        self._frames: dict[str, dict[str, Any]] = {}
        masks = 0
        for frame in stack:
            if "let" not in frame:
                continue
            # A mask is a let without declarations; it hides the one let that follows it.
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
        """Call with the variables as globals of the function, then read back what it set."""
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
                self[name] = json_copy(value, name, f"set the variable {name} to ")


def _innermost(function: Any) -> Any:
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    return function


def _takes_params(function: Any) -> bool:
    code = getattr(_innermost(function), "__code__", None)
    # Flag 4 (CO_VARARGS) marks a function with *args.
    return code is None or code.co_argcount > 0 or bool(code.co_flags & 4)


def _finish(result: Any) -> Any:
    """Await a coroutine. Raises NotJson for a generator, whose body has not even begun to run."""
    if isinstance(result, (types.GeneratorType, types.AsyncGeneratorType)):
        _raise_not_json(result, "result", "returned ")
    if not hasattr(result, "__await__"):
        return result
    import asyncio

    async def wait() -> Any:
        return await result

    return asyncio.run(wait())


# The functions that combinators are made of, by the names that composer/lowering.py uses.


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
