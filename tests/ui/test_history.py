"""Taking a function back in a real browser: the history, its diffs, and rolling back."""

from __future__ import annotations

import base64
import hashlib
import re

from playwright.sync_api import Locator, Page, expect

from jupyter_faas.client import Client, playground_target
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

LOAD = "%load_ext jupyter_faas"
UNIT = 'UNIT = "mm"\nLIMIT = 100'


def measure(name: str, factor: int, options: str = "") -> str:
    return f'''%%function {name} {options}
def {name}(length: float):
    """A length in {factor} parts, at most LIMIT."""
    return {{"length": min(length * {factor}, LIMIT), "unit": UNIT}}'''


def run_to_end(page: Page, row: Locator) -> None:
    """Run all; a deploy that meets a busy kernel would ask whether to wait for it."""
    run_all(page)
    expect(row).to_contain_text(re.compile("Not deployed|Deployed|changed"))
    page.wait_for_function(
        "[...window.jupyterapp.shell.widgets('main')].every("
        "one => (one.sessionContext?.session?.kernel?.status ?? 'idle') === 'idle')"
    )


def type_at_end(page: Page, cell: Locator, text: str) -> None:
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.type(text)


def deployed_sha256(lab: Lab, name: str) -> str:
    client = Client(playground_target(lab.data_dir))
    code = client.get_action(name, code=True).exec.code
    client.close()
    assert code is not None
    return hashlib.sha256(base64.b64decode(code)).hexdigest()


