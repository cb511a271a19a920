from __future__ import annotations

from typing import Any

import pytest

from jupyter_faas.widgets.card_facts import about, card_facts, version
from jupyter_faas.widgets.lines import Line, Row
from tests.workspace.helpers.samples import sample


def words(line: Line) -> str:
    return " ".join(cell.text for cell in line.cells)


def row(card: dict[str, Any], label: str) -> Row:
    return next(row for row in card_facts(card).rows if row.label == label)


def test_state_is_not_deployed_when_nothing_was(card: dict[str, Any]) -> None:
    facts = card_facts(card)
    assert (facts.state, facts.version, facts.command) == (
        "Not deployed",
        "",
        "%faas deploy iris",
    )


def test_state_is_deployed_when_the_same_bundle_is(
    card: dict[str, Any], deployment: dict[str, Any]
) -> None:
    facts = card_facts({**card, "deployed": deployment})
    assert (facts.state, facts.version, facts.command) == ("Deployed", "v2", "")
    assert words(facts.rows[0].lines[0]) == deployment["url"]


def test_web_url_is_shown_when_there_is_one(
    card: dict[str, Any], deployment: dict[str, Any]
) -> None:
    shown = row({**card, "deployed": deployment}, "Web URL")
    assert words(shown.lines[0]).startswith(deployment["web_url"])
    del deployment["web_url"]
    labels = [one.label for one in card_facts({**card, "deployed": deployment}).rows]
    assert "Web URL" not in labels


def test_state_is_changed_when_another_bundle_is_deployed(
    card: dict[str, Any], deployment: dict[str, Any]
) -> None:
    facts = card_facts({**card, "deployed": {**deployment, "bundle": "0" * 64}})
    assert (facts.state, facts.mark) == ("Changed since deploy", "warn")
    assert facts.command == "%faas deploy iris"


def test_state_is_deployed_when_an_adapted_copy_is_deployed(
    card: dict[str, Any], deployment: dict[str, Any]
) -> None:
    copy = {**deployment, "bundle": "0" * 64, "packaged": card["bundle"]}
    assert card_facts({**card, "deployed": copy}).state == "Deployed"


@pytest.mark.parametrize(
    ("cold_ms", "takes"), [(None, ""), (5600, ": a cold start takes about 5.6 s")]
)
def test_model_that_travels_as_it_is_says_what_that_costs(
    card: dict[str, Any], cold_ms: int | None, takes: str
) -> None:
    model = card["models"][0]
    model["route"], model["parity"]["max_difference"] = "skops", 0.0
    card["requirements"] = []
    card["forecast"]["cold_ms"] = cold_ms
    lines = [words(line) for line in row(card, "Model").lines]
    assert lines[0] == "Pipeline(StandardScaler, LogisticRegression) in the skops format"
    assert lines[2] == "Same as the original: labels agree 1,204/1,204, max Δ 0"
    assert lines[-1] == f"Larger and slower to start than ONNX{takes}"


def test_model_that_was_not_converted_says_why_what_it_loads_and_what_it_needs(
    card: dict[str, Any],
) -> None:
    lightgbm = {"distribution": "lightgbm", "version": "4.7.0", "sha256": "0" * 64}
    own = {"distribution": "", "version": "", "sha256": "0" * 64}
    card["models"][0] |= {
        "route": "skops",
        "why": "Step 'model' (Own) has no ONNX form.",
        "foreign_types": [
            {"type": "lightgbm.basic.Booster", **lightgbm},
            {"type": "steps.Own", **own},
        ],
    }
    card["requirements"] = [
        {"name": "scikit-learn", "version": "1.9.1"},
        {"name": "scipy", "version": "1.17.0"},
        {"name": "skops", "version": "0.16.0"},
    ]
    lines = [words(line) for line in row(card, "Model").lines]
    assert lines[-4:] == [
        "Why not ONNX: Step 'model' (Own) has no ONNX form.",
        "Uses types that are not part of scikit-learn: lightgbm.basic.Booster (lightgbm 4.7.0), "
        "steps.Own (your module)",
        "Larger and slower to start than ONNX",
        "The target needs exactly scikit-learn 1.9.1 and skops 0.16.0",
    ]


