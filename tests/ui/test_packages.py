"""Functions in packages, in a real browser: deployed from a card, told apart in the sidebar."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.ui.helpers.lab import (
    Lab,
    both_themes,
    cell_with,
    open_notebook,
    run_all,
    screenshot,
    show_sidebar,
)

LOAD = "%load_ext jupyter_faas"


def area(options: str, factor: int) -> str:
    return f'''%%function area {options}
def area(width: float, height: float):
    """The area of a shape (m²)."""
    return {{"area": {factor} * width * height}}'''


def test_two_functions_of_one_name_are_deployed_and_told_apart(page: Page, lab: Lab) -> None:
    cells = [LOAD, area("--package flat --web", 1), area("--package solid", 2)]
    lab.add_notebook("shapes.ipynb", cells)
    open_notebook(page, lab, "shapes.ipynb")
    sidebar = show_sidebar(page)
    run_all(page)
    flat = cell_with(page, "--package flat").locator(".jp-FaasCard")
    solid = cell_with(page, "--package solid").locator(".jp-FaasCard")
    expect(flat.locator(".jp-FaasCard-name")).to_have_text("flat/area")
    expect(solid.locator(".jp-FaasCard-name")).to_have_text("solid/area")

    flat.get_by_role("button", name="Deploy flat/area").click()
    row = sidebar.locator(".jp-FaasFunction", has_text="flat/area")
    expect(row).to_contain_text(re.compile("^flat/area.*v1.*Deployed"))
    expect(flat).to_contain_text("Deployed")
    expect(flat).to_contain_text("/api/v1/web/guest/flat/area.json")
    expect(flat).to_contain_text("?width=0&height=0")
    expect(solid).to_contain_text("Not deployed")
    other = sidebar.locator(".jp-FaasFunction", has_text="solid/area")
    expect(other).to_contain_text("Not deployed")

    other.get_by_role("button", name="Deploy solid/area").click()
    expect(other).to_contain_text(re.compile("v1.*Deployed"))
    for card in (flat, solid):
        card.get_by_label("width").fill("2")
        card.get_by_label("height").fill("3")
        card.get_by_role("button", name="Invoke").click()
    expect(flat.locator(".jp-FaasActivation")).to_contain_text('"area": 6')
    expect(solid.locator(".jp-FaasActivation")).to_contain_text('"area": 12')
    runs = sidebar.locator(".jp-FaasActivationRow")
    expect(runs.filter(has_text="flat/area")).to_have_count(1)
    expect(runs.filter(has_text="solid/area")).to_have_count(1)
    for theme in both_themes(page):
        screenshot(page, f"packages-{theme}")

    # The slash of a path may come encoded, as some proxies hand it on.
    path = "faas/api/functions/solid%2Farea/invocations"
    run = lab.api("POST", path, {"params": {"width": 1, "height": 1}})
    assert (run["name"], run["result"]) == ("solid/area", {"area": 2})


def test_a_cell_that_moves_to_another_package_tells_what_stays(page: Page, lab: Lab) -> None:
    lab.add_notebook("moves.ipynb", [LOAD, area("--package here", 1).replace("area", "moves")])
    open_notebook(page, lab, "moves.ipynb")
    sidebar = show_sidebar(page)
    run_all(page)
    cell = cell_with(page, "--package")
    cell.get_by_role("button", name="Deploy here/moves").last.click()
    here = sidebar.locator(".jp-FaasFunction", has_text="here/moves")
    expect(here).to_contain_text(re.compile("v1.*Deployed"))

    cell.locator(".cm-line").first.click()
    page.keyboard.press("End")
    page.keyboard.type("-2")
    there = sidebar.locator(".jp-FaasFunction", has_text="here-2/moves")
    expect(there).to_contain_text("Not deployed")
    there.get_by_role("button", name="Deploy here-2/moves").click()
    expect(there).to_contain_text(re.compile("v1.*Deployed"))
    told = page.locator(".Toastify__toast", has_text="here/moves was deployed from the same cell")
    # Waits until it has come to rest, and keeps it there.
    told.hover()
    only_there = sidebar.get_by_role("group", name="Deployed from moves.ipynb")
    expect(only_there).to_contain_text("here/moves")
    screenshot(page, "packages-moved")
