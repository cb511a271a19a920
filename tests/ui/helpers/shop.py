"""A page on which everything that we show is open or can be opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page, expect

from jupyter_faas.workspace import Workspace
from jupyter_faas.workspace.triggers.schedules import Schedule
from tests.ui.helpers.axe import Violation, violations
from tests.ui.helpers.cells import SETOSA, numbers
from tests.ui.helpers.costs import Runs
from tests.ui.helpers.lab import Lab, both_themes, cell_with, command, run_all
from tests.ui.helpers.workshop import expect_deployed, row_of

RUNS = (
    Runs("talk_2018", 1, 3891, 25_500, 3800),
    Runs("smart_body_crop", 40, 3891, 1603, 1911),
    Runs("smart_body_crop", 3, 3891, 49_090, 1911, init_ms=46_880),
)

# How much of ours moves.
TURNING = """() => document.getAnimations().filter(one => one.playState === 'running'
  && one.effect?.target?.closest('.jp-Faas')).length"""
# Of the first picture of its kind that is to be seen: the colours of its shape and of the ground.
SHAPE = """selector => {
  const all = [...document.querySelectorAll(`.jp-Faas ${selector}`)];
  const shape = all.find(one => one.checkVisibility());
  const { fill, stroke, color, borderTopColor } = getComputedStyle(shape);
  const probe = document.body.appendChild(document.createElement('span'));
  probe.style.color = 'Canvas';
  const ground = getComputedStyle(probe).color;
  probe.remove();
  return { fill, stroke, color, border: borderTopColor, ground };
}"""


@dataclass
class Shop:
    """A page on which everything ran, and what was found while there was nothing yet."""

    page: Page
    lab: Lab
    session_id: str = ""
    empty: list[Violation] = field(default_factory=list)


def in_both_themes(page: Page, *selectors: str) -> list[Violation]:
    found: list[Violation] = []
    for _ in both_themes(page):
        found += violations(page, *selectors)
    return found


def run_everything(shop: Shop) -> None:
    page, lab = shop.page, shop.lab
    run_all(page)
    row_of(page, "chain").get_by_role("button", name="Deploy chain").click()
    for name in ("double", "broken", "chain"):
        expect_deployed(page, name)
    row_of(page, "species").get_by_role("button", name="Deploy species").click()
    expect_deployed(page, "species")
    events = Workspace.open(data_dir=lab.data_dir, target="playground").triggers
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


def drag_sidebar(page: Page, by: float) -> None:
    box = page.locator("#jp-main-split-panel > .lm-SplitPanel-handle:visible").first.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by, y)
    page.mouse.up()


def opened(page: Page, found: str) -> Locator:
    """The view of that class in front of the others."""
    return page.locator(f".jp-MainAreaWidget:not(.lm-mod-hidden) > {found}")


def start(page: Page, name: str, arguments: Mapping[str, object]) -> None:
    """Begin a command that ends only when its dialog is closed."""
    page.evaluate(
        "([name, args]) => { void window.jupyterapp.commands.execute(name, args); }",
        [name, arguments],
    )
