"""What must not be lost: a card after a restart, a form and a run after a reload, others' work."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.ui.helpers.lab import (
    Lab,
    cell_with,
    command,
    load_notebook,
    open_notebook,
    run_all,
    screenshot,
    set_theme,
    show_sidebar,
)

pytestmark = pytest.mark.timeout(300)

LOAD = "%load_ext jupyter_faas"
NAP = """%%function nap
import time

def nap(seconds: float = 0.0):
    time.sleep(seconds)
    return {"slept": seconds}"""
RESTART = "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"


def deploy_button(cell: Locator) -> Locator:
    """The button of the card, not that of the cell toolbar."""
    return cell.get_by_role("region", name="Function nap").get_by_role("button", name="Deploy nap")


def state(cell: Locator) -> Locator:
    return cell.locator(".jp-FaasCard-head")


def test_no_work_is_lost(fresh_page: Page, lab: Lab) -> None:
    page = fresh_page
    page.on("dialog", lambda dialog: dialog.accept())
    lab.add_notebook("mine.ipynb", [LOAD, NAP])
    lab.add_notebook("other.ipynb", [LOAD, NAP.replace("slept", "rested")])
    open_notebook(page, lab, "mine.ipynb")
    run_all(page)
    cell = cell_with(page, "%%function nap")
    deploy_button(cell).click(timeout=90_000)
    expect(state(cell)).to_contain_text("Deployed", timeout=90_000)

    # The page is reloaded during a call.
    cell.get_by_label("seconds").fill("8")
    cell.get_by_role("button", name="Invoke nap").click()
    expect(cell.get_by_role("button", name="Invoke nap")).to_have_text("Invoking…")
    command(page, "docmanager:save")
    load_notebook(page, lab, "mine.ipynb")
    cell = cell_with(page, "%%function nap")
    expect(cell.get_by_label("seconds")).to_have_value("8")
    expect(cell.locator(".jp-FaasTryIt")).to_contain_text('{"slept": 8', timeout=90_000)

    # The kernel is restarted, and the button runs the cell in it.
    page.evaluate(RESTART)
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.type("  # later")
    expect(state(cell)).to_contain_text("Changed")
    deploy_button(cell).click()
    expect(state(cell)).to_contain_text("Deployed", timeout=90_000)
    expect(cell).not_to_contain_text("UsageError")
    command(page, "docmanager:save")

    # Another notebook has a function of that name.
    open_notebook(page, lab, "other.ipynb")
    run_all(page)
    cell = cell_with(page, "%%function nap")
    expect(state(cell)).to_contain_text("Deployed from mine.ipynb", timeout=90_000)
    set_theme(page, "light")
    deploy_button(cell).click()
    dialog = page.get_by_role("dialog", name="Overwrite nap?")
    expect(dialog).to_contain_text("was deployed from mine.ipynb by")
    for theme in ("light", "dark"):
        screenshot(page, f"other-notebook-{theme}")
        if theme == "light":
            dialog.get_by_role("button", name="Cancel").click()
            set_theme(page, "dark")
            deploy_button(cell).click()
            expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Cancel").click()
    expect(state(cell)).to_contain_text("Deployed from mine.ipynb")

    # The filter searches the records of the target.
    sidebar = show_sidebar(page)
    sidebar.get_by_label("Filter the activations by function").fill("nap")
    expect(sidebar.get_by_role("status").first).to_contain_text("run in all records")
    screenshot(page, "filter-dark")
    set_theme(page, "light")
    screenshot(page, "filter-light")
