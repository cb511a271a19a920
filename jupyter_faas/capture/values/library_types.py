"""Conversion of standard-library, numpy and pandas values to Python expressions.

Each function handles one type, and returns an expression that creates an equal value from plain
values: ``datetime.date(2024, 2, 29)``. No user code is executed.
"""

from __future__ import annotations

import csv
import keyword
import logging
import re
import sys
import typing
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from jupyter_faas.capture.values import iterators
from jupyter_faas.capture.values.literals import Write

# A Library function registers a module that captured.py must import, and returns the module's name
# in captured.py. The name is ``datetime``, or ``datetime_`` if the notebook already uses
# ``datetime`` for another value.
Library = Callable[[str], str]
Spelling = Callable[[Any, str, Write, Library], "str | None"]

_FLAGS = ("ASCII", "IGNORECASE", "LOCALE", "MULTILINE", "DOTALL", "VERBOSE")


def spell(value: object, where: str, write: Write, library: Library) -> str | None:
    """Return the expression for a value of a supported type, or None for other types.

    Subclasses are not supported, because the expression would create a value of the base type.
    """
    kind = type(value)
    module = kind.__module__
    if module == "typing" or (module == "types" and kind.__name__ in ("GenericAlias", "UnionType")):
        return _hint(value, where, write, library)
    if module == "numpy.dtypes":
        return _dtype(value, where, write, library)
    spelling = SPELLINGS.get(f"{_public(module)}.{kind.__qualname__}")
    if spelling is None and _is_made_by_a_library(kind):
        spelling = _named_tuple
    return spelling(value, where, write, library) if spelling is not None else None


def _public(module: str) -> str:
    """Return the public part of a module's name, such as ``pathlib`` for ``pathlib._local``."""
    return "pandas" if module.startswith("pandas.") else module.partition("._")[0]


def _call(function: str, *arguments: str, **named: str) -> str:
    parts = [*arguments, *(f"{key}={text}" for key, text in named.items())]
    return f"{function}({', '.join(parts)})"


def _date(value: Any, where: str, write: Write, library: Library) -> str:
    name = library("datetime")
    zone = getattr(value, "tzinfo", None)
    if zone is None:
        return repr(value).replace("datetime.", f"{name}.", 1)
    # The ``repr`` of a time zone may need another module (``zoneinfo.ZoneInfo(key='UTC')``), so the
    # time zone is written separately.
    plain = repr(value.replace(tzinfo=None)).replace("datetime.", f"{name}.", 1)
    return f"{plain[:-1]}, tzinfo={write(zone, f'{where}.tzinfo')})"


def _timezone(value: Any, where: str, write: Write, library: Library) -> str:
    name = library("datetime")
    if value is type(value).utc:
        return f"{name}.timezone.utc"
    # The label in ``timezone(delta, "CET")`` is not available as a public attribute.
    offset, *label = value.__getinitargs__()
    return _call(f"{name}.timezone", write(offset, where), *map(repr, label))


def _zone(value: Any, where: str, write: Write, library: Library) -> str | None:
    # A time zone that was read from a file does not have a key by which it can be found again.
    return _call(f"{library('zoneinfo')}.ZoneInfo", repr(value.key)) if value.key else None


def _context(value: Any, where: str, write: Write, library: Library) -> str:
    name = library("decimal")
    numbers = ("prec", "Emin", "Emax", "capitals", "clamp")
    named = {key: str(getattr(value, key)) for key in numbers}
    raised = (f"{name}.{one.__name__}" for one, is_set in value.traps.items() if is_set)
    named |= {"rounding": repr(value.rounding), "traps": f"[{', '.join(raised)}]", "flags": "[]"}
    return _call(f"{name}.Context", **named)


def _fraction(value: Any, where: str, write: Write, library: Library) -> str:
    name = f"{library('fractions')}.Fraction"
    return _call(name, str(value.numerator), str(value.denominator))


