"""Odd inputs: missing, unknown, extreme, and text from the whole of Unicode."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from jupyter_faas.serialization.inputs import InputForm
from jupyter_faas.serialization.parity.rows import RowSet, spread

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

MAX_COLUMNS = 200
_UNKNOWN_TEXTS = ("", "no such category", "Ünïcødé – 数据 🙂", " padded ", "nan", "None")
_ODD_DOCUMENTS = (
    "",
    " ",
    "a",
    "1234 3.14 1e5",
    "snake_case kebab-case it's e-mail@example.org",
    "!?.,;:()[]{}<>/\\|\"'`~^&*%$#@+=-",
    "İstanbul İZMİR ı",
    "Straße STRASSE ẞ",
    "naïve café Ærøskøbing Łódź",
    "数据 科学 机器学习",
    "привет мир",
    "🙂 👩‍🔬 text",
    "no\u00a0break\u2003space\u200bzero",
    "line\nbreak\ttab\r\nend",
)


def odd_rows(form: InputForm, sample: Array, rng: np.random.Generator) -> RowSet:
    """One row per column and oddity: missing, smallest, largest, ten times that, unknown text."""
    import numpy as np

    if form.layout == "text":
        return RowSet.of_rows("odd inputs", sample[:0], stops=True, strict=True)
    indices = spread(np.arange(form.width), MAX_COLUMNS).tolist()
    parts = []
    marks: list[int] = []
    for index in indices:
        values = _odd_values(form, sample, index)
        base = sample[rng.integers(0, len(sample), len(values))].copy()
        base[:, index] = values
        marks += [index] * len(values)
        parts.append(base)
    numbers = [i for i in range(form.width) if form.columns[i].kind != "string"]
    if numbers:
        blank = sample[:1].copy()
        blank[:, numbers] = np.nan
        parts.append(blank)
        marks.append(numbers[0])
    rows = np.concatenate(parts)
    return RowSet.of_rows("odd inputs", rows, stops=True, strict=True, marks=tuple(marks))


def _odd_values(form: InputForm, sample: Array, index: int) -> Array:
    import numpy as np

    column = sample[:, index]
    if form.columns[index].kind == "string":
        known = next((value for value in column.tolist() if isinstance(value, str)), "")
        odd = [np.nan, None, *_UNKNOWN_TEXTS, known.swapcase()]
        values = np.empty(len(odd), dtype=object)
        values[:] = odd
        return values
    numbers = column.astype(np.float64)
    numbers = numbers[np.isfinite(numbers)]
    low, high = (float(np.min(numbers)), float(np.max(numbers))) if len(numbers) else (0.0, 1.0)
    odd_numbers = [np.nan, low, high, 10 * high]
    if form.columns[index].kind == "integer":
        odd_numbers += [high + 1, low + 0.5]
    return np.array(odd_numbers)


def odd_documents(form: InputForm, sample: Array, vocabulary: list[str]) -> RowSet:
    """Documents in other case, spelling and script than those the model was fitted on."""
    import numpy as np

    if form.layout != "text":
        return RowSet.of_rows("odd text", sample[:0], stops=True, strict=True)
    documents = list(_ODD_DOCUMENTS)
    for text in [str(document) for document in sample[:8, 0]]:
        accented = text.replace("e", "é").replace("a", "ä")
        documents += [
            text.upper(),
            text.title(),
            accented,
            unicodedata.normalize("NFD", accented),
            text.replace(" ", "\u00a0"),
            text.replace(" ", ", "),
            f"{text} 🙂",
        ]
    documents += [word.upper() for word in vocabulary[:16]]
    documents += [" ".join(vocabulary[:32]), f"({' '.join(vocabulary[:4])})…"]
    rows = np.empty((len(documents), 1), dtype=object)
    rows[:, 0] = documents
    return RowSet.of_rows("odd text", rows, stops=True, strict=True)
