"""What the panel says when something is missing, and what works all the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.ui.helpers.cells import FUNCTION, TRAIN, named
from tests.ui.helpers.lab import Lab, cell_with, open_notebook, run_all, screenshot, show_sidebar

LabMaker = Callable[..., Lab]


@pytest.fixture
def make_lab(tmp_path: Path) -> Iterator[LabMaker]:
    """A JupyterLab of this test's own; ``configure`` maps files below its folder to their JSON."""
    made: list[Lab] = []

    def make(configure: dict[str, object] | None = None, **environment: str) -> Lab:
        lab = Lab(tmp_path / f"lab{len(made)}", environment)
        for path, content in (configure or {}).items():
            lab.configure(path, content)
        made.append(lab)
        lab.start()
        return lab

    yield make
    for lab in made:
        lab.stop()
        lab.stop_playgrounds()


def test_kernel_with_another_data_folder_deploys_from_the_button(
    page: Page, lab: Lab, tmp_path: Path
) -> None:
    elsewhere = f"import os\nos.environ['JUPYTER_FAAS_DATA_DIR'] = {str(tmp_path / 'kernel')!r}"
    lab.add_notebook("elsewhere.ipynb", [elsewhere, TRAIN, named("carried")])
    open_notebook(page, lab, "elsewhere.ipynb")
    sidebar = show_sidebar(page)
    run_all(page)
    row = sidebar.locator(".jp-FaasFunction", has_text="carried")
    expect(row).to_contain_text("Not deployed")
    row.get_by_role("button", name="Deploy carried").click()
    expect(row).to_contain_text(re.compile("v1.*Deployed"))
    assert list((tmp_path / "kernel" / "bundles").glob("*.zip"))


def test_stopped_playground_starts_from_the_panel(page: Page, make_lab: LabMaker) -> None:
    lab = make_lab()
    lab.add_notebook("first.ipynb", [FUNCTION])
    open_notebook(page, lab, "first.ipynb")
    sidebar = show_sidebar(page)
    expect(sidebar).to_contain_text("The playground is stopped")
    screenshot(sidebar, "stopped")
    sidebar.get_by_role("button", name="Start the playground").click()
    expect(sidebar.locator(".jp-FaasTarget")).to_contain_text("running")


def test_panel_tells_how_to_mend_a_missing_server_half(page: Page, make_lab: LabMaker) -> None:
    off = {"ServerApp": {"jpserver_extensions": {"jupyter_faas": False}}}
    lab = make_lab({"config/jupyter_server_config.json": off})
    lab.add_notebook("alone.ipynb", [FUNCTION])
    open_notebook(page, lab, "alone.ipynb")
    sidebar = show_sidebar(page)
    expect(sidebar).to_contain_text("The server extension is not loaded")
    expect(sidebar).to_contain_text("jupyter server extension enable jupyter_faas")
    screenshot(sidebar, "server-half-missing")


def test_panel_tells_of_a_kernel_without_the_package(page: Page, lab: Lab) -> None:
    lab.add_notebook("bare.ipynb", ["1 + 1", FUNCTION])
    open_notebook(page, lab, "bare.ipynb")
    sidebar = show_sidebar(page)
    expect(sidebar).to_contain_text("The kernel has not loaded jupyter_faas")
    sidebar.get_by_role("button", name="Run %load_ext jupyter_faas").click()
    expect(sidebar).not_to_contain_text("The kernel has not loaded jupyter_faas")


def test_panel_tells_when_the_target_does_not_answer(
    page: Page, make_lab: LabMaker, tmp_path: Path
) -> None:
    properties = tmp_path / "wskprops"
    properties.write_text(f"APIHOST=http://127.0.0.1:9\nAUTH={'0' * 36}:{'a' * 64}\n")
    lab = make_lab(WSK_CONFIG_FILE=str(properties))
    lab.api("PUT", "faas/api/target", {"name": "wskprops"})
    lab.add_notebook("down.ipynb", [TRAIN, FUNCTION])
    open_notebook(page, lab, "down.ipynb")
    sidebar = show_sidebar(page)
    expect(sidebar).to_contain_text("Cannot reach")
    screenshot(sidebar, "not-reachable")
    sidebar.get_by_role("button", name="Use Local playground").click()
    expect(sidebar.locator(".jp-FaasTarget")).to_contain_text("Local playground")


def test_card_is_a_widget_where_the_lab_extension_is_not_installed(
    page: Page, make_lab: LabMaker
) -> None:
    lab = make_lab(
        {"config/labconfig/page_config.json": {"disabledExtensions": {"jupyter_faas": True}}}
    )
    lab.add_notebook("widget.ipynb", [TRAIN, FUNCTION])
    open_notebook(page, lab, "widget.ipynb")
    run_all(page)
    card = cell_with(page, "%%function iris").locator(".jp-FaasCard")
    expect(card.locator(".jp-FaasCard-name")).to_have_text("iris")
    card.get_by_role("button", name="Deploy iris").click()
    expect(card).to_contain_text("Deployed")
    screenshot(page, "widget")
