from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from jupyter_faas.serialization.convert import reason_of
from jupyter_faas.serialization.input_schema import Column, InputSchema
from jupyter_faas.serialization.parity import verdict as repairs
from jupyter_faas.serialization.parity.comparer import RowFailure, RowSetResult
from jupyter_faas.serialization.parity.metric import MethodError
from jupyter_faas.serialization.parity.row_sets import RowSet
from jupyter_faas.serialization.parity.verdict import Verdict, parity_error, repair, report
from tests.serialization.helpers import data

FORM = InputSchema("columns", (Column("age", "number"), Column("sex", "string")))
FLIP = RowFailure(
    set="sample",
    row=7,
    mark=1,
    values=np.array([[51.0, "male"]], dtype=object),
    original={"predict": np.array(["yes"]), "predict_proba": np.array([[0.4, 0.6]])},
    other={"predict": np.array(["no"]), "predict_proba": np.array([[0.6, 0.4]])},
    margin=0.2,
    score=0.2,
    label=True,
    beyond=True,
)


def result(
    name: str, *failures: RowFailure, stops: bool = True, compared: int = 10, of: int = 10
) -> RowSetResult:
    rows = RowSet(name, np.zeros((of, 2)), stops, True, of)
    return RowSetResult(rows, compared, compared - len(failures), 0.2, failures, 0)


def verdict(*results: RowSetResult) -> Verdict:
    return Verdict(results, result("one row at a time"))


def told(found: Verdict, *, accepted: bool = False) -> Any:
    return report(found, FORM, labels=True, accepted=accepted, warnings=["first"], seconds=2.0)


def test_error_shows_rows_side_by_side() -> None:
    error = parity_error("model", LogisticRegression(), verdict(result("sample", FLIP)), FORM)
    assert error.message.splitlines() == [
        "'model' as ONNX: different results for 1 of 20 test rows. The first is row 7 of sample: "
        "original 'yes' (margin 0.2), ONNX 'no'.",
        "  sample 7: sex='male', age=51",
        "      original 'yes' (margin 0.2)   ONNX 'no'",
    ]
    assert error.hint.splitlines()[-1].startswith(
        "Or package the model anyway with --accept-parity"
    )
    # The card shows why there is no ONNX form, and does not have room for the rows.
    assert reason_of(error) == "'model' as ONNX: different results for 1 of 20 test rows."


def test_scores_are_shown_where_the_label_agrees() -> None:
    scores = {"predict": np.array(["yes"]), "predict_proba": np.array([[0.0, 1.0]])}
    check = replace(FLIP, label=False, other=scores)
    row = told(verdict(result("sample", check))).worst[0]
    assert (row.original, row.onnx) == ("0.4, 0.6", "0, 1")


def test_report_counts_the_sets_that_stop() -> None:
    found = told(verdict(result("sample", FLIP), result("jumps", FLIP, stops=False)), accepted=True)
    assert (found.ok, found.accepted) == (False, True)
    assert (found.labels_agree, found.labels_total, found.rows) == (9, 10, 10)
    assert found.warnings == (
        "first",
        "Different results for 1 of 10 rows exactly at a decision boundary (jumps); "
        "different labels for 1.",
    )


def test_report_tells_what_time_cut() -> None:
    found = told(verdict(result("thresholds", compared=4, of=10)))
    assert (
        found.warnings[1]
        == "The time limit was reached: 4 of 10 rows of 'thresholds' were compared."
    )
    assert found.to_json()["covered"][0] == {"set": "thresholds", "rows": 4, "of": 10}


def test_report_tells_where_onnx_answers_and_the_original_does_not() -> None:
    found = told(verdict(replace(result("unusual inputs"), raised=2)))
    assert "On 2 of 10 rows of 'unusual inputs', the original model raises" in found.warnings[1]


REFUSED = replace(FLIP, other=MethodError("no"))
TIED = replace(FLIP, margin=0.0, score=1e-7)
MISSING = replace(FLIP, values=np.array([[np.nan, "male"]], dtype=object))
FOREST = RandomForestClassifier(2)
REPAIRS: dict[str, tuple[Any, RowFailure, str]] = {
    "refusal": (LogisticRegression(max_iter=1000), REFUSED, repairs.REFUSES),
    "tie": (FOREST, TIED, repairs.TIED_VOTES),
    "missing": (FOREST, MISSING, repairs.MISSING),
    "histogram": (HistGradientBoostingClassifier(max_iter=2), FLIP, repairs.DOUBLE_TREES),
    "scaled tree": (
        make_pipeline(StandardScaler(), DecisionTreeClassifier()),
        FLIP,
        repairs.BEFORE_TREES,
    ),
    "neighbours": (
        KNeighborsClassifier(),
        FLIP,
        "ONNX breaks ties between equally distant neighbours differently: row 7 of sample. Use a "
        "model that does not look up neighbours.",
    ),
    "tied labels": (
        LogisticRegression(max_iter=1000),
        replace(TIED, beyond=False),
        repairs.TIED_LABELS,
    ),
    "other": (LogisticRegression(max_iter=1000), FLIP, repairs.OTHER_MODEL),
}


@pytest.mark.parametrize(("model", "check", "words"), REPAIRS.values(), ids=REPAIRS.keys())
def test_repair(model: Any, check: RowFailure, words: str) -> None:
    assert repair(model.fit(*data.iris()), [check]) == words


def test_forest_of_several_outputs_is_told_to_be_several_forests() -> None:
    rows, labels = data.iris()
    model = RandomForestClassifier(2).fit(rows, np.column_stack([labels, labels]))
    assert repair(model, [FLIP]) == repairs.SEVERAL_OUTPUTS


def test_missing_values_are_named_as_the_cause_before_all_else() -> None:
    assert repairs.MISSING.startswith(
        "The trees' handling of missing values is not exported. Add a SimpleImputer"
    )
