"""``--watch`` in JupyterLab: saving the notebook deploys the cells that changed."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.ui.helpers.lab import Lab, cell_with, command, open_notebook, run_all, show_sidebar

CELL = """%%function sum_of --watch
def sum_of(a: int, b: int):
    return {"sum": a + b}"""


def test_saving_deploys_a_watched_cell_that_changed(page: Page, lab: Lab) -> None:
    lab.add_notebook("watch.ipynb", ["%load_ext jupyter_faas", CELL, "ran = 1"])
    open_notebook(page, lab, "watch.ipynb")
    sidebar = show_sidebar(page)
    run_all(page)
    cell = cell_with(page, "%%function sum_of")
    expect(cell).to_contain_text("Deployed sum_of-dev 0.0.1 to Local playground")
    expect(sidebar.locator(".jp-FaasFunction", has_text="sum_of-dev")).to_contain_text("v1")

    cell.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.type("\n# a second version")
    command(page, "docmanager:save")
    expect(cell).to_contain_text("Deployed sum_of-dev 0.0.2 to Local playground")

    # Nothing changed, so nothing runs: the count of the cell stays.
    prompt = cell.locator(".jp-InputPrompt")
    before = prompt.inner_text()
    command(page, "docmanager:save")
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.info")
    expect(prompt).to_have_text(before)
    names = [each["name"] for each in lab.api("GET", "faas/api/functions")["functions"]]
    assert "sum_of" not in names
