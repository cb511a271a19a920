"""The oldest JupyterLab and Notebook that the package supports, with the wheel of this checkout."""

from __future__ import annotations

import re
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import ConsoleMessage, Error, Page, expect

from tests.project.helpers.index import install
from tests.ui.helpers.cells import FUNCTION, SETOSA, TRAIN
from tests.ui.helpers.lab import (
    Lab,
    both_themes,
    cell_with,
    command,
    open_notebook,
    run_all,
    screenshot,
    show_sidebar,
)

ROOT = Path(__file__).parents[2]
# Notebook 7.2 is made of JupyterLab 4.2, so that one environment holds both.
OLDEST = ("jupyterlab==4.2.*", "notebook==7.2.*")
BUILT_WITH_NEWER = re.compile(r"(Unsatisfied|No satisfying) version")

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def python() -> Path:
    """The interpreter of an environment that is kept; only the wheel of this checkout is new."""
    folder = ROOT / ".dev" / "oldest-jupyterlab"
    found = folder / "bin" / "python"
    if not found.exists():
        venv.create(folder, with_pip=False)
    install(found, *OLDEST)
    return found


@pytest.fixture
def page(fresh_page: Page) -> Page:
    """A page to which no other test listens."""
    return fresh_page


@pytest.fixture(scope="module", params=["lab", "notebook"])
def oldest(
    python: Path, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab]:
    lab = Lab(tmp_path_factory.mktemp("oldest"), application=request.param, python=python)
    lab.start()
    lab.api("POST", "faas/api/playground", {"action": "start"})
    yield lab
    lab.stop()
    lab.stop_playgrounds()


def test_cell_to_the_page_of_its_function(page: Page, oldest: Lab) -> None:
    complaints: list[str] = []

    def on_error(error: Error) -> None:
        # Notebook 7.2 has errors of its own.
        if "jupyter_faas" in (error.stack or ""):
            complaints.append(str(error))

    def on_message(message: ConsoleMessage) -> None:
        # The loader warns that the extension was built with a newer JupyterLab, and loads it.
        if "jupyter_faas" in message.location["url"] and not BUILT_WITH_NEWER.search(message.text):
            complaints.append(message.text)

    page.on("console", on_message)
    page.on("pageerror", on_error)
    oldest.add_notebook("oldest.ipynb", [TRAIN, FUNCTION])
    open_notebook(page, oldest, "oldest.ipynb")
    version = page.evaluate("window.jupyterapp.version")
    assert version.startswith("4.2." if oldest.application == "lab" else "7.2."), version
    sidebar = show_sidebar(page)
    run_all(page)
    function = cell_with(page, "%%function iris")
    card = function.locator(".jp-FaasCard")
    card.get_by_role("button", name="Deploy iris", exact=True).click()
    expect(card.locator(".jp-FaasCard-head")).to_contain_text("Deployed")
    for label, value in SETOSA.items():
        card.get_by_label(label).fill(value)
    card.get_by_role("button", name="Invoke").click()
    expect(card).to_contain_text('"setosa"')
    expect(function.locator(".jp-FaasCellDeploy")).to_contain_text("Deployed v1")

    row = sidebar.locator(".jp-FaasFunction", has_text="iris")
    expect(row).to_contain_text("Deployed")
    expect(sidebar.locator(".jp-FaasActivationRow", has_text="iris")).to_have_count(1)
    # Twice: an open document stays open.
    for _ in range(2):
        command(page, "faas:open-function", {"name": "iris"})
        opened = page.locator(".jp-FaasPage:visible")
        expect(opened).to_contain_text("Name the species of an iris")
    assert opened.evaluate("one => one.offsetWidth") > 400
    for theme in both_themes(page):
        screenshot(page, f"oldest-{oldest.application}-{theme}")
    assert complaints == []
