from __future__ import annotations

from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from jupyter_faas.widgets import Output, has_kernel, mime_bundle
from jupyter_faas.workspace.exact_json import from_exact

OURS = "application/vnd.jupyter-faas+json"


@pytest.mark.parametrize("name", ["card", "activation"])
def test_bundle_has_every_form_without_a_widget(name: str, request: pytest.FixtureRequest) -> None:
    payload = request.getfixturevalue(name)
    bundle = mime_bundle(payload)
    assert list(bundle) == [OURS, "text/html", "text/plain"]
    assert from_exact(bundle[OURS]) == payload


def test_forms_that_cannot_ask_say_that_nothing_was_measured(card: dict[str, Any]) -> None:
    bundle = mime_bundle(card, measuring=False)
    assert bundle[OURS]["forecast"]["state"] == "measuring"
    assert "running…" in mime_bundle(card)["text/plain"]
    assert "running…" not in bundle["text/plain"]
    assert "not measured" in bundle["text/html"]


def test_update_changes_the_output_that_was_shown(
    shell: InteractiveShell, card: dict[str, Any], forecast: dict[str, Any]
) -> None:
    output = Output(card, display_id="card-1", with_widget=False)
    with capture_output() as captured:
        output.show()
        output.update(forecast=forecast)
    shown, updated = captured._outputs
    assert (shown["update"], updated["update"]) == (False, True)
    assert shown["transient"] == updated["transient"] == {"display_id": "card-1"}
    assert "running…" in shown["data"]["text/plain"]
    assert "per million calls if warm" in updated["data"]["text/plain"]
    assert output.payload == {**card, "forecast": forecast}
    assert from_exact(updated["data"][OURS]) == output.payload


def test_shown_in_place_of_another_it_updates_that(
    shell: InteractiveShell, card: dict[str, Any]
) -> None:
    with capture_output() as captured:
        Output(card, display_id="progress-1", with_widget=False).show(replace=True)
    assert captured._outputs[0]["update"]


def test_repeat_says_the_same_again(shell: InteractiveShell, card: dict[str, Any]) -> None:
    output = Output(card, display_id="card-1", with_widget=False)
    with capture_output() as captured:
        output.show()
        output.repeat()
    assert captured._outputs[0]["data"] == captured._outputs[1]["data"]


def test_a_terminal_draws_no_widgets(shell: InteractiveShell) -> None:
    assert not has_kernel()
