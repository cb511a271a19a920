"""Sixty rows outside of what a model was fitted on: each is answered as the original does, or not.

The inputs are odd in value (zeros, negative, huge, tiny and missing numbers, text where numbers
belong, unknown categories, values at a threshold) or in form (types, shapes, names of columns).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from jupyter_faas.serialization.parity.metric import MethodError, call_methods
from tests.serialization.matrix.case import Array, Rows
from tests.serialization.matrix.judging import differ

# Of one column: around zero, tiny, huge, beyond float32, at the ends of float64, and none at all.
_VALUES = {
    "zero": 0.0,
    "minus zero": -0.0,
    "minus one": -1.0,
    "one": 1.0,
    "a half": 0.5,
    "tiny": 1e-9,
    "minus tiny": -1e-9,
    "smallest": 5e-324,
    "1e-300": 1e-300,
    "million": 1e6,
    "1e15": 1e15,
    "beyond float32": 1e39,
    "minus beyond float32": -1e39,
    "1e300": 1e300,
    "minus 1e300": -1e300,
    "largest": 1.7e308,
    "NaN": np.nan,
    "infinity": np.inf,
    "minus infinity": -np.inf,
}


def inputs(held: Rows) -> Iterator[tuple[str, Rows]]:
    """Names and inputs, each of one row where its form allows it."""
    if isinstance(held, list):
        yield from _documents(held)
    elif isinstance(held, pd.DataFrame):
        yield from _frames(held)
    else:
        yield from _arrays(np.asarray(held, dtype=np.float64))


def silent_differences(
    model: Any, action_model: Any, methods: tuple[str, ...], held: Rows, scale: dict[str, Any]
) -> dict[str, str]:
    """The inputs that the stand-in answers otherwise than the original, and what each says.

    A stand-in that refuses where the original answers is no silent difference: a form in float32
    refuses numbers beyond it.
    """
    found = {}
    for name, rows in inputs(held):
        ours = call_methods(model, rows, methods)
        theirs = call_methods(action_model, rows, methods)
        if isinstance(theirs, MethodError):
            continue
        if any(differ(ours, theirs, method, scale[method]) for method in methods):
            found[name] = f"{_shown(ours)} but {_shown(theirs)}"
    return found


def _shown(answers: Any) -> str:
    if isinstance(answers, MethodError):
        return f"raises {answers.message[:70]!r}"
    return repr({method: answer.tolist() for method, answer in answers.items()})[:100]


def _arrays(held: Array) -> Iterator[tuple[str, Rows]]:
    row = held[[len(held) // 2]]
    width = row.shape[1]
    for name, value in _VALUES.items():
        yield f"first column {name}", _with(row, 0, value)
        if not np.isfinite(value) or abs(value) > 1e38:
            yield f"last column {name}", _with(row, width - 1, value)
    for name, value in _VALUES.items():
        if name in ("zero", "minus one", "one", "tiny", "million", "1e300", "NaN", "infinity"):
            yield f"all {name}", np.full_like(row, value)
    yield "the least of each", held.min(axis=0, keepdims=True)
    yield "the most of each", held.max(axis=0, keepdims=True)
    yield "below the least", held.min(axis=0, keepdims=True) - 1
    yield "above the most", held.max(axis=0, keepdims=True) * 2 + 1
    yield "negated", -row
    yield "a thousandth", row / 1000
    yield "a list", row.tolist()
    yield "a list of whole numbers", [[int(value) for value in np.nan_to_num(row[0])]]
    yield "None", [[None, *row[0, 1:].tolist()]]
    yield "text", [["abc", *row[0, 1:].tolist()]]
    yield "numbers as text", [[str(value) for value in row[0]]]
    yield "one number as text", [[str(row[0, 0]), *row[0, 1:].tolist()]]
    yield "objects", row.astype(object)
    yield "truths", row > row.mean()
    yield "float32", row.astype(np.float32)
    yield "complex", row.astype(complex)
    yield "one dimension", row[0]
    yield "three dimensions", row[None]
    yield "a number", float(row[0, 0])
    yield "no rows", row[:0]
    yield "a column less", row[:, :-1]
    yield "a column more", np.hstack([row, row[:, :1]])
    yield "sparse", sparse.csr_matrix(np.nan_to_num(row))
    yield "a frame", pd.DataFrame(row)
    yield "a frame in another order", pd.DataFrame(row)[list(range(width))[::-1]]
    yield "a frame with text", pd.DataFrame(row).astype(object).replace(row[0, 0], "abc")
    yield "dates", row.astype("datetime64[s]") if np.isfinite(row).all() else row


def _frames(held: pd.DataFrame) -> Iterator[tuple[str, Rows]]:
    row = held.iloc[[len(held) // 2]]
    numbers = [name for name in held if held[name].dtype.kind in "fiu"]
    words = [name for name in held if held[name].dtype.kind not in "fiub"]
    for name, value in _VALUES.items():
        yield f"{numbers[0]} {name}", row.assign(**{numbers[0]: value})
    for column in [*numbers[:2], *words]:
        cells: dict[str, Any] = {
            "abc": "abc",
            "empty": "",
            "number as text": "5",
            "None": None,
            "a number": 5,
            "a fraction": 5.5,
            "truth": True,
        }
        for name, value in cells.items():
            yield f"{column} {name}", row.assign(**{column: pd.Series([value], index=row.index)})
            yield (
                f"{column} {name} as an object",
                row.assign(**{column: pd.Series([value], index=row.index, dtype=object)}),
            )
        yield f"{column} NA", row.assign(**{column: pd.Series([pd.NA], index=row.index)})
        yield f"without {column}", row.drop(columns=column)
    for column in words:
        text = str(row[column].iloc[0])
        yield f"{column} in capitals", row.assign(**{column: text.upper()})
        yield f"{column} padded", row.assign(**{column: f" {text} "})
        yield f"{column} NaN", row.assign(**{column: np.nan})
        yield f"{column} a category", row.assign(**{column: row[column].astype("category")})
    yield "numbers missing", row.assign(**dict.fromkeys(numbers, np.nan))
    yield "in another order", row[row.columns[::-1]]
    yield "with a column more", row.assign(more=1)
    yield "renamed", row.rename(columns={row.columns[0]: "renamed"})
    yield "objects", row.astype(object)
    yield "no rows", row.iloc[:0]
    yield "an array", row.to_numpy(dtype=object)
    yield "a list", row.to_numpy(dtype=object).tolist()
    yield "records", row.to_dict("records")
    yield "a series", row.iloc[0]


def _documents(held: list[str]) -> Iterator[tuple[str, Rows]]:
    for text in (
        *_TEXTS,
        held[0].upper(),
        f" {held[0]}\n",
        held[0] * 200,
        held[0].replace(" ", ""),
    ):
        yield f"document {text[:20]!r}", [text]
    for value in (None, np.nan, 5, 5.5, True, ["a", "b"], {"text": "a"}, b"great text", pd.NA):
        yield f"document {value!r}", [value]
    yield "one of two a number", [held[0], 5]
    yield "no documents", []
    yield "a string", held[0]
    yield "an array", np.array(held[:2])
    yield "objects", np.array(held[:2], dtype=object)
    yield "a series", pd.Series(held[:2])
    yield "a tuple", tuple(held[:2])
    yield "rows", [[held[0]]]
    yield "a frame", pd.DataFrame({"text": held[:2]})
    yield "a generator", iter(held[:2])


_TEXTS = (
    "", " ", "a", "I", "I'm", "1234 3.14 1e5", "snake_case kebab-case", "!?.,;:()[]{}", "\x00",
    "İstanbul İZMİR ı", "Straße STRASSE ẞ", "naïve café", "nai\u0308ve cafe\u0301", "数据 科学",
    "привет МИР", "🙂 👩‍🔬 text", "no\u00a0break\u2003space\u200bzero", "line\nbreak\ttab\r\nend",
    "great great great", "GREAT", "ǅ ǆ", "ﬁne ﬂow", "ΣΑΣ σας", "१२३ ४५", "x² y³", "½ ¼", "a_b __",
    "नमस्ते", "ไทย", "\ue000NaN", "\ue001x", "nan", "None", "\ud83d", "0", "A", "x" * 5000,
)  # fmt: skip


def _with(row: Array, column: int, value: float) -> Array:
    changed: Array = row.copy()
    changed[0, column] = value
    return changed
