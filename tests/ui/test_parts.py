"""A composition within another, and the way from a run in an output to its session."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.ui.helpers.lab import Lab, cell_with, open_notebook, run_all, screenshot, set_theme

STEP = """%load_ext jupyter_faas
from jupyter_faas.composer import composition"""
HALVE = """%%function halved
def halved(number: int):
    print("halving", number)
    return {"number": number // 2}"""
INNER = "inner = composition('halved_twice', halved, halved)"
WHOLE = """%%composition holding
sequence(inner, lambda p: {"number": p["number"] + 1})"""


INVOKE = """try:
    shown = holding.invoke(number=9)
except Exception as error:
    shown = type(error).__name__
shown"""


def test_what_goes_along_is_deployed_and_a_run_leads_to_its_session(page: Page, lab: Lab) -> None:
    lab.add_notebook("parts.ipynb", [STEP, HALVE, INNER, WHOLE, INVOKE])
    open_notebook(page, lab, "parts.ipynb")
    run_all(page)
    expect(cell_with(page, "shown")).to_contain_text("ActionNotFound")
    cell = cell_with(page, "composition holding")
    calls = cell.locator(".jp-FaasCard-calls")
    state = "Not deployed yet. Deploying the composition also deploys it."
    expect(calls).to_contain_text(f"halved_twice{state}")
    cell.get_by_role("button", name="Deploy holding").click()
    expect(calls).to_contain_text("halved_twiceDeployed")
    expect(page.get_by_text("from the same cell, stay")).to_have_count(0)

    run_all(page)
    output = cell_with(page, "shown").locator(".jp-FaasActivation")
    expect(output).to_contain_text("Session of 3 calls")
    expect(output).to_contain_text('{"number": 3}')
    expect(output.locator(".jp-FaasLogs")).to_have_count(0)
    set_theme(page, "dark")
    screenshot(output, "run-of-a-session-dark")
    set_theme(page, "light")
    screenshot(output, "run-of-a-session")
    output.get_by_role("button", name="Open the session of holding").click()
    document = page.locator(".jp-FaasSession:not(.lm-mod-hidden)")
    expect(document.get_by_role("heading", name="holding")).to_be_visible()
