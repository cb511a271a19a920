"""In real Chromium: Deploy pressed to deployed, a call's way into the sidebar, a session opened."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from playwright.sync_api import Locator, Page, expect, sync_playwright

from jupyter_faas.client import Client, playground_target
from jupyter_faas.composer import sequence
from jupyter_faas.whisk import Activation
from jupyter_faas.workspace import CompositionOptions, CompositionRequest, Workspace
from tests.ui.conftest import CHROMIUM_ARGUMENTS, find_chromium
from tests.ui.helpers.cells import FUNCTION, SETOSA, TRAIN, numbers
from tests.ui.helpers.lab import Lab, command, open_notebook, run_all, show_sidebar
from tools.bench.figures import Figure, sized

ROUNDS = sized(7, 2)
STEPS = sized(40, 3)
NOTHING = "def main(args):\n    return args\n"


# Replaces the text of the function's cell.
_EDIT = """source => {
  const cells = window.jupyterapp.shell.currentWidget.content.widgets;
  cells[1].model.sharedModel.setSource(source);
}"""


def version(number: int) -> re.Pattern[str]:
    return re.compile(rf"v{number}(?!\d).*Deployed")


def deploys(page: Page, row: Locator) -> Figure:
    """Deploys of a function that has run; each round is another version of it."""
    figure = Figure("from pressing Deploy to the badge 'Deployed'", 300)
    expect(row).to_contain_text("Not deployed", timeout=60_000)
    for number in range(1, ROUNDS + 1):
        if number > 1:
            # The same bundle would not be sent again.
            page.evaluate(_EDIT, f"{FUNCTION}\n# version {number}")
            run_all(page)
            expect(row).to_contain_text("Changed since deploy", timeout=60_000)
            # The card comes when the cell is packaged, so that Deploy does not run it again.
            page.wait_for_load_state("networkidle")
        with figure.timed():
            row.get_by_role("button", name=re.compile("^Deploy iris")).click()
            expect(row).to_contain_text(version(number), timeout=30_000)
    return figure


def sightings(sidebar: Locator, lab: Lab) -> Figure:
    """Calls from outside, as curl makes them: nothing tells the browser but its own polling."""
    figure = Figure("from the end of an activation to its row in the sidebar", 1000)
    rows = sidebar.locator(".jp-FaasActivationRow")
    for _ in range(ROUNDS):
        before = rows.count()
        lab.api("POST", "faas/api/functions/iris/invocations", {"params": numbers(SETOSA)})
        with figure.timed():
            expect(rows).to_have_count(before + 1, timeout=30_000)
    return figure


def openings(page: Page, lab: Lab) -> Figure:
    """A session of forty steps: the command to its whole trace, nothing of it fetched before."""
    figure = Figure(f"from opening a session of {STEPS} steps to its trace", 500)
    client = Client(playground_target(lab.data_dir))
    client.put_action("nothing", {"exec": {"kind": "python:default", "code": NOTHING}})
    workspace = Workspace.open(lab.data_dir)
    node = sequence(*["nothing"] * STEPS)
    request = CompositionRequest("", CompositionOptions("forty"))
    workspace.deploy(workspace.package_composition(request, node, {}).record.id)
    for _ in range(ROUNDS):
        answer = client.invoke("forty", {})
        if not (isinstance(answer, Activation) and answer.response.success):
            raise RuntimeError(f"the composition failed: {answer}")
        steps = page.locator(".jp-FaasSession:not(.lm-mod-hidden) .jp-FaasTrace-table [data-id]")
        with figure.timed():
            command(page, "faas:open-session", {"id": answer.activation_id})
            expect(steps).to_have_count(STEPS + 1, timeout=30_000)
        command(page, "application:close")
    return figure


def measure(page: Page, lab: Lab) -> list[Figure]:
    lab.add_notebook("bench.ipynb", [TRAIN, FUNCTION])
    open_notebook(page, lab, "bench.ipynb")
    sidebar = show_sidebar(page)
    run_all(page)
    row = sidebar.locator(".jp-FaasFunction", has_text="iris")
    return [deploys(page, row), sightings(sidebar, lab), openings(page, lab)]


def figures() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        lab = Lab(Path(folder))
        lab.start()
        try:
            lab.api("POST", "faas/api/playground", {"action": "start"})
            chromium = playwright.chromium.launch(
                executable_path=find_chromium(), args=CHROMIUM_ARGUMENTS
            )
            return measure(chromium.new_page(), lab)
        finally:
            lab.stop()
            lab.stop_playgrounds()
