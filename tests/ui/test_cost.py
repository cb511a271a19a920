"""What functions cost, in a real browser: the sidebar's section and the main-area view."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.ui.helpers.costs import Runs, write
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

CROP = '''%%function smart_body_crop --memory 3891
def smart_body_crop(asset: str):
    """Crops to the person."""
    return {"asset": asset}'''
LONG = "thumbnails_of_every_single_asset_of_the_catalogue_for_print"
HOUR_MS = 3_600_000
WEEK_AND_MORE = 9 * 86_400_000
RUNS = (
    *(
        Runs("smart_body_crop", runs, 3891, 1603, 2911, before_ms=HOUR_MS + 24 * HOUR_MS * day)
        for day, runs in enumerate((1100, 1300, 1250, 420, 460, 1300))
    ),
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
    # The list of the talk's figures.
    prices = ["-m", "jupyter", "faas", "prices", "use", "openwhisk"]
    subprocess.run([sys.executable, *prices], env=lab.variables(), check=True)
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
    expect(costs.locator("header")).to_contain_text("7,834 calls")
    # The talk's number: 25.5 s at 3,891 MB.
    expect(line(costs, "talk_2018")).to_contain_text("$1,647.22")
    expect(rows(costs)).to_have_count(6)
    expect(line(costs, "smart_body_crop")).to_have_attribute("aria-current", "true")
    chart = costs.locator(".jp-FaasCosts-chart")
    expect(chart.get_by_role("img")).to_have_attribute(
        "aria-label", re.compile("^With more than [0-9,]+ calls a month to smart_body_crop")
    )
    expect(chart.locator(".jp-FaasPlot-words", has_text="Break-even")).to_be_visible()
    expect(costs).to_contain_text("Peak use was 2,911 MB of 3,891 MB over 5,833 calls")
    for theme in both_themes(page):
        screenshot(page, f"cost-{theme}")

    costs.get_by_label("Period").select_option(label="Last 30 days")
    expect(line(costs, "archive")).to_contain_text("20")
    costs.get_by_label("Prices").select_option("aws-lambda-x86")
    expect(costs).to_contain_text("AWS Lambda x86 has different CPUs.")
    advice = costs.locator(".jp-FaasCosts-advice")
    expect(advice).to_contain_text("Kept warm by provisioned concurrency")
    costs.get_by_label("Prices").select_option("openwhisk")
    field = costs.get_by_label("Percentage of cold starts")
    field.fill("100")
    field.press("Enter")
    # All cold: the 49.09 s of the slide.
    expect(costs.locator("[aria-label='Per million calls'] tr").last).to_contain_text("$3,171.70")

    costs.get_by_role("button", name="Copy as CSV").click()
    text = page.evaluate("navigator.clipboard.readText()")
    copied = {row["function"]: row for row in csv.DictReader(io.StringIO(text))}
    assert copied["talk_2018"]["usd_per_million_calls"] == "1647.21533203125"
    assert copied[f"shop/{LONG}"]["calls"] == "300"

    # Nobody is advised on a function of others, or on one that has just been deployed.
    memory = costs.get_by_role("button", name="Set --memory 3072 in the cell")
    expect(memory).to_have_count(0)
    run_all(page)
    command(page, "faas:deploy-function", {"name": "smart_body_crop"})
    for _ in range(20):
        lab.api(
            "POST", "faas/api/functions/smart_body_crop/invocations", {"params": {"asset": "a"}}
        )
    open_costs(page).get_by_label("Period").select_option(label="Last 7 days")
    memory.click()
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
    for theme in both_themes(page):
        screenshot(page, f"cost-280-{theme}")
    costs.locator(".jp-FaasCosts-advice").scroll_into_view_if_needed()
    screenshot(page, "cost-280-below")


@pytest.mark.parametrize("width", [1024, 1440])
def test_the_facts_in_the_header_have_at_most_two_lines(page: Page, lab: Lab, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    open_notebook(page, lab, "crop.ipynb")
    show_sidebar(page)
    costs = open_costs(page)
    facts = costs.locator(".jp-FaasCosts-facts")
    expect(facts).to_contain_text("a month at this pace")
    for theme in both_themes(page):
        screenshot(page, f"cost-header-{width}-{theme}")
    tops = facts.locator(".jp-FaasFacts-fact").evaluate_all(
        "found => [...new Set(found.map(one => Math.round(one.getBoundingClientRect().top)))]"
    )
    assert len(tops) <= 2
    figures = costs.locator(".jp-FaasSession-figures > *")
    expect(figures).to_have_count(1)


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
    page.keyboard.press("Enter")
    expect(rows(costs).first).to_contain_text("talk_2018")
    tab_to(page, "Show talk_2018")
    page.keyboard.press("Enter")
    expect(costs.locator(".jp-FaasCosts-advice")).to_contain_text("Peak use was 3,800 MB")
    tab_to(page, "Total")
    page.keyboard.press("Space")
    expect(costs.locator(".jp-FaasCosts-chart")).to_contain_text("across all functions")


def narrow(page: Page) -> None:
    """Drag the sidebar to 280 px."""
    sidebar = page.locator(".jp-FaasSidebar")
    width = "one => one.getBoundingClientRect().width"
    box = page.locator("#jp-main-split-panel > .lm-SplitPanel-handle:visible").first.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 280 - sidebar.evaluate(width), y)
    page.mouse.up()
    assert sidebar.evaluate(width) == pytest.approx(280, abs=2)


def test_the_section_in_the_sidebar(page: Page, lab: Lab) -> None:
    open_notebook(page, lab, "crop.ipynb")
    page.set_viewport_size({"width": 1280, "height": 1000})
    sidebar = show_sidebar(page)
    title = sidebar.locator(".jp-AccordionPanel-title", has_text="Cost")
    total = lab.api("GET", "faas/api/cost")["total"]["cost_text"]
    expect(title).to_contain_text(f"{total} in 7 days")
    section = sidebar.locator(".jp-FaasCostSection")
    expect(section.locator(".jp-FaasDays")).to_contain_text("/ day")
    expect(section).to_contain_text("of break-even")
    for theme in both_themes(page):
        screenshot(page, f"cost-section-{theme}")
    narrow(page)
    for theme in both_themes(page):
        screenshot(page, f"cost-section-280-{theme}")
    section.get_by_role("button", name="Open costs").click()
    expect(page.locator(".jp-FaasCosts h1")).to_have_text("Last 7 days")


def test_a_budget_from_the_section_to_the_view(page: Page, lab: Lab) -> None:
    open_notebook(page, lab, "crop.ipynb")
    page.set_viewport_size({"width": 1280, "height": 1000})
    section = show_sidebar(page).locator(".jp-FaasCostSection")
    section.get_by_role("button", name="Set budget…").click()
    dialog = page.locator(".jp-Dialog")
    expect(dialog.locator(".jp-Dialog-header")).to_have_text("Budget for Local playground")
    dialog.get_by_label("USD per month").fill("a lot")
    dialog.get_by_role("button", name="Set budget").click()
    expect(dialog.get_by_role("alert")).to_contain_text(
        "A budget must be an amount in USD, not 'a lot'"
    )
    screenshot(page, "cost-budget-dialog")
    dialog.get_by_label("USD per month").fill("0.50")
    page.keyboard.press("Enter")
    over = re.compile("Estimate for .+: about .+, over the budget of \\$0.50")
    expect(section).to_contain_text(over)
    title = page.locator(".jp-FaasSidebar .jp-AccordionPanel-title", has_text="Cost")
    expect(title).to_contain_text("over budget")
    for theme in both_themes(page):
        screenshot(page, f"cost-section-budget-{theme}")
    costs = open_costs(page)
    strip = costs.locator(".jp-FaasCosts-budget")
    expect(strip).to_contain_text(re.compile("over the budget of .+ so far"))
    screenshot(page, "cost-budget")
    strip.get_by_role("button", name="Change budget…").click()
    dialog.get_by_role("button", name="Remove budget").click()
    expect(strip).to_contain_text("No monthly budget is set.")
    expect(title).not_to_contain_text("over budget")


def test_bars_of_days_are_those_of_the_table(page: Page, lab: Lab) -> None:
    open_notebook(page, lab, "crop.ipynb")
    section = show_sidebar(page).locator(".jp-FaasCostSection")
    bars = section.locator(".jp-FaasDays")
    expect(bars).to_have_attribute(
        "aria-label", re.compile("^Cost per day from .+ to .+ at most, on .+day|, .+\\.$")
    )
    expect(bars.locator("rect")).to_have_count(7)
    costs = open_costs(page)
    costs.get_by_role("button", name="Cost per day · 7 days").click()
    table = costs.get_by_role("table", name="Cost per day")
    expect(table.locator("tbody tr")).to_have_count(7)
    offset = page.evaluate("0 - new Date().getTimezoneOffset()")
    since = page.evaluate(
        "(() => { const now = new Date();"
        " return new Date(now.getFullYear(), now.getMonth(), now.getDate() - 6).getTime(); })()"
    )
    days = lab.api("GET", f"faas/api/cost?since={since}&utc_offset={offset}")["days"]
    shown = [row.split("\t")[1:] for row in table.locator("tbody tr").all_inner_texts()]
    assert shown == [[f"{each['runs']:,}", each["text"]] for each in reversed(days)]
    screenshot(page, "cost-days")


def test_a_rule_keeps_a_function_warm_and_is_removed(page: Page, lab: Lab) -> None:
    open_notebook(page, lab, "crop.ipynb")
    run_all(page)
    command(page, "faas:deploy-function", {"name": "smart_body_crop"})
    costs = open_costs(page)
    line(costs, "smart_body_crop").click()
    advice = costs.locator(".jp-FaasCosts-advice")
    price = advice.locator("p", has_text="Kept warm by a call every 5 minutes")
    amount = price.locator(".jp-Faas-number").inner_text().removesuffix(" a month")
    advice.get_by_role("button", name="Keep smart_body_crop warm…").click()
    dialog = page.locator(".jp-Dialog")
    title = f"Keep smart_body_crop warm for {amount} a month?"
    expect(dialog.locator(".jp-Dialog-header")).to_have_text(title)
    for theme in both_themes(page):
        screenshot(page, f"cost-keep-warm-dialog-{theme}")
    dialog.get_by_role("button", name="Cancel").click()
    assert lab.api("GET", "faas/api/triggers?fired=false")["triggers"] == []
    advice.get_by_role("button", name="Keep smart_body_crop warm…").click()
    dialog.get_by_role("button", name="Keep warm").click()
    expect(advice).to_contain_text("keep-warm-smart_body_crop calls the function every 5 minutes.")
    [trigger] = lab.api("GET", "faas/api/triggers?fired=false")["triggers"]
    assert (trigger["name"], trigger["when"]) == ("keep-warm-smart_body_crop", "every 5 minutes")
    assert trigger["rules"][0]["action"] == "smart_body_crop"
    expect(rows(costs).last).to_have_text(re.compile("^alarms/intervalschedules"))
    for theme in both_themes(page):
        screenshot(page, f"cost-kept-warm-{theme}")
    set_theme(page, "light")
    advice.get_by_role("button", name="Stop keeping smart_body_crop warm…").click()
    dialog.get_by_role("button", name="Stop").click()
    expect(advice.get_by_role("button", name="Keep smart_body_crop warm…")).to_be_visible()
    assert lab.api("GET", "faas/api/triggers?fired=false")["triggers"] == []


def test_last_known_costs_when_the_playground_stops(page: Page, lab: Lab) -> None:
    open_notebook(page, lab, "crop.ipynb")
    costs = open_costs(page)
    command(page, "faas:stop-playground")
    expect(costs).to_contain_text("The playground is stopped")
    expect(costs).to_contain_text("Last known costs, as of")
    expect(line(costs, "talk_2018")).to_contain_text("$1,647.22")
    screenshot(page, "cost-stopped")
    costs.get_by_role("button", name="Start the playground").click()
    expect(costs).not_to_contain_text("Last known")
