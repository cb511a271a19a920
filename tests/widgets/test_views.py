from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from jupyter_faas.widgets import (
    ActivationsView,
    ActivationView,
    CostView,
    DisplayValue,
    LocalRun,
    SessionsView,
)
from jupyter_faas.workspace import ActivationSummary
from jupyter_faas.workspace.sessions.totals import SessionSummary
from tests.widgets.helpers.html_reader import Reader
from tests.workspace.helpers.samples import sample

SUMMARY = ActivationSummary(
    id="c41e09ab6f1e4f0d9e09ab6f1e1f0d22",
    name="iris",
    version="0.0.2",
    kind="python:3.11",
    start=1795565998000,
    end=1795565998003,
    duration_ms=3,
    init_ms=None,
    wait_ms=4,
    cold=False,
    status="success",
    ok=True,
    memory_mb=256,
    billed_ms=100,
    cost_per_million=Decimal("0.425"),
    cause=None,
)


def run(shell: InteractiveShell, source: str, **names: object) -> Any:
    shell.user_ns.update(names)
    with capture_output() as captured:
        shell.run_cell(source, store_history=True).raise_error()
    return captured


def test_activation_has_its_values(activation: dict[str, Any]) -> None:
    view = ActivationView.of(activation)
    assert (view.id, view.ok, view.status) == (activation["id"], True, "success")
    assert (view.result["species"], view.duration_ms, view.cold) == ("setosa", 3, False)
    assert view.logs == activation["logs"]
    assert repr(view).startswith('{"species": "setosa"')


def test_activation_is_shown_with_its_logs_cut(
    shell: InteractiveShell, activation: dict[str, Any]
) -> None:
    view = ActivationView.of({**activation, "logs": ["line"] * 1000})
    shown = run(shell, "view", view=view).outputs
    payload = shown[0].data["application/vnd.jupyter-faas+json"]
    assert len(payload["logs"]) == 201
    assert len(view.logs) == 1000


def views(activation: dict[str, Any]) -> list[DisplayValue]:
    return [
        ActivationView.of(activation),
        ActivationsView([SUMMARY]),
        LocalRun({"species": "setosa"}, 3),
    ]


@pytest.mark.parametrize("number", range(3), ids=["activation", "activations", "local"])
def test_what_was_shown_is_not_shown_again_as_the_cells_value(
    shell: InteractiveShell, activation: dict[str, Any], number: int
) -> None:
    view = views(activation)[number]
    assert len(run(shell, "view.show_now()\nview", view=view).outputs) == 1
    assert len(run(shell, "view").outputs) == 1
    assert len(run(shell, "kept = view").outputs) == 0
    assert len(run(shell, "kept").outputs) == 1


def test_the_cause_of_a_failed_run_is_below_it_and_not_a_column() -> None:
    failed = replace(SUMMARY, ok=False, status="application error", error="x" * 300)
    reader = Reader(ActivationsView([SUMMARY, failed])._html())
    assert "Error" not in reader.text
    assert "x" * 300 in reader.text
    # One head, two runs, one cause.
    assert reader.tags.count("tr") == 4
    assert ("colspan", "6") in reader.attributes


class Report:
    """A cost report with the content of the sample."""

    def to_json(self) -> dict[str, Any]:
        found: dict[str, Any] = sample("cost")
        return found


def test_costs_are_a_table_that_no_output_wraps(shell: InteractiveShell) -> None:
    data = run(shell, "view", view=CostView(Report())).outputs[0].data  # type: ignore[arg-type]
    assert "PER MILLION CALLS" in data["text/plain"]
    reader = Reader(data["text/html"])
    assert reader.open == []
    functions = sample("cost")["functions"]
    # The head, the functions and the total.
    assert reader.tags.count("tr") == len(functions) + 2
    assert "$1,647.22" in reader.text
    assert "Prices as of" in reader.text
    # Amounts in dollars are not the ends of a formula.
    assert ("class", "mathjax_ignore tex2jax_ignore") in reader.attributes


def test_activations_are_a_sequence_and_a_table(shell: InteractiveShell) -> None:
    view = ActivationsView([SUMMARY, SUMMARY])
    assert (len(view), view[0], view[:1]) == (2, SUMMARY, [SUMMARY])
    data = run(shell, "view", view=view).outputs[0].data
    assert data["text/plain"].splitlines()[0].startswith("NAME")
    reader = Reader(data["text/html"])
    assert reader.open == []
    assert reader.text.count(SUMMARY.id[:8]) == 2
    assert data["text/html"].count(f'data-faas-activation="{SUMMARY.id}"') == 2
    assert "$0.43" in reader.text


def test_no_activations_are_a_sentence(shell: InteractiveShell) -> None:
    data = run(shell, "view", view=ActivationsView([])).outputs[0].data
    assert data["text/plain"] == "No activations yet."
    assert Reader(data["text/html"]).text == "No activations yet."


def test_sessions_are_a_sequence_and_a_table(shell: InteractiveShell) -> None:
    entry = SessionSummary(replace(SUMMARY, name="<flow>"), 7)
    view = SessionsView([entry, entry])
    assert (len(view), view[0], view[:1]) == (2, entry, [entry])
    data = run(shell, "view", view=view).outputs[0].data
    assert data["text/plain"].splitlines()[0].split()[2] == "CALLS"
    reader = Reader(data["text/html"])
    assert reader.open == []
    assert reader.text.count("<flow>") == 2
    assert reader.text.count(SUMMARY.id[:8]) == 2
    assert data["text/html"].count(f'data-faas-activation="{SUMMARY.id}"') == 2
    assert "$0.43" in reader.text


def test_no_sessions_are_a_sentence(shell: InteractiveShell) -> None:
    data = run(shell, "view", view=SessionsView([])).outputs[0].data
    assert data["text/plain"] == "No sessions yet."
    assert Reader(data["text/html"]).text == "No sessions yet."


def test_local_run_has_an_activations_values() -> None:
    local = LocalRun({"half": 6}, 3)
    assert (local.result, local.ok, local.status) == ({"half": 6}, True, "success")
    assert (local.duration_ms, local.logs, local.id) == (3, [], "")
    assert repr(local) == '{"half": 6}'
