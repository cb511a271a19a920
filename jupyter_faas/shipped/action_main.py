"""The action's entry point: calls the cell's function with JSON parameters.

It lies in the package as ``__main__.py``. ``captured.py`` (what the function uses from its
notebook) and ``function.py`` (the cell) run once, when this file is imported, in one namespace:
the module ``function``. ``main(params)`` then answers every activation.

The notebook loads this same file for local calls, where no ``manifest.json`` lies beside it;
:func:`call` is the whole way from parameters to result, here and there alike. Python 3.9 and up,
standard library only; numpy is used only where a result already holds it.
"""

from __future__ import annotations
import __future__

import enum
import json
import math
import os
import re
import sys
import types
from collections.abc import Mapping

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs a cold start some milliseconds, and nothing here needs it then.
    from collections.abc import Callable, Iterator
    from typing import Any

MODULE_NAME = "function"
_EXACT = {"integer": int, "number": float, "string": str, "boolean": bool, "null": type(None)}
_WORDS = {
    "integer": ("a whole number", "whole numbers"),
    "number": ("a number", "numbers"),
    "string": ("a string", "strings"),
    "boolean": ("true or false", "true or false"),
    "null": ("null", "nulls"),
    "array": ("a list", "lists"),
    "object": ("a dictionary", "dictionaries"),
}
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
# The words that OpenWhisk itself reads in queries.
_BOOLEANS = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}
_CURES = {
    "write sorted(…) or list(…)": "set frozenset",
    "write list(…)": "generator range map zip filter dict_keys dict_values dict_items deque",
    "write base64.b64encode(…).decode()": "bytes bytearray memoryview",
    "write .isoformat()": "datetime date time Timestamp",
    "write .astype(str)": "datetime64 timedelta64",
    'write .to_dict("records")': "DataFrame",
    "write float(…) or str(…)": "Decimal Fraction",
    "await it": "coroutine",
}


class ParametersRejected(ValueError):
    """Raised when the parameters do not fit the function; the words name every one that fails."""


class ResultRejected(TypeError):
    """Raised when a result has no JSON form; the words name the key."""


def call(function: Callable[..., Any], spec: Mapping[str, Any], params: Any) -> dict[str, Any]:
    """The function's answer to ``params``, as JSON-able data.

    ``spec`` is the manifest or its part: ``name``, ``parameter_style`` ("dictionary" or "named")
    and ``schema``. An ``async def`` function is awaited. Raises ParametersRejected,
    ResultRejected, and whatever the function raises.
    """
    args, kwargs = bind(spec, params)
    result = function(*args, **kwargs)
    if hasattr(result, "__await__"):
        result = _finish(result)
    return answer(result, spec["name"])


