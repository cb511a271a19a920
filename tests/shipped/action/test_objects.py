from __future__ import annotations

import datetime
import enum
import json
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypedDict
from uuid import UUID

import numpy as np
import pandas as pd
import pydantic
import pytest
from numpy.typing import NDArray

from jupyter_faas.capture.schema import TypeSchemas
from jupyter_faas.workspace.local.function import load_action_main
from tests.capture.helpers.notebook import Notebook
from tests.shipped.helpers.packages import launch, write_package

MAIN: Any = load_action_main()
DAY = datetime.date(2026, 1, 31)
NOON = datetime.datetime(2026, 1, 31, 12, 30)


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Odd(enum.Enum):
    PAIR = (1, 2)
    ONE = (1,)


@dataclass
class Node:
    name: str
    when: datetime.date = DAY
    inner: list[Node] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.name == "":
            raise ValueError("a node needs a name")


class Place(NamedTuple):
    lat: float
    lon: float = 0.0


class Item(pydantic.BaseModel):
    price: Decimal
    on: datetime.date


class Row(TypedDict):
    when: datetime.date


def made(annotation: Any, value: Any) -> Any:
    """Return what a parameter of this type becomes in the action."""
    types = TypeSchemas(globals())
    schema = {"properties": {"x": types.of(annotation)}, "$defs": types.definitions}
    spec = {"name": "f", "parameter_style": "named", "schema": schema}
    convert = MAIN.faas_objects.Converter(schema, globals())
    return MAIN.bind(spec, {"x": value}, convert)[1]["x"]


