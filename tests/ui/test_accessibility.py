"""axe-core on everything that we show, in both themes: what a screen reader is told, what can be
read, what the keyboard reaches."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from jupyter_faas.workspace import Workspace
from jupyter_faas.workspace.schedules import Schedule
from tests.ui.axe import Violation, violations
from tests.ui.cells import SETOSA, numbers
from tests.ui.conftest import PATIENCE_MS
from tests.ui.costs import Runs, write
from tests.ui.lab import Lab, cell_with, command, run_all, set_theme, show_sidebar
from tests.ui.workshop import card_of, expect_deployed, open_workshop, row_of

pytestmark = pytest.mark.timeout(240)

TABS = ("result", "logs", "trace", "flow", "cost", "annotations", "raw")
RUNS = (
    Runs("talk_2018", 1, 3891, 25_500, 3800),
    Runs("smart_body_crop", 40, 3891, 1603, 1911),
    Runs("smart_body_crop", 3, 3891, 49_090, 1911, init_ms=46_880),
)


@dataclass
class Shop:
    """A page on which everything ran, and what was found while there was nothing yet."""

    page: Page
    lab: Lab
    session_id: str = ""
    empty: list[Violation] = field(default_factory=list)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Its playground is stopped and has no records."""
    lab = Lab(tmp_path_factory.mktemp("accessible"))
    lab.start()
    yield lab
    lab.stop()
    lab.stop_playgrounds()


@pytest.fixture(scope="module")
def shop(browser: Browser, lab: Lab) -> Iterator[Shop]:
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    page.set_default_timeout(PATIENCE_MS)
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
    page.context.close()


def in_both_themes(page: Page, *selectors: str) -> list[Violation]:
    found: list[Violation] = []
    for theme in ("light", "dark"):
        set_theme(page, theme)
        found += violations(page, *selectors)
    return found


def run_everything(shop: Shop) -> None:
    page, lab = shop.page, shop.lab
    run_all(page)
    row_of(page, "chain").get_by_role("button", name="Deploy chain").click(timeout=60_000)
    for name in ("double", "broken", "chain"):
        expect_deployed(page, name)
    row_of(page, "species").get_by_role("button", name="Deploy species").click()
    expect_deployed(page, "species")
    events = Workspace.open(data_dir=lab.data_dir, target="playground").events
    events.create_trigger("hourly", schedule=Schedule(every_s=3600), run="double")
    command(page, "faas:refresh")
    expect(row_of(page, "double")).to_contain_text("hourly")
    ran = lab.api("POST", "faas/api/functions/chain/invocations", {"params": {"value": 5}})
    shop.session_id = ran["id"]
    lab.api("POST", "faas/api/functions/species/invocations", {"params": numbers(SETOSA)})
    cell_with(page, " broken").locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.type("\n# edited")
    expect(row_of(page, "broken")).to_contain_text("Changed since deploy")


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


def drag_sidebar(page: Page, by: float) -> None:
    box = page.locator("#jp-main-split-panel > .lm-SplitPanel-handle:visible").first.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by, y)
    page.mouse.up()


def test_opened_activation_and_menus(themed: Page) -> None:
    sidebar = show_sidebar(themed)
    session = sidebar.locator(".jp-FaasActivationRow", has_text="chain").first
    session.focus()
    session.press("ArrowRight")
    expect(sidebar.locator(".jp-FaasActivationRow", has_text="double").first).to_be_visible()
    run = sidebar.locator(".jp-FaasActivationRow", has_text="species").first
    run.focus()
    run.press("ArrowRight")
    expect(sidebar.locator(".jp-FaasActivationDetails")).to_contain_text("setosa")
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


def opened(page: Page, found: str) -> Locator:
    """The view of that class in front of the others."""
    return page.locator(f".jp-MainAreaWidget:not(.lm-mod-hidden) > {found}")


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
    check(themed, ".jp-FaasPage")


def test_graph_history_and_dialogs(themed: Page) -> None:
    command(themed, "faas:open-flow", {"name": "chain"})
    expect(opened(themed, ".jp-FaasGraph").locator(".jp-FaasFlow-drawing")).to_be_visible()
    check(themed, ".jp-FaasGraph")
    command(themed, "faas:show-history", {"name": "broken"})
    expect(opened(themed, ".jp-FaasHistory").locator(".jp-FaasDiff")).to_be_visible()
    check(themed, ".jp-FaasHistory")
    for name, arguments in (
        ("faas:invoke-function", {"name": "species"}),
        ("faas:remove-function", {"name": "species"}),
    ):
        start(themed, name, arguments)
        dialog = themed.locator(".jp-Dialog-content")
        dialog.wait_for()
        found = violations(themed, ".jp-Dialog-content")
        themed.keyboard.press("Escape")
        report(found)


def start(page: Page, name: str, arguments: dict[str, object]) -> None:
    """Begin a command that ends only when its dialog is closed."""
    page.evaluate(
        "([name, args]) => { void window.jupyterapp.commands.execute(name, args); }",
        [name, arguments],
    )
