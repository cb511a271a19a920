"""What the Deploy button says while the kernel is busy, and after a deploy that failed."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.ui.helpers.lab import (
    Lab,
    both_themes,
    cell_with,
    narrow_sidebar,
    open_notebook,
    run_all,
    screenshot,
    show_sidebar,
)

CUT = """found => found
  .filter(one => one.scrollWidth > one.clientWidth)
  .map(one => one.textContent)"""
LOAD = "%load_ext jupyter_faas"
NAP = "%%function nap\ndef nap(seconds: float = 0.0):\n    return {'slept': seconds}"
BUSY = """import pathlib, time
while not pathlib.Path('go').exists():
    time.sleep(0.05)"""


def replace_source(page: Page, cell: Locator, source: str) -> None:
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(source)


def test_the_question_about_a_busy_kernel_goes_when_it_is_free(page: Page, lab: Lab) -> None:
    (lab.notebooks / "go").unlink(missing_ok=True)
    lab.add_notebook("busy.ipynb", [LOAD, NAP, BUSY])
    open_notebook(page, lab, "busy.ipynb")
    # The kernel stays in the last cell, and the button has to run the one above it again.
    page.evaluate("void window.jupyterapp.commands.execute('notebook:run-all-cells')")
    cell = cell_with(page, "%%function nap")
    card = cell.get_by_role("region", name="Function nap")
    expect(card).to_be_visible()
    replace_source(page, cell, NAP.replace("slept", "rested"))
    card.get_by_role("button", name="Deploy nap").click()
    dialog = page.get_by_role("dialog", name="The kernel is busy")
    expect(dialog).to_be_visible()
    (lab.notebooks / "go").touch()
    expect(dialog).to_have_count(0)
    expect(card.locator(".jp-FaasCard-head")).to_contain_text("Deployed")


def test_a_failed_deploy_is_forgotten_when_the_cell_has_run(page: Page, lab: Lab) -> None:
    lab.add_notebook("fails.ipynb", [LOAD, NAP.replace("nap", "doze")])
    open_notebook(page, lab, "fails.ipynb")
    run_all(page)
    cell = cell_with(page, "%%function doze")
    card = cell.get_by_role("region", name="Function doze")
    row = show_sidebar(page).get_by_role("treeitem", name="doze")
    replace_source(page, cell, NAP.replace("nap", "doze") + "\n1 / 0")
    card.get_by_role("button", name="Deploy doze").click()
    expect(card.get_by_role("alert")).to_contain_text("ZeroDivisionError")
    expect(row).to_contain_text("ZeroDivisionError")
    replace_source(page, cell, NAP.replace("nap", "doze"))
    run_all(page)
    expect(card.get_by_role("alert")).to_have_count(0)
    expect(row).not_to_contain_text("ZeroDivisionError")
    expect(card.get_by_role("button", name="Deploy doze")).to_have_text("Deploy")


def test_a_refused_cell_says_why_and_offers_the_cell(page: Page, lab: Lab) -> None:
    good = "%%function snooze\ndef snooze():\n    return {'n': 1}"
    refused = good.replace("1", "next(numbers)")
    lab.add_notebook("refused.ipynb", [LOAD, "numbers = iter(open('x', 'w+'))", NAP, refused])
    open_notebook(page, lab, "refused.ipynb")
    run_all(page)
    sidebar = narrow_sidebar(page, 250)
    row = sidebar.get_by_role("treeitem", name="snooze, not packaged")
    expect(row).to_contain_text("numbers")
    expect(row.get_by_role("button", name="Deploy")).to_have_count(0)
    for theme in both_themes(page):
        screenshot(page, f"sidebar-refused-250-{theme}")
    assert sidebar.locator(".jp-FaasState-words").evaluate_all(CUT) == []
    row.get_by_role("button", name="Show the cell of snooze").click()
    cell = cell_with(page, "%%function snooze")
    expect(cell).to_have_class(re.compile("jp-mod-active"))
    replace_source(page, cell, good)
    expect(sidebar.get_by_role("treeitem", name="snooze, not deployed")).to_be_visible()
    expect(sidebar.get_by_role("button", name="Deploy snooze")).to_have_text("Deploy")
    # Another text that fails with the same message.
    replace_source(page, cell, refused.replace("'n'", "'m'"))
    page.keyboard.press("Control+Enter")
    expect(sidebar.get_by_role("treeitem", name="snooze, not packaged")).to_be_visible()
