"""Check a call's JSON parameters against the schema, and convert them to the function's arguments.

Packages contain this module as ``faas_parameters.py``. It supports Python 3.9 and later, and uses
only the standard library.
"""

from __future__ import annotations

import binascii
import json
import math
import re
from collections.abc import Mapping

TYPE_CHECKING = False
if TYPE_CHECKING:  # importing typing would add milliseconds to each cold start
    from collections.abc import Callable, Iterator
    from typing import Any

    Convert = Callable[[Mapping[str, Any], Any, str], Any]

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
_OBJECTS = {
    "datetime.datetime": ("a date and time", "dates and times"),
    "datetime.date": ("a date", "dates"),
    "datetime.time": ("a time", "times"),
    "datetime.timedelta": ("a duration", "durations"),
    "decimal.Decimal": ("a decimal number", "decimal numbers"),
    "uuid.UUID": ("a UUID", "UUIDs"),
    "pandas.Timestamp": ("a date and time", "dates and times"),
    "pandas.Timedelta": ("a duration", "durations"),
    "pandas.DataFrame": ("a table (a list of records, or a dictionary of columns)", "tables"),
    "pandas.Series": ("a list of values", "lists of values"),
    "numpy.ndarray": ("an array (nested lists)", "arrays"),
}
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
# OpenWhisk itself accepts these spellings in queries.
_BOOLEANS = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}


class ParametersRejected(ValueError):
    """An exception for parameters that do not fit the function; the message names them."""