def bind(spec: Mapping[str, Any], params: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments ``(positional, named)`` that the function is called with.

    An int becomes a float where a float is meant, and 5.0 an int where an int is meant. Parameters
    that are absent keep the function's own defaults; keys that nobody asked for are dropped,
    unless the function takes ``**kwargs`` (the schema then has ``additionalProperties``). Of a web
    request, text is read as the type that is meant: queries and forms have nothing but text.
    """
    if not isinstance(params, dict):
        raise ParametersRejected(f"{spec['name']} takes named parameters, not {_show(params)}")
    if spec["parameter_style"] == "dictionary":
        return (params,), {}
    schema = spec["schema"]
    known = schema.get("properties", {})
    required = schema.get("required", ())
    missing = [name for name in known if name in required and name not in params]
    unknown = [name for name in params if name not in known]
    named: dict[str, Any] = {}
    fit = coerce_text if _is_web(params) else coerce
    problems = [_missing(spec["name"], missing, unknown, known)] if missing else []
    for name, wanted in known.items():
        if name in params:
            _take(named, name, fit, wanted, params[name], problems)
    others = schema.get("additionalProperties", False)
    if others is not False:
        for name in unknown:
            # Web requests add __ow_headers and the like, whatever type the function wants.
            wanted = {} if others is True or name.startswith("__ow_") else others
            _take(named, name, fit, wanted, params[name], problems)
    if problems:
        raise ParametersRejected("; ".join(problems))
    return (), named


def _is_web(params: Any) -> bool:
    # OpenWhisk adds it to the requests of web actions alone, and refuses it from a caller.
    return isinstance(params, dict) and "__ow_method" in params


def _take(
    named: dict[str, Any],
    name: str,
    fit: Callable[[Mapping[str, Any], Any, str], Any],
    wanted: Mapping[str, Any],
    value: Any,
    problems: list[str],
) -> None:
    try:
        named[name] = fit(wanted, value, name)
    except ParametersRejected as error:
        problems.append(str(error))


def coerce(schema: Mapping[str, Any], value: Any, path: str) -> Any:
    """``value`` as the type that ``schema`` wants; ParametersRejected names ``path``."""
    if "enum" in schema:
        for option in schema["enum"]:
            if type(option) is type(value) and option == value:
                return option
        raise _mismatch(schema, value, path)
    if "anyOf" in schema:
        for option in schema["anyOf"]:
            found, value_or_none = _attempt(option, value, path)
            if found:
                return value_or_none
        raise _mismatch(schema, value, path)
    kinds = schema.get("type")
    if kinds is None:
        return value
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if isinstance(value, float) and not math.isfinite(value):
        raise ParametersRejected(f"{path} is {_number_name(value)}, which JSON does not have")
    if any(type(value) is _EXACT.get(kind) for kind in kinds):
        return value
    if "array" in kinds and isinstance(value, list):
        return _coerce_list(schema, value, path)
    if "object" in kinds and isinstance(value, dict):
        return _coerce_object(schema, value, path)
    if "number" in kinds and type(value) is int:
        try:
            return float(value)
        except OverflowError:
            raise ParametersRejected(f"{path} is too large for a float") from None
    if "integer" in kinds and type(value) is float and value.is_integer():
        return int(value)
    raise _mismatch(schema, value, path)


def coerce_text(schema: Mapping[str, Any], value: Any, path: str) -> Any:
    """``coerce`` for a value that may be text only because it came in a query or a form.

    Text stays text wherever ``schema`` takes text. Else it is read as a number, as one of
    true/yes/on/1 and false/no/off/0, as a JSON list or object, or when empty as None.
    """
    if isinstance(value, str):
        for reading in (value, *_readings(value)):
            found, fitting = _attempt(schema, reading, path)
            if found:
                return fitting
    return coerce(schema, value, path)


def _readings(text: str) -> Iterator[Any]:
    if _NUMBER.fullmatch(text):
        try:
            yield int(text)
        except ValueError:
            yield float(text)
    if text.lower() in _BOOLEANS:
        yield _BOOLEANS[text.lower()]
    if text[:1] in ("[", "{"):
        try:
            yield json.loads(text)
        except (ValueError, RecursionError):
            return
    if not text:
        yield None


def _attempt(schema: Mapping[str, Any], value: Any, path: str) -> tuple[bool, Any]:
    try:
        return True, coerce(schema, value, path)
    except ParametersRejected:
        return False, None


def _coerce_list(schema: Mapping[str, Any], value: list[Any], path: str) -> list[Any]:
    items = schema.get("items")
    if not items:
        return value
    return [coerce(items, item, f"{path}[{index}]") for index, item in enumerate(value)]


def _coerce_object(schema: Mapping[str, Any], value: dict[str, Any], path: str) -> dict[str, Any]:
    known = schema.get("properties", {})
    others = schema.get("additionalProperties", True)
    for name in schema.get("required", ()):
        if name not in value:
            raise ParametersRejected(f"{_join(path, name)} ({_want(known[name])}) is missing")
    if not known and isinstance(others, bool):
        return value
    others = {} if isinstance(others, bool) else others
    return {
        name: coerce(known.get(name, others), item, _join(path, name))
        for name, item in value.items()
    }


def _missing(
    function: str, missing: list[str], unknown: list[str], known: Mapping[str, Any]
) -> str:
    *most, last = [f"{name} ({_want(known[name])})" for name in missing]
    text = f"{function} needs {', '.join(most)} and {last}" if most else f"{function} needs {last}"
    unknown = [name for name in unknown if not name.startswith("__ow_")]
    if not unknown:
        return text
    import difflib

    text += f". Given, but not asked for: {', '.join(unknown)}"
    for name in unknown:
        for close in difflib.get_close_matches(name, missing, 1):
            text += f". Is {name} meant to be {close}?"
    return text


def _mismatch(schema: Mapping[str, Any], value: Any, path: str) -> ParametersRejected:
    return ParametersRejected(f"{path} must be {_want(schema)}, not {_show(value)}")


def _want(schema: Mapping[str, Any], plural: bool = False) -> str:
    if "enum" in schema:
        options = [json.dumps(option, ensure_ascii=False) for option in schema["enum"]]
        return options[0] if len(options) == 1 else "one of " + ", ".join(options)
    if "anyOf" in schema:
        return " or ".join(_want(option, plural) for option in schema["anyOf"])
    kinds = schema.get("type", "any value")
    if isinstance(kinds, list):
        return " or ".join(_want({**schema, "type": kind}, plural) for kind in kinds)
    words = _WORDS.get(kinds, ("any value", "values"))[plural]
    items = schema.get("items") if kinds == "array" else None
    return f"{words} of {_want(items, plural=True)}" if items else words


def _show(value: Any) -> str:
    if isinstance(value, str):
        return f"the string {json.dumps(value[:60], ensure_ascii=False)}"
    if isinstance(value, (list, tuple)):
        return "a list"
    if isinstance(value, dict):
        return "a dictionary"
    if value is None or isinstance(value, (bool, int, float)):
        return json.dumps(value)[:60]
    return f"a {type(value).__name__}"


def answer(result: Any, name: str) -> dict[str, Any]:
    """``result`` as a JSON object; ResultRejected when it is none, or holds what JSON has not.

    A dataclass instance counts as the dictionary of its fields, at every level.
    """
    if result is None:
        raise ResultRejected(f"{name} returned nothing: return a dictionary")
    if not isinstance(result, Mapping) and not _is_dataclass(result):
        raise ResultRejected(
            f"{name} returned {_show(result)}, not a dictionary: "
            f'return one, such as {{"result": …}}'
        )
    try:
        data: dict[str, Any] = to_json(result, "result")
    except RecursionError:
        raise ResultRejected("result is nested too deeply, or contains itself") from None
    return data


def to_json(value: Any, path: str = "result") -> Any:
    """``value`` as data that ``json.dumps`` writes; ResultRejected names the key that cannot.

    numpy scalars and arrays, tuples, enumerations and dataclasses become JSON; whole numbers as
    keys become strings. NaN, infinity, sets, bytes, dates and other objects are refused.
    """
    kind = type(value)
    if value is None or kind is bool or kind is int:
        return value
    if kind is str:
        return _text(value, path)
    if kind is float:
        if math.isfinite(value):
            return value
        raise ResultRejected(
            f"{path} is {_number_name(value)}, which JSON does not have: "
            "return None or a finite number there"
        )
    if isinstance(value, enum.Enum):
        return to_json(value.value, path)
    if isinstance(value, Mapping):
        return _object(value, path)
    if isinstance(value, (list, tuple)):
        return [to_json(item, f"{path}[{index}]") for index, item in enumerate(value)]
    for plain in (str, int, float):
        if isinstance(value, plain):
            return to_json(getattr(plain, f"__{plain.__name__}__")(value), path)
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, (numpy.ndarray, numpy.generic)):
        if value.dtype.kind in "mM":
            raise _refused(value.dtype.type, path)
        if value.dtype.kind == "f":
            value = value.astype(float)
            # One look at the whole array; only an array that fails is walked for the index.
            if numpy.isfinite(value).all():
                return value.tolist()
        return to_json(value.tolist(), path)
    if _is_dataclass(value):
        import dataclasses

        fields = dataclasses.fields(value)
        return _object({field.name: getattr(value, field.name) for field in fields}, path)
    raise _refused(kind, path)


def _refused(kind: type, path: str) -> ResultRejected:
    cures = (cure for cure, names in _CURES.items() if kind.__name__ in names.split())
    other = "write .tolist()" if hasattr(kind, "tolist") else "return numbers, text, lists of them"
    cure = next(cures, other)
    return ResultRejected(f"{path} is a {kind.__name__}, which JSON does not have: {cure}")


def _object(value: Mapping[Any, Any], path: str) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for key, item in value.items():
        name = _key(key, path)
        if name in data:
            raise ResultRejected(f"{path} has the key {name!r} twice, as text and as a number")
        data[name] = to_json(item, _join(path, name))
    return data


def _key(key: Any, path: str) -> str:
    if isinstance(key, str):
        return _text(str.__str__(key), path)
    if isinstance(key, enum.Enum):
        return _key(key.value, path)
    numpy = sys.modules.get("numpy")
    whole = isinstance(key, int) or (numpy is not None and isinstance(key, numpy.integer))
    if whole and not isinstance(key, bool):
        return str(int(key))
    raise ResultRejected(f"{path} has a key that is a {type(key).__name__}: JSON keys are text")


def _text(value: str, path: str) -> str:
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ResultRejected(f"{path} holds half of a surrogate pair, not text") from None
    return value


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if name.isidentifier() else f"{path}[{name!r}]"


def _number_name(value: float) -> str:
    return "NaN" if math.isnan(value) else "infinity" if value > 0 else "-infinity"


def _is_dataclass(value: Any) -> bool:
    return hasattr(type(value), "__dataclass_fields__")


def _finish(awaitable: Any) -> Any:
    import asyncio

    async def wait() -> Any:
        return await awaitable

    # asyncio.get_running_loop raises where there is none, and would stand in every traceback.
    if asyncio._get_running_loop() is None:
        return asyncio.run(wait())
    # In a notebook this thread's loop is the kernel's own, busy with the cell that called us.
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, wait()).result()


def load(directory: str) -> tuple[Callable[..., Any], dict[str, Any]]:
    """Run a package's captured.py and function.py; ``(handler, manifest)``."""
    with open(os.path.join(directory, "manifest.json"), encoding="utf-8") as file:
        manifest: dict[str, Any] = json.load(file)
    if directory not in sys.path:
        sys.path.insert(0, directory)
    module = types.ModuleType(MODULE_NAME)
    module.__file__ = os.path.join(directory, "function.py")
    # Dataclasses, typing and enum look their module up here while the classes are being made.
    sys.modules[MODULE_NAME] = module
    flags = 0
    for name in ("captured.py", "function.py"):
        path = os.path.join(directory, name)
        with open(path, encoding="utf-8") as file:
            source = file.read()
        try:
            code = compile(source, path, "exec", flags, dont_inherit=True)
        except SyntaxError as error:
            here = ".".join(map(str, sys.version_info[:3]))
            raise RuntimeError(
                f"{name}, line {error.lineno}, is not Python {here}; "
                f"it was packaged with Python {manifest.get('python')}"
            ) from error
        # A notebook's __future__ imports hold for all its later cells.
        flags = code.co_flags & __future__.annotations.compiler_flag
        exec(code, module.__dict__)  # noqa: S102 - running the user's own cell is the purpose
    function = module.__dict__.get(manifest["handler"])
    if not callable(function):
        raise RuntimeError(f"function.py defines no function {manifest['handler']}")
    return function, manifest


_HERE = os.path.dirname(os.path.abspath(globals().get("__file__", "")))
_IS_PACKAGE = "__file__" in globals() and os.path.exists(os.path.join(_HERE, "manifest.json"))
_FUNCTION, _MANIFEST = load(_HERE) if _IS_PACKAGE else (None, {})


def main(params: Any) -> dict[str, Any]:
    """Answer one activation: JSON parameters in, a JSON object out.

    What the function raises is answered as the runtime would, ``{"error": …}``, with the
    traceback in the logs from the cell's own frames on. Parameters of a web request that do not
    fit are answered as OpenWhisk's web actions say errors: with a status and a body.
    """
    if _FUNCTION is None:
        raise RuntimeError(f"no manifest.json in {_HERE or 'the current folder'}")
    try:
        return call(_FUNCTION, _MANIFEST, params)
    except ParametersRejected as error:
        # The words say it all: there is no bug to look for in any code.
        if _is_web(params):
            # A mere string never reaches who asked for JSON: it is not valid there.
            return {"error": {"statusCode": 400, "body": {"error": str(error)}}}
        return {"error": str(error)}
    except ResultRejected as error:
        return {"error": str(error)}
    except MemoryError:
        raise
    except Exception as error:
        _log_traceback(error)
        return {"error": str(error) or type(error).__name__}


def _log_traceback(error: Exception) -> None:
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
