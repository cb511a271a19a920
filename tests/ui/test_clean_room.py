"""The card while the clean-room test runs, which goes on after the card has appeared."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.ui.helpers.cells import held_cells
from tests.ui.helpers.lab import Lab, cell_with, open_notebook, run_all


def test_card_says_that_the_test_runs_and_deploy_waits_for_it(
    page: Page, lab: Lab, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    lab.add_notebook("held.ipynb", held_cells(go))
    open_notebook(page, lab, "held.ipynb")
    run_all(page)
    card = cell_with(page, "function held").locator(".jp-FaasCard")
    expect(card).to_contain_text("Clean-room testrunning…")
    card.get_by_role("button", name="Deploy held").click()
    expect(card).to_contain_text("Deploying…")
    expect(card).to_contain_text("Clean-room testrunning…")
    go.touch()
    expect(card).to_contain_text("Deployed")
    # A deployed card shows the test with its other details.
    card.get_by_role("button", name="package").click()
    expect(card).to_contain_text("Same results as the notebook for 1 input")