@pytest.mark.parametrize(
    ("annotation", "value", "expected"),
    [
        (datetime.datetime, "2026-01-31T12:30:00", NOON),
        (datetime.datetime, "2026-01-31T12:30:00Z", NOON.replace(tzinfo=datetime.timezone.utc)),
        (datetime.datetime, "2026-01-31T12:30:00.5", NOON.replace(microsecond=500_000)),
        (datetime.datetime, "2026-01-31", datetime.datetime(2026, 1, 31)),
        (datetime.date, "2026-01-31", DAY),
        (datetime.date, "2026-01-31T00:00:00", DAY),
        (datetime.time, "12:30:00", NOON.time()),
        (datetime.timedelta, "P1DT2H", datetime.timedelta(days=1, hours=2)),
        (datetime.timedelta, "-PT0.5S", datetime.timedelta(seconds=-0.5)),
        (datetime.timedelta, 90, datetime.timedelta(seconds=90)),
        (datetime.timedelta, "1.5", datetime.timedelta(seconds=1.5)),
        (Decimal, "0.10", Decimal("0.10")),
        (Decimal, 0.1, Decimal("0.1")),
        (Decimal, 10**20, Decimal(10**20)),
        (UUID, "00000000-0000-0000-0000-000000000001", UUID(int=1)),
        (datetime.date | None, None, None),
        (datetime.date | float, "2026-01-31", DAY),
        (list[datetime.date], ["2026-01-31"], [DAY]),
        (dict[str, datetime.date], {"a": "2026-01-31"}, {"a": DAY}),
        (tuple[int, str], [1, "a"], (1, "a")),
        (tuple[float, ...], [1, 2], (1.0, 2.0)),
        (set[int], [1, 1], {1}),
        (frozenset, ["a"], frozenset("a")),
        (Literal["a", 1], "a", "a"),
        (Colour, "red", Colour.RED),
        (Colour, "BLUE", Colour.BLUE),
        (Odd, "PAIR", Odd.PAIR),
        (Node, {"name": "a", "other": 1}, Node("a")),
        (Node, {"name": "a", "inner": [{"name": "b"}]}, Node("a", inner=[Node("b")])),
        (Place, [1, 2], Place(1.0, 2.0)),
        (Place, [1], Place(1.0)),
        (Place, {"lon": 2, "lat": 1}, Place(1.0, 2.0)),
        (Row, {"when": "2026-01-31"}, {"when": DAY}),
        (Item, {"price": "1.10", "on": "2026-01-31"}, Item(price=Decimal("1.10"), on=DAY)),
        (np.float32, 1, np.float32(1)),
        (pd.Timestamp, "2026-01-31T12:30:00", pd.Timestamp(NOON)),
        (pd.Timedelta, "PT1H", pd.Timedelta(hours=1)),
    ],
    ids=str,
)
def test_object_is_made_of_json(annotation: Any, value: Any, expected: Any) -> None:
    found = made(annotation, value)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("annotation", "value", "words"),
    [
        (datetime.datetime, "noon", 'x must be a date and time (2026-01-31T12:30:00), not the str'),
        (datetime.datetime, 5, "x must be a date and time, not 5"),
        (datetime.date, "2026-01-31T12:30:00", "x must be a date (2026-01-31), not the string"),
        (datetime.timedelta, "P", 'x must be a duration (P1DT2H, or seconds), not the string "P"'),
        (Decimal, "NaN", 'x must be a decimal number, not the string "NaN"'),
        (UUID, "1", 'x must be a UUID, not the string "1"'),
        (datetime.date | None, "x", 'x must be a date or null, not the string "x"'),
        (list[datetime.date], ["x"], 'x[0] must be a date (2026-01-31), not the string "x"'),
        (tuple[int, str], [1], "x must have 2 items, not 1"),
        (tuple[int, str], ["a", "b"], 'x[0] must be a whole number, not the string "a"'),
        (set, [[1]], "x cannot be converted to a set: unhashable type: 'list'"),
        (Colour, "green", 'x must be one of "red", "blue", not the string "green"'),
        (Odd, "TWO", 'x must be one of "PAIR", "ONE", not the string "TWO"'),
        (Node, {}, "x.name (a string) is missing"),
        (Node, {"name": ""}, "x is not valid: a node needs a name"),
        (Node, {"name": "a", "inner": [{"name": 1}]}, "x.inner[0].name must be a string, not 1"),
        (Node, 3, "x must be a dictionary, not 3"),
        (Place, {"lon": 1}, "x.lat (a number) is missing"),
        (Place, [], "x must have 1 to 2 items, not 0"),
        (Item, {"price": "a"}, 'x.price: Input should be a valid decimal, not the string "a"; x.'),
        (Item, [1], "x must be a dictionary, not a list"),
        (np.int8, 300, "x is out of range"),
        (pd.DataFrame, "x", "x must be a table (a list of records, or a dictionary of columns), "),
        (pd.DataFrame, [1], "x[0] must be a record (a dictionary of columns and values), not 1"),
        (pd.DataFrame, {"a": 1}, "x.a must be a column (a list), not 1; write a single row"),
        (pd.DataFrame, {"a": [1], "b": []}, "x has columns of different lengths"),
        (np.ndarray, 3, "x must be an array (nested lists), not 3"),
        (np.ndarray, [[1], [2, 3]], "x must be an array: its rows have different lengths"),
        (NDArray[np.int64], [1.5], "x must be an array of int64, but contains other values"),
        (NDArray[np.float64], ["1"], "x must be an array: it contains strings, not float64"),
    ],
    ids=str,
)  # fmt: skip
def test_data_that_does_not_fit_is_refused_by_name(annotation: Any, value: Any, words: str) -> None:
    with pytest.raises(MAIN.ParametersRejected) as caught:
        made(annotation, value)
    assert str(caught.value).startswith(words)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([{"a": 1, "b": "x"}], pd.DataFrame({"a": [1], "b": ["x"]})),
        ({"a": [1, 2]}, pd.DataFrame({"a": [1, 2]})),
        ([{"a": 1.5}, {"a": None}], pd.DataFrame({"a": [1.5, np.nan]})),
        ([{"a": None}], pd.DataFrame({"a": [np.nan]})),
        ([], pd.DataFrame()),
    ],
    ids=str,
)
def test_frame_is_made_of_records_or_columns(value: Any, expected: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(made(pd.DataFrame, value), expected, check_column_type=False)


@pytest.mark.parametrize(
    ("dtype", "values", "expected"),
    [
        ("float32", [1, 2], pd.Series([1, 2], dtype="float32")),
        ("int64", [1.0, 2.0], pd.Series([1, 2])),
        ("int64", [1.5], pd.Series([1.5])),
        ("int64", [1, None], pd.Series([1.0, np.nan])),
        ("Int64", [1, None], pd.Series([1, None], dtype="Int64")),
        ("datetime64[us]", ["2026-01-31T12:30:00", None], pd.Series([NOON, None], dtype="M8[us]")),
        ("timedelta64[us]", ["PT1M"], pd.Series([pd.Timedelta(minutes=1)], dtype="m8[us]")),
        (
            {"categories": ["a", "b"], "ordered": False},
            ["b"],
            pd.Series(pd.Categorical(["b"], categories=["a", "b"])),
        ),
    ],
    ids=str,
)
def test_column_has_the_dtype_of_the_sample(dtype: Any, values: Any, expected: Any) -> None:
    schema = {**TypeSchemas().of(pd.DataFrame), "x-faas-dtypes": {"a": dtype}}
    found = MAIN.faas_objects.Converter({}, {})(schema, [{"a": one} for one in values], "x")["a"]
    pd.testing.assert_series_equal(found, expected, check_names=False, check_index_type=False)


def test_columns_come_in_the_order_of_the_sample() -> None:
    schema = {**TypeSchemas().of(pd.DataFrame), "x-faas-dtypes": {"a": None, "b": None}}
    found = MAIN.faas_objects.Converter({}, {})(schema, [{"c": 1, "b": 2, "a": 3}], "x")
    assert list(found.columns) == ["a", "b", "c"]


def test_column_of_another_type_is_refused_by_name() -> None:
    schema = {**TypeSchemas().of(pd.DataFrame), "x-faas-dtypes": {"a": "float64"}}
    with pytest.raises(MAIN.ParametersRejected, match=r"x\.a must be a column of float64: it"):
        MAIN.faas_objects.Converter({}, {})(schema, [{"a": "1"}], "x")


@pytest.mark.parametrize(
    ("annotation", "value", "expected"),
    [
        (np.ndarray, [[1, 2]], np.array([[1, 2]])),
        (np.ndarray, [1.5, None], np.array([1.5, np.nan])),
        (np.ndarray, ["a", "b"], np.array(["a", "b"])),
        (np.ndarray, [1, "a"], np.array([1, "a"], dtype=object)),
        (NDArray[np.float32], [1, 2], np.array([1, 2], dtype="float32")),
    ],
    ids=str,
)
def test_array_is_made_of_lists(annotation: Any, value: Any, expected: Any) -> None:
    found = made(annotation, value)
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("value", "expected"),
    [([1, None], pd.Series([1.0, np.nan])), ({"a": 1}, pd.Series({"a": 1}))],
    ids=str,
)
def test_series_is_made_of_a_list_or_of_labels(value: Any, expected: Any) -> None:
    pd.testing.assert_series_equal(made(pd.Series, value), expected, check_index_type=False)


