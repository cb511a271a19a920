from __future__ import annotations

import unicodedata

import numpy as np

from jupyter_faas.serialization.input_schema import Column, InputSchema
from jupyter_faas.serialization.parity.row_sets import edge_case_documents, edge_case_rows
from tests.serialization.helpers import data

TENSOR = InputSchema("tensor", tuple(Column(None, "number") for _ in range(4)))
TEXT = InputSchema("text", (Column(None, "string"),))


def test_each_number_is_missing_smallest_largest_and_ten_times_that() -> None:
    rows, _ = data.iris()
    found = edge_case_rows(TENSOR, rows, np.random.default_rng(0))
    for column in range(4):
        values = found.rows[:-1][np.array(found.marks[:-1]) == column, column]
        low, high = rows[:, column].min(), rows[:, column].max()
        assert np.isnan(values[0])
        assert values[1:].tolist() == [low, high, 10 * high]
    assert np.isnan(found.rows[-1]).all()


def test_text_and_categories_are_missing_unknown_and_empty() -> None:
    schema = InputSchema("columns", (Column("port", "string"), Column("cabins", "integer")))
    rows = np.array([["Q", 1.0], ["S", 3.0]], dtype=object)
    found = edge_case_rows(schema, rows, np.random.default_rng(0))
    marks = np.array(found.marks)
    texts, numbers = found.rows[marks == 0, 0], found.rows[:-1][marks[:-1] == 1, 1].tolist()
    assert {"", "q", None} <= {value for value in texts if value == value}
    assert any(value != value for value in texts)
    assert {4.0, 1.5, 30.0} <= set(numbers)


def test_odd_documents_go_through_cases_scripts_and_spellings() -> None:
    rows = np.array([["A café near here"]], dtype=object)
    texts = edge_case_documents(TEXT, rows, ["café", "near"]).rows[:, 0].tolist()
    assert {"", "A CAFÉ NEAR HERE", "CAFÉ", "café near"} <= set(texts)
    assert any("İ" in text for text in texts)
    assert any("\u00a0" in text for text in texts)
    assert any(text != unicodedata.normalize("NFC", text) for text in texts)


def test_each_layout_has_only_its_own_oddities() -> None:
    rows, _ = data.iris()
    words = np.array([["word"]], dtype=object)
    assert len(edge_case_documents(TENSOR, rows, []).rows) == 0
    assert len(edge_case_rows(TEXT, words, np.random.default_rng(0)).rows) == 0
