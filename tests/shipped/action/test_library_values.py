from __future__ import annotations

import datetime
import json
import subprocess
import sys
import uuid
from collections import deque
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy
import pandas
import pydantic
import pytest

from jupyter_faas.workspace.local.function import load_action_main
from tests.shipped.helpers.packages import launch, write_package

MAIN: Any = load_action_main()
DAY = datetime.date(2026, 1, 31)
NOON = datetime.datetime(2026, 1, 31, 12, 30, tzinfo=datetime.timezone.utc)
MINUTE = datetime.timedelta(minutes=1)


class Flower(pydantic.BaseModel):
    name: str
    seen: datetime.date


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (DAY, "2026-01-31"),
        (NOON, "2026-01-31T12:30:00+00:00"),
        (datetime.time(8, 5), "08:05:00"),
        (MINUTE, "PT1M"),
        (pandas.Timestamp("2026-01-31 12:30"), "2026-01-31T12:30:00"),
        (pandas.Timedelta(hours=36), "P1DT12H"),
        (pandas.NaT, None),
        (pandas.NA, None),
        (Decimal("0.10"), "0.10"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        pytest.param({"b", "a"}, ["a", "b"], id="set of texts"),
        (frozenset({2, 1}), [1, 2]),
        (range(3), [0, 1, 2]),
        (deque([1]), [1]),
        ({"a": 1}.keys(), ["a"]),
        ({"a": DAY}.values(), ["2026-01-31"]),
        (Flower(name="iris", seen=DAY), {"name": "iris", "seen": "2026-01-31"}),
        ([Flower(name="iris", seen=DAY)], [{"name": "iris", "seen": "2026-01-31"}]),
        (numpy.datetime64("2026-01-31"), "2026-01-31"),
        (numpy.timedelta64(90, "s"), "PT1M30S"),
        (numpy.array(["2026-01-31T12:30", "NaT"], "M8[ns]"), ["2026-01-31T12:30:00", None]),
        (numpy.array([1], "M8[ns]"), ["1970-01-01T00:00:00.000000001"]),
        ({DAY: 1, 2.5: 2, True: 3}, {"2026-01-31": 1, "2.5": 2, "true": 3}),
    ],
    ids=repr,
)
def test_value_becomes_json(value: Any, expected: Any) -> None:
    assert MAIN.to_json(value) == expected


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (datetime.timedelta(), "PT0S"),
        (datetime.timedelta(days=1, hours=2, minutes=3, seconds=4.5), "P1DT2H3M4.5S"),
        (datetime.timedelta(days=2), "P2D"),
        (datetime.timedelta(microseconds=1), "PT0.000001S"),
        (datetime.timedelta(hours=-36), "-P1DT12H"),
    ],
)
def test_duration_is_iso_8601(given: datetime.timedelta, text: str) -> None:
    assert MAIN.to_json(given) == text
    assert pydantic.TypeAdapter(datetime.timedelta).validate_python(text) == given


@pytest.mark.parametrize(
    ("frame", "records"),
    [
        (pandas.DataFrame({"a": [1], "b": ["x"]}), [{"a": 1, "b": "x"}]),
        (pandas.DataFrame({"a": ["x", None]}), [{"a": "x"}, {"a": None}]),
        (pandas.DataFrame({"a": [1.5, None]}), [{"a": 1.5}, {"a": None}]),
        (pandas.DataFrame({"a": [1]}, index=[7]), [{"a": 1}]),
        (pandas.DataFrame({"a": [1]}, index=["x"]), [{"index": "x", "a": 1}]),
        (pandas.DataFrame({"a": [1, 1], "n": [1, 2]}).groupby("a").sum(), [{"a": 1, "n": 3}]),
        (pandas.DataFrame({"t": [pandas.Timestamp(DAY)]}), [{"t": "2026-01-31T00:00:00"}]),
        (pandas.DataFrame({"n": pandas.array([1, None], "Int64")}), [{"n": 1}, {"n": None}]),
        (pandas.DataFrame({"c": pandas.Categorical(["x"])}), [{"c": "x"}]),
        (pandas.DataFrame({0: [[1, 2]]}), [{"0": [1, 2]}]),
        (pandas.DataFrame({"a": []}), []),
        (pandas.DataFrame(index=[0, 1]), [{}, {}]),
    ],
    ids=range(12),
)  # fmt: skip
def test_frame_becomes_records(frame: pandas.DataFrame, records: Any) -> None:
    assert MAIN.to_json(frame) == records


