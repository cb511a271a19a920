"""Values beyond literals read back as equal values of the same type."""

from __future__ import annotations

import array
import collections
import datetime
import decimal
import fractions
import functools
import ipaddress
import itertools
import logging
import operator
import pathlib
import re
import subprocess
import sys
import types
import typing
import uuid
import zoneinfo
from typing import Any

import numpy
import pandas
import pytest

from jupyter_faas.errors import CaptureError
from tests.capture.helpers.notebook import Notebook

BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    "value",
    [
        datetime.date(2024, 2, 29),
        datetime.time(1, 2, 3, 4, fold=1),
        datetime.timedelta(days=-1, microseconds=5),
        datetime.datetime(2024, 10, 27, 2, 30, fold=1, tzinfo=BERLIN),
        datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc),
        datetime.timezone(datetime.timedelta(hours=-5), "EST"),
        decimal.Decimal("0.190"),
        decimal.Context(prec=5, rounding=decimal.ROUND_DOWN, traps=[decimal.Inexact]),
        fractions.Fraction(-1, 3),
        uuid.UUID(int=7),
        ipaddress.ip_network("10.0.0.0/8"),
        re.compile(r"(a)|\d", re.IGNORECASE | re.VERBOSE),
        re.compile(rb"\x00'\""),
        pathlib.Path("nowhere/to be found"),
        pathlib.PureWindowsPath("c:/x"),
        bytearray(b"\0x"),
        array.array("d", [0.5, -1.0]),
        array.array("H"),
        slice(1, None, 2),
        collections.OrderedDict(b=1, a=2),
        collections.Counter("hello"),
        collections.defaultdict(list, x=[1]),
        collections.deque([1, 2], maxlen=4),
        types.SimpleNamespace(a=1, b={"c": (2,)}),
        operator.itemgetter(1, "a"),
        operator.methodcaller("split", ",", maxsplit=1),
        list[int],
        int | None,
        typing.Optional[dict[str, float]],  # noqa: UP045 the other spelling is above
        typing.Callable[[int, str], float],
        typing.Callable[..., Any],
        typing.Literal["a", 1],
        typing.Annotated[int, "metres"],
        tuple[int, ...],
        typing.Any,
        numpy.dtype("float32"),
        numpy.dtype([("code", "u1"), ("at", "f8", (2,)), ("inner", [("x", ">i4")])]),
        numpy.dtype([("code", "u1"), ("value", "f8")], align=True),
        numpy.dtype(("f8", (2,))),
        numpy.datetime64("2024-02-29T12"),
        numpy.timedelta64(3, "D"),
        pandas.Timestamp("2024-03-01 12:00:00.000000001"),
        pandas.Timestamp("2024-10-27 01:30Z").tz_convert("Europe/Berlin"),
        pandas.Timestamp("2024-03-01", tz="UTC"),
        pandas.Timestamp("2024-03-01").as_unit("s"),
        pandas.Timedelta("-1 days +02:00:00.5"),
        pandas.Interval(0, 1.5, closed="left"),
        pandas.Period("2024-03", "M"),
        pandas.NaT,
        pandas.NA,
        logging.getLogger("tests.capture"),
        logging.getLogger(),
        len,
        numpy.float32,
        {"when": datetime.date(2024, 1, 1), decimal.Decimal(1): {re.compile("x")}},
    ],
    ids=lambda value: type(value).__name__,
)
def test_value_reads_back_the_same(value: Any, notebook: Notebook) -> None:
    # In a list, where numpy's scalars do not become files.
    notebook.namespace["v"] = [value]
    captured = notebook.capture("def iris():\n    return {'x': v}")
    found: dict[str, Any] = {}
    exec(captured.captured_source, found)
    (again,) = found["v"]
    assert type(again) is type(value)
    assert str(again) == str(value)
    # These are equal only to themselves.
    unequal: tuple[type, ...] = (operator.itemgetter, operator.methodcaller, decimal.Context)
    if not isinstance(value, (*unequal, type(pandas.NaT), type(pandas.NA))):
        assert again == value
    for what in ("fold", "tzinfo", "unit", "flags", "maxlen"):
        assert getattr(again, what, None) == getattr(value, what, None)


def test_names_of_the_notebook_are_left_alone(notebook: Notebook) -> None:
    notebook.run("from datetime import datetime, date\nre = 1\nv = [datetime(2024, 1, 1), re]")
    captured = notebook.capture("def iris():\n    return {'x': v, 'y': datetime.now(), 'z': re}")
    assert "import datetime as datetime_" in captured.captured_source
    found: dict[str, Any] = {}
    exec(captured.captured_source, found)
    assert found["v"] == notebook.namespace["v"]
    assert found["datetime"] is datetime.datetime