def test_model_says_what_it_is_and_that_it_agrees(card: dict[str, Any]) -> None:
    lines = [words(line) for line in row(card, "Model").lines]
    assert lines == [
        "Pipeline(StandardScaler, LogisticRegression) converted to ONNX, opset 21",
        "4 inputs, float64 · 3 classes · 1.0 kB",
        "Same as the original: labels agree 1,204/1,204, max Δ 2e-15",
        "Rows compared: 150 sample, 1,050 distinct values, 4 unusual inputs",
    ]


def test_model_that_lies_in_a_store_says_so(card: dict[str, Any]) -> None:
    card["models"][0]["stored"] = {"sha256": "0" * 64, "size": 1024}
    lines = [words(line) for line in row(card, "Model").lines]
    assert lines[1] == "4 inputs, float64 · 3 classes · 1.0 kB in the model store"


def test_model_warns_when_a_difference_was_accepted(card: dict[str, Any]) -> None:
    card["models"][0]["parity"] |= {"ok": False, "accepted": True, "labels_agree": 1201}
    line = row(card, "Model").lines[2]
    assert line.mark == "warn"
    assert words(line).startswith(
        "Not the same as the original, accepted with --accept-parity: labels agree 1,201/1,204"
    )


def test_rows_that_are_not_counted_are_said_apart(card: dict[str, Any]) -> None:
    card["models"][0]["parity"]["covered"] += [
        {"set": "score jumps", "rows": 1200, "extra": "boundary"},
        {"set": "label boundaries", "rows": 452, "extra": "boundary"},
        {"set": "one row at a time", "rows": 64, "extra": "again"},
    ]
    assert (
        "Rows compared: 150 sample, 1,050 distinct values, 4 unusual inputs; 64 of them also one "
        "at a time; 1,652 more at decision boundaries, where differences only cause a warning"
    ) in [words(line) for line in row(card, "Model").lines]


def test_ready_onnx_is_neither_converted_nor_compared(card: dict[str, Any]) -> None:
    model = card["models"][0]
    model |= {"class": "InferenceSession", "route": "as is"}
    model["parity"] |= {"labels_total": 0, "labels_agree": 0, "max_difference": None}
    model["parity"] |= {"rows": 0, "covered": []}
    lines = [words(line) for line in row(card, "Model").lines]
    assert lines[0] == "InferenceSession ONNX, opset 21"
    assert lines[2:] == ["Same as the original: packaged unchanged"]


def test_models_are_told_apart_when_there_are_several(card: dict[str, Any]) -> None:
    card["models"].append({**card["models"][0], "name": "scorer"})
    heads = [words(one.lines[0]) for one in card_facts(card).rows if one.label == "Model"]
    assert [head.split()[0] for head in heads] == ["model", "scorer"]


def test_name_whose_cell_is_odd_is_marked(card: dict[str, Any]) -> None:
    card["captured"][1]["note"] = "was edited after it last ran"
    (row,) = [row for row in card_facts(card).rows if row.label == "Includes"]
    assert [line.mark for line in row.lines][:2] == ["", "warn"]
    assert row.lines[1].cells[-1].text.endswith("; was edited after it last ran")


def test_captured_names_say_why_they_travel(card: dict[str, Any]) -> None:
    assert [words(line) for line in row(card, "Includes").lines] == [
        "model model 1.0 kB used by iris, line 6",
        "SPECIES constant 36 B used by iris, line 7",
    ]


def test_package_keeps_the_largest_files_when_there_are_many(card: dict[str, Any]) -> None:
    card["files"] = [{"path": f"f{index}.txt", "size": index} for index in range(20)]
    lines = [words(line) for line in row(card, "Package").lines]
    assert lines[0] == "f13.txt 13 B"
    assert lines[-2] == "13 smaller files 78 B"
    assert lines[-1] == "Total, zipped 61.3 kB"


