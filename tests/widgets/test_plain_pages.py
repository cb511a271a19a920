"""The widgets, as VS Code draws them, and the HTML of an executed notebook, without JupyterLab."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import Browser, Page, expect

from jupyter_faas.playground import control
from tests.cli.helpers import notebooks
from tests.ui.conftest import TEST_DEADLINE_S, browser, playwright
from tests.ui.helpers.axe import violations
from tests.ui.helpers.lab import screenshot

__all__ = ["browser", "playwright"]

pytestmark = pytest.mark.timeout(TEST_DEADLINE_S)

INVOKE = "%faas invoke iris sepal_length=5.1 sepal_width=3.5 petal_length=1.4 petal_width=0.2"
WIDGETS = "application/vnd.jupyter.widget-state+json"
# The colours of the page and of its text in the themes of VS Code.
THEMES = {"light": ("#ffffff", "#3b3b3b"), "dark": ("#1f1f1f", "#cccccc")}
# What VS Code's renderer does: a model with the state, the style, and the module as a blob.
HOST = """async state => {
  const listeners = {};
  window.sent = [];
  window.emit = (event, value) => (listeners[event] ?? []).forEach(one => one(value));
  const model = {
    get: name => state[name],
    on: (event, callback) => (listeners[event] ??= []).push(callback),
    off: (event, callback) => {
      listeners[event] = (listeners[event] ?? []).filter(one => one !== callback);
    },
    send: message => window.sent.push(message)
  };
  const style = document.createElement('style');
  style.textContent = state._css;
  document.head.append(style);
  const blob = new Blob([state._esm], { type: 'text/javascript' });
  const { default: widget } = await import(URL.createObjectURL(blob));
  await widget.render({ model, el: document.body.appendChild(document.createElement('div')) });
}"""


def nbconvert(folder: Path, *words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "jupyter", "nbconvert", *words],
        cwd=folder,
        env={**os.environ, "JUPYTER_FAAS_DATA_DIR": str(folder / "faas")},
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a notebook that nbclient executed, which stores the state of its widgets."""
    folder = tmp_path_factory.mktemp("plain")
    cells = (notebooks.LOAD, notebooks.TRAIN, notebooks.IRIS, "%faas deploy iris", INVOKE)
    notebooks.write(folder / "flowers.ipynb", *cells)
    nbconvert(folder, "--to", "notebook", "--execute", "flowers.ipynb", "--output", "executed")
    yield folder
    control.stop(folder / "faas")


def states(folder: Path) -> dict[str, dict[str, Any]]:
    """The states of the widgets by the type of their payload."""
    metadata = nbformat.read(folder / "executed.ipynb", as_version=4).metadata
    found = [one["state"] for one in metadata["widgets"][WIDGETS]["state"].values()]
    return {one["payload"]["type"]: dict(one) for one in found if "_esm" in one}


@pytest.fixture(params=["light", "dark"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """An empty page in the colours of VS Code."""
    theme = request.param
    ground, text = THEMES[theme]
    context = browser.new_context(viewport={"width": 900, "height": 900}, color_scheme=theme)
    page = context.new_page()
    page.set_content(
        f"<!doctype html><html lang='en' style='color-scheme: {theme}'><title>VS Code</title>"
        f"<body class='vscode-{theme}' style='background: {ground}; color: {text}'></body>"
    )
    page.evaluate("theme => { window.theme = theme }", theme)
    yield page
    context.close()


def test_card_is_drawn_and_its_buttons_send_messages(page: Page, executed: Path) -> None:
    page.evaluate(HOST, states(executed)["function"])
    card = page.locator(".jp-FaasCard")
    expect(card).to_contain_text("Deployed")
    card.get_by_role("button", name="Invoke").click()
    page.wait_for_function("window.sent.length > 0")
    assert page.evaluate("window.sent[0].op") == "invoke"
    activation = states(executed)["activation"]["payload"]
    page.evaluate(
        "one => window.emit('msg:custom', { event: 'activation', activation: one })", activation
    )
    expect(card).to_contain_text('"setosa"')
    screenshot(page, f"widget-card-{page.evaluate('theme')}")
    assert list(map(str, violations(page, ".jp-FaasCard"))) == []


def test_activation_is_drawn(page: Page, executed: Path) -> None:
    page.evaluate(HOST, states(executed)["activation"])
    shown = page.locator(".jp-FaasActivation")
    expect(shown).to_contain_text('"setosa"')
    expect(shown).to_contain_text("cold")
    assert list(map(str, violations(page, ".jp-FaasActivation"))) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_html_export_shows_card_and_activation_without_scripts(
    browser: Browser, executed: Path, theme: str
) -> None:
    notebook = nbformat.read(executed / "executed.ipynb", as_version=4)
    # A notebook that JupyterLab saves has no widget state.
    del notebook.metadata["widgets"]
    nbformat.write(notebook, executed / f"saved-{theme}.ipynb")
    nbconvert(executed, "--to", "html", "--theme", theme, f"saved-{theme}.ipynb")
    context = browser.new_context(
        viewport={"width": 900, "height": 1300},
        java_script_enabled=False,
        offline=True,
    )
    page = context.new_page()
    page.goto((executed / f"saved-{theme}.html").as_uri(), wait_until="domcontentloaded")
    outputs = page.locator(".jp-OutputArea-output")
    for text in ("labels agree", '"setosa"'):
        expect(outputs.filter(has_text=text).first).to_be_visible()
    screenshot(page, f"html-export-{theme}")
    context.close()
