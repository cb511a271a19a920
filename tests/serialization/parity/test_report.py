from __future__ import annotations

import json

from jupyter_faas.serialization.parity.report import Coverage, ParityReport, WorstRow

REPORT = ParityReport(
    ok=False,
    accepted=True,
    labels_agree=9,
    labels_total=10,
    rows=10,
    max_difference=0.25,
    covered=(Coverage("sample", 4, 4), Coverage("thresholds", 6, 8)),
    warnings=("Time ran out.",),
    worst=(WorstRow("sample", 3, "age=1", "'yes'", "'no'", 0.1, None),),
    seconds=1.5,
)


def test_report_is_plain_json_without_its_seconds() -> None:
    worst = {"set": "sample", "row": 3, "values": "age=1", "original": "'yes'", "onnx": "'no'"}
    assert json.loads(json.dumps(REPORT.to_json())) == {
        "ok": False,
        "accepted": True,
        "labels_agree": 9,
        "labels_total": 10,
        "rows": 10,
        "max_difference": 0.25,
        "covered": [{"set": "sample", "rows": 4}, {"set": "thresholds", "rows": 6, "of": 8}],
        "warnings": ["Time ran out."],
        "worst": [{**worst, "margin": 0.1, "difference": None}],
    }


def test_a_set_that_is_not_counted_says_why() -> None:
    assert Coverage("one row at a time", 4, 4, "again").to_json() == {
        "set": "one row at a time",
        "rows": 4,
        "extra": "again",
    }


def test_only_a_set_that_was_cut_tells_how_many_there_were() -> None:
    assert REPORT.to_json()["covered"] == [
        {"set": "sample", "rows": 4},
        {"set": "thresholds", "rows": 6, "of": 8},
    ]