@pytest.mark.parametrize(
    ("annotation", "text", "expected"),
    [
        (datetime.date, "2026-01-31", DAY),
        (datetime.date | None, "", None),
        (datetime.timedelta, "90", datetime.timedelta(seconds=90)),
        (list[datetime.date], '["2026-01-31"]', [DAY]),
        (Node, '{"name": "a"}', Node("a")),
    ],
    ids=str,
)
def test_text_of_a_web_request_is_read_as_the_object(
    annotation: Any, text: str, expected: Any
) -> None:
    types = TypeSchemas(globals())
    schema = {"properties": {"x": types.of(annotation)}, "$defs": types.definitions}
    spec = {"name": "f", "parameter_style": "named", "schema": schema}
    convert = MAIN.faas_objects.Converter(schema, globals())
    assert MAIN.bind(spec, {"x": text, "__ow_method": "get"}, convert)[1] == {"x": expected}


def test_caller_without_the_classes_checks_only() -> None:
    types = TypeSchemas(globals())
    schema = {"properties": {"x": types.of(Node)}, "$defs": types.definitions}
    spec = {"name": "f", "parameter_style": "named", "schema": schema}
    check = MAIN.faas_objects.Converter(schema)
    assert MAIN.bind(spec, {"x": {"name": "a"}}, check)[1]["x"]["name"] == "a"
    with pytest.raises(MAIN.ParametersRejected, match=r"x\.name must be a string"):
        MAIN.bind(spec, {"x": {"name": 1}}, check)


BODY = """
def iris(order: Order, table: pd.DataFrame, day: 'date | None' = None) -> float:
    return order.factor.value * table["n"].sum() * (day.month if day else 1)
"""


def test_package_makes_the_notebooks_objects(tmp_path: Path) -> None:
    notebook = Notebook()
    notebook.run(
        "import enum, pandas as pd\nfrom dataclasses import dataclass\nfrom datetime import date\n"
        "class Factor(enum.Enum):\n    ONE = 1\n    TEN = 10\n"
        "@dataclass\nclass Order:\n    factor: Factor"
    )
    folder = write_package(tmp_path / "action", BODY, notebook=notebook)
    assert "pandas==" in (folder / "requirements.txt").read_text()
    calls: list[dict[str, Any]] = [
        {"order": {"factor": "TEN"}, "table": [{"n": 1}, {"n": 2}], "day": "2026-02-01"},
        {"order": {"factor": 1}, "table": {"n": [1.5]}},
        {"order": {"factor": 2}, "table": 3},
    ]
    answers, logs = launch(folder, calls)
    assert answers == [
        {"value": 60},
        {"value": 1.5},
        {
            "error": "order.factor must be one of 1, 10, not 2; "
            "table must be a table (a list of records, or a dictionary of columns), not 3"
        },
    ]
    assert logs == ""
    here = MAIN.load(str(folder))[1]
    assert MAIN.call(notebook.namespace["iris"], here, calls[0]) == {"value": 60}


def test_class_is_found_though_annotations_are_not_evaluated(tmp_path: Path) -> None:
    notebook = Notebook()
    notebook.run("from dataclasses import dataclass\n@dataclass\nclass Order:\n    n: int")
    body = "from __future__ import annotations\ndef iris(order: Order):\n    return order.n"
    folder = write_package(tmp_path / "action", body, notebook=notebook)
    assert launch(folder, [{"order": {"n": 3}}])[0] == [{"value": 3}]


def test_package_of_plain_parameters_has_no_module_for_objects(tmp_path: Path) -> None:
    folder = write_package(tmp_path / "action", "def iris(x: float):\n    return x")
    assert not (folder / "faas_objects.py").exists()
    assert "x-faas-typed" not in json.loads((folder / "manifest.json").read_text())["schema"]
