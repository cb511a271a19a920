"""Ids of 64 bits and more, from the cell to the screen, the record and the saved notebook."""

from __future__ import annotations

import json

from playwright.sync_api import Page, expect

from tests.ui.helpers.lab import (
    Lab,
    both_themes,
    cell_with,
    command,
    load_notebook,
    open_notebook,
    run_all,
    screenshot,
    set_theme,
)

# A browser's own numbers make 9007199254740992, 9007199254740996 and 18446744073709552000 of these.
CUSTOMER, TYPED, BEYOND = "9007199254740993", "9007199254740995", "18446744073709551617"
CELLS = [
    "%load_ext jupyter_faas",
    f"""%%function look_up --keep-inputs 5 --test '{{"customer": {CUSTOMER}}}'
def look_up(customer: int, last: int = {CUSTOMER}):
    return {{"customer": customer, "beyond": {BEYOND}}}""",
    "%faas deploy look_up",
    f"%faas invoke look_up customer={TYPED}",
]


def answer(customer: str) -> str:
    return f'{{"customer": {customer}, "beyond": {BEYOND}}}'


def test_ids_keep_their_digits(page: Page, lab: Lab) -> None:
    path = lab.add_notebook("numbers.ipynb", CELLS)
    open_notebook(page, lab, path.name)
    run_all(page)
    invoked = cell_with(page, "%faas invoke").locator(".jp-FaasDisplay")
    expect(invoked).to_contain_text(answer(TYPED))

    form = cell_with(page, "%%function").locator(".jp-FaasForm")
    customer = form.get_by_label("customer")
    expect(customer).to_have_value(CUSTOMER)
    expect(form.get_by_label("last")).to_have_attribute("placeholder", CUSTOMER)
    form.get_by_role("button", name="Invoke").click()
    expect(cell_with(page, "%%function").locator(".jp-FaasTryIt")).to_contain_text(answer(CUSTOMER))
    customer.fill(BEYOND)
    form.get_by_role("button", name="Invoke").click()
    expect(cell_with(page, "%%function").locator(".jp-FaasTryIt")).to_contain_text(answer(BEYOND))

    newest = lab.api("GET", "faas/api/activations?limit=1")["activations"][0]["id"]
    command(page, "faas:open-session", {"id": newest})
    session = page.locator(f"[id='jupyter_faas:session:{newest}']")
    expect(session.get_by_role("region", name="Input")).to_contain_text(f'{{"customer": {BEYOND}}}')
    expect(session.get_by_role("region", name="Result")).to_contain_text(answer(BEYOND))
    for theme in both_themes(page):
        screenshot(page, f"numbers-{theme}")
    set_theme(page, "light")

    page.locator(".lm-TabBar-tabLabel", has_text="numbers.ipynb").click()
    command(page, "docmanager:save")
    page.wait_for_function("() => !document.querySelector('.jp-mod-dirty')")
    assert str(int(TYPED) + 1) not in path.read_text()
    load_notebook(page, lab, path.name)
    expect(cell_with(page, "%faas invoke").locator(".jp-FaasDisplay")).to_contain_text(
        answer(TYPED)
    )
    outputs = json.loads(path.read_text())["cells"][3]["outputs"]
    assert all("exact" in one["data"]["application/vnd.jupyter-faas+json"] for one in outputs)
