"""What runs a function by itself, in the sidebar of a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from jupyter_faas.client import Client, playground_target
from jupyter_faas.workspace import Workspace
from jupyter_faas.workspace.triggers.schedules import Schedule
from tests.ui.helpers.lab import Lab, both_themes, command, screenshot, show_sidebar

GREET = "def main(args):\n    return {'greeting': f\"Hello, {args.get('name', 'you')}\"}\n"


@pytest.fixture
def greeted(lab: Lab) -> None:
    """The function ``greeted``, every hour and at night."""
    client = Client(playground_target(lab.data_dir))
    client.put_action("greeted", {"exec": {"kind": "python:default", "code": GREET}})
    client.close()
    events = Workspace.open(data_dir=lab.data_dir, target="playground").triggers
    events.create_trigger("hourly", schedule=Schedule(every_s=3600), run="greeted")
    nightly = Schedule(cron="0 3 * * 1-5", timezone="Europe/Amsterdam")
    events.create_trigger("nightly", schedule=nightly, run="greeted")


@pytest.mark.usefixtures("greeted")
def test_function_that_runs_by_itself(page: Page, lab: Lab) -> None:
    page.goto(f"{lab.url}/lab?token={lab.token}&reset")
    page.wait_for_function("window.jupyterapp && window.jupyterapp.restored")
    page.evaluate("() => window.jupyterapp.restored")
    sidebar = show_sidebar(page)
    command(page, "faas:refresh")
    row = sidebar.locator(".jp-FaasFunction", has_text="greeted")
    runs = row.locator(".jp-FaasFunction-runs > *")
    expect(runs).to_have_text(
        [
            "Runs every hour (trigger hourly)",
            "Runs at 03:00 on Monday through Friday (Europe/Amsterdam) (trigger nightly)",
        ]
    )

    hidden = sidebar.get_by_text("2 runs of the schedule feed are hidden")
    expect(hidden).to_be_visible()
    feeds = sidebar.get_by_role("treeitem", name="alarms/")
    expect(feeds).to_have_count(0)

    def choose(item: str) -> None:
        row.get_by_role("button", name="More actions for greeted").click()
        page.get_by_role("menuitem", name=item).click()

    choose("Pause nightly")
    expect(runs.nth(1)).to_contain_text("Paused: at 03:00")
    choose("Fire hourly now")
    listed = sidebar.get_by_role("treeitem", name="hourly, succeeded")
    expect(listed).to_be_visible()
    for theme in both_themes(page):
        screenshot(sidebar, f"triggers-{theme}")
        row.get_by_role("button", name="More actions for greeted").click()
        page.get_by_role("menuitem", name="Resume nightly").wait_for()
        screenshot(page, f"triggers-menu-{theme}")
        page.keyboard.press("Escape")
    choose("Resume nightly")
    expect(runs.nth(1)).to_contain_text("Runs at 03:00")
    sidebar.get_by_role("button", name="Show", exact=True).click()
    expect(feeds).to_have_count(2)
    expect(hidden).not_to_be_visible()
