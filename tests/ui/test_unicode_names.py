"""Names with letters of many languages, from the cell to the run, in a real browser."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.ui.helpers.axe import violations
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
from tests.ui.helpers.shop import opened
from tests.ui.helpers.workshop import row_of

NOTEBOOK = "🌸 größe – 预测.ipynb"
AREA = '''%%function größe --web
def größe(länge: float, breite: float = 2.0, 单位: str = "m²"):
    """Die Fläche eines Rechtecks."""
    if länge < 0:
        raise ValueError("zu groß")
    return {"fläche": länge * breite, "单位": 单位}'''
PREDICT = """%%function 预测
def 预测(长: float):
    return {"价格": 2 * 长}"""
CHAIN = """%%composition größe_dann_预测
sequence(größe, lambda p: {"长": p["fläche"]}, 预测)"""


def test_names_from_the_cell_to_the_run(page: Page, lab: Lab) -> None:
    lab.add_notebook(NOTEBOOK, ["%load_ext jupyter_faas", AREA, PREDICT, CHAIN])
    open_notebook(page, lab, NOTEBOOK)
    run_all(page)
    sidebar = show_sidebar(page)
    cell = cell_with(page, "%%composition")
    cell.get_by_role("button", name=re.compile("^Deploy")).last.click()
    for name in ("grosse", "预测", "größe_dann_预测"):
        expect(row_of(page, name)).to_contain_text(re.compile("v1.*Deployed"))

    card = cell_with(page, "%%function größe").locator(".jp-FaasCard")
    expect(card.locator(".jp-FaasSignature")).to_contain_text("größe(länge: float")
    card.get_by_role("textbox", name="länge").fill("3.25")
    card.get_by_role("button", name="Invoke grosse", exact=True).click()
    expect(card.locator(".jp-FaasActivation")).to_contain_text('{"fläche": 6.5, "单位": "m²"}')
    card = cell_with(page, "%%function 预测").locator(".jp-FaasCard")
    expect(card.locator(".jp-FaasCard-name")).to_have_text("预测")
    card.get_by_role("textbox", name="长").fill("4.25")
    card.get_by_role("button", name=re.compile("^Invoke")).click()
    expect(card.locator(".jp-FaasActivation")).to_contain_text('{"价格": 8.5}')
    ran = lab.api("POST", "faas/api/functions/grosse/invocations", {"params": {"länge": -1}})
    command(page, "faas:refresh")

    # The filter finds the runs by the name that is on the screen.
    sidebar.get_by_label("Filter the activations by function").fill("预测")
    rows = sidebar.locator(".jp-FaasActivationRow")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("预测")
    for theme in both_themes(page):
        screenshot(page, f"unicode-notebook-{theme}")
    sidebar.get_by_label("Filter the activations by function").fill("")

    # The line of a failed run is that of the cell.
    command(page, "faas:open-session", {"id": ran["id"]})
    session = opened(page, ".jp-FaasSession")
    expect(session.get_by_role("heading", level=1)).to_contain_text("grosse")
    session.get_by_role("button", name=re.compile("Insert into notebook")).click()
    expect(cell_with(page, "größe(**params)")).to_be_visible()
    command(page, "faas:open-function", {"name": "grosse"})
    function = opened(page, ".jp-FaasPage")
    expect(function).to_contain_text("Die Fläche eines Rechtecks.")
    expect(function).to_contain_text('{"länge": 1.0}')
    assert violations(page, ".jp-FaasPage", ".jp-FaasSidebar") == []
    for theme in both_themes(page):
        screenshot(page, f"unicode-page-{theme}")
    function.get_by_role("tab", name="History").click()
    expect(function).to_contain_text(NOTEBOOK)
