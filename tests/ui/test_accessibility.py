"""axe-core on everything that we show, in both themes: what a screen reader is told, what can be
read, what the keyboard reaches."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from tests.ui.helpers.axe import Violation, violations
from tests.ui.helpers.cells import SETOSA
from tests.ui.helpers.costs import write
from tests.ui.helpers.lab import Lab, command, screenshot, set_theme, show_sidebar
from tests.ui.helpers.pages import Pages
from tests.ui.helpers.shop import (
    RUNS,
    SHAPE,
    TURNING,
    Shop,
    drag_sidebar,
    in_both_themes,
    opened,
    run_everything,
    start,
)
from tests.ui.helpers.workshop import card_of, open_workshop, row_of

TABS = ("result", "logs", "trace", "flow", "cost", "annotations", "raw")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Its playground is stopped and has no records."""
    lab = Lab(tmp_path_factory.mktemp("accessible"))
    lab.start()
    yield lab
    lab.stop()
    lab.stop_playgrounds()


@pytest.fixture(scope="module")
def shop(pages: Pages, lab: Lab) -> Iterator[Shop]:
    page = pages.take()
    shop = Shop(page, lab)
    open_workshop(page, lab)
    sidebar = show_sidebar(page)
    expect(sidebar).to_contain_text("The playground is stopped")
    shop.empty += in_both_themes(page, ".jp-FaasSidebar")
    sidebar.get_by_role("button", name="Start the playground").click()
    expect(sidebar).to_contain_text("No activations yet")
    shop.empty += in_both_themes(page, ".jp-FaasSidebar")
    lab.api("POST", "faas/api/playground", {"action": "stop"})
    write(lab.data_dir, int(time.time() * 1000), *RUNS)
    lab.api("POST", "faas/api/playground", {"action": "start"})
    run_everything(shop)
    yield shop
    pages.close()


@pytest.fixture(params=["light", "dark"])
def themed(shop: Shop, request: pytest.FixtureRequest) -> Page:
    set_theme(shop.page, request.param)
    return shop.page


def check(page: Page, *selectors: str) -> None:
    report(violations(page, *selectors))


def report(found: list[Violation]) -> None:
    # The same stands in several tabs and themes.
    assert not found, "\n\n" + "\n\n".join(dict.fromkeys(str(one) for one in found))


def test_axe_finds_what_is_wrong_in_our_nodes(shop: Shop) -> None:
    shop.page.evaluate(
        "() => { const bad = document.createElement('button'); bad.id = 'bad';"
        " document.querySelector('.jp-FaasSidebar').append(bad); }"
    )
    try:
        found = violations(shop.page, ".jp-FaasSidebar")
    finally:
        shop.page.evaluate("() => document.getElementById('bad').remove()")
    assert [(one.rule, one.impact) for one in found if "bad" in one.node] == [
        ("button-name", "critical")
    ]


def test_sidebar_without_anything(shop: Shop) -> None:
    report(shop.empty)


def test_sidebar(themed: Page) -> None:
    sidebar = show_sidebar(themed)
    expect(sidebar.locator(".jp-FaasActivationRow").first).to_be_visible()
    check(themed, ".jp-FaasSidebar")


def test_sidebar_of_280_px(themed: Page) -> None:
    sidebar = show_sidebar(themed)
    width = "one => one.getBoundingClientRect().width"
    before = sidebar.evaluate(width)
    drag_sidebar(themed, 280 - before)
    assert sidebar.evaluate(width) == pytest.approx(280, abs=2)
    check(themed, ".jp-FaasSidebar")
    drag_sidebar(themed, before - sidebar.evaluate(width))