def bind(
    spec: Mapping[str, Any], params: Any, convert: Convert | None = None
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the function's arguments as ``(positional, named)``.

    An int is converted to a float if the schema requires a number, and 5.0 is converted to 5 if it
    requires an integer. Missing optional parameters are omitted. Unknown keys are dropped, unless
    the function takes ``**kwargs`` and the schema has ``additionalProperties``. In a web request,
    strings are parsed according to the schema, because queries and forms contain only strings.
    ``convert`` makes the objects of the parts of the schema that have ``x-faas-type``: a
    ``Converter`` of ``faas_objects``. Raises ParametersRejected if parameters are missing or do not
    fit.
    """
    if not isinstance(params, dict):
        raise ParametersRejected(f"{spec['name']} needs named parameters, not {show(params)}")
    if spec["parameter_style"] == "dictionary":
        return (params,), {}
    schema = spec["schema"]
    known = schema.get("properties", {})
    required = schema.get("required", ())
    web = is_web(params)
    if web:
        params = _with_upload(known, params)
    missing = [name for name in known if name in required and name not in params]
    unknown = [name for name in params if name not in known]
    named: dict[str, Any] = {}
    fit = coerce_text if web else coerce
    problems: list[str] = []
    if missing:
        given = [name for name in unknown if not is_of_host(name, params[name])]
        problems.append(_missing(spec["name"], missing, given, known))
    for name, wanted in known.items():
        if name in params:
            _take(named, name, fit, wanted, params[name], convert, problems)
    others = schema.get("additionalProperties", False)
    if others is not False:
        for name in unknown:
            # The keys that a host adds to web requests do not need to have the type of **kwargs.
            wanted = {} if others is True or is_of_host(name, params[name]) else others
            _take(named, name, fit, wanted, params[name], convert, problems)
    if problems:
        raise ParametersRejected("; ".join(problems))
    return (), named


def _with_upload(known: Mapping[str, Any], params: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters of a web request with those that its body uploads.

    Hosts convert JSON and urlencoded forms to parameters, but pass other bodies as base64. Here the
    fields of a ``multipart/form-data`` body become parameters, and an image or other binary data
    becomes the only image that the function still needs. Raises ParametersRejected for a field that
    is already set, because the preset parameters of a web action are final.
    """
    kind, body = _body(params)
    if kind.startswith("multipart/form-data"):
        fields = _form_fields(kind, body, known)
    elif kind.startswith(("image/", "application/octet-stream")) and body:
        images = [name for name in known if name not in params and _takes_image(known[name])]
        fields = {images[0]: _to_base64(body)} if len(images) == 1 else {}
    else:
        return params
    fields = {name: value for name, value in fields.items() if not is_of_host(name, value)}
    for name in fields:
        if name in params:
            raise ParametersRejected(
                f"the parameter {name} is already set and cannot be overridden"
            )
    return {**params, **fields}


def _body(params: Mapping[str, Any]) -> tuple[str, bytes]:
    """Return the content type and the body of a web request, which are empty if it is not binary.

    The content type is in lower case but for its parameters.
    """
    http = params.get("http")
    request = http if is_of_host("http", http) else None
    headers = (request or {}).get("headers") or params.get("__ow_headers") or {}
    given = [value for name, value in headers.items() if str(name).lower() == "content-type"]
    head, semicolon, rest = str(given[0] if given else "").partition(";")
    body = request.get("body") if request else params.get("__ow_body")
    if not isinstance(body, str):
        return "", b""
    if request and not request.get("isBase64Encoded"):
        data = body.encode()
    else:
        try:
            data = binascii.a2b_base64(body)
        except ValueError:
            return "", b""
    return head.strip().lower() + semicolon + rest, data


def _form_fields(kind: str, body: bytes, known: Mapping[str, Any]) -> dict[str, Any]:
    # Imported late, because these modules are slow to import and only uploads need them.
    from email.parser import BytesParser
    from email.policy import HTTP

    head = f"Content-Type: {kind}\r\n\r\n".encode("latin-1", "replace")
    form = BytesParser(policy=HTTP).parsebytes(head + body)
    if not form.is_multipart():
        raise ParametersRejected("the body does not match its content type")
    fields: dict[str, Any] = {}
    for part in form.iter_parts():
        name = part.get_param("name", header="content-disposition")
        if not isinstance(name, str):
            continue
        wanted = known.get(name, {})
        data: Any = part.get_payload(decode=True) or b""
        if _takes_image(wanted) and part.get_filename() is not None:
            value = _to_base64(data)
        else:
            try:
                value = data.decode()
            except UnicodeDecodeError:
                raise ParametersRejected(f"{name} must be text in UTF-8") from None
        # Several files of one field are a list.
        several = wanted.get("type") == "array" and _takes_image(wanted)
        fields[name] = [*fields.get(name, ()), value] if several else value
    return fields


def _takes_image(schema: Mapping[str, Any]) -> bool:
    options = (schema.get("items") or {}, *schema.get("anyOf", ()))
    return schema.get("format") == "image" or any(map(_takes_image, filter(None, options)))


def _to_base64(data: bytes) -> str:
    return binascii.b2a_base64(data, newline=False).decode()


def is_web(params: Any) -> bool:
    """Return whether ``params`` are from a web request.

    OpenWhisk adds ``__ow_method`` and other keys to these, DigitalOcean an object ``http``.
    """
    if not isinstance(params, dict):
        return False
    return "__ow_method" in params or is_of_host("http", params.get("http"))


def is_of_host(name: str, value: Any) -> bool:
    """Return whether a host added a parameter to a web request.

    ``http`` may also be a parameter of the user's, so its content must be that of a request.
    """
    if name == "http":
        return isinstance(value, dict) and {"method", "headers", "path"} <= value.keys()
    return name.startswith("__ow_")


def _take(
    named: dict[str, Any],
    name: str,
    fit: Callable[[Mapping[str, Any], Any, str, Convert | None], Any],
    wanted: Mapping[str, Any],
    value: Any,
    convert: Convert | None,
    problems: list[str],
) -> None:
    try:
        named[name] = fit(wanted, value, name, convert)
    except ParametersRejected as error:
        problems.append(str(error))


def coerce(schema: Mapping[str, Any], value: Any, path: str, convert: Convert | None = None) -> Any:
    """Return ``value`` converted to the type in ``schema``.

    ``convert`` is called for the parts of the schema that have ``x-faas-type``. Raises
    ParametersRejected if the value does not fit. The message begins with ``path``, the name of the
    value.
    """
    if convert is not None and (schema.get("x-faas-type") is not None or "$ref" in schema):
        return convert(schema, value, path)
    if "enum" in schema:
        for option in schema["enum"]:
            # The types are also compared, because True == 1 in Python.
            if type(option) is type(value) and option == value:
                return option
        raise _mismatch(schema, value, path)
    if "anyOf" in schema:
        return _coerce_union(schema, value, path, convert)
    kinds = schema.get("type")
    if kinds is None:
        return value
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if isinstance(value, float) and not math.isfinite(value):
        raise ParametersRejected(f"{path} is {number_name(value)}, which JSON does not support")
    # The types are compared exactly, because bool is a subclass of int.
    if any(type(value) is _EXACT.get(kind) for kind in kinds):
        return value
    if "array" in kinds and isinstance(value, list):
        return _coerce_list(schema, value, path, convert)
    if "object" in kinds and isinstance(value, dict):
        return _coerce_object(schema, value, path, convert)
    if "number" in kinds and type(value) is int:
        try:
            return float(value)
        except OverflowError:
            raise ParametersRejected(f"{path} is too large for a float") from None
    if "integer" in kinds and type(value) is float and value.is_integer():
        return int(value)
    raise _mismatch(schema, value, path)


def _coerce_union(schema: Mapping[str, Any], value: Any, path: str, convert: Convert | None) -> Any:
    for option in schema["anyOf"]:
        found, value_or_none = _attempt(option, value, path, convert)
        if found:
            return value_or_none
    # If only null is the alternative, the message of the option itself says more.
    options = [option for option in schema["anyOf"] if option.get("type") != "null"]
    if value is not None and len(options) == 1 and isinstance(value, (list, dict)):
        return coerce(options[0], value, path, convert)
    raise _mismatch(schema, value, path)


def coerce_text(
    schema: Mapping[str, Any], value: Any, path: str, convert: Convert | None = None
) -> Any:
    """Convert a value like ``coerce``, but parse strings, which may come from a query or a form.

    A string is not parsed if ``schema`` accepts it. Otherwise, it is parsed as a number, a boolean
    (true/yes/on/1 or false/no/off/0), or a JSON list or object. An empty string becomes None.
    Raises ParametersRejected if the value does not fit.
    """
    if isinstance(value, str):
        for reading in (value, *_readings(value)):
            found, fitting = _attempt(schema, reading, path, convert)
            if found:
                return fitting
    return coerce(schema, value, path, convert)


def _readings(text: str) -> Iterator[Any]:
    if _NUMBER.fullmatch(text):
        # int() raises ValueError for a fraction, and for more digits than Python's limit.
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


def _attempt(
    schema: Mapping[str, Any], value: Any, path: str, convert: Convert | None
) -> tuple[bool, Any]:
    try:
        return True, coerce(schema, value, path, convert)
    except ParametersRejected:
        return False, None


def _coerce_list(
    schema: Mapping[str, Any], value: list[Any], path: str, convert: Convert | None
) -> list[Any]:
    if "prefixItems" in schema:
        return _coerce_parts(schema, value, path, convert)
    items = schema.get("items")
    if not items:
        return value
    # Fast path: the items of a long list usually have the right type already.
    kind = items.get("type") if len(items) == 1 else None
    if isinstance(kind, str) and all_are(_EXACT.get(kind), value):
        return list(value)
    return [coerce(items, item, f"{path}[{index}]", convert) for index, item in enumerate(value)]


def _coerce_parts(
    schema: Mapping[str, Any], value: list[Any], path: str, convert: Convert | None
) -> list[Any]:
    parts, least = schema["prefixItems"], schema.get("minItems", 0)
    if not least <= len(value) <= len(parts):
        count = f"{len(parts)}" if least == len(parts) else f"{least} to {len(parts)}"
        raise ParametersRejected(f"{path} must have {count} items, not {len(value)}")
    return [
        coerce(parts[index], item, f"{path}[{index}]", convert) for index, item in enumerate(value)
    ]


def all_are(kind: type | None, values: list[Any] | tuple[Any, ...]) -> bool:
    """Return whether all values have exactly the type ``kind``, and floats are finite.

    Returns False if ``kind`` is None.
    """
    if kind is None or not {kind}.issuperset(map(type, values)):
        return False
    return kind is not float or all(map(math.isfinite, values))


def _coerce_object(
    schema: Mapping[str, Any], value: dict[str, Any], path: str, convert: Convert | None
) -> dict[str, Any]:
    known = schema.get("properties", {})
    others = schema.get("additionalProperties", True)
    for name in schema.get("required", ()):
        if name not in value:
            raise ParametersRejected(f"{join(path, name)} ({_want(known[name])}) is missing")
    if not known and isinstance(others, bool):
        return value
    others = {} if isinstance(others, bool) else others
    return {
        name: coerce(known.get(name, others), item, join(path, name), convert)
        for name, item in value.items()
    }


def _missing(
    function: str, missing: list[str], unknown: list[str], known: Mapping[str, Any]
) -> str:
    *most, last = [f"{name} ({_want(known[name])})" for name in missing]
    text = f"{function} needs {', '.join(most)} and {last}" if most else f"{function} needs {last}"
    if not unknown:
        return text
    # Imported late, because difflib is slow to import and only this message needs it.
    import difflib

    text += f". Unknown parameters: {', '.join(unknown)}"
    for name in unknown:
        for close in difflib.get_close_matches(name, missing, 1):
            text += f". Did you mean {close} instead of {name}?"
    return text


def _mismatch(schema: Mapping[str, Any], value: Any, path: str) -> ParametersRejected:
    return ParametersRejected(f"{path} must be {_want(schema)}, not {show(value)}")


def _want(schema: Mapping[str, Any], plural: bool = False) -> str:
    if schema.get("format") == "image":
        return "images" if plural else "an image (a URL, base64, or {uri, headers})"
    kind = schema.get("x-faas-type") or schema.get("x-faas-data")
    if kind in _OBJECTS:
        return _OBJECTS[kind][plural]
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


def show(value: Any) -> str:
    """Return a short description of a value for an error message."""
    if isinstance(value, str):
        return f"the string {json.dumps(value[:60], ensure_ascii=False)}"
    if isinstance(value, (list, tuple)):
        return "a list"
    if isinstance(value, dict):
        return "a dictionary"
    if value is None or isinstance(value, (bool, int, float)):
        return json.dumps(value)[:60]
    return f"a {type(value).__name__}"


def join(path: str, name: str) -> str:
    """Return ``path.name``, or ``path['two words']`` if the name is not an identifier."""
    return f"{path}.{name}" if name.isidentifier() else f"{path}[{name!r}]"


def number_name(value: float) -> str:
    """Return the name of a float that JSON does not support: NaN, infinity or -infinity."""
    return "NaN" if math.isnan(value) else "infinity" if value > 0 else "-infinity"
