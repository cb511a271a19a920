"""Frames, series and indexes as an action loads them: equal in values, types, index and order."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.tseries.holiday import USFederalHolidayCalendar

from jupyter_faas.capture.data import DataObjects, NotData
from jupyter_faas.capture.data.action_code import read_files


def table() -> pd.DataFrame:
    return pd.DataFrame({"shop": list("aab"), "day": list("uvu"), "sales": [1, 2, 3]})


SERIES: dict[str, Callable[[], Any]] = {
    "integers": lambda: pd.Series([1, 2, 3]),
    "small integers": lambda: pd.Series([1, 2], dtype="uint8"),
    "floats with NaN": lambda: pd.Series([1.5, np.nan], name="x"),
    "truth values": lambda: pd.Series([True, False]),
    "text with gaps": lambda: pd.Series(["x", None, "y"]),
    "text as objects": lambda: pd.Series(["x", None, np.nan], dtype=object),
    "nullable text": lambda: pd.Series(["x", None], dtype="string"),
    "objects": lambda: pd.Series([1, "x", None, 2.5, [1], {"a": 1}], dtype=object),
    "times": lambda: pd.Series(pd.to_datetime(["2024-01-01", None])),
    "times in seconds": lambda: pd.Series(pd.to_datetime(["2024-01-01"])).astype("datetime64[s]"),
    "times in a zone": lambda: pd.Series(
        pd.date_range("2024-10-27", periods=5, freq="h", tz="Europe/Berlin")
    ),
    "times in an offset": lambda: pd.Series(pd.to_datetime(["2024-01-01T00:00+02:00"])),
    "durations": lambda: pd.Series(pd.to_timedelta([1, None], unit="h")),
    "categories": lambda: pd.Series(pd.Categorical(["u", None, "w"], ["w", "u"], ordered=True)),
    "categories of numbers": lambda: pd.Series([3, 1, 3]).astype("category"),
    "nullable integers": lambda: pd.Series([1, None], dtype="Int64"),
    "nullable floats": lambda: pd.Series([0.1, None], dtype="Float32"),
    "nullable truth": lambda: pd.Series([True, None], dtype="boolean"),
    "periods": lambda: pd.Series(pd.period_range("2024-01", periods=3, freq="M")),
    "intervals": lambda: pd.Series(pd.cut([1, 5, 9], [0, 4, 10])),
    "stamps as objects": lambda: pd.Series([pd.Timestamp("2024", tz="UTC"), pd.NaT], dtype=object),
    "dates as objects": lambda: pd.Series([pd.Timestamp("2024").date()], dtype=object),
    "complex": lambda: pd.Series([1 + 2j]),
    "counts": lambda: table()["shop"].value_counts(),
    "types": lambda: table().dtypes,
    "a frequency": lambda: pd.Series([1, 2], pd.date_range("2024", periods=2, freq="ME")),
    "a tuple as name": lambda: pd.Series([1], name=("a", 1)),
    "no rows": lambda: pd.Series([], dtype=float),
}
FRAMES: dict[str, Callable[[], Any]] = {
    "mixed": lambda: pd.DataFrame({key: make() for key, make in list(SERIES.items())[:20]}),
    "one type": lambda: pd.DataFrame(np.arange(12.0).reshape(4, 3), columns=list("abc")),
    "by column": lambda: pd.DataFrame({"a": [1.0, 2], "b": [3.0, 4]}),
    "groups": lambda: table().groupby(["shop", "day"])[["sales"]].agg(["mean", "max"]),
    "pivot": lambda: table().pivot_table(index="shop", columns="day", values="sales"),
    "dummies": lambda: pd.get_dummies(table()),
    "summary": lambda: table().describe(),
    "index": lambda: table().set_index("shop"),
    "same column twice": lambda: pd.DataFrame([[1, 2.0], [3, 4.0]], columns=["a", "a"]),
    "no columns": lambda: pd.DataFrame(index=["a", "b"]),
    "nothing": pd.DataFrame,
    "slice": lambda: table().iloc[::2],
    "transposed": lambda: pd.DataFrame(np.arange(6.0).reshape(2, 3)).T,
}
INDEXES: dict[str, Callable[[], Any]] = {
    "range": lambda: pd.RangeIndex(1, 7, 2, name="n"),
    "labels": lambda: table().columns,
    "mixed labels": lambda: pd.Index(["a", 1]),
    "numbers": lambda: pd.Index([3, 1], name="n"),
    "days": lambda: pd.date_range("2024", periods=3, freq="D", tz="UTC"),
    "business days": lambda: pd.bdate_range(
        "2024-12-23", periods=3, freq="C", holidays=["2024-12-25"]
    ),
    "months from any day": lambda: pd.date_range(
        "2024-01-05", periods=3, freq=pd.DateOffset(months=1)
    ),
    "hours": lambda: pd.timedelta_range("1h", periods=3),
    "quarters": lambda: pd.period_range("2024", periods=2, freq="Q-JAN"),
    "bins": lambda: pd.interval_range(0, 3, closed="both"),
    "kinds": lambda: pd.CategoricalIndex(["a", "b"], ordered=True),
    "levels": lambda: pd.MultiIndex.from_product([["a", "b"], [1, 2]], names=["x", None]),
}


@pytest.mark.parametrize("make", SERIES.values(), ids=SERIES)
def test_series_is_equal_again(make: Callable[[], Any], objects: DataObjects) -> None:
    value = make()
    made = read_files(objects.encode(value).files)
    pd.testing.assert_series_equal(made, value, check_exact=True, check_freq=True)
    assert list(map(type, made)) == list(map(type, value))


@pytest.mark.parametrize("make", FRAMES.values(), ids=FRAMES)
def test_frame_is_equal_again(make: Callable[[], Any], objects: DataObjects) -> None:
    value = make()
    made = read_files(objects.encode(value).files)
    pd.testing.assert_frame_equal(made, value, check_exact=True, check_freq=True)
    assert type(made.columns) is type(value.columns)


@pytest.mark.parametrize("make", INDEXES.values(), ids=INDEXES)
def test_index_is_equal_again(make: Callable[[], Any], objects: DataObjects) -> None:
    value = make()
    made = read_files(objects.encode(value).files)
    pd.testing.assert_index_equal(made, value, exact=True, check_exact=True)
    assert made.names == value.names
    assert getattr(made, "freq", None) == getattr(value, "freq", None)


@pytest.mark.parametrize(
    "make",
    [
        lambda: pd.offsets.CustomBusinessDay(2, holidays=["2024-12-24", "2024-12-25"]),
        lambda: pd.offsets.CustomBusinessDay(calendar=USFederalHolidayCalendar()),
        lambda: pd.offsets.CustomBusinessDay(weekmask="Sun Mon", offset=pd.Timedelta("2h")),
        lambda: pd.offsets.CustomBusinessHour(start="08:30", end="12:00", holidays=["2024-12-24"]),
        lambda: pd.offsets.BusinessHour(start="08:00"),
        lambda: pd.offsets.CBMonthEnd(holidays=["2024-12-31"]),
        lambda: pd.offsets.MonthEnd(normalize=True),
        lambda: pd.DateOffset(months=2, day=3),
        lambda: pd.offsets.Week(2, weekday=3),
        lambda: pd.offsets.Easter(),
        lambda: pd.offsets.FY5253Quarter(weekday=3, startingMonth=2),
    ],
    ids=lambda make: make().__class__.__name__,
)
def test_offset_reaches_the_same_day(make: Callable[[], Any], objects: DataObjects) -> None:
    value = make()
    made = read_files(objects.encode([value]).files)[0]
    assert made == value
    start = pd.Timestamp("2024-12-23 10:30")
    assert [start + made * n for n in (1, 2, 5)] == [start + value * n for n in (1, 2, 5)]


def test_the_order_in_memory_stays(objects: DataObjects) -> None:
    # numpy adds the numbers of a row in another order if they are far apart in memory.
    rows = np.random.default_rng(1).normal(size=(50, 40))
    for value in (pd.DataFrame(rows), pd.DataFrame({str(at): rows[:, at] for at in range(40)})):
        made = read_files(objects.encode(value).files)
        assert made.to_numpy().flags.c_contiguous == value.to_numpy().flags.c_contiguous
        assert (made.to_numpy().sum(axis=1) == value.to_numpy().sum(axis=1)).all()


def test_notes_and_flags_stay(objects: DataObjects) -> None:
    value = table()
    value.attrs["source"] = "till"
    made = read_files(objects.encode(value.set_flags(allows_duplicate_labels=False)).files)
    assert made.attrs == {"source": "till"}
    assert not made.flags.allows_duplicate_labels


READ_WITHOUT_PYARROW = """
import sys
from pathlib import Path