def test_opened_activation_and_menus(themed: Page) -> None:
    sidebar = show_sidebar(themed)
    session = sidebar.locator(".jp-FaasActivationRow", has_text="chain").first
    session.focus()
    session.press("ArrowRight")
    expect(sidebar.locator(".jp-FaasActivationRow", has_text="double").first).to_be_visible()
    run = sidebar.locator(".jp-FaasActivationRow", has_text="species").first
    run.focus()
    run.press("ArrowRight")
    details = sidebar.get_by_role("treeitem", name="Details of species")
    expect(details).to_contain_text("setosa")
    check(themed, ".jp-FaasSidebar")
    run.press("Shift+F10")
    check(themed, ".lm-Menu")
    themed.keyboard.press("Escape")
    run.press("ArrowLeft")
    row_of(themed, "double").focus()
    row_of(themed, "double").press("Shift+F10")
    expect(themed.get_by_role("menuitem", name="Fire hourly now")).to_be_visible()
    check(themed, ".lm-Menu", ".jp-FaasSidebar")
    themed.keyboard.press("Escape")
    sidebar.get_by_role("button", name=re.compile("^Target:")).click()
    check(themed, ".lm-Menu", ".jp-FaasSidebar")
    themed.keyboard.press("Escape")


def test_cards(themed: Page) -> None:
    for name, words in (
        ("species", "Deployed"),
        ("broken", "Changed since"),
        ("huge", "Does not fit"),
        ("double", "Deployed"),
    ):
        card = card_of(themed, name)
        card.scroll_into_view_if_needed()
        expect(card).to_contain_text(words)
    composition = card_of(themed, "chain")
    composition.scroll_into_view_if_needed()
    expect(composition.locator(".jp-FaasFlow-drawing")).to_be_visible()
    check(themed, ".jp-FaasCard", ".jp-FaasCellDeploy")


def test_card_opened_and_answered(themed: Page) -> None:
    card = card_of(themed, "species")
    card.scroll_into_view_if_needed()
    for head in card.locator(".jp-FaasDisclosure-head[aria-expanded=false]").all():
        head.click()
    for label, value in SETOSA.items():
        card.get_by_role("textbox", name=label).fill(value)
    card.get_by_role("button", name="Invoke species", exact=True).click()
    expect(card.locator(".jp-FaasActivation")).to_contain_text("setosa")
    card.get_by_role("textbox", name="petal_length").fill("long")
    card.get_by_role("button", name="Invoke species", exact=True).click()
    expect(card.locator(".jp-FaasForm-problem")).to_be_visible()
    check(themed, ".jp-FaasCard")


def test_card_and_row_of_a_failed_deploy(themed: Page) -> None:
    deployments = re.compile("/faas/api/deployments")
    themed.route(deployments, lambda route: route.abort())
    card = card_of(themed, "broken")
    card.get_by_role("button", name=re.compile("Deploy broken|Try again")).click()
    expect(card).to_contain_text("Deploy failed")
    themed.unroute(deployments)
    expect(row_of(themed, "broken").locator(".jp-FaasFunction-failure")).to_be_visible()
    check(themed, ".jp-FaasCard", ".jp-FaasSidebar")


def test_activation_view(themed: Page, shop: Shop) -> None:
    command(themed, "faas:open-session", {"id": shop.session_id})
    session = opened(themed, ".jp-FaasSession")
    found: list[Violation] = []
    for name in TABS:
        session.locator(f"[data-tab={name}]").click()
        if name == "flow":
            session.get_by_label(re.compile("^broken, called once")).click()
            expect(session.locator(".jp-FaasCalls-line").first).to_be_visible()
        found += violations(themed, ".jp-FaasSession")
    report(found)


def test_cost_view(themed: Page) -> None:
    command(themed, "faas:open-costs")
    costs = opened(themed, ".jp-FaasCosts")
    expect(costs.locator("tbody tr").first).to_be_visible()
    expect(costs.locator(".jp-FaasCosts-chart").get_by_role("img")).to_be_visible()
    check(themed, ".jp-FaasCosts")


def test_function_page(themed: Page) -> None:
    command(themed, "faas:open-function", {"name": "species"})
    found = opened(themed, ".jp-FaasPage")
    found.get_by_role("tab", name="curl").wait_for()
    api = found.get_by_role("region", name="API")
    api.get_by_role("button", name="Download the OpenAPI document").wait_for()
    folded = api.locator(".jp-FaasDisclosure-head[aria-expanded=false]")
    while folded.count() > 0:
        folded.first.click()
    check(themed, ".jp-FaasPage")


