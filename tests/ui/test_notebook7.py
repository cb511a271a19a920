"""Jupyter Notebook 7 in a real browser: a page is one document, and what we open lies below it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import ConsoleMessage, Error, Locator, Page, expect

from tests.ui.helpers.cells import SETOSA
from tests.ui.helpers.lab import (
    Lab,
    both_themes,
    cell_with,
    command,
    open_notebook,
    run_all,
    screenshot,
)

LOAD = "%load_ext jupyter_faas"
MEASURE = """%%function measure
def measure(width: float):
    return {"area": width * width}"""
FLOW = """%%composition measured
sequence(measure)"""


@pytest.fixture(scope="module")
def notebook7(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    lab = Lab(tmp_path_factory.mktemp("notebook7"), application="notebook")
    lab.start()
    lab.api("POST", "faas/api/playground", {"action": "start"})
    yield lab
    lab.stop()
    lab.stop_playgrounds()


@pytest.fixture
def page(fresh_page: Page) -> Page:
    """A page to which no other test listens."""
    return fresh_page


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """What goes wrong in code of ours, and all that is written to the console as an error."""
    found: list[str] = []

    def on_error(error: Error) -> None:
        if "jupyter_faas" in (error.stack or ""):
            found.append(str(error))

    def on_message(message: ConsoleMessage) -> None:
        if message.type == "error":
            found.append(message.text)

    page.on("pageerror", on_error)
    page.on("console", on_message)
    return found


def show_sidebar(page: Page) -> Locator:
    """By the menu, as somebody does who does not know the command."""
    page.get_by_role("menuitem", name="View", exact=True).click()
    for words in ("Left Sidebar", "Show Functions and activations"):
        page.locator(".lm-Menu-item", has_text=words).click()
    sidebar = page.locator(".jp-FaasSidebar")
    expect(sidebar).to_be_visible()
    return sidebar


def pictures(page: Page, name: str) -> None:
    for theme in both_themes(page):
        screenshot(page, f"notebook7-{name}-{theme}")


def tab(page: Page, name: str) -> Locator:
    return page.locator("#jp-down-stack").get_by_role("tab", name=name, exact=True)


def test_quickstart_to_the_view_of_an_activation(
    page: Page, notebook7: Lab, complaints: list[str]
) -> None:
    notebook7.add_notebook("quickstart.ipynb")
    open_notebook(page, notebook7, "quickstart.ipynb")
    function = cell_with(page, "%%function iris")
    function.locator(".cm-content").click()
    command(page, "notebook:run-all-above")
    command(page, "notebook:run-cell")
    card = function.locator(".jp-FaasCard")
    card.get_by_role("button", name="Deploy iris", exact=True).click()
    expect(card.locator(".jp-FaasCard-head")).to_contain_text("Deployed")
    function.locator(".cm-content").click()
    toolbar = function.locator(".jp-FaasCellDeploy")
    expect(toolbar).to_be_visible()
    expect(toolbar).to_contain_text("Deployed v1")

    form = card.get_by_role("form")
    for label, value in SETOSA.items():
        form.get_by_label(label).fill(value)
    form.get_by_role("button", name="Invoke").click()
    expect(card).to_contain_text('"setosa"')

    sidebar = show_sidebar(page)
    expect(sidebar.locator(".jp-FaasFunction", has_text="iris")).to_contain_text("Deployed")
    row = sidebar.locator(".jp-FaasActivationRow", has_text="iris").first
    row.click()
    details = sidebar.locator(".jp-FaasActivationDetails")
    expect(details).to_contain_text("setosa")
    pictures(page, "sidebar")
    details.get_by_role("link").first.click()
    session = page.locator(".jp-FaasSession")
    expect(session.locator("h1")).to_contain_text("iris")
    expect(session.get_by_role("tabpanel")).to_contain_text('"setosa"')
    assert session.evaluate("one => one.offsetHeight") > 300
    pictures(page, "activation")
    assert complaints == []


def test_each_document_is_a_tab_below_the_notebook(
    page: Page, notebook7: Lab, complaints: list[str]
) -> None:
    notebook7.add_notebook("documents.ipynb", [LOAD, MEASURE, FLOW, "%faas deploy measured"])
    open_notebook(page, notebook7, "documents.ipynb")
    run_all(page)
    expect(page.locator(".jp-NotebookPanel")).to_contain_text("Deployed measured")
    command(page, "faas:refresh")
    opened = [
        ("faas:open-function", "measure", "measure", ".jp-FaasPage"),
        ("faas:open-flow", "measured", "measured · graph", ".jp-FaasGraph"),
        ("faas:open-costs", "measure", "Costs", ".jp-FaasCosts"),
    ]
    # Twice: what is open is brought forward.
    for _ in range(2):
        for command_id, name, title, body in opened:
            command(page, command_id, {"name": name})
            expect(page.locator(f"{body}:visible")).to_have_count(1)
            expect(tab(page, title)).to_have_attribute("aria-selected", "true")
    expect(page.locator("#jp-down-stack").get_by_role("tab")).to_have_count(len(opened))
    expect(cell_with(page, "%%function measure")).to_be_visible()
    for _, _, title, body in opened:
        tab(page, title).click()
        expect(page.locator(f"{body}:visible")).to_have_count(1)
        if body in (".jp-FaasPage", ".jp-FaasCosts"):
            pictures(page, body.removeprefix(".jp-").lower())
    # The history is a tab of the function's page.
    command(page, "faas:show-history", {"name": "measure"})
    expect(page.locator(".jp-FaasHistory:visible")).to_have_count(1)
    expect(tab(page, "measure")).to_have_attribute("aria-selected", "true")
    for _, _, title, _ in opened:
        tab(page, title).locator(".lm-TabBar-tabCloseIcon").click()
    expect(page.locator("#jp-down-stack")).to_be_hidden()
    assert complaints == []


def test_the_cell_of_another_notebook_opens_in_a_page_of_its_own(
    page: Page, notebook7: Lab, complaints: list[str]
) -> None:
    other = MEASURE.replace("measure", "weigh")
    path = notebook7.add_notebook("others.ipynb", [LOAD, *["1"] * 30, other, "%faas deploy weigh"])
    open_notebook(page, notebook7, "others.ipynb")
    run_all(page)
    expect(page.locator(".jp-NotebookPanel")).to_contain_text("Deployed weigh")
    run = {"params": {"width": 2}}
    notebook7.api("POST", "faas/api/functions/weigh/invocations", run)

    notebook7.add_notebook("empty.ipynb", ["1"])
    open_notebook(page, notebook7, "empty.ipynb")
    row = show_sidebar(page).get_by_role("treeitem", name="weigh, succeeded").first

    def opened() -> Page:
        row.click(button="right")
        with page.context.expect_page() as opening:
            page.get_by_role("menuitem", name="Open cell").click()
        return opening.value

    there = opened()
    expect(cell_with(there, "%%function weigh")).to_be_in_viewport()
    there.close()

    cells = json.loads(path.read_text("utf-8"))
    cells["cells"] = [one for one in cells["cells"] if "%%function" not in "".join(one["source"])]
    path.write_text(json.dumps(cells), "utf-8")
    expect(opened().locator(".Toastify__toast")).to_contain_text("no longer in the notebook")
    assert complaints == []
