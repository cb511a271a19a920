"""Tables, lists, iterators and files become one JSON object per call."""

from __future__ import annotations

import json
from collections import namedtuple
from pathlib import Path
from typing import Any

import numpy
import pandas
import polars
import pytest

from jupyter_faas.errors import InputError, ParametersRejected
from jupyter_faas.workspace.batches.inputs import read_rows
from jupyter_faas.workspace.handover.remote_function import Callee
from jupyter_faas.workspace.local.function import load_action_main

SCHEMA = {
    "type": "object",
    "properties": {
        "width": {"type": "number"},
        "name": {"type": "string"},
        "scale": {"type": "number", "default": 2},
    },
    "required": ["width", "name"],
}
CALLEE = Callee("area", "here", SCHEMA, "area(width: float, name: str, scale: float = 2)")
DOUBLE = Callee(
    "double",
    "here",
    {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]},
    "double(n: int)",
)
MAIN = load_action_main()
Pair = namedtuple("Pair", "width name")


def read(rows: object, callee: Callee = CALLEE) -> list[Any]:
    order = list((callee.schema or {})["properties"])
    return [json.loads(each) for each in read_rows(rows, callee, order, MAIN)]


WANTED = [{"width": 1.5, "name": "a"}, {"width": 2.0, "name": "b", "scale": 3.0}]
DICTIONARIES = [
    {"width": 1.5, "name": "a", "scale": None},
    {"width": 2.0, "name": "b", "scale": 3.0},
]


@pytest.mark.parametrize(
    "rows",
    [
        pandas.DataFrame(DICTIONARIES),
        polars.DataFrame(DICTIONARIES),
        DICTIONARIES,
        iter(DICTIONARIES),
        [(1.5, "a"), (2.0, "b", 3.0)],
        [Pair(1.5, "a"), {"width": numpy.float64(2), "name": "b", "scale": numpy.int64(3)}],
    ],
    ids=["pandas", "polars", "list", "iterator", "tuples", "mixed"],
)
def test_rows(rows: object) -> None:
    assert read(rows) == WANTED


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.csv", "width,name,scale\n1.5,a,\n2.0,b,3.0\n"),
        ("t.csv", "width;name;scale\n1.5;a;\n2.0;b;3.0\n"),
        ("t.csv", "width\tname\tscale\n1.5\ta\t\n2.0\tb\t3.0\n"),
        ("t.jsonl", '{"width": 1.5, "name": "a"}\n\n{"width": 2.0, "name": "b", "scale": 3.0}\n'),
        ("t.json", '[{"width": 1.5, "name": "a"}, {"width": 2, "name": "b", "scale": 3}]'),
    ],
)
def test_files(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("\ufeff" + text, "utf-8")
    assert read(str(tmp_path / name)) == WANTED
    assert read(tmp_path / name) == WANTED


def test_text_of_a_csv_file_has_the_type_of_the_signature(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('width,name\n1,007\n2,"a, b"\n', "utf-8")
    assert read(path) == [{"width": 1, "name": "007"}, {"width": 2, "name": "a, b"}]


def test_a_decimal_comma_is_explained(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("width;name\n1,5;a\n", "utf-8")
    with pytest.raises(ParametersRejected, match="line 2: width must be a number") as caught:
        read(path)
    assert caught.value.hint == "Write decimals with a point: 1.5"


def test_single_values_fit_a_function_of_one_parameter() -> None:
    assert read([1, numpy.int64(2)], DOUBLE) == [{"n": 1}, {"n": 2}]


def test_a_missing_value_of_a_required_parameter_is_null() -> None:
    assert read([{"width": float("nan"), "name": pandas.NaT}]) == [{"width": None, "name": None}]


def test_a_misspelt_column_is_found_before_any_call() -> None:
    with pytest.raises(ParametersRejected, match="area does not take widht") as caught:
        read(pandas.DataFrame({"widht": [1], "name": ["a"]}))
    assert caught.value.hint.startswith("Did you mean width?")


def test_a_missing_column_is_named() -> None:
    with pytest.raises(ParametersRejected, match="Row 2 does not have name, which area needs"):
        read([{"width": 1, "name": "a"}, {"width": 1}])


def test_preset_parameters_need_no_column() -> None:
    preset = Callee("area", "here", SCHEMA, CALLEE.signature, preset=frozenset({"name"}))
    assert read([{"width": 1}], preset) == [{"width": 1}]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ({"width": 1}, "map needs a list of dictionaries"),
        (7, "cannot read its inputs from a value of type int"),
        ([1], "Row 1 does not have name"),
        ([(1, "a", 2, 3)], "Row 1 has 4 values, but the function takes width, name, scale"),
        ("t.xlsx", "t.xlsx is not a table"),
        ("absent.csv", "absent.csv cannot be read: No such file"),
        ([{"width": 1, "name": object()}], "Row 1: name"),
    ],
)
def test_other_things_are_refused(rows: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read(rows)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("t.csv", "", "t.csv is empty"),
        ("t.csv", "width,name\nx,a\n", "line 2: width must be a number, not 'x'"),
        ("t.csv", 'width,name\n1,"a\nb"\n\nx,a\n', "line 5: width must be a number, not 'x'"),
        ("t.csv", 'width,name\n1,"a\nb"\nx,"c\nd"\n', "line 4: width must be a number"),
        ("t.csv", "width,name\n1,a,9\n", "line 2 has more values"),
        ("t.json", "{}", "does not contain a list"),
        ("t.jsonl", "[1]\n", "line 1 is not a JSON object"),
        ("t.json", "[1]", "row 1 is not a JSON object"),
        ("t.jsonl", "{\n", "line 1 is not JSON"),
    ],
)
def test_bad_files_are_refused(name: str, text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(InputError, match=words):
        read(tmp_path / name)


def test_whole_numbers_of_a_csv_file_may_have_a_decimal_point(tmp_path: Path) -> None:
    # pandas writes a column of integers with a missing value that way.
    pandas.DataFrame({"n": [4, None, 10**17]}).dropna().to_csv(tmp_path / "t.csv", index=False)
    assert "4.0" in (tmp_path / "t.csv").read_text()
    assert read(tmp_path / "t.csv", DOUBLE) == [{"n": 4}, {"n": 10**17}]


def test_the_advice_on_infinity_is_for_an_input() -> None:
    with pytest.raises(ParametersRejected, match="pass a finite number there"):
        read([{"width": float("inf"), "name": "a"}])


def test_a_file_that_is_not_text(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"width\n\xff\xfe\n")
    with pytest.raises(InputError, match="not UTF-8"):
        read(tmp_path / "t.csv")