def test_graph_history_and_dialogs(themed: Page) -> None:
    command(themed, "faas:open-flow", {"name": "chain"})
    expect(opened(themed, ".jp-FaasGraph").locator(".jp-FaasFlow-drawing")).to_be_visible()
    check(themed, ".jp-FaasGraph")
    command(themed, "faas:show-history", {"name": "broken"})
    expect(opened(themed, ".jp-FaasPage").get_by_role("heading", name="Changes")).to_be_visible()
    check(themed, ".jp-FaasPage")
    for name, arguments in (
        ("faas:invoke-function", {"name": "species"}),
        ("faas:remove-function", {"name": "species"}),
    ):
        start(themed, name, arguments)
        dialog = themed.locator(".jp-Dialog-content")
        dialog.wait_for()
        found = violations(themed, ".jp-Dialog-content")
        # What is pressed before a dialog has the keyboard, or while another is closing, closes
        # nothing, and the dialog lies over all that follows.
        themed.wait_for_function("() => document.activeElement?.closest('.jp-Dialog')")
        themed.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
        report(found)


def test_nothing_turns_for_those_who_do_not_want_it(shop: Shop) -> None:
    page = shop.page
    deployments = re.compile("/faas/api/deployments")
    held: list[Route] = []
    page.route(deployments, lambda route: held.append(route))
    row_of(page, "broken").get_by_role("button", name=re.compile("^(Deploy|Try)")).click()
    expect(row_of(page, "broken")).to_contain_text("Deploying")
    try:
        page.wait_for_function(f"({TURNING})() > 0")
        page.emulate_media(reduced_motion="reduce")
        page.wait_for_function(f"({TURNING})() === 0")
    finally:
        page.emulate_media(reduced_motion="no-preference")
        # Without the route, the browser sends what it held, and the deploy ends by itself.
        row_of(page, "broken").get_by_role("button", name="Cancel deploying broken").click()
        page.unroute(deployments)
    expect(row_of(page, "broken")).not_to_contain_text("Deploying")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_forced_colours_keep_shapes(shop: Shop, theme: str) -> None:
    page = shop.page
    set_theme(page, theme)
    command(page, "faas:open-session", {"id": shop.session_id})
    session = opened(page, ".jp-FaasSession")
    page.emulate_media(forced_colors="active")
    try:
        session.locator("[data-tab=flow]").click()
        session.locator(".jp-FaasFlow-body").first.wait_for()
        box = page.evaluate(SHAPE, ".jp-FaasFlow-body")
        assert box["stroke"] != box["ground"]
        # The boxes are as light as the page, whatever the theme, so that their texts can be read.
        assert contrast(page.evaluate(SHAPE, ".jp-FaasFlow-name")["fill"], box["fill"]) > 7
        assert contrast(page.evaluate(SHAPE, ".jp-FaasTool-icon path")["fill"], box["ground"]) > 7
        icon = page.evaluate(SHAPE, ".jp-FaasIcon")
        assert icon["color"] != icon["ground"]
        session.locator("[data-tab=trace]").click()
        bar = page.evaluate(SHAPE, ".jp-FaasBar")
        assert bar["border"] != bar["ground"]
        screenshot(page, f"forced-colours-{theme}")
    finally:
        page.emulate_media(forced_colors="none")


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, as WCAG defines it. Both are in the form that CSS computes."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    numbers = [float(each) for each in re.findall(r"[\d.]+", colour)[:3]]
    # ``rgb(…)`` counts to 255, and ``color(srgb …)`` to 1.
    parts = [each / 255 if colour.startswith("rgb") else each for each in numbers]
    red, green, blue = (
        each / 12.92 if each <= 0.03928 else ((each + 0.055) / 1.055) ** 2.4 for each in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