def _pattern(value: Any, where: str, write: Write, library: Library) -> str:
    name = library("re")
    # The flags could be written as a number, but names are easier to read in captured.py.
    flags = [flag for flag in _FLAGS if value.flags & re.RegexFlag[flag]]
    return _call(
        f"{name}.compile",
        write(value.pattern, where),
        *([" | ".join(f"{name}.{flag}" for flag in flags)] if flags else []),
    )


def _path(value: Any, where: str, write: Write, library: Library) -> str:
    # PosixPath cannot be created on Windows, but Path chooses the class for the action's machine.
    kind = type(value).__name__
    kind = kind if kind.startswith("Pure") else "Path"
    return _call(f"{library('pathlib')}.{kind}", repr(str(value)))


def _from_text(module: str, name: str) -> Spelling:
    """Return a writer for a type whose constructor accepts the ``str`` of a value."""

    def spelling(value: Any, where: str, write: Write, library: Library) -> str:
        return _call(f"{library(module)}.{name}", repr(str(value)))

    return spelling


def _around(module: str, name: str, plain: Callable[[Any], object]) -> Spelling:
    """Return a writer for a container type whose constructor accepts one plain container."""

    def spelling(value: Any, where: str, write: Write, library: Library) -> str:
        function = f"{library(module)}.{name}" if module else name
        return _call(function, write(plain(value), where))

    return spelling


def _deque(value: Any, where: str, write: Write, library: Library) -> str:
    named = {} if value.maxlen is None else {"maxlen": str(value.maxlen)}
    return _call(f"{library('collections')}.deque", write(list(value), where), **named)


def _defaultdict(value: Any, where: str, write: Write, library: Library) -> str:
    factory = write(value.default_factory, f"{where}.default_factory")
    return _call(f"{library('collections')}.defaultdict", factory, write(dict(value), where))


def _array(value: Any, where: str, write: Write, library: Library) -> str:
    name = f"{library('array')}.array"
    return _call(name, repr(value.typecode), write(value.tolist(), where))


def _struct(value: Any, where: str, write: Write, library: Library) -> str:
    return _call(f"{library('struct')}.Struct", repr(value.format))


def _namespace(value: Any, where: str, write: Write, library: Library) -> str:
    return _call(f"{library('types')}.SimpleNamespace", *_named(vars(value), where, write))


def _partial(value: Any, where: str, write: Write, library: Library) -> str | None:
    # A partial object can have additional attributes, which this expression would lose.
    if vars(value):
        return None
    arguments = [write(one, f"{where}.args[{at}]") for at, one in enumerate(value.args)]
    function = write(value.func, f"{where}.func")
    named = _named(value.keywords, where, write)
    return _call(f"{library('functools')}.partial", function, *arguments, *named)


def _methodcaller(value: Any, where: str, write: Write, library: Library) -> str:
    # With keywords, ``__reduce__`` returns a partial object of the class.
    made, given = value.__reduce__()
    written = [write(one, where) for one in (*getattr(made, "args", ()), *given)]
    named = _named(getattr(made, "keywords", {}), where, write)
    return _call(f"{library('operator')}.methodcaller", *written, *named)


def _stream(value: Any, where: str, write: Write, library: Library) -> str | None:
    # The state is the content, for text the end of lines, the position, and further attributes.
    if value.closed:
        return None
    *arguments, position, attributes = value.__getstate__()
    if attributes:
        return None
    name = f"{library('io')}.{type(value).__name__}"
    made = _call(name, *(write(one, where) for one in arguments))
    if position == 0:
        return made
    return f"(lambda made: (made, made.seek({position}))[0])({made})"


def _vectorize(value: Any, where: str, write: Write, library: Library) -> str:
    options = {"otypes": value.otypes, "excluded": value.excluded, "signature": value.signature}
    named = _named({key: one for key, one in options.items() if one}, where, write)
    named += ["cache=True"] if value.cache else []
    function = write(value.pyfunc, f"{where}.pyfunc")
    return _call(f"{library('numpy')}.vectorize", function, *named)