def test_cold_start_is_measuring_until_it_is_measured(
    card: dict[str, Any], forecast: dict[str, Any]
) -> None:
    assert words(row(card, "Checks").lines[-1]) == "Cold start measuring…"
    assert "Cost" not in [one.label for one in card_facts(card).rows]
    measured = {**card, "forecast": forecast}
    assert words(row(measured, "Checks").lines[-1]) == (
        "Cold start about 0.3 s 0.5% of the 60 s timeout"
    )
    assert words(row(measured, "Cost").lines[0]) == (
        "$0.43 per million calls if warm · $1.70 if cold"
    )
    assert words(row(measured, "Cost").lines[1]).startswith(
        "These prices are a forecast with the prices of DigitalOcean Functions. It assumes"
    )


def test_cold_start_warns_when_it_takes_most_of_the_timeout(
    card: dict[str, Any], forecast: dict[str, Any]
) -> None:
    slow = {**forecast, "cold_ms": 49_000, "timeout_share": 0.82}
    line = row({**card, "forecast": slow}, "Checks").lines[-1]
    assert line.mark == "warn"
    assert words(line) == "Cold start about 49 s 82.0% of the 60 s timeout"


def test_the_verdict_stands_before_the_checks(card: dict[str, Any]) -> None:
    judged = {**card, **sample("preflight")}
    verdict, *cures = row(judged, "Preflight").lines
    assert (
        words(verdict)
        == "Does not fit adobe: the package is 35.4 MB when sent, but the limit is 22 MB"
    )
    assert verdict.mark == "error"
    assert [words(line) for line in cures] == [
        "Use an image that contains the requirements: --image NAME, without --vendor. To write its "
        "Dockerfile: %faas image",
        "Set --vendor in the cell. Run the cell again, or use an image that contains these "
        "libraries: --image NAME, without --vendor",
    ]
    marks = [(words(line).strip(), line.mark) for line in row(judged, "Checks").lines]
    assert ("Package size 35.4 MB of 22 MB when sent", "error") in marks
    assert ("numpy 2.4.6 17.9 MB", "") in marks


@pytest.mark.parametrize(
    ("share", "mark", "verdict"),
    [
        (0.01, "ok", "Fits Local playground"),
        (0.82, "warn", "Fits Local playground, with a warning"),
        (
            1.2,
            "error",
            "Does not fit Local playground: a cold start takes about 49 s, and the timeout is 60 s",
        ),
    ],
)
def test_the_cold_start_counts_once_it_is_measured(
    card: dict[str, Any], forecast: dict[str, Any], share: float, mark: str, verdict: str
) -> None:
    slow = {**card, "forecast": {**forecast, "cold_ms": 49_000, "timeout_share": share}}
    line, *_ = row(slow, "Preflight").lines
    assert (line.mark, words(line)) == (mark, verdict)


def test_cold_start_says_why_it_could_not_be_measured(
    card: dict[str, Any], forecast: dict[str, Any]
) -> None:
    failed = dict.fromkeys(forecast) | {"state": "failed", "message": "The interpreter is gone."}
    line = row({**card, "forecast": failed}, "Checks").lines[-1]
    assert words(line) == "Cold start — The interpreter is gone."


@pytest.mark.parametrize(
    ("ms", "text"), [(12, "about 12 ms"), (412, "about 0.4 s"), (49_090, "about 49 s")]
)
def test_about_rounds_to_what_a_forecast_knows(ms: int, text: str) -> None:
    assert about(ms) == text


@pytest.mark.parametrize(("number", "text"), [("0.0.7", "v7"), ("1.2.3", "v1.2.3")])
def test_version_counts_what_openwhisk_counts(number: str, text: str) -> None:
    assert version(number) == text
