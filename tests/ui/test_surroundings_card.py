"""The card of a function that reads a folder and an environment variable, and may differ."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.ui.helpers.lab import Lab, cell_with, open_notebook, run_all, screenshot, set_theme

BEFORE = """%load_ext jupyter_faas
import json, os
from pathlib import Path
os.environ["SHOP_SCALE"] = "3"
RULES = Path("rules")"""
CELL = """%%function scaled
def scaled(plan: str = "basic"):
    if not (RULES / f"{plan}.json").exists():
        return {"error": f"no plan {plan}"}
    rule = json.loads((RULES / f"{plan}.json").read_text())
    return {"y": rule["k"] * int(os.environ["SHOP_SCALE"])}"""


def test_card_shows_the_folder_and_the_option_for_the_variable(page: Page, lab: Lab) -> None:
    rules = lab.notebooks / "rules"
    rules.mkdir(parents=True)
    for name in ("basic", "gold", "silver"):
        (rules / f"{name}.json").write_text('{"k": 2}')
    lab.add_notebook("scaled.ipynb", [BEFORE, CELL])
    open_notebook(page, lab, "scaled.ipynb")
    run_all(page)
    card = cell_with(page, "function scaled").locator(".jp-FaasCard")
    card.get_by_text("with a warning").click()
    expect(card).to_contain_text("set in the notebook, but not on targets")
    expect(card).to_contain_text("scaled needs the environment variable SHOP_SCALE")
    expect(card).to_contain_text("3 files, read by scaled")
    expect(card.locator(".jp-FaasCard-note")).to_have_text(
        "returned on line 4; a call whose result has the key 'error' counts as failed"
    )
    screenshot(card, "card-surroundings-light")
    set_theme(page, "dark")
    screenshot(card, "card-surroundings-dark")
    set_theme(page, "light")
    card.get_by_role("button", name="Set --env SHOP_SCALE in the cell").click()
    cell = cell_with(page, "function scaled --env SHOP_SCALE")
    expect(cell).to_be_visible()
    expect(card.get_by_role("status")).to_have_text(
        "--env SHOP_SCALE is now in the cell. Run the cell again."
    )
    # Shift+Enter runs the cell, whose new option is marked.
    expect(cell).to_have_class(re.compile("jp-mod-active"))
    expect(cell.locator(".cm-selectionBackground").first).to_be_attached()
    screenshot(page, "card-option-light")
    set_theme(page, "dark")
    screenshot(page, "card-option-dark")
    set_theme(page, "light")
    page.keyboard.press("Shift+Enter")
    expect(card).not_to_contain_text("set in the notebook, but not on targets")
