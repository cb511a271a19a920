"""Write values of the standard library, numpy and pandas: ``datetime.date(2024, 2, 29)``.

Each function writes one type, as an expression that makes an equal value from plain values. It
runs no code of the user.
"""

from __future__ import annotations

import keyword
import re
import typing
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from jupyter_faas.capture.values.literals import Write

# Registers a module as an import of captured.py, and returns the name for it (``datetime``, or
# ``datetime_`` where the notebook uses that name otherwise).
Library = Callable[[str], str]
Spelling = Callable[[Any, str, Write, Library], "str | None"]

_FLAGS = ("ASCII", "IGNORECASE", "LOCALE", "MULTILINE", "DOTALL", "VERBOSE")


def spell(value: object, where: str, write: Write, library: Library) -> str | None:
    """Return the expression for a value of a known type, else None.

    A subclass of a known type does not count: the expression would make a value of the base type.
    """
    kind = type(value)
    module = kind.__module__
    if module == "typing" or (module == "types" and kind.__name__ in ("GenericAlias", "UnionType")):
        return _hint(value, where, write, library)
    if module == "numpy.dtypes":
        return _dtype(value, library)
    spelling = SPELLINGS.get(f"{_public(module)}.{kind.__qualname__}")
    return spelling(value, where, write, library) if spelling is not None else None


def _public(module: str) -> str:
    """Return the public part of a module's name: ``pathlib`` for ``pathlib._local``."""
    return "pandas" if module.startswith("pandas.") else module.partition("._")[0]


def _call(function: str, *arguments: str, **named: str) -> str:
    parts = [*arguments, *(f"{key}={text}" for key, text in named.items())]
    return f"{function}({', '.join(parts)})"


def _date(value: Any, where: str, write: Write, library: Library) -> str:
    name = library("datetime")
    zone = getattr(value, "tzinfo", None)
    if zone is None:
        return repr(value).replace("datetime.", f"{name}.", 1)
    # The repr of a time zone may need another module (``zoneinfo.ZoneInfo(key='UTC')``), so the
    # zone is written separately.
    plain = repr(value.replace(tzinfo=None)).replace("datetime.", f"{name}.", 1)
    return f"{plain[:-1]}, tzinfo={write(zone, f'{where}.tzinfo')})"


def _timezone(value: Any, where: str, write: Write, library: Library) -> str:
    name = library("datetime")
    if value is type(value).utc:
        return f"{name}.timezone.utc"
    # The label of a time zone (``timezone(delta, "CET")``) has no public attribute.
    offset, *label = value.__getinitargs__()
    return _call(f"{name}.timezone", write(offset, where), *map(repr, label))


def _zone(value: Any, where: str, write: Write, library: Library) -> str | None:
    # A zone that was read from a file has no key, and so no name under which to find it again.
    return _call(f"{library('zoneinfo')}.ZoneInfo", repr(value.key)) if value.key else None


def _fraction(value: Any, where: str, write: Write, library: Library) -> str:
    name = f"{library('fractions')}.Fraction"
    return _call(name, str(value.numerator), str(value.denominator))


def _pattern(value: Any, where: str, write: Write, library: Library) -> str:
    name = library("re")
    # The sum of the flags would do, but names can be read in captured.py.
    flags = [flag for flag in _FLAGS if value.flags & re.RegexFlag[flag]]
    return _call(
        f"{name}.compile",
        write(value.pattern, where),
        *([" | ".join(f"{name}.{flag}" for flag in flags)] if flags else []),
    )


def _path(value: Any, where: str, write: Write, library: Library) -> str:
    # PosixPath cannot be created on Windows: Path picks the class of the action's machine.
    kind = type(value).__name__
    kind = kind if kind.startswith("Pure") else "Path"
    return _call(f"{library('pathlib')}.{kind}", repr(str(value)))


def _from_text(module: str, name: str) -> Spelling:
    """Return the writer for a type whose constructor reads the type's own ``str``."""

    def spelling(value: Any, where: str, write: Write, library: Library) -> str:
        return _call(f"{library(module)}.{name}", repr(str(value)))

    return spelling


def _around(module: str, name: str, plain: Callable[[Any], object]) -> Spelling:
    """Return the writer for a container that is constructed from one plain container."""

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


def _namespace(value: Any, where: str, write: Write, library: Library) -> str:
    return _call(f"{library('types')}.SimpleNamespace", *_named(vars(value), where, write))


def _partial(value: Any, where: str, write: Write, library: Library) -> str | None:
    # A partial object can have attributes of its own, which this expression would lose.
    if vars(value):
        return None
    arguments = [write(one, f"{where}.args[{at}]") for at, one in enumerate(value.args)]
    function = write(value.func, f"{where}.func")
    named = _named(value.keywords, where, write)
    return _call(f"{library('functools')}.partial", function, *arguments, *named)