def test_what_values_are_made_with_is_a_requirement(notebook: Notebook) -> None:
    notebook.namespace["v"] = pandas.Timestamp("2024-01-01")
    captured = notebook.capture("def iris():\n    return {'x': v}")
    assert [(r.distribution, r.why) for r in captured.requirements] == [
        ("pandas", "needed to create v")
    ]


def test_partial_keeps_function_and_arguments(notebook: Notebook) -> None:
    notebook.namespace["v"] = functools.partial(int, base=2)
    captured = notebook.capture("def iris():\n    return {'x': v('1')}")
    assert captured.captured_source.endswith("v = functools.partial(int, base=2)\n")


@pytest.mark.parametrize(
    "cell",
    [
        "import io\nv = io.BytesIO(b'a\\nb')",
        "import io\nv = io.StringIO('a\\r\\nb', newline='')\nv.readline()",
        "import io\nv = io.StringIO()\nv.write('é\\n')",
    ],
    ids=["bytes", "text", "written"],
)
def test_stream_in_memory_keeps_its_content_and_position(cell: str, notebook: Notebook) -> None:
    notebook.run(cell)
    found: dict[str, Any] = {}
    exec(notebook.capture("def iris():\n    return {'x': v.read()}").captured_source, found)
    kept, again = notebook.namespace["v"], found["v"]
    assert again is not kept
    assert (again.getvalue(), again.tell()) == (kept.getvalue(), kept.tell())
    assert again.read() == kept.read()


def test_closed_stream_is_refused(notebook: Notebook) -> None:
    notebook.run("import io\nv = io.BytesIO()\nv.close()")
    with pytest.raises(CaptureError, match=r"^v is an open file"):
        notebook.capture("def iris():\n    return {'x': v.read()}")


@pytest.mark.parametrize(("start", "step"), [(5, 1), (0.5, 2), (-3, -1)])
def test_a_counter_continues_with_its_next_number(
    start: float, step: float, notebook: Notebook
) -> None:
    counter = itertools.count(start, step)
    next(counter)
    notebook.namespace["ids"] = counter
    captured = notebook.capture("def iris():\n    return next(ids)")
    namespace: dict[str, Any] = {}
    exec(captured.captured_source, namespace)
    assert [next(namespace["ids"]) for _ in range(2)] == [start + step, start + 2 * step]


def test_a_struct_is_created_from_its_format(notebook: Notebook) -> None:
    notebook.run("import struct\nv = struct.Struct('<HIf')")
    captured = notebook.capture("def iris():\n    return v.size")
    namespace: dict[str, Any] = {}
    exec(captured.captured_source, namespace)
    assert namespace["v"].format == "<HIf"


def test_a_logger_keeps_its_level_and_shows_what_it_logs(notebook: Notebook) -> None:
    notebook.run("import logging\nv = logging.getLogger('kitchen')\nv.setLevel(logging.INFO)")
    captured = notebook.capture("def iris():\n    v.info('ready')")
    done = subprocess.run(
        [sys.executable, "-c", f"{captured.captured_source}\nv.debug('no')\nv.info('ready')"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == "INFO:kitchen:ready\n"


def test_a_logger_adapter_keeps_its_logger_and_context(notebook: Notebook) -> None:
    notebook.run(
        "import logging\n"
        "orders = logging.getLogger('orders')\n"
        "v = logging.LoggerAdapter(orders, {'shop': 'Ulm'})"
    )
    captured = notebook.capture("def iris():\n    v.warning('late')\n    orders.warning('too')")
    namespace: dict[str, Any] = {}
    exec(captured.captured_source, namespace)
    assert namespace["v"].logger is namespace["orders"]
    assert namespace["v"].extra == {"shop": "Ulm"}


def test_a_dtype_keeps_its_metadata(notebook: Notebook) -> None:
    notebook.run("import numpy\nv = numpy.dtype('f8', metadata={'unit': 'm'})")
    captured = notebook.capture("def iris():\n    return v.metadata['unit']")
    namespace: dict[str, Any] = {}
    exec(captured.captured_source, namespace)
    assert namespace["v"].metadata == {"unit": "m"}


def test_a_dtype_of_objects_is_refused(notebook: Notebook) -> None:
    notebook.run("import numpy\nv = numpy.dtype([('a', object)])")
    with pytest.raises(CaptureError, match="v is a numpy VoidDType"):
        notebook.capture("def iris():\n    return str(v)")
