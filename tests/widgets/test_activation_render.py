from __future__ import annotations

from typing import Any

import pytest

from jupyter_faas.widgets.activation_render import activation_facts, log_line, shorten_logs


def test_status_has_duration_start_wait_and_cost(activation: dict[str, Any]) -> None:
    facts = activation_facts(activation)
    assert facts.status == (("", "3 ms"), ("", "warm"), ("wait", "4 ms"), ("cost", "$0.43"))


def test_status_names_the_initialisation_when_cold(activation: dict[str, Any]) -> None:
    facts = activation_facts({**activation, "cold": True, "init_ms": 46_880})
    assert facts.cold
    assert facts.status[1:3] == (("", "cold"), ("init", "46.88 s"))


def test_status_begins_with_openwhisks_words_when_it_failed(activation: dict[str, Any]) -> None:
    facts = activation_facts({**activation, "ok": False, "status": "application error"})
    assert (facts.mark, facts.status[0]) == ("error", ("", "application error"))


@pytest.mark.parametrize(
    ("error", "head", "rest"),
    [
        ("ValueError: text is empty", "ValueError", " text is empty"),
        ("The action did not return a dictionary.", "", "The action did not return a dictionary."),
        ("See the docs: there", "", "See the docs: there"),
    ],
    ids=["exception", "sentence", "sentence-with-colon"],
)
def test_an_exceptions_name_is_the_head_of_an_error(
    activation: dict[str, Any], error: str, head: str, rest: str
) -> None:
    facts = activation_facts({**activation, "ok": False, "result": {"error": error}})
    assert (facts.head, facts.result) == (head, rest)


def test_an_error_that_is_data_is_shown_as_json(activation: dict[str, Any]) -> None:
    facts = activation_facts({**activation, "ok": False, "result": {"error": {"code": 3}}})
    assert (facts.head, facts.result, facts.is_json) == ("", '{"error": {"code": 3}}', True)


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("2026-11-24T22:36:23.189364123Z stdout: hi: you", ("stdout", "hi: you")),
        ("2026-11-24T22:36:23.189364123Z stderr: ", ("stderr", "")),
        ("2026-11-24T22:36:23.189364123Z stdout:   indented", ("stdout", "  indented")),
        ("anything else: at all", ("", "anything else: at all")),
    ],
    ids=["stdout", "empty", "indented", "foreign"],
)
def test_log_line_is_cut_into_stream_and_words(line: str, parts: tuple[str, str]) -> None:
    assert log_line(line) == parts


def test_long_logs_are_cut_and_say_where_the_rest_is(activation: dict[str, Any]) -> None:
    logs = [f"2026-11-24T22:36:23.189Z stdout: {index}" for index in range(1_500)]
    short = shorten_logs({**activation, "logs": logs})
    assert short["logs"][:200] == logs[:200]
    assert short["logs"][200:] == [f"… 1,300 more lines: %faas logs {activation['id']}"]
    assert activation_facts({**activation, "logs": logs}).logs_left == 1_300


def test_a_huge_result_is_cut(activation: dict[str, Any]) -> None:
    facts = activation_facts({**activation, "result": {"text": "x" * 1_000_000}})
    assert len(facts.result) < 20_100
    assert facts.result.endswith("more characters")