def _named(values: Mapping[str, Any], where: str, write: Write) -> list[str]:
    if all(key.isidentifier() and not keyword.iskeyword(key) for key in values):
        return [f"{key}={write(one, f'{where}.{key}')}" for key, one in values.items()]
    # Keys such as ``class`` or ``a-b`` are not valid keyword names, but can be passed with ``**``.
    return [f"**{write(dict(values), where)}"]


def _getter(value: Any, where: str, write: Write, library: Library) -> str:
    # itemgetter and attrgetter do not have public attributes for their arguments.
    kind, arguments = value.__reduce__()
    texts = [write(one, where) for one in arguments]
    return _call(f"{library('operator')}.{kind.__name__}", *texts)


def _cached(value: Any, where: str, write: Write, library: Library) -> str:
    options = ", ".join(f"{key}={one!r}" for key, one in value.cache_parameters().items())
    cache = _call(f"{library('functools')}.lru_cache", options)
    return _call(cache, write(value.__wrapped__, where))


def _logger(value: Any, where: str, write: Write, library: Library) -> str | None:
    # A handler of the notebook's class may collect what is logged, and so change answers.
    if any(type(one).__module__ == "__main__" for one in (*value.handlers, *value.filters)):
        return None
    name = [] if value.parent is None else [repr(value.name)]
    module = library("logging")
    made = _call(f"{module}.getLogger", *name)
    level = value.getEffectiveLevel()
    if level == logging.WARNING:
        return made
    # Without a handler, Python shows only warnings, whatever the level.
    return f"(lambda made: (made, made.setLevel({level}), {module}.basicConfig())[0])({made})"


def _logger_adapter(value: Any, where: str, write: Write, library: Library) -> str:
    texts = [write(value.logger, f"{where}.logger"), write(value.extra, f"{where}.extra")]
    # Since Python 3.13, the context of a message can be merged with the adapter's.
    merged = {"merge_extra": "True"} if getattr(value, "merge_extra", False) else {}
    return _call(f"{library('logging')}.LoggerAdapter", *texts, **merged)


def _is_made_by_a_library(kind: type) -> bool:
    """Return whether a named tuple's class was created by a call, as for rows of a table."""
    fields: Any = getattr(kind, "_fields", ())
    if not fields or kind.__bases__ != (tuple,) or kind.__module__ == "__main__":
        return False
    if any(one.startswith("_") and one != f"_{at}" for at, one in enumerate(fields)):
        return False
    module = sys.modules.get(kind.__module__)
    return getattr(module, kind.__name__, None) is not kind


def _named_tuple(value: Any, where: str, write: Write, library: Library) -> str:
    kind = type(value)
    fields = [repr(kind.__name__), repr(list(kind._fields))]
    if any(name.startswith("_") for name in kind._fields):
        # A column whose name is not an identifier is called by its position, as ``_2``.
        fields.append("rename=True")
    made = _call(f"{library('collections')}.namedtuple", *fields)
    return f"{made}._make({write(tuple(value), where)})"


def _struct_time(value: Any, where: str, write: Write, library: Library) -> str:
    # The time zone is not among the items.
    return _call(
        f"{library('time')}.struct_time", *(write(one, where) for one in value.__reduce__()[1])
    )


def _dialect(value: Any, where: str, write: Write, library: Library) -> str | None:
    """Return the expression for a dialect that ``csv.Sniffer`` has found, or None for a class."""
    if not issubclass(value, csv.Dialect) or "<locals>" not in value.__qualname__:
        return None
    if value.__bases__ != (csv.Dialect,) or value.__module__ != "csv":
        return None
    options = {key: one for key, one in vars(value).items() if not key.startswith("__")}
    texts = [f"{key!r}: {write(one, f'{where}.{key}')}" for key, one in options.items()]
    return f"type({value.__name__!r}, ({library('csv')}.Dialect,), {{{', '.join(texts)}}})"


