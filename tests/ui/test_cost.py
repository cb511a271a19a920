"""What functions cost, in a real browser: the sidebar's section and the main-area view."""

from __future__ import annotations

import csv
import io
import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.ui.costs import Runs, write
from tests.ui.lab import (
    Lab,
    cell_with,
    command,
    open_notebook,
    screenshot,
    set_theme,
    show_sidebar,
)

pytestmark = pytest.mark.timeout(240)

CROP = '''%%function smart_body_crop --memory 3891
def smart_body_crop(asset: str):
    """Crops to the person."""
    return {"asset": asset}'''
LONG = "thumbnails_of_every_single_asset_of_the_catalogue_for_print"
WEEK_AND_MORE = 9 * 86_400_000
RUNS = (
    Runs("smart_body_crop", 500, 3891, 1603, 2911),
    Runs("smart_body_crop", 3, 3891, 49_090, 2911, init_ms=46_880),
    Runs("talk_2018", 1, 3891, 25_500, 3800),
    Runs("sentiment", 900, 512, 11, 480),
    Runs("fetch_asset", 400, 512, 148, 500),
    Runs("store_asset", 400, 512, 96, 500),
    Runs(f"shop/{LONG}", 300, 1024, 812, 1000),
    Runs("archive", 20, 256, 950, 250, before_ms=WEEK_AND_MORE),
)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A JupyterLab whose playground has records of two weeks."""
    lab = Lab(tmp_path_factory.mktemp("costs"))
    write(lab.data_dir, int(time.time() * 1000), *RUNS)
    lab.add_notebook("crop.ipynb", ["%load_ext jupyter_faas", CROP])
    lab.start()
    lab.api("POST", "faas/api/playground", {"action": "start"})
    yield lab
    lab.stop()
    lab.stop_playgrounds()


def open_costs(page: Page) -> Locator:
    command(page, "faas:open-costs")
    costs = page.locator(".jp-FaasCosts")
    rows(costs).first.wait_for()
    return costs


def rows(costs: Locator) -> Locator:
    return costs.locator(".jp-FaasCosts-table tbody tr")


def line(costs: Locator, name: str) -> Locator:
    return rows(costs).filter(has_text=name)


def test_the_cost_view(page: Page, lab: Lab) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_notebook(page, lab, "crop.ipynb")
    costs = open_costs(page)
    found = lab.api("GET", "faas/api/cost")
    expect(costs.locator("header")).to_contain_text(found["total"]["cost_text"])
    expect(costs.locator("header")).to_contain_text("2,504 calls")
    # The talk's number: 25.5 s at 3,891 MB.
    expect(line(costs, "talk_2018")).to_contain_text("$1,647.22")
    expect(rows(costs)).to_have_count(6)
    expect(line(costs, "smart_body_crop")).to_have_attribute("aria-current", "true")
    chart = costs.locator(".jp-FaasCosts-chart")
    expect(chart.get_by_role("img")).to_have_attribute(
        "aria-label", re.compile("^From [0-9,]+ calls of smart_body_crop a month on")
    )
    expect(chart.locator(".jp-FaasPlot-words", has_text="Break-even")).to_be_visible()
    expect(costs).to_contain_text("Peak use was 2,911 MB of 3,891 MB over 503 calls")
    for theme in ("dark", "light"):
        set_theme(page, theme)
        screenshot(page, f"cost-{theme}")

    costs.get_by_label("Period").select_option(label="Last 30 days")
    expect(line(costs, "archive")).to_contain_text("20")
    costs.get_by_label("Prices").select_option("aws-lambda-x86")
    expect(costs).to_contain_text("AWS Lambda x86 gives other CPU.")
    advice = costs.locator(".jp-FaasCosts-advice")
    expect(advice).to_contain_text("Kept warm by provisioned concurrency")
    costs.get_by_label("Prices").select_option("openwhisk")
    field = costs.get_by_label("Percent of cold starts")
    field.fill("100")
    field.press("Enter")
    # All cold: the 49.09 s of the slide.
    expect(costs.locator("[aria-label='Per million calls'] tr").last).to_contain_text("$3,171.70")

    costs.get_by_role("button", name="Copy as CSV").click()
    text = page.evaluate("navigator.clipboard.readText()")
    copied = {row["function"]: row for row in csv.DictReader(io.StringIO(text))}
    assert copied["talk_2018"]["usd_per_million_calls"] == "1647.21533203125"
    assert copied[f"shop/{LONG}"]["calls"] == "300"

    costs.get_by_role("button", name="Set --memory 3072 in the cell").click()
    page.locator(".lm-DockPanel-tabBar .lm-TabBar-tab", has_text="crop.ipynb").click()
    expect(cell_with(page, "%%function smart_body_crop")).to_contain_text("--memory 3072")


def test_costs_beside_a_notebook_and_at_280_px(page: Page, lab: Lab) -> None:
    open_notebook(page, lab, "crop.ipynb")
    costs = open_costs(page)
    command(page, "application:toggle-left-area")
    page.set_viewport_size({"width": 366, "height": 900})
    page.wait_for_function("document.querySelector('.jp-FaasCosts').clientWidth < 300")
    expect(costs.get_by_role("button", name="Copy as CSV")).to_be_in_viewport()
    scrolls = "one => one.scrollWidth > one.clientWidth"
    assert not costs.locator(".jp-FaasCosts-page").evaluate(scrolls)
    assert not costs.locator(".jp-FaasTable-scroll").evaluate(scrolls)
    for theme in ("dark", "light"):
        set_theme(page, theme)
        screenshot(page, f"cost-280-{theme}")
    costs.locator(".jp-FaasCosts-advice").scroll_into_view_if_needed()
    screenshot(page, "cost-280-below")


def tab_to(page: Page, name: str) -> None:
    """Tab until the keyboard is on what has that accessible name."""
    for _ in range(60):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "() => document.activeElement.getAttribute('aria-label')"
            " ?? document.activeElement.textContent"
        )
        if focused == name:
            return
    raise AssertionError(f"Tab never came to {name}")


def test_the_keyboard_alone(page: Page, lab: Lab) -> None:
    open_notebook(page, lab, "crop.ipynb")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+Shift+C")
    page.locator(".lm-CommandPalette-input").wait_for()
    page.keyboard.type("Open Costs")
    page.locator(".lm-CommandPalette-item.lm-mod-active", has_text="Open Costs").wait_for()
    page.keyboard.press("Enter")
    costs = page.locator(".jp-FaasCosts")
    rows(costs).first.wait_for()
    tab_to(page, "Period")
    page.keyboard.press("ArrowDown")
    expect(costs.locator("h1")).to_have_text("Last 30 days")
    tab_to(page, "Calls")
    page.keyboard.press("Enter")
    expect(rows(costs).first).to_contain_text("sentiment")
    tab_to(page, "Look at talk_2018")
    page.keyboard.press("Enter")
    expect(costs.locator(".jp-FaasCosts-advice")).to_contain_text("Peak use was 3,800 MB")
    tab_to(page, "Total")
    page.keyboard.press("Space")
    expect(costs.locator(".jp-FaasCosts-chart")).to_contain_text("of all functions")


def test_the_section_in_the_sidebar(page: Page, lab: Lab) -> None:
    open_notebook(page, lab, "crop.ipynb")
    page.set_viewport_size({"width": 1280, "height": 1000})
    sidebar = show_sidebar(page)
    title = sidebar.locator(".jp-AccordionPanel-title", has_text="Cost")
    total = lab.api("GET", "faas/api/cost")["total"]["cost_text"]
    expect(title).to_contain_text(f"{total} in 7 days")
    section = sidebar.locator(".jp-FaasCostSection")
    expect(section.locator("li").first).to_contain_text("smart_body_crop")
    expect(section).to_contain_text("and 3 more")
    expect(section).to_contain_text("of break-even")
    for theme in ("dark", "light"):
        set_theme(page, theme)
        screenshot(page, f"cost-section-{theme}")
    section.get_by_role("button", name="Open costs").click()
    expect(page.locator(".jp-FaasCosts h1")).to_have_text("Last 7 days")


def test_last_known_costs_when_the_playground_stops(page: Page, lab: Lab) -> None:
    open_notebook(page, lab, "crop.ipynb")
    costs = open_costs(page)
    command(page, "faas:stop-playground")
    expect(costs).to_contain_text("The playground is stopped")
    expect(costs).to_contain_text("Last known, as of")
    expect(line(costs, "talk_2018")).to_contain_text("$1,647.22")
    screenshot(page, "cost-stopped")
    costs.get_by_role("button", name="Start the playground").click()
    expect(costs).not_to_contain_text("Last known", timeout=30_000)
