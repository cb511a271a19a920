"""The quickstart in a real browser: press Deploy, invoke, and see it in the sidebar."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.ui.helpers.cells import FUNCTION, SETOSA, TRAIN, named, numbers
from tests.ui.helpers.lab import (
    Lab,
    both_themes,
    cell_with,
    command,
    open_notebook,
    run_all,
    screenshot,
    show_sidebar,
)


def entries(page: Page, opener: Locator) -> list[str]:
    """What a menu offers."""
    opener.click()
    labels = page.locator(".lm-Menu .lm-Menu-itemLabel")
    expect(labels.first).to_be_visible()
    found = [label for label in labels.all_inner_texts() if label]
    page.keyboard.press("Escape")
    expect(labels).to_have_count(0)
    return found


def test_cell_to_activation_in_the_sidebar(page: Page, lab: Lab) -> None:
    lab.add_notebook("road.ipynb", [TRAIN, FUNCTION])
    open_notebook(page, lab, "road.ipynb")
    sidebar = show_sidebar(page)
    run_all(page)
    function = cell_with(page, "%%function iris")
    card = function.locator(".jp-FaasCard")
    expect(card.locator(".jp-FaasCard-name")).to_have_text("iris")
    expect(card).to_contain_text("Not deployed")
    expect(card).to_contain_text("labels agree")
    row = sidebar.locator(".jp-FaasFunction", has_text="iris")
    expect(row).to_contain_text("Not deployed")

    row.get_by_role("button", name="Deploy iris").click()
    expect(row).to_contain_text(re.compile("^iris.*v1.*Deployed"))
    expect(card).to_contain_text("Deployed")

    # One list, wherever its button is.
    more = "More actions for iris"
    in_row = entries(page, row.get_by_role("button", name=more))
    assert entries(page, card.get_by_role("button", name=more)) == in_row
    assert {"Invoke…", "Open page", "Open costs", "Copy as curl"} <= set(in_row)

    for label, value in SETOSA.items():
        card.get_by_label(label).fill(value)
    card.get_by_role("button", name="Invoke").click()
    expect(card).to_contain_text('"setosa"')
    activation = sidebar.locator(".jp-FaasActivationRow", has_text="iris").first
    expect(activation).to_contain_text(re.compile(r"\d m?s"))
    expect(activation).to_contain_text(re.compile(r"\$\d+\.\d\d"))
    for theme in both_themes(page):
        screenshot(page, f"deployed-{theme}")

    activation.click()
    expect(sidebar.locator(".jp-FaasActivationDetails")).to_contain_text("setosa")

    function.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.type("\n# edited")
    expect(row).to_contain_text("Changed since deploy")
    expect(function.locator(".jp-FaasCellDeploy")).to_contain_text("Changed since v1")
    for theme in both_themes(page):
        screenshot(page, f"changed-{theme}")

    function.locator(".jp-FaasCellDeploy").get_by_role("button", name="Deploy iris").click()
    expect(row).to_contain_text(re.compile("v2.*Deployed"))


def test_refitted_model_is_seen_and_shipped(page: Page, lab: Lab) -> None:
    refit = "model = make_pipeline(StandardScaler(), LogisticRegression(C=1e-4)).fit(X, y)"
    lab.add_notebook("refit.ipynb", [TRAIN, named("refit"), "%faas deploy refit", refit])
    open_notebook(page, lab, "refit.ipynb")
    sidebar = show_sidebar(page)
    run_all(page)
    row = sidebar.locator(".jp-FaasFunction", has_text="refit")
    expect(row).to_contain_text("Model refitted since packaging")
    before = lab.api("POST", "faas/api/functions/refit/invocations", {"params": numbers(SETOSA)})
    row.get_by_role("button", name="Deploy refit").click()
    expect(row).to_contain_text(re.compile("v2.*Deployed"))
    after = lab.api("POST", "faas/api/functions/refit/invocations", {"params": numbers(SETOSA)})
    assert before["result"]["confidence"] > 0.9
    assert after["result"]["confidence"] < 0.5


def test_saved_notebook_still_shows_card_and_activation_when_reopened(page: Page, lab: Lab) -> None:
    cells = [TRAIN, named("kept")]
    invoke = "%faas invoke kept " + " ".join(f"{name}={value}" for name, value in SETOSA.items())
    lab.add_notebook("kept.ipynb", [*cells, "%faas deploy kept", invoke])
    open_notebook(page, lab, "kept.ipynb")
    run_all(page)
    answer = cell_with(page, "%faas invoke kept").locator(".jp-FaasActivation")
    expect(answer).to_contain_text('"setosa"')
    command(page, "docmanager:save")
    page.wait_for_function("!document.querySelector('.jp-mod-dirty')")
    page.goto("about:blank")
    lab.stop()
    lab.start()
    open_notebook(page, lab, "kept.ipynb")
    expect(cell_with(page, "%%function kept").locator(".jp-FaasCard-name")).to_have_text("kept")
    expect(cell_with(page, "%faas invoke kept").locator(".jp-FaasActivation")).to_contain_text(
        '"setosa"'
    )
