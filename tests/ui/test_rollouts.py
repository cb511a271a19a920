"""New versions beside a function in a real browser: its page compares and ends them."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from jupyter_faas.workspace import Workspace
from tests.ui.helpers.axe import violations
from tests.ui.helpers.lab import Lab, both_themes, command, open_notebook, screenshot, show_sidebar
from tests.ui.helpers.rollouts import with_canary, with_shadow


@pytest.fixture
def workspace(lab: Lab) -> Workspace:
    found = Workspace.open(lab.data_dir, "playground")
    found.playground.start()
    return found


def open_page(page: Page, lab: Lab, name: str) -> None:
    lab.add_notebook("rollouts.ipynb", ["1 + 1"])
    open_notebook(page, lab, "rollouts.ipynb")
    show_sidebar(page)
    command(page, "faas:open-function", {"name": name})


def test_a_shadow_is_compared_and_promoted(page: Page, lab: Lab, workspace: Workspace) -> None:
    with_shadow(workspace)
    open_page(page, lab, "rate")
    section = page.get_by_role("region", name="Shadow")
    expect(section).to_contain_text("3 of 4 answers agree (75%)")
    expect(section).to_contain_text("rate: 5 → 3")
    # The list of functions does not have it.
    sidebar = page.locator(".jp-FaasSidebar")
    expect(sidebar.locator(".jp-FaasFunction", has_text="rate")).to_have_count(1)
    for theme in both_themes(page):
        screenshot(page, f"rollout-shadow-{theme}")
    assert violations(page, ".jp-FaasRollout") == []
    section.get_by_role("button", name="Promote the new version of rate").click()
    page.get_by_role("button", name="Promote", exact=True).click()
    expect(section).to_have_count(0)
    assert workspace.invoke("rate", {"points": 8}).result == {"rate": 3}


def test_a_canary_that_fails_is_rolled_back_by_its_page(
    page: Page, lab: Lab, workspace: Workspace
) -> None:
    made = with_canary(workspace)
    open_page(page, lab, "price")
    section = page.get_by_role("region", name="Canary")
    expect(section).to_contain_text("50% of the calls to price go to price-canary")
    for theme in both_themes(page):
        screenshot(page, f"rollout-canary-{theme}")
    assert violations(page, ".jp-FaasRollout") == []

    # Everything goes to the canary, which fails for one input.
    workspace.rollouts.deploy_canary(made, 100, rollback_at=10)
    for _ in range(12):
        workspace.invoke("price", {"points": 3})
    page.get_by_role("toolbar", name="Function actions").get_by_role(
        "button", name="Refresh"
    ).click()
    expect(section).to_contain_text(re.compile("price was rolled back: .* more than 10%"))
    expect(section.locator("tbody tr").nth(1)).to_contain_text("10 (100%)")
    screenshot(page, "rollout-stopped-light")
    section.get_by_role("button", name="Discard the new version of price").click()
    page.get_by_role("button", name="Discard", exact=True).click()
    expect(section).to_have_count(0)
    assert workspace.invoke("price", {"points": 3}).result == {"price": 9}
