"""What the Deploy button says while the kernel is busy, and after a deploy that failed."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.ui.helpers.lab import Lab, cell_with, open_notebook, run_all, show_sidebar

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