@pytest.mark.parametrize(
    ("series", "expected"),
    [
        (pandas.Series([1, 2]), [1, 2]),
        (pandas.Series([1.0, None]), [1.0, None]),
        (pandas.Series([1.5], index=["a"]), {"a": 1.5}),
        (pandas.Series(["x", "x", "y"]).value_counts(), {"x": 2, "y": 1}),
        (pandas.Series([3, 3, 5]).value_counts(), {"3": 2, "5": 1}),
        (pandas.Series([1.0], index=[pandas.Timestamp(DAY)]), {"2026-01-31T00:00:00": 1.0}),
        (pandas.DataFrame({"a": [1], "b": ["x"]}).iloc[0], {"a": 1, "b": "x"}),
        (pandas.Index(["a", "b"]), ["a", "b"]),
        (pandas.Categorical(["x", None]), ["x", None]),
    ],
    ids=range(9),
)
def test_series_becomes_a_list_or_its_labels_and_values(series: Any, expected: Any) -> None:
    assert MAIN.to_json(series) == expected


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (pandas.DataFrame({"a": [1.0, numpy.inf]}), "result[1].a is infinity"),
        (pandas.DataFrame([[1, 2]], columns=["a", "a"]), "result has several columns named 'a'"),
        (pandas.DataFrame({("a", "b"): [1]}), "result has columns with 2 levels"),
        (pandas.Series([1], index=[["a"], ["b"]]), "result has an index with 2 levels"),
        (pandas.Series([1, 2], index=["a", "a"]), "result has several values with the same label"),
        (pandas.DataFrame({"a": [b"x"]}), "result[0].a is a bytes, which JSON does not support"),
    ],
    ids=range(6),
)
def test_frame_that_records_cannot_hold_is_refused(value: Any, words: str) -> None:
    with pytest.raises(MAIN.ResultRejected) as caught:
        MAIN.answer(value, "iris")
    assert str(caught.value).startswith(words)


@pytest.mark.parametrize(
    ("result", "answer"),
    [
        ("0.5", {"value": 0.5}),
        ("None", {"value": None}),
        ("[1, 2]", {"value": [1, 2]}),
        ("numpy.arange(2)", {"value": [0, 1]}),
        ("{'value': 1}", {"value": 1, "x-faas-boxed": False}),
        ("{'value': 1, 'unit': 'cm'}", {"value": 1, "unit": "cm"}),
    ],
)
def test_package_boxes_what_is_not_an_object(result: str, answer: Any, tmp_path: Path) -> None:
    body = f"import numpy\nRESULT = [{result}]\ndef iris():\n    return RESULT[0]"
    answers, _ = launch(write_package(tmp_path, body), [{}])
    assert answers == [answer]


def test_package_of_visible_dictionaries_marks_nothing(tmp_path: Path) -> None:
    body = "def iris():\n    return {'value': 1}"
    assert launch(write_package(tmp_path, body), [{}])[0] == [{"value": 1}]


def test_web_function_boxes_a_value_and_keeps_its_own_response(tmp_path: Path) -> None:
    body = "def iris(x):\n    return 0.5 if x else {'statusCode': 201, 'body': 'made'}"
    folder = write_package(tmp_path, body)
    calls = [{"x": 1, "__ow_method": "get"}, {"x": 0, "__ow_method": "get"}]
    assert launch(folder, calls)[0] == [{"value": 0.5}, {"statusCode": 201, "body": "made"}]


def test_plain_result_loads_no_module_for_library_values(tmp_path: Path) -> None:
    folder = write_package(tmp_path, "def iris(x):\n    return x")
    program = (
        "import json, runpy, sys\n"
        "main = runpy.run_path('__main__.py')['main']\n"
        "print(json.dumps([main({'x': [1]}), 'faas_library_values' in sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, timeout=50
    )
    assert json.loads(done.stdout) == [{"value": [1]}, False]