def _slice(value: Any, where: str, write: Write, library: Library) -> str:
    return _call("slice", *(write(one, where) for one in (value.start, value.stop, value.step)))


def _numpy_time(value: Any, where: str, write: Write, library: Library) -> str:
    import numpy

    name = f"{library('numpy')}.{type(value).__name__}"
    unit, step = numpy.datetime_data(value.dtype)
    text = repr(str(value)) if isinstance(value, numpy.datetime64) else str(value.astype("int64"))
    if numpy.isnat(value):
        text = "'NaT'"
    # The unit may have a multiplier: ``[10ms]`` counts units of ten milliseconds.
    return _call(name, text, repr(unit if step == 1 else f"{step}{unit}"))


def _dtype(value: Any, where: str, write: Write, library: Library) -> str | None:
    import numpy

    def description(one: Any) -> Any:
        # The ``str`` attribute (``|V12``) does not contain the fields and the shape.
        if one.names:
            fields = [one.fields[key] for key in one.names]
            return {
                "names": list(one.names),
                "formats": [description(field[0]) for field in fields],
                "offsets": [field[1] for field in fields],
                "itemsize": one.itemsize,
            }
        return (description(one.subdtype[0]), one.subdtype[1]) if one.subdtype else one.str

    if value.hasobject:
        return None
    described = description(value)
    try:
        # Titles of fields, for example, are not in the description.
        is_same = numpy.dtype(described, align=value.isalignedstruct) == value
    except (TypeError, ValueError):
        return None
    if not is_same:
        return None
    named = {"align": "True"} if value.isalignedstruct else {}
    if value.metadata:
        named["metadata"] = write(dict(value.metadata), f"{where}.metadata")
    return _call(f"{library('numpy')}.dtype", repr(described), **named)


def _timestamp(value: Any, where: str, write: Write, library: Library) -> str:
    text = _call(f"{library('pandas')}.Timestamp", repr(value.isoformat()))
    if value.tz is not None:
        text += f".tz_convert({_zone_of(value, where, write)})"
    return text + _unit(value)


def _zone_of(value: Any, where: str, write: Write) -> str:
    """Return the expression for the time zone of a pandas Timestamp.

    The expression is the time zone's name if pandas resolves this name to an equal time zone. The
    time zone may be from datetime, zoneinfo, pytz or dateutil.
    """
    name = str(value.tz)
    try:
        if type(value)(value.isoformat()).tz_convert(name).tz == value.tz:
            return repr(name)
    # Unknown names raise ValueError or, in zoneinfo, a subclass of KeyError.
    except (ValueError, KeyError):
        pass
    return write(value.tz, f"{where}.tz")


def _timedelta(value: Any, where: str, write: Write, library: Library) -> str:
    return _call(f"{library('pandas')}.Timedelta", repr(value.isoformat())) + _unit(value)


def _unit(value: Any) -> str:
    """Return ``.as_unit('ms')`` if pandas would infer another unit, or an empty string.

    Since pandas 2, each Timestamp and Timedelta has a unit, which pandas infers from the ISO text.
    """
    unit = getattr(value, "unit", None)
    return f".as_unit({unit!r})" if unit and type(value)(value.isoformat()).unit != unit else ""


def _interval(value: Any, where: str, write: Write, library: Library) -> str:
    ends = (write(value.left, f"{where}.left"), write(value.right, f"{where}.right"))
    return _call(f"{library('pandas')}.Interval", *ends, closed=repr(value.closed))


def _period(value: Any, where: str, write: Write, library: Library) -> str:
    return _call(f"{library('pandas')}.Period", repr(str(value)), repr(value.freqstr))


def _singleton(name: str) -> Spelling:
    return lambda value, where, write, library: f"{library('pandas')}.{name}"


