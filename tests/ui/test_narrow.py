"""Every screen at the widths that people have: nothing is cut, and only tables scroll sideways."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.ui.helpers.lab import Lab, command, open_notebook, run_all, show_sidebar

DOUBLE = '''%%function double --web
def double(number: float = 1.0, times: int = 1, unit: str = "cm"):
    """Twice a number."""
    return {"number": 2 * number * times, "unit": unit}'''
CELLS = [
    "%load_ext jupyter_faas",
    DOUBLE,
    "%%composition doubles_in_a_row\n"
    "sequence(double, when(lambda p: p['number'] > 2, double, retry(2, double)), double,\n"
    "    lambda p: {**p, 'paid': True})",
    "%faas deploy doubles_in_a_row",
    "%faas invoke doubles_in_a_row number=1",
    "%faas invoke double number=1",
]
DOCUMENTS = {
    "page": ("faas:open-function", {"name": "double"}, ".jp-FaasPage"),
    "composition": ("faas:open-function", {"name": "doubles_in_a_row"}, ".jp-FaasPage"),
    "history": ("faas:show-history", {"name": "double"}, ".jp-FaasPage"),
    "graph": ("faas:open-flow", {"name": "doubles_in_a_row"}, ".jp-FaasGraph"),
    "costs": ("faas:open-costs", {}, ".jp-FaasCosts"),
    "session": ("faas:open-session", {}, ".jp-FaasSession"),
}
# What sticks out of a place to the right, unless it scrolls within it or is only ellipsized.
STICKS_OUT = """root => {
  const right = root.getBoundingClientRect().right + 1;
  const scrolls = one => ['auto', 'scroll', 'hidden'].includes(getComputedStyle(one).overflowX);
  const inside = one => {
    for (let up = one.parentElement; up && up !== root; up = up.parentElement) {
      if (scrolls(up) && up.scrollWidth > up.clientWidth && !up.matches('.jp-FaasPage-page')) {
        return true;
      }
    }
    return false;
  };
  return [...root.querySelectorAll('*')]
    .filter(one => one.checkVisibility() && one.getBoundingClientRect().right > right)
    .filter(one => !inside(one) && !one.closest('.jp-Faas-hidden'))
    .map(one => `${one.tagName} ${one.className} ${one.textContent.slice(0, 40)}`);
}"""
SCROLLBARS = """root => [root, ...root.querySelectorAll('*')]
  .filter(one => one.checkVisibility() && one.scrollWidth > one.clientWidth)
  .filter(one => ['auto', 'scroll'].includes(getComputedStyle(one).overflowX))
  .map(one => one.className.toString())"""


@pytest.fixture
def notebook(page: Page, lab: Lab) -> Iterator[Page]:
    lab.add_notebook("narrow.ipynb", CELLS)
    open_notebook(page, lab, "narrow.ipynb")
    run_all(page)
    expect(page.locator(".jp-NotebookPanel")).to_contain_text('"number": 2')
    command(page, "faas:refresh")
    yield page


def narrow_sidebar(page: Page, px: int) -> Locator:
    sidebar = show_sidebar(page)
    handle = page.locator("#jp-main-split-panel > .lm-SplitPanel-handle:visible").first
    box, own = handle.bounding_box(), sidebar.bounding_box()
    assert box is not None and own is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + 300
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + px - own["width"], y)
    page.mouse.up()
    return sidebar


def test_the_sidebar_at_its_default_width(notebook: Page) -> None:
    sidebar = narrow_sidebar(notebook, 250)
    expect(sidebar.locator(".jp-FaasActivationRow").first).to_be_visible()
    assert sidebar.evaluate(STICKS_OUT) == []
    assert sidebar.evaluate(SCROLLBARS) == []
    label = sidebar.locator(".jp-FaasTarget-label")
    assert label.evaluate("one => one.scrollWidth <= one.clientWidth")
    field = sidebar.get_by_label("Filter the activations by function")
    wide = """one => {
      const context = document.createElement('canvas').getContext('2d');
      context.font = getComputedStyle(one).font;
      return context.measureText(one.placeholder).width;
    }"""
    assert field.evaluate(wide) <= field.evaluate("one => one.clientWidth")


def test_documents_from_half_a_narrow_window_to_a_wide_one(notebook: Page, lab: Lab) -> None:
    listed = lab.api("GET", "faas/api/activations?top=true")["activations"]
    run = next(one["id"] for one in listed if one["name"] == "doubles_in_a_row")
    command(notebook, "application:toggle-left-area")
    found: dict[str, list[str]] = {}
    for name, (command_id, arguments, css) in DOCUMENTS.items():
        command(notebook, command_id, {"id": run} if name == "session" else arguments)
        document = notebook.locator(f"{css}:visible").first
        document.get_by_role("heading", level=1).wait_for()
        for width in (360, 480, 600, 720, 800, 960, 1440):
            notebook.set_viewport_size({"width": width + 80, "height": 900})
            try:
                # Charts and graphs follow the width a frame later.
                handle = document.element_handle()
                notebook.wait_for_function(
                    f"root => ({STICKS_OUT})(root).length === 0", arg=handle, timeout=20_000
                )
            except PlaywrightTimeout:
                found[f"{name} at {width}"] = document.evaluate(STICKS_OUT)
    assert found == {}


def test_the_preview_of_a_graph_is_whole_in_the_card(notebook: Page) -> None:
    view = notebook.get_by_role("region", name="Composition doubles_in_a_row").locator(
        ".jp-FaasFlow-view"
    )
    expect(view.locator("svg")).to_be_visible()
    assert view.evaluate("one => one.scrollWidth <= one.clientWidth + 1")