def deploys(lab: Lab, name: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = lab.api("GET", f"faas/api/history/{name}")["deploys"]
    return found


def choose(page: Page, row: Locator, name: str, item: str | re.Pattern[str]) -> None:
    row.get_by_role("button", name=f"More actions for {name}").click()
    page.get_by_role("menuitem", name=item).click()


def test_deploy_edit_deploy_and_roll_back(page: Page, lab: Lab) -> None:
    lab.add_notebook("back.ipynb", [LOAD, UNIT, measure("ruler", 10, "--memory 128")])
    open_notebook(page, lab, "back.ipynb")
    sidebar = show_sidebar(page)
    cell = cell_with(page, "%%function ruler")
    row = sidebar.locator(".jp-FaasFunction", has_text="ruler")
    run_to_end(page, row)
    row.get_by_role("button", name="Deploy ruler").click()
    expect(row).to_contain_text(re.compile("v1.*Deployed"))
    first = deployed_sha256(lab, "ruler")

    # What is there already is not sent again, and the user is told.
    row.get_by_role("button", name="Deploy ruler again").click()
    told = page.locator(".Toastify__toast", has_text="Nothing to deploy: v1 of ruler")
    expect(told).to_be_visible()
    row.get_by_role("button", name="More actions for ruler").click()
    expect(page.get_by_role("menuitem", name="Invoke…")).to_be_visible()
    expect(page.get_by_role("menuitem", name=re.compile("Roll back"))).to_have_count(0)
    page.keyboard.press("Escape")

    type_at_end(page, cell, "\n# a second version")
    expect(row).to_contain_text("Changed since deploy")
    row.get_by_role("button", name="Deploy ruler").click()
    expect(row).to_contain_text(re.compile("v2.*Deployed"))
    second = deployed_sha256(lab, "ruler")
    assert second != first

    row.get_by_role("button", name="More actions for ruler").click()
    expect(page.get_by_role("menuitem", name="Roll back to v1…")).to_be_visible()
    for theme in ("light", "dark"):
        page.keyboard.press("Escape")
        set_theme(page, theme)
        row.get_by_role("button", name="More actions for ruler").click()
        screenshot(page, f"history-menu-{theme}")
    page.get_by_role("menuitem", name="Show history").click()
    history = page.locator(".jp-FaasHistory")
    rows = history.locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("v2")
    expect(rows.first).to_contain_text("back.ipynb")
    expect(rows.first.get_by_role("img", name="Currently deployed")).to_be_visible()
    expect(history.locator(".jp-FaasDiff")).to_contain_text("# a second version")
    expect(history).to_contain_text("Unchanged since it last ran")

    set_theme(page, "dark")
    choose(page, row, "ruler", "Roll back to v1…")
    dialog = page.locator(".jp-Dialog")
    expect(dialog).to_contain_text("Roll ruler back to v1?")
    screenshot(page, "rollback-dialog-dark")
    dialog.get_by_role("button", name="Cancel").click()
    assert deployed_sha256(lab, "ruler") == second
    history.get_by_role("button", name="Roll ruler back to v1…").click()
    dialog.get_by_role("button", name="Roll back").click()
    expect(row).to_contain_text(re.compile("v3.*Changed since deploy"))
    assert deployed_sha256(lab, "ruler") == first
    assert [one["version"] for one in deploys(lab, "ruler")] == ["0.0.3", "0.0.2", "0.0.1"]
    expect(rows).to_have_count(3)
    expect(rows.first).to_contain_text("v3 back to v1")
    page.locator(".lm-DockPanel-tabBar .lm-TabBar-tab", has_text="back.ipynb").click()
    expect(cell.locator(".jp-FaasCellDeploy")).to_contain_text("Changed since v3")
    choose(page, row, "ruler", "Show history")
    # What a deploy of the cell would change now.
    expect(history.locator(".jp-FaasDiff")).to_contain_text("# a second version")
    expect(history).to_contain_text("not deployed")
    for theme in both_themes(page):
        screenshot(page, f"history-{theme}")

    # There is nothing before the first version, but any version can be chosen from the history.
    row.get_by_role("button", name="More actions for ruler").click()
    expect(page.get_by_role("menuitem", name="Invoke…")).to_be_visible()
    expect(page.get_by_role("menuitem", name=re.compile("Roll back"))).to_have_count(0)
    page.keyboard.press("Escape")
    history.get_by_role("button", name="Roll ruler back to v2…").click()
    expect(dialog).to_contain_text("Roll ruler back to v2?")
    screenshot(page, "rollback-dialog-light")
    dialog.get_by_role("button", name="Roll back").click()
    expect(row).to_contain_text(re.compile("v4.*Deployed"))
    assert deployed_sha256(lab, "ruler") == second


def test_somebody_elses_change_is_seen_and_asked_about(page: Page, lab: Lab) -> None:
    lab.add_notebook("shared.ipynb", [LOAD, UNIT, measure("shared", 10)])
    open_notebook(page, lab, "shared.ipynb")
    sidebar = show_sidebar(page)
    row = sidebar.locator(".jp-FaasFunction", has_text="shared")
    run_to_end(page, row)
    row.get_by_role("button", name="Deploy shared").click()
    expect(row).to_contain_text(re.compile("v1.*Deployed"))
    client = Client(playground_target(lab.data_dir))
    client.put_action("shared", {"limits": {"memory": 512}})
    client.close()
    command(page, "faas:refresh")
    expect(row).to_contain_text(re.compile("v2.*Changed elsewhere"))
    choose(page, row, "shared", "Show history")
    history = page.locator(".jp-FaasHistory")
    expect(history).to_contain_text("v2 was not deployed from this machine.")
    expect(history).to_contain_text("Has v2, not deployed from this machine")
    for theme in both_themes(page):
        screenshot(page, f"history-elsewhere-{theme}")

    row.get_by_role("button", name="Deploy shared").click()
    dialog = page.locator(".jp-Dialog")
    expect(dialog).to_contain_text("Overwrite shared?")
    expect(dialog).to_contain_text("shared on Local playground was changed elsewhere: it is now v2")
    local = page.evaluate(
        "() => new Date().toLocaleDateString([], { month: 'short', day: 'numeric' })"
    )
    expect(dialog).to_contain_text(f"v2 ({local}, ")
    screenshot(page, "overwrite-dialog")
    dialog.get_by_role("button", name="Cancel").click()
    expect(row).to_contain_text("Changed elsewhere")
    row.get_by_role("button", name="Deploy shared").click()
    dialog.get_by_role("button", name="Overwrite").click()
    expect(row).to_contain_text(re.compile("v3.*Deployed"))


def test_the_diff_shows_every_part_and_a_changed_value_is_named(page: Page, lab: Lab) -> None:
    cells = [LOAD, UNIT, measure("parts", 10, "--param secret=s3cret --memory 128")]
    lab.add_notebook("parts.ipynb", [*cells, "%faas deploy parts", "LIMIT = 200"])
    open_notebook(page, lab, "parts.ipynb")
    sidebar = show_sidebar(page)
    row = sidebar.locator(".jp-FaasFunction", has_text="parts")
    run_to_end(page, row)
    expect(row).to_contain_text("LIMIT changed since packaging")
    cell = cell_with(page, "%%function parts")
    cell.locator(".cm-line").first.click()
    page.keyboard.press("End")
    page.keyboard.type(" --timeout 30 --annotation team=blue --param more=1")
    command(page, "notebook:run-cell")
    choose(page, row, "parts", "Show history")
    history = page.locator(".jp-FaasHistory")
    expect(history).to_contain_text("-LIMIT = 100")
    for words in ("+LIMIT = 200", "+timeout: 30 s", '+team = "blue"', "+more = (hidden)"):
        expect(history.locator(".jp-FaasDiff")).to_contain_text(words)
    expect(history).not_to_contain_text("s3cret")
    for theme in both_themes(page):
        screenshot(page, f"diff-{theme}")
