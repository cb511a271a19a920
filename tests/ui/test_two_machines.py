"""The sidebar, while the playground of the data folder runs on another machine."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from jupyter_faas.playground.data_dir import DataDirectory
from tests.playground.helpers.containers import container
from tests.ui.helpers.lab import (
    Lab,
    both_themes,
    cell_with,
    open_notebook,
    screenshot,
    show_sidebar,
)

CELL = "%%function hello\ndef hello():\n    return {}"


def test_other_machine_is_named_and_cells_run(page: Page, tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    lab.add_notebook("hello.ipynb", ["%load_ext jupyter_faas", CELL])
    folder = DataDirectory(lab.data_dir)
    with container(lab.data_dir, host="login-node-2") as process:
        folder.write_wskprops("http://127.0.0.1:3233", folder.auth())
        lab.start()
        open_notebook(page, lab, "hello.ipynb")
        page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
        sidebar = show_sidebar(page)
        expect(sidebar).to_contain_text("in another container: login-node-2.")
        expect(sidebar).to_contain_text("Use it there, or stop it there")
        expect(cell_with(page, "%%function").locator(".jp-FaasDisplay")).to_be_visible()
        # The hint ends with the path of the folder, which has no spaces.
        message = sidebar.locator(".jp-FaasMessage").first
        assert message.evaluate("one => one.scrollWidth <= one.clientWidth")
        for theme in both_themes(page):
            screenshot(page, f"two-machines-{theme}")
        process.communicate("\n")
    lab.stop()
