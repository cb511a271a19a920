"""From the cell to the costs without a mouse: every key is one that a person can press, nothing is
clicked, and no script moves the focus."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.ui.helpers.cells import SETOSA
from tests.ui.helpers.keys import Keys
from tests.ui.helpers.lab import Lab, both_themes, cell_with, screenshot
from tests.ui.helpers.workshop import CELLS, card_of, expect_deployed, open_workshop, row_of

# Those that make sense now: the playground runs, so it cannot be started.
COMMANDS = """() => window.jupyterapp.commands.listCommands().filter(
  one => one.startsWith('faas:') && window.jupyterapp.commands.isVisible(one))"""
IN_PALETTE = """() => [...document.querySelectorAll('.lm-CommandPalette-item')].map(
  one => one.dataset.command)"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """With nothing but what the keyboard makes."""
    lab = Lab(tmp_path_factory.mktemp("keyboard"))
    lab.start()
    lab.api("POST", "faas/api/playground", {"action": "start"})
    yield lab
    lab.stop()
    lab.stop_playgrounds()


def test_every_command_is_in_the_palette(page: Page, lab: Lab) -> None:
    open_workshop(page, lab)
    page.keyboard.press("Control+Shift+C")
    page.locator(".lm-CommandPalette-item:visible").first.wait_for()
    listed = set(page.evaluate(IN_PALETTE))
    ours = set(page.evaluate(COMMANDS))
    assert len(ours) > 20
    assert ours <= listed


def test_from_the_cell_to_the_costs(page: Page, lab: Lab) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_workshop(page, lab)
    keys = Keys(page)
    keys.choose_command("Run All Cells")
    expect(card_of(page, "chain")).to_contain_text("Not deployed")
    in_the_card(page, keys)
    in_the_sidebar(page, keys)
    edited_in_the_cell(page, keys)
    keys.choose_command("Show Functions and Activations")
    in_an_activation(page, keys, lab)
    in_the_costs(page, keys)
    on_the_page(page, keys)


def pictures(page: Page, name: str) -> None:
    for theme in both_themes(page):
        screenshot(page, f"{name}-{theme}")


def in_the_card(page: Page, keys: Keys) -> None:
    """Deployed and called where it was written."""
    card = card_of(page, "species")
    # In the first cell, which is no function, the command asks which one is meant.
    keys.press(*["ArrowUp"] * len(CELLS))
    keys.choose_command("Show Function Cell")
    keys.choose_item("species")
    deploy = card.get_by_role("button", name="Deploy species", exact=True)
    keys.tab_to(deploy)
    keys.press("Enter")
    again = card.get_by_role("button", name="Deploy species again")
    # The button that was pressed has the keyboard still, whatever it says meanwhile.
    expect(again).to_be_focused()
    keys.tab_to(card.get_by_role("textbox", name="sepal_length"))
    for value in SETOSA.values():
        keys.press("Control+a")
        keys.type(value)
        keys.press("Tab")
    keys.tab_to(card.get_by_role("button", name="Invoke species", exact=True))
    keys.press("Enter")
    expect(card.locator(".jp-FaasActivation")).to_contain_text("setosa")
    expect(card.get_by_role("button", name="Invoke species", exact=True)).to_be_focused()


def edited_in_the_cell(page: Page, keys: Keys) -> None:
    """A deploy that runs the cell first replaces the card in which it was asked for: the cell has
    the keyboard then."""
    card = card_of(page, "species")
    keys.choose_command("Show Function Cell")
    keys.press("Enter", "Control+End")
    keys.type("\n# edited")
    keys.press("Escape")
    keys.tab_to(card.get_by_role("button", name="Deploy species", exact=True))
    keys.press("Enter")
    expect_deployed(page, "species", version=2)
    expect(cell_with(page, "%%function species")).to_be_focused()


def in_the_sidebar(page: Page, keys: Keys) -> None:
    """Deployed from its row, asked for by its menu, and called in a dialog."""
    keys.choose_command("Show Functions and Activations")
    rows = page.locator(".jp-FaasSidebar .jp-FaasFunction")
    expect(rows.first).to_be_focused()
    keys.press("End", "Home", "ArrowDown", "ArrowUp")
    expect(rows.first).to_be_focused()
    keys.press("c", "h")
    chain = row_of(page, "chain")
    expect(chain).to_be_focused()
    pictures(page, "focus-row")
    keys.press("Tab")
    expect(chain.get_by_role("button", name="Deploy chain", exact=True)).to_be_focused()
    keys.press("Enter")
    expect_deployed(page, "chain")
    expect(chain.get_by_role("button", name="Deploy chain again")).to_be_focused()
    keys.press("Shift+Tab")
    expect(chain).to_be_focused()
    keys.press("Shift+F10")
    expect(page.get_by_role("menuitem", name="Open graph")).to_be_visible()
    keys.press("Escape")
    expect(chain).to_be_focused()
    keys.press("Shift+F10")
    keys.choose_entry("Remove from target…")
    expect(page.locator(".jp-Dialog")).to_contain_text("Remove chain from")
    keys.press("Escape")
    expect(chain).to_be_focused()
    keys.press("ContextMenu")
    keys.choose_entry("Invoke…")
    dialog = page.locator(".jp-Dialog")
    expect(dialog).to_be_visible()
    parameters = dialog.get_by_role("textbox").first
    expect(parameters).to_be_focused()
    keys.press("Control+a")
    keys.type('{"value": 5}')
    keys.press("Tab")
    expect(dialog.get_by_role("button", name="Invoke chain")).to_be_focused()
    keys.press("Enter")
    expect(dialog.locator(".jp-FaasActivation")).to_be_visible()
    keys.press("Escape")
    expect(dialog).to_have_count(0)
    expect(chain).to_be_focused()


def in_an_activation(page: Page, keys: Keys, lab: Lab) -> None:
    """Found in the list, unfolded, opened, and looked at from every side."""
    runs = page.locator(".jp-FaasSidebar .jp-FaasActivationRow")
    expect(runs.first).to_contain_text("chain")
    keys.tab_to(runs.first)
    keys.press("ArrowRight")
    step = runs.filter(has_text="double").first
    expect(step).to_be_visible()
    keys.press("ArrowRight")
    expect(step).to_be_focused()
    keys.press("ArrowLeft")
    session = runs.filter(has_text="chain").first
    expect(session).to_be_focused()
    # A run that comes in above must not take the keyboard away.
    lab.api("POST", "faas/api/functions/double/invocations", {"params": {"value": 1}})
    expect(runs.first).to_contain_text("double")
    expect(session).to_be_focused()
    keys.press("Enter")

    view = page.locator(".jp-FaasSession:visible")
    keys.tab_to(view.get_by_role("tab", selected=True))
    keys.press("Home")
    names = view.get_by_role("tab")
    expect(names.first).to_be_focused()
    for index in range(1, names.count()):
        keys.press("ArrowRight")
        expect(names.nth(index)).to_have_attribute("aria-selected", "true")
    keys.press("ArrowRight")
    expect(names.first).to_be_focused()
    keys.press("End")
    expect(names.last).to_be_focused()
    keys.press("Home")

    go_to_tab(view, keys, "trace")
    lines = view.locator("[role=treegrid] tbody tr")
    keys.tab_to(lines.first)
    keys.press("ArrowDown", "ArrowDown")
    expect(lines.nth(2)).to_be_focused()
    keys.press("Home")
    keys.tab_to(view.get_by_role("tab", name="Trace"), back=True)

    go_to_tab(view, keys, "cost")
    slider = view.get_by_role("slider")
    keys.tab_to(slider)
    for key, megabytes in (
        ("ArrowRight", 384),
        ("PageUp", 512),
        ("PageUp", 1024),
        ("PageDown", 512),
        ("ArrowLeft", 384),
    ):
        keys.press(key)
        expect(slider).to_have_attribute("aria-valuenow", str(megabytes))
    keys.tab_to(view.get_by_role("tab", name="Cost"), back=True)

    go_to_tab(view, keys, "flow")
    first = view.get_by_label(re.compile("^double, called once")).first
    # Tab leads to the node that is looked at, which is the one that took longest.
    keys.tab_to(view.locator(".jp-FaasFlow-box[tabindex='0']"))
    # In a narrow view, the graph flows down.
    keys.press(*["ArrowUp"] * 6)
    expect(first).to_be_focused()
    keys.press("ArrowDown")
    expect(view.get_by_label(re.compile("^broken, called once"))).to_be_focused()
    pictures(page, "focus-flow")
    keys.press("Enter")
    opened = page.locator(".jp-FaasSession:visible")
    expect(opened.get_by_role("heading", level=1)).to_contain_text("broken")
    keys.close_tab()


def go_to_tab(view: Locator, keys: Keys, name: str) -> None:
    tab = view.locator(f"[data-tab={name}]")
    for _ in range(view.get_by_role("tab").count()):
        if tab.get_attribute("aria-selected") == "true":
            break
        keys.press("ArrowRight")
    expect(tab).to_be_focused()


def in_the_costs(page: Page, keys: Keys) -> None:
    keys.choose_command("Open Costs")
    costs = page.locator(".jp-FaasCosts")
    expect(costs.locator("tbody tr").first).to_be_visible()
    period = costs.get_by_label("Period")
    keys.tab_to(period)
    was = period.input_value()
    keys.press("ArrowDown")
    expect(period).not_to_have_value(was)
    expect(period).to_be_focused()
    prices = costs.get_by_label("Prices")
    keys.tab_to(prices)
    usual = prices.input_value()
    keys.press("ArrowDown")
    expect(prices).not_to_have_value(usual)
    expect(costs.locator(".jp-FaasCosts-page")).to_have_attribute("aria-busy", "false")
    expect(prices).to_be_focused()
    copy = costs.get_by_role("button", name="Copy as CSV")
    keys.tab_to(copy)
    keys.press("Enter")
    expect(copy).to_be_focused()
    copied = page.evaluate("navigator.clipboard.readText()")
    names = {row["function"] for row in csv.DictReader(io.StringIO(copied))}
    assert {"species", "double"} <= names
    keys.tab_to(costs.get_by_role("button", name="Show double"))
    pictures(page, "focus-costs")
    keys.press("Enter")
    expect(costs.get_by_role("button", name="Show double")).to_be_focused()
    expect(costs.locator("tbody tr", has_text="double")).to_have_attribute("aria-current", "true")


def on_the_page(page: Page, keys: Keys) -> None:
    keys.choose_command("Open Function Page")
    found = page.locator(".jp-FaasPage:visible")
    form = found.get_by_role("form")
    keys.tab_to(form.get_by_label("petal_length"))
    keys.press("Control+a")
    keys.type("5.5")
    keys.press("Enter")
    expect(found.get_by_role("link", name=re.compile("Open activation"))).to_be_visible()
    expect(form.get_by_label("petal_length")).to_be_focused()
    keys.tab_to(found.get_by_role("tab", name="curl"))
    keys.press("ArrowRight")
    expect(found.get_by_role("tab", name="Python")).to_be_focused()
    keys.close_tab()
    expect(found).to_have_count(0)
