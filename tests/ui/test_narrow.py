"""Every screen at the widths that people have: nothing is cut, and only tables scroll sideways."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.ui.helpers.album import STICKS_OUT
from tests.ui.helpers.lab import (
    Lab,
    cell_with,
    command,
    narrow_sidebar,
    open_notebook,
    run_all,
    show_sidebar,
)
from tests.ui.helpers.shop import start

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


def test_many_functions_leave_room_for_the_activations(page: Page, lab: Lab) -> None:
    names = [f"item_{number}" for number in range(7)]
    cells = [
        f"%%function {name} --deploy\ndef {name}(n: int = 1):\n    return {{'n': n}}"
        for name in names
    ]
    calls = [f"%faas invoke {name}" for name in names]
    lab.add_notebook("many.ipynb", ["%load_ext jupyter_faas", *cells, *calls])
    page.set_viewport_size({"width": 1280, "height": 800})
    open_notebook(page, lab, "many.ipynb")
    run_all(page)
    sidebar = show_sidebar(page)
    command(page, "faas:refresh")
    expect(sidebar.locator(".jp-FaasActivationRow", has_text="item_6").first).to_be_attached()
    inside = """rows => rows.filter(row => {
      const list = row.closest('.jp-FaasSection').getBoundingClientRect();
      return row.getBoundingClientRect().bottom <= list.bottom;
    }).length"""
    assert sidebar.locator(".jp-FaasActivationRow").evaluate_all(inside) >= 4


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


# The distance in px between the right edges of two elements.
APART = """([one, other]) =>
  Math.abs(one.getBoundingClientRect().right - other.getBoundingClientRect().right)"""


def test_figures_stay_near_their_names_in_a_wide_window(notebook: Page, lab: Lab) -> None:
    listed = lab.api("GET", "faas/api/activations?top=true")["activations"]
    run = next(one["id"] for one in listed if one["name"] == "doubles_in_a_row")
    notebook.set_viewport_size({"width": 2560, "height": 1000})
    command(notebook, "faas:open-session", {"id": run})
    session = notebook.locator(".jp-FaasSession:visible")
    figures = session.locator(".jp-FaasSession-figures")
    for tab in ("result", "trace", "cost"):
        session.locator(f"[data-tab={tab}]").click()
        head, panel = figures.bounding_box(), session.get_by_role("tabpanel").bounding_box()
        assert head is not None and panel is not None
        assert max(head["x"] + head["width"], panel["width"]) < 1700
    command(notebook, "faas:open-costs")
    costs = notebook.locator(".jp-FaasCosts:visible")
    total, cell = costs.locator(".jp-FaasSession-duration"), costs.locator("tfoot td").last
    apart = notebook.evaluate(APART, [total.element_handle(), cell.element_handle()])
    # The cells have a padding of 8 px, which the table's margin takes back.
    assert apart == pytest.approx(8, abs=1)


def test_figures_of_activations_stay_near_their_names_in_a_wide_sidebar(notebook: Page) -> None:
    sidebar = narrow_sidebar(notebook, 900)
    row = sidebar.locator(".jp-FaasActivationRow").first
    box, age = row.bounding_box(), row.locator(".jp-Faas-number").last.bounding_box()
    assert box is not None and age is not None
    assert age["x"] + age["width"] - box["x"] < 600


def test_a_field_has_one_ring(notebook: Page) -> None:
    sidebar = show_sidebar(notebook)
    field = sidebar.get_by_label("Filter the activations by function")
    field.focus()
    assert field.evaluate("one => getComputedStyle(one).outlineStyle") == "none"
    around = field.locator("xpath=..")
    assert around.evaluate("one => getComputedStyle(one).boxShadow") != "none"


def test_the_toolbar_of_a_run_has_one_line_and_a_menu_for_the_rest(
    notebook: Page, lab: Lab
) -> None:
    listed = lab.api("GET", "faas/api/activations?top=true")["activations"]
    narrow_sidebar(notebook, 250)
    run = next(one["id"] for one in listed if one["name"] == "double")
    command(notebook, "faas:open-session", {"id": run})
    session = notebook.locator(".jp-FaasSession:visible")
    target = session.locator(".jp-FaasSession-target")
    toolbar = session.get_by_role("toolbar", name="Activation actions")
    last = session.get_by_role("button", name="Show history")
    more = session.get_by_role("button", name="More actions")
    target.wait_for()
    notebook.set_viewport_size({"width": 2560, "height": 900})
    expect(last).to_be_visible()
    expect(more).to_be_hidden()
    for width in (1024, 800):
        notebook.set_viewport_size({"width": width, "height": 900})
        expect(last).to_be_hidden()
        assert toolbar.evaluate("one => one.offsetHeight") <= 33
        apart = notebook.evaluate(APART, [target.element_handle(), toolbar.element_handle()])
        assert apart <= 10
    more.click()
    notebook.locator(".lm-Menu").get_by_role("menuitem", name="Show history").click()
    expect(notebook.locator(".jp-FaasPage:visible")).to_contain_text("History")


def test_the_table_of_a_replay_fits_a_narrow_output(notebook: Page, lab: Lab) -> None:
    unit = "a unit with a name that is longer than its column"
    lab.api("POST", "faas/api/functions/double/invocations", {"params": {"unit": unit}})
    narrow_sidebar(notebook, 250)
    notebook.set_viewport_size({"width": 1024, "height": 900})
    cell_with(notebook, "%faas invoke double ").click()
    command(notebook, "notebook:insert-cell-below")
    notebook.keyboard.press("Enter")
    notebook.keyboard.type("%faas replay double --deployed")
    notebook.keyboard.press("Shift+Enter")
    table = cell_with(notebook, "%faas replay").locator(".jp-FaasOutputTable")
    expect(table).to_contain_text("Cost now")
    shown = table.get_by_title(unit)
    assert shown.evaluate("one => one.scrollWidth > one.clientWidth")
    assert table.evaluate("one => one.scrollWidth <= one.clientWidth")


def test_bars_and_checks_have_room_beside_a_sidebar(notebook: Page, lab: Lab) -> None:
    narrow_sidebar(notebook, 250)
    notebook.set_viewport_size({"width": 1024, "height": 900})
    card = notebook.get_by_role("region", name="Function double")
    card.locator(".jp-FaasDisclosure-head[aria-expanded=false]").last.click()
    note = card.locator(".jp-FaasCard-preflight > span", has_text="available on this target")
    # At most two lines.
    expect(note).to_be_visible()
    assert note.evaluate("one => one.offsetHeight") <= 44
    listed = lab.api("GET", "faas/api/activations?top=true")["activations"]
    run = next(one["id"] for one in listed if one["name"] == "doubles_in_a_row")
    command(notebook, "faas:open-session", {"id": run})
    session = notebook.locator(".jp-FaasSession:visible")
    session.locator("[data-tab=trace]").click()
    bars = session.locator("th.jp-FaasTrace-bars")
    expect(bars).to_be_visible()
    assert bars.evaluate("one => one.offsetWidth") > 180
    expect(session.get_by_role("columnheader", name="Wait")).to_be_hidden()


def test_the_name_in_a_dialog_is_whole(notebook: Page) -> None:
    name = "thumbnails_of_every_single_asset_of_the_catalogue_for_print"
    start(notebook, "faas:add-target", {})
    head = notebook.locator(".jp-Dialog-header")
    head.evaluate("(one, name) => { one.firstChild.textContent = `Remove ${name}?`; }", name)
    assert head.evaluate("one => one.scrollWidth <= one.clientWidth")


def test_the_preview_of_a_graph_is_whole_in_the_card(notebook: Page) -> None:
    view = notebook.get_by_role("region", name="Composition doubles_in_a_row").locator(
        ".jp-FaasFlow-view"
    )
    expect(view.locator("svg")).to_be_visible()
    assert view.evaluate("one => one.scrollWidth <= one.clientWidth + 1")
