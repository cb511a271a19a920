"""Every document while the playground is stopped: it says so, and one button starts it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.ui.helpers.lab import (
    Lab,
    both_themes,
    cell_with,
    command,
    narrow_sidebar,
    open_notebook,
    run_all,
    screenshot,
)

STOPPED = "The playground is stopped"
CELLS = [
    "%load_ext jupyter_faas",
    '%%function measure\ndef measure(width: float = 2.0):\n    """Half of it."""\n'
    '    return {"half": width / 2}',
    "%%composition chain\nsequence(measure, lambda params: {'width': params['half']}, measure)",
    "%faas deploy chain",
    "%faas invoke chain",
]
# The command, its arguments, the document's class, what it shows.
DOCUMENTS: dict[str, tuple[str, dict[str, str], str, str]] = {
    "page": ("faas:open-function", {"name": "measure"}, ".jp-FaasPage", "Half of it."),
    "history": ("faas:show-history", {"name": "measure"}, ".jp-FaasPage", "Deploys"),
    "graph": ("faas:open-flow", {"name": "chain"}, ".jp-FaasGraph", "This is the deployed graph."),
    "costs": ("faas:open-costs", {}, ".jp-FaasCosts", "3 calls"),
    "session": ("faas:open-session", {}, ".jp-FaasSession", "chain"),
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A JupyterLab of this test's own: its playground is stopped again and again."""
    lab = Lab(tmp_path_factory.mktemp("stopped"))
    lab.add_notebook("chain.ipynb", CELLS)
    lab.start()
    lab.api("POST", "faas/api/playground", {"action": "start"})
    yield lab
    lab.stop()
    lab.stop_playgrounds()


def test_each_document_starts_the_playground(page: Page, lab: Lab) -> None:
    open_notebook(page, lab, "chain.ipynb")
    run_all(page)
    shown = cell_with(page, "%faas invoke").locator(".jp-FaasDisplay")
    expect(shown).to_contain_text('{"half": 0.5}')
    listed = lab.api("GET", "faas/api/activations?top=true")["activations"]
    DOCUMENTS["session"][1]["id"] = next(one["id"] for one in listed if one["name"] == "chain")
    for name, (open_it, arguments, css, words) in DOCUMENTS.items():
        open_notebook(page, lab, "chain.ipynb")
        document = page.locator(f"{css}:visible").first
        if name != "session":
            # What it shows stays; a record that was read needs no playground.
            command(page, open_it, arguments)
            expect(document).to_contain_text(words)
            expect(document).not_to_contain_text(STOPPED)
        command(page, "faas:stop-playground")
        if name == "session":
            command(page, open_it, arguments)
        expect(document).to_contain_text(STOPPED)
        expect(document.locator(".jp-mod-primary")).to_have_count(1)
        for theme in both_themes(page):
            screenshot(page, f"stopped-{name}-{theme}")
        document.get_by_role("button", name="Start the playground").click()
        expect(document).not_to_contain_text(STOPPED)
        expect(document).not_to_contain_text("Starting the playground")
        expect(document).to_contain_text(words)


def test_the_first_button_of_the_sidebar_is_not_cut(page: Page, lab: Lab) -> None:
    lab.api("POST", "faas/api/playground", {"action": "stop"})
    lab.add_notebook("first.ipynb", ["1 + 1"])
    open_notebook(page, lab, "first.ipynb")
    sidebar = narrow_sidebar(page, 250)
    button = sidebar.get_by_role("button", name="Insert these cells")
    expect(button).to_be_visible()
    # The activations need only two lines, so the functions have room for all of theirs.
    page.wait_for_function(
        "button => button.getBoundingClientRect().bottom <="
        " button.closest('.jp-FaasSection').getBoundingClientRect().bottom",
        arg=button.element_handle(),
    )
    for theme in both_themes(page):
        screenshot(sidebar, f"stopped-sidebar-250-{theme}")
