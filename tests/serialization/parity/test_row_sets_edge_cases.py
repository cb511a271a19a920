from __future__ import annotations

import unicodedata

import numpy as np

from jupyter_faas.serialization.input_schema import Column, InputSchema
from jupyter_faas.serialization.parity.row_sets import edge_case_documents, edge_case_rows
from tests.serialization.helpers import data

TENSOR = InputSchema("tensor", tuple(Column(None, "number") for _ in range(4)))
TEXT = InputSchema("text", (Column(None, "string"),))


def test_each_number_is_missing_at_the_ends_zero_negative_and_tiny() -> None:
    rows, _ = data.iris()
    found = edge_case_rows(TENSOR, rows, np.random.default_rng(0))
    for column in range(4):
        values = found.rows[:-3][np.array(found.marks[:-3]) == column, column]
        low, high = rows[:, column].min(), rows[:, column].max()
        assert np.isnan(values[0])
        assert values[1:].tolist() == [low, high, 10 * high, 0.0, -1 - high, 1e-9]


def test_all_numbers_are_missing_zero_and_negative() -> None:
    rows, _ = data.iris()
    last = edge_case_rows(TENSOR, rows, np.random.default_rng(0)).rows[-3:]
    assert np.isnan(last[0]).all()
    assert last[1:].tolist() == [[0.0] * 4, [-1.0] * 4]


def test_thresholds_of_a_column_are_values_of_it() -> None:
    rows, _ = data.iris()
    found = edge_case_rows(TENSOR, rows, np.random.default_rng(0), {2: [1.5, 2.5]})
    assert {1.5, 2.5} <= set(found.rows[np.array(found.marks) == 2, 2].tolist())


def test_text_and_categories_are_missing_unknown_and_empty() -> None:
    schema = InputSchema("columns", (Column("port", "string"), Column("cabins", "integer")))
    rows = np.array([["Q", 1.0], ["S", 3.0]], dtype=object)
    found = edge_case_rows(schema, rows, np.random.default_rng(0))
    marks = np.array(found.marks)
    texts, numbers = found.rows[marks == 0, 0], found.rows[:-3][marks[:-3] == 1, 1].tolist()
    assert {"", "q", None, 5} <= {value for value in texts if value == value}
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