def _named(values: Mapping[str, Any], where: str, write: Write) -> list[str]:
    if all(key.isidentifier() and not keyword.iskeyword(key) for key in values):
        return [f"{key}={write(one, f'{where}.{key}')}" for key, one in values.items()]
    # Keys such as ``class`` or ``a-b`` are possible through ``**``, but not as written keywords.
    return [f"**{write(dict(values), where)}"]


def _getter(value: Any, where: str, write: Write, library: Library) -> str:
    # itemgetter and attrgetter have no public attribute for their arguments.
    kind, arguments = value.__reduce__()
    texts = [write(one, where) for one in arguments]
    return _call(f"{library('operator')}.{kind.__name__}", *texts)


def _cached(value: Any, where: str, write: Write, library: Library) -> str:
    options = ", ".join(f"{key}={one!r}" for key, one in value.cache_parameters().items())
    cache = _call(f"{library('functools')}.lru_cache", options)
    return _call(cache, write(value.__wrapped__, where))


def _logger(value: Any, where: str, write: Write, library: Library) -> str:
    name = [] if value.parent is None else [repr(value.name)]
    return _call(f"{library('logging')}.getLogger", *name)


def _slice(value: Any, where: str, write: Write, library: Library) -> str:
    return _call("slice", *(write(one, where) for one in (value.start, value.stop, value.step)))


def _numpy_time(value: Any, where: str, write: Write, library: Library) -> str:
    import numpy

    name = f"{library('numpy')}.{type(value).__name__}"
    unit, step = numpy.datetime_data(value.dtype)
    text = repr(str(value)) if isinstance(value, numpy.datetime64) else str(value.astype("int64"))
    if numpy.isnat(value):
        text = "'NaT'"
    # The unit may have a step: ``[10ms]`` counts steps of ten milliseconds.
    return _call(name, text, repr(unit if step == 1 else f"{step}{unit}"))


def _dtype(value: Any, library: Library) -> str | None:
    # The ``str`` of a structured type loses its field names ("|V12").
    return None if value.names or value.hasobject else f"{library('numpy')}.dtype({value.str!r})"


def _timestamp(value: Any, where: str, write: Write, library: Library) -> str:
    text = _call(f"{library('pandas')}.Timestamp", repr(value.isoformat()))
    if value.tz is not None:
        text += f".tz_convert({_zone_of(value, where, write)})"
    return text + _unit(value)


def _zone_of(value: Any, where: str, write: Write) -> str:
    """Return the zone as its name if pandas finds an equal zone by it, else as an expression.

    pandas accepts zones of datetime, zoneinfo, pytz and dateutil.
    """
    name = str(value.tz)
    try:
        if type(value)(value.isoformat()).tz_convert(name).tz == value.tz:
            return repr(name)
    # Unknown names raise ValueError or, from zoneinfo, a subclass of KeyError.
    except (ValueError, KeyError):
        pass
    return write(value.tz, f"{where}.tz")


def _timedelta(value: Any, where: str, write: Write, library: Library) -> str:
    return _call(f"{library('pandas')}.Timedelta", repr(value.isoformat())) + _unit(value)


def _unit(value: Any) -> str:
    """Return ``.as_unit('ms')`` if pandas would infer another unit from the text, else nothing.

    Since pandas 2 each Timestamp and Timedelta has its own unit.
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
    """Write a type hint: ``list[float]``, ``int | None``, ``typing.Literal['a']``."""
    name = str(getattr(value, "_name", ""))
    if getattr(typing, name, None) is value:
        return f"{library('typing')}.{name}"
    origin, arguments = typing.get_origin(value), typing.get_args(value)
    if origin is None or not arguments:
        return None
    if type(value).__name__ == "UnionType":
        return " | ".join("None" if one is type(None) else write(one, where) for one in arguments)
    # The first argument of Callable[[int], str] is a list.
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
        "builtins.mappingproxy": _around("types", "MappingProxyType", dict),
        "collections.OrderedDict": _around("collections", "OrderedDict", dict),
        "collections.Counter": _around("collections", "Counter", dict),
        "collections.defaultdict": _defaultdict,
        "collections.deque": _deque,
        "types.SimpleNamespace": _namespace,
        "functools.partial": _partial,
        "functools._lru_cache_wrapper": _cached,
        "logging.Logger": _logger,
        "logging.RootLogger": _logger,
        "operator.itemgetter": _getter,
        "operator.attrgetter": _getter,
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
