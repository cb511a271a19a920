"""The graph of a composition in a real browser: in its card, in a tab, as a file, on ugly data."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import Locator, Page, expect

from tests.ui.helpers.lab import (
    Lab,
    both_themes,
    cell_with,
    command,
    open_notebook,
    run_all,
    screenshot,
    set_theme,
    show_sidebar,
)

MIME_TYPE = "application/vnd.jupyter-faas+json"
CARD = Path(__file__).parents[1] / "data" / "api" / "card.json"

FUNCTION = '''%%function {name} --memory 128
def {name}(n: int = 1):
    """One step of the workflow."""
    return {{"n": n + 1}}'''

ASSET = """%%composition asset_flow
sequence(
    ensure(
        sequence(
            retry(2, "fetch_asset"),
            when("has_person", "body_crop", "center_crop"),
            lambda params: {"n": params.get("n", 0), "done": True},
        ),
        "store_asset",
    ),
    "elsewhere",
)"""


def action(name: str) -> dict[str, Any]:
    return {"type": "action", "name": f"/_/{name}"}


def sequence(*components: dict[str, Any]) -> dict[str, Any]:
    return {"type": "sequence", "components": list(components)}


def nested(depth: int) -> dict[str, Any]:
    inner: dict[str, Any] = action("deepest")
    for level in range(depth):
        side = action(f"side_{level}")
        around: list[dict[str, Any]] = [
            {"type": "try", "body": inner, "handler": side},
            {"type": "retry", "count": 1, "components": [inner]},
            {"type": "if", "test": side, "consequent": inner, "alternate": {"type": "empty"}},
            {"type": "parallel", "components": [inner, side]},
            {"type": "while", "test": side, "body": inner},
        ]
        inner = around[level % 5]
    return inner


def forty() -> dict[str, Any]:
    parts = [
        {
            "type": "if",
            "test": action(f"test_{index}"),
            "consequent": sequence(action(f"yes_{index}"), action(f"more_{index}")),
            "alternate": {
                "type": "try",
                "body": action(f"no_{index}"),
                "handler": action(f"help_{index}"),
            },
        }
        for index in range(8)
    ]
    return sequence(*parts)


def inline(code: str) -> dict[str, Any]:
    return {"type": "function", "function": {"exec": {"kind": "python:3", "code": code}}}


UGLY = {
    "long_names": sequence(
        action("a_function_whose_name_is_sixty_characters_long_which_is_a_lot"),
        inline("lambda params: {'<b>bold</b>': params['<script>alert(1)</script>'] * 2, 'x': 1}"),
        {"type": "let", "declarations": {f"name_{one}": one for one in range(9)}, "components": []},
        {"type": "teleport", "where": "mars"},
    ),
    "forty_nodes": forty(),
    "twelve_deep": nested(12),
    "one_node": action("only"),
    "empty": {"type": "empty"},
}


def card_of(name: str, graph: dict[str, Any]) -> dict[str, Any]:
    """A card as a kernel that knows compositions saved it."""
    actions: dict[str, list[str]] = {}

    def walk(node: Any, path: str) -> None:
        if node.get("type") == "action":
            actions.setdefault(node["name"].removeprefix("/_/"), []).append(path)
        for index, one in enumerate(node.get("components") or []):
            walk(one, f"{path}[{index}]")
        for key, one in node.items():
            if isinstance(one, dict) and "type" in one:
                walk(one, f"{path}.{key}")

    walk(graph, "")
    card: dict[str, Any] = json.loads(CARD.read_text())
    return card | {
        "name": name,
        "signature": f"{name}(params)",
        "doc": None,
        "models": [],
        "captured": [],
        "examples": [],
        "forecast": card["forecast"] | {"state": "unmeasured"},
        "composition": {
            "graph": graph,
            "functions": 0,
            "least_calls": len(actions),
            "actions": [
                {"name": one, "paths": paths, "state": "deployed" if number else "missing"}
                for number, (one, paths) in enumerate(actions.items())
            ],
        },
    }


def add_saved_notebook(lab: Lab, name: str, graphs: dict[str, dict[str, Any]]) -> None:
    """A notebook whose cells ran long ago, as it is found when it is reopened."""
    lab.add_notebook(name, [])
    cells = []
    for title, graph in graphs.items():
        cell = nbformat.v4.new_code_cell(f"%%composition {title}\n# built elsewhere")
        data = {MIME_TYPE: card_of(title, graph), "text/plain": title}
        cell.outputs = [nbformat.v4.new_output("display_data", data)]
        cells.append(cell)
    path = lab.notebooks / name
    notebook = nbformat.read(path, as_version=4)
    notebook.cells = cells
    nbformat.write(notebook, path)


def card(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=f"Composition {name}")


def box(place: Locator, name: str) -> Locator:
    return place.locator(".jp-FaasFlow-box").filter(
        has=place.page.locator(".jp-FaasFlow-name", has_text=re.compile(f"^{re.escape(name)}$"))
    )


def graph_tab(page: Page) -> Locator:
    return page.locator(".jp-MainAreaWidget:not(.lm-mod-hidden) > .jp-FaasGraph")


def screenshots(page: Page, target: Page | Locator, name: str) -> None:
    for theme in both_themes(page):
        screenshot(target, f"{name}-{theme}")
    set_theme(page, "light")


def test_a_composition_is_drawn_before_it_is_deployed(page: Page, lab: Lab) -> None:
    names = ["fetch_asset", "has_person", "body_crop", "center_crop", "store_asset"]
    functions = [FUNCTION.format(name=name) for name in names]
    lab.add_notebook("asset_flow.ipynb", ["%load_ext jupyter_faas", *functions, ASSET])
    open_notebook(page, lab, "asset_flow.ipynb")
    run_all(page)
    shown = card(page, "asset_flow")
    expect(box(shown, "fetch_asset")).to_be_visible()
    expect(box(shown, "elsewhere")).to_contain_text("missing")
    expect(box(shown, "body_crop")).to_contain_text("not deployed yet")
    expect(shown).to_contain_text("1 inline function")
    expect(shown).to_contain_text("makes at least 4 calls")
    expect(shown).to_contain_text("Not deployed yet. Deploying the composition also deploys it.")
    expect(shown).to_contain_text("Not deployed on Local playground. Calls to this function fail.")
    for absent in ("Cost", "Clean room", "Model"):
        expect(shown.locator(".jp-FaasCard-label", has_text=absent)).to_have_count(0)
    shown.scroll_into_view_if_needed()
    screenshots(page, shown, "composition-card")

    shown.get_by_role("button", name="Deploy asset_flow").click()
    expect(shown.locator(".jp-FaasTag")).to_have_text("Deployed")
    expect(box(shown, "body_crop")).to_contain_text("action")
    expect(shown.get_by_role("button", name="Invoke asset_flow…")).to_be_visible()
    screenshots(page, shown, "composition-card-deployed")

    shown.get_by_role("button", name="Open the graph of asset_flow").click()
    tab = graph_tab(page)
    expect(box(tab, "store_asset")).to_be_visible()
    expect(tab).to_contain_text("This graph is from the last run of the cell.")
    expect(box(tab, "elsewhere")).to_contain_text("missing")
    screenshots(page, page, "graph-tab")

    # A cell that was changed has another graph than the target.
    page.locator(".lm-TabBar-tab", has_text="asset_flow.ipynb").click()
    cell = cell_with(page, "%%composition asset_flow")
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+Home")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("End")
    page.keyboard.type('"has_person", ')
    command(page, "notebook:run-cell")
    tag = card(page, "asset_flow").locator(".jp-FaasTag")
    expect(tag).to_contain_text("Changed")
    command(page, "faas:open-flow", {"name": "asset_flow"})
    tab = graph_tab(page)
    expect(box(tab, "has_person")).to_have_count(2)
    tab.get_by_role("button", name="Deployed v1").click()
    expect(box(tab, "has_person")).to_have_count(1)
    screenshot(page, "graph-tab-differs-light")


def test_the_graph_is_used_with_the_keyboard_and_saved(
    page: Page, lab: Lab, tmp_path: Path
) -> None:
    name = "saved_flow"
    graph = {
        "type": "try",
        "body": sequence(
            {"type": "retry", "count": 2, "components": [action("fetch_asset")]},
            {
                "type": "if",
                "test": action("has_person"),
                "consequent": action("smart_body_crop"),
                "alternate": action("center_crop"),
            },
            inline("def tidy(params):\n    # only what is needed\n    return {'n': params['n']}"),
        ),
        "handler": action("notify_failed"),
    }
    add_saved_notebook(lab, "saved_flow.ipynb", {name: graph})
    open_notebook(page, lab, "saved_flow.ipynb")
    card(page, name).get_by_role("button", name=f"Open the graph of {name}").click()
    tab = graph_tab(page)
    first = box(tab, "fetch_asset")
    first.focus()
    for key, expected in (
        ("ArrowRight", "has_person"),
        ("ArrowRight", "smart_body_crop"),
        ("ArrowDown", "center_crop"),
        ("ArrowRight", "def tidy(params):"),
    ):
        page.keyboard.press(key)
        expect(box(tab, expected)).to_be_focused()
    expect(tab.locator(".jp-FaasGraph-code")).to_contain_text("# only what is needed")
    expect(tab).to_contain_text("root.body[2]")
    screenshots(page, page, "graph-tab-selected")
    page.keyboard.press("Escape")
    expect(box(tab, "def tidy(params):")).not_to_be_focused()

    drawing = tab.locator(".jp-FaasFlow-drawing")
    width = drawing.evaluate("one => one.getBoundingClientRect().width")
    tab.get_by_role("button", name="Zoom in").click()
    zoomed = drawing.evaluate("one => one.getBoundingClientRect().width")
    assert zoomed > width * 1.2
    page.keyboard.down("Control")
    drawing.hover()
    page.mouse.wheel(0, 200)
    page.keyboard.up("Control")
    page.wait_for_function(
        "width => document.querySelector('.jp-FaasGraph .jp-FaasFlow-drawing')"
        ".getBoundingClientRect().width < width",
        arg=zoomed,
    )
    tab.get_by_role("button", name="Show the whole graph").click()

    for theme in both_themes(page):
        with page.expect_download() as saved:
            tab.get_by_role("button", name="Save the graph as SVG").click()
        assert saved.value.suggested_filename == f"{name}.svg"
        svg = Path(saved.value.path()).read_text()
        assert "smart_body_crop" in svg
        assert not re.search(r"var\(|url\(|href|<style|class=|color\(", svg)
        assert re.findall(r"https?://[^\"]*", svg) == ["http://www.w3.org/2000/svg"]
        alone = tmp_path / f"{theme}.svg"
        alone.write_text(svg)
        with page.expect_download() as saved:
            tab.get_by_role("button", name="Save the graph as PNG").click()
        png = Path(saved.value.path()).read_bytes()
        wide, high = struct.unpack(">II", png[16:24])
        assert png.startswith(b"\x89PNG")
        assert wide > 1000
        assert high > 200
        other = page.context.new_page()
        other.goto(alone.as_uri())
        screenshot(other, f"graph-saved-{theme}")
        other.close()


def test_a_reopened_notebook_without_a_server_draws_the_same(fresh_page: Page, lab: Lab) -> None:
    page = fresh_page
    add_saved_notebook(lab, "reopened.ipynb", {"reopened": forty()})
    page.route("**/faas/api/**", lambda route: route.fulfill(status=404))
    open_notebook(page, lab, "reopened.ipynb")
    shown = card(page, "reopened")
    expect(box(shown, "test_0")).to_be_attached()
    expect(shown.get_by_role("button", name=re.compile("Deploy|Invoke"))).to_have_count(0)
    expect(shown).to_contain_text("makes at least 40 calls")
    set_theme(page, "light")
    screenshot(shown, "composition-card-reopened-light")


def test_ugly_graphs(page: Page, lab: Lab) -> None:
    add_saved_notebook(lab, "ugly.ipynb", UGLY)
    open_notebook(page, lab, "ugly.ipynb")
    sidebar = show_sidebar(page)
    expect(sidebar).to_be_visible()
    command(page, "application:toggle-left-area")
    set_theme(page, "light")
    for name in UGLY:
        shown = card(page, name)
        shown.scroll_into_view_if_needed()
        expect(shown.locator(".jp-FaasFlow-drawing")).to_be_visible()
        screenshot(shown, f"composition-card-{name}-light")
        shown.get_by_role("button", name=f"Open the graph of {name}").click()
        tab = graph_tab(page)
        expect(tab.locator(".jp-FaasFlow-drawing")).to_be_visible()
        screenshots(page, page, f"graph-{name}")
        page.locator(".lm-TabBar-tab", has_text="ugly.ipynb").click()
    expect(page.locator(".jp-FaasFlow b, .jp-FaasFlow script")).to_have_count(0)


def test_a_narrow_tab_holds_the_graph(page: Page, lab: Lab) -> None:
    add_saved_notebook(lab, "narrow.ipynb", {"narrow_flow": UGLY["long_names"]})
    open_notebook(page, lab, "narrow.ipynb")
    card(page, "narrow_flow").get_by_role("button", name="Open the graph of narrow_flow").click()
    tab = graph_tab(page)
    expect(box(tab, "teleport")).to_be_visible()
    command(page, "application:toggle-left-area")
    page.set_viewport_size({"width": 400, "height": 900})
    tab.evaluate("one => { one.style.maxWidth = '328px'; }")
    page.wait_for_function(
        "() => { const view = document.querySelector('.jp-FaasGraph .jp-FaasFlow-view');"
        " return view.clientWidth <= 280 && view.scrollWidth <= view.clientWidth; }"
    )
    screenshot(tab, "graph-narrow-light")