sys.modules["pyarrow"] = None
from jupyter_faas.capture.data.action_code import read_files

files = {path.suffix[1:]: path.read_bytes() for path in Path(sys.argv[1]).iterdir()}
print(read_files(files).to_json())
"""


def test_text_needs_no_pyarrow_in_an_action(objects: DataObjects, tmp_path: Path) -> None:
    """pandas keeps text in pyarrow where that is installed, as in most people's notebooks."""
    frame = pd.DataFrame({"text": ["x", None, "ä"], "more": pd.array(["u", None, "w"], "string")})
    assert frame["text"].dtype.storage == "pyarrow"
    encoded = objects.encode(frame)
    assert "pyarrow" not in encoded.modules
    for ending, data in encoded.files.items():
        (tmp_path / f"frame.{ending}").write_bytes(data)
    command = [sys.executable, "-c", READ_WITHOUT_PYARROW, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == frame.to_json(), done.stderr


def test_an_object_in_a_cell_is_named_by_its_place(objects: DataObjects) -> None:
    with pytest.raises(NotData) as caught:
        objects.encode(pd.DataFrame({"a": pd.Series([1, object()], dtype=object)}))
    assert caught.value.where == "['a'][1]"


def test_a_subclass_of_a_frame_is_not_written_as_a_frame(objects: DataObjects) -> None:
    class Own(pd.DataFrame):  # type: ignore[misc]  # pandas has no types here
        @property
        def _constructor(self) -> Any:
            return Own

    with pytest.raises(NotData):
        objects.encode(Own({"a": [1]}))
