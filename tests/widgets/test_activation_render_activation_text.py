from __future__ import annotations

from typing import Any

from jupyter_faas.widgets.activation_render import activation_text


def test_text_has_result_status_and_logs(activation: dict[str, Any]) -> None:
    assert activation_text(activation).splitlines() == [
        '{"species": "setosa", "confidence": 0.98}',
        "✓ 3 ms · warm · wait 4 ms · $0.43 / million · c41e09ab6f1e4f0d9e09ab6f1e1f0d22",
        "stdout: hi",
    ]


def test_text_of_a_failure_begins_with_the_error(activation: dict[str, Any]) -> None:
    failed = {
        **activation,
        "ok": False,
        "status": "application error",
        "result": {"error": "ValueError: text is empty"},
        "logs": [],
    }
    lines = activation_text(failed).splitlines()
    assert lines[0] == "ValueError: text is empty"
    assert lines[1].startswith("✗ application error · 3 ms · warm")


def test_text_of_a_session_says_where_its_parts_are(session_activation: dict[str, Any]) -> None:
    assert activation_text(session_activation).splitlines()[1:] == [
        "✓ 3 ms · composition · wait 4 ms · $0.43 / million · c41e09ab6f1e4f0d9e09ab6f1e1f0d22",
        "Session of 5 calls · %faas session c41e09ab6f1e4f0d9e09ab6f1e1f0d22",
    ]


def test_text_of_a_session_has_what_else_stands_in_its_logs(
    session_activation: dict[str, Any],
) -> None:
    del session_activation["calls"]
    session_activation["logs"].append("The logs were cut.")
    assert activation_text(session_activation).splitlines()[2:] == [
        "Session · %faas session c41e09ab6f1e4f0d9e09ab6f1e1f0d22",
        "log: The logs were cut.",
    ]