def _hint(value: Any, where: str, write: Write, library: Library) -> str | None:
    """Return the expression for a type hint, such as ``list[float]`` or ``int | None``.

    Returns None for a type hint that cannot be written.
    """
    name = str(getattr(value, "_name", ""))
    if getattr(typing, name, None) is value:
        return f"{library('typing')}.{name}"
    if isinstance(value, typing.ForwardRef):
        return _call(f"{library('typing')}.ForwardRef", repr(value.__forward_arg__))
    origin, arguments = typing.get_origin(value), typing.get_args(value)
    if origin is None or not arguments:
        return None
    if type(value).__name__ == "UnionType":
        return " | ".join("None" if one is type(None) else write(one, where) for one in arguments)
    # The first argument of ``Callable[[int], str]`` is a list.
    texts = [f"[{', '.join(write(each, where) for each in one)}]" if isinstance(one, list)
             else write(one, where) for one in arguments]  # fmt: skip
    if origin in (typing.Union, typing.Literal):
        special = "Union" if origin is typing.Union else "Literal"
        return f"{library('typing')}.{special}[{', '.join(texts)}]"
    metadata = getattr(value, "__metadata__", None)
    if metadata is not None:
        return f"{library('typing')}.Annotated[{', '.join(texts)}]"
    if origin is tuple and texts[-1] == "...":
        return f"tuple[{', '.join(texts)}]"
    base = f"{library('typing')}.{name}" if hasattr(typing, name) else write(origin, where)
    return f"{base}[{', '.join(texts)}]"


SPELLINGS: Mapping[str, Spelling] = MappingProxyType(
    {
        **dict.fromkeys(("datetime.date", "datetime.datetime", "datetime.time"), _date),
        "datetime.timedelta": _date,
        "datetime.timezone": _timezone,
        "zoneinfo.ZoneInfo": _zone,
        "decimal.Decimal": _from_text("decimal", "Decimal"),
        "fractions.Fraction": _fraction,
        "uuid.UUID": _from_text("uuid", "UUID"),
        **{
            f"ipaddress.{name}": _from_text("ipaddress", name)
            for kind in ("IPv4", "IPv6")
            for name in (f"{kind}Address", f"{kind}Network", f"{kind}Interface")
        },
        "re.Pattern": _pattern,
        **{
            f"pathlib.{name}": _path
            for name in ("PosixPath", "WindowsPath", "PurePosixPath", "PureWindowsPath")
        },
        "builtins.bytearray": _around("", "bytearray", bytes),
        "builtins.slice": _slice,
        "builtins.type": _dialect,
        "time.struct_time": _struct_time,
        "builtins.mappingproxy": _around("types", "MappingProxyType", dict),
        "collections.OrderedDict": _around("collections", "OrderedDict", dict),
        "collections.Counter": _around("collections", "Counter", dict),
        "collections.defaultdict": _defaultdict,
        "collections.deque": _deque,
        "itertools.count": iterators.write_count,
        "itertools.repeat": iterators.write_repeat,
        "itertools.cycle": iterators.write_cycle,
        "itertools.chain": iterators.write_chain,
        "array.array": _array,
        "_struct.Struct": _struct,
        "types.SimpleNamespace": _namespace,
        "functools.partial": _partial,
        "functools._lru_cache_wrapper": _cached,
        "logging.Logger": _logger,
        "logging.RootLogger": _logger,
        "logging.LoggerAdapter": _logger_adapter,
        "_io.BytesIO": _stream,
        "_io.StringIO": _stream,
        "decimal.Context": _context,
        "operator.itemgetter": _getter,
        "operator.methodcaller": _methodcaller,
        "operator.attrgetter": _getter,
        "numpy.vectorize": _vectorize,
        "numpy.datetime64": _numpy_time,
        "numpy.timedelta64": _numpy_time,
        "pandas.Timestamp": _timestamp,
        "pandas.Timedelta": _timedelta,
        "pandas.Interval": _interval,
        "pandas.Period": _period,
        "pandas.NaTType": _singleton("NaT"),
        "pandas.NAType": _singleton("NA"),
    }
)
