"""Every screen in both themes and at the widths that people have, photographed and examined.

The pictures and their contact sheets are in ``test-output/ui/screens``. Each screen is checked:
axe finds nothing, nothing sticks out of its place, and every shortened text has a tooltip.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Route, expect

from jupyter_faas.client import Client, playground_target
from jupyter_faas.workspace import Workspace
from jupyter_faas.workspace.targets.target_settings import TargetSettings
from tests.ui.conftest import PATIENCE_MS
from tests.ui.helpers.album import FOLDER, THEMES, Album, write_sheets
from tests.ui.helpers.cells import SETOSA, held_cells
from tests.ui.helpers.costs import Runs, write
from tests.ui.helpers.lab import (
    Lab,
    command,
    open_notebook,
    run_all,
    set_theme,
    show_sidebar,
)
from tests.ui.helpers.shop import RUNS, Shop, opened, run_everything, start
from tests.ui.helpers.stage import Stage, fold, refuse, routed, show_workshop
from tests.ui.helpers.workshop import card_of, open_workshop, row_of

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(1800)]

LONG = "thumbnails_of_every_single_asset_of_the_catalogue_for_print"
DAY_MS = 86_400_000
OLD_RUNS = (
    *RUNS,
    *(
        Runs("smart_body_crop", 900, 3891, 1603, 1911, before_ms=3_600_000 + DAY_MS * day)
        for day in range(6)
    ),
    Runs(LONG, 300, 1024, 812, 1000),
)
SLOW = '''%%function slow --timeout 300
def slow(go: str = "go"):
    """Waits until a file exists."""
    import os, time
    print("waiting for", go)
    while not os.path.exists(go):
        time.sleep(0.05)
    return {"went": go}'''
GREET = "def main(args):\n    return {'greeting': f\"Hello, {args.get('name', 'you')}\"}\n"
MAGICS = (
    "activations", "cost", "target", "show species", "explain species", "history double",
    "sessions", "invoke broken", "trigger", "logs --last", "unknown",
)  # fmt: skip
ESTIMATOR = """import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.ensemble import HistGradientBoostingClassifier

class Ratios(TransformerMixin, BaseEstimator):
    def fit(self, rows, labels=None):
        return self

    def transform(self, rows):
        rows = np.asarray(rows)
        return rows / rows.sum(axis=1, keepdims=True)

ratios = make_pipeline(Ratios(), HistGradientBoostingClassifier(max_iter=5)).fit(X, y)"""
ITSELF = """%%function itself --sample X
def itself(rows: list):
    return {"labels": ratios.predict(rows)}"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Its playground is stopped and has no records."""
    lab = Lab(tmp_path_factory.mktemp("screens"))
    lab.start()
    yield lab
    lab.stop()
    lab.stop_playgrounds()


@pytest.fixture(scope="module")
def stage(browser: Browser, lab: Lab) -> Iterator[Stage]:
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    page.set_default_timeout(PATIENCE_MS)
    for old in FOLDER.glob("*") if FOLDER.exists() else ():
        old.unlink()
    lab.add_notebook("empty.ipynb", ["1 + 1"])
    open_notebook(page, lab, "empty.ipynb")
    stage = Stage(page, lab, Album(page), Shop(page, lab))
    yield stage
    page.context.close()
    for group in ("sidebar", "card", "output", "dialog", "menu"):
        write_sheets(group, sorted(FOLDER.glob(f"{group}-*.png")))


@pytest.fixture(scope="module")
def shop(stage: Stage) -> Stage:
    """After everything ran."""
    page, lab = stage.page, stage.lab
    lab.api("POST", "faas/api/playground", {"action": "stop"})
    write(lab.data_dir, int(time.time() * 1000), *OLD_RUNS)
    lab.api("POST", "faas/api/playground", {"action": "start"})
    client = Client(playground_target(lab.data_dir))
    client.put_action(LONG, {"exec": {"kind": "python:default", "code": GREET}})
    client.close()
    open_workshop(page, lab, SLOW, ESTIMATOR, ITSELF)
    show_sidebar(page)
    run_everything(stage.shop)
    return stage


def test_sidebar_without_functions(stage: Stage) -> None:
    page, sidebar = stage.page, show_sidebar(stage.page)
    expect(sidebar).to_contain_text("The playground is stopped")
    stage.take_sidebar("stopped", widths=(250, 320))
    sidebar.get_by_role("button", name="Start the playground").click()
    expect(sidebar).to_contain_text("No activations yet")
    stage.take_sidebar("empty", widths=(250, 320))
    command(page, "faas:open-costs")
    opened(page, ".jp-FaasCosts").get_by_role("heading", level=1).wait_for()
    stage.take_document("costs-empty", ".jp-FaasCosts")
    stage.album.report()


def test_card_while_the_clean_room_test_runs(stage: Stage) -> None:
    go = stage.lab.folder / "go"
    stage.lab.add_notebook("held.ipynb", held_cells(go))
    open_notebook(stage.page, stage.lab, "held.ipynb")
    run_all(stage.page)
    card = card_of(stage.page, "held")
    expect(card).to_contain_text("Clean-room testrunning…")
    stage.album.take("card-checking", card, check=".jp-FaasCard")
    go.touch()
    expect(card).to_contain_text("Same results as the notebook for 1 input")
    stage.album.report()


def test_sidebar_with_everything(shop: Stage) -> None:
    shop.take_sidebar("full", widths=(250, 320, 640))
    sidebar = shop.sidebar
    for title in ("Functions", "Activations", "Cost"):
        for other in {"Functions", "Activations", "Cost"} - {title}:
            fold(sidebar, other, closed=True)
        fold(sidebar, title, closed=False)
        shop.take_sidebar(f"only-{title.lower()}")
    for title in ("Functions", "Activations", "Cost"):
        fold(sidebar, title, closed=False)
    shop.album.report()


def test_opened_activations_and_filters(shop: Stage) -> None:
    sidebar = shop.sidebar
    fold(sidebar, "Functions", closed=True)
    fold(sidebar, "Cost", closed=True)
    for name in ("chain", "species"):
        row = sidebar.locator(".jp-FaasActivationRow", has_text=name).first
        row.focus()
        row.press("ArrowRight")
    expect(sidebar.get_by_role("treeitem", name="Details of species")).to_contain_text("setosa")
    failed = sidebar.locator(".jp-FaasActivationRow", has_text="broken").first
    failed.focus()
    failed.press("ArrowRight")
    shop.take_sidebar("opened", widths=(250, 640))
    field = sidebar.get_by_label("Filter the activations by function")
    field.fill("nothing_of_that_name")
    expect(sidebar).to_contain_text("No activations match the filter")
    shop.take_sidebar("no-match")
    field.fill("")
    fold(sidebar, "Functions", closed=False)
    fold(sidebar, "Cost", closed=False)
    shop.album.report()


def test_menus(shop: Stage) -> None:
    page, sidebar = shop.page, shop.sidebar
    shop.sidebar_at(320)
    menu = page.locator(".lm-Menu")
    places: list[tuple[str, Callable[[], None]]] = [
        ("function", lambda: row_of(page, "double").press("Shift+F10")),
        ("composition", lambda: row_of(page, "chain").press("Shift+F10")),
        (
            "activation",
            lambda: sidebar.locator(".jp-FaasActivationRow", has_text="chain").first.press(
                "Shift+F10"
            ),
        ),
        ("target", lambda: sidebar.get_by_role("button", name=re.compile("^Target:")).click()),
    ]
    for name, open_menu in places:
        open_menu()
        menu.first.wait_for()
        shop.album.take(f"menu-{name}", menu.first, check=".lm-Menu")
        # A theme that changes takes the keyboard away.
        menu.first.press("Escape")
        expect(menu).to_have_count(0)
    palette = page.locator(".jp-ModalCommandPalette")
    for theme in THEMES:
        # The palette closes when the theme changes.
        set_theme(page, theme)
        page.keyboard.press("Control+Shift+C")
        palette.locator(".lm-CommandPalette-input").fill("functions")
        palette.locator(".lm-CommandPalette-item", has_text="Invoke Function").wait_for()
        palette.screenshot(path=FOLDER / f"menu-palette-1440-{theme}.png")
        page.keyboard.press("Escape")
    shop.album.report()


def test_sidebar_of_targets_with_problems(shop: Stage) -> None:
    page, sidebar = shop.page, shop.sidebar
    workspace = Workspace.open(shop.lab.data_dir)
    props = shop.lab.folder / "refused"
    host = playground_target(shop.lab.data_dir).apihost
    props.write_text(f"APIHOST={host}\nAUTH={'0' * 36}:{'a' * 64}\n")
    workspace.target_registry.add(TargetSettings("refused", wskprops=str(props)))
    down = shop.lab.folder / "down"
    down.write_text(f"APIHOST=http://127.0.0.1:9\nAUTH={'0' * 36}:{'a' * 64}\n")
    workspace.target_registry.add(
        TargetSettings("team-openwhisk", wskprops=str(down), insecure=True)
    )
    command(page, "faas:refresh")
    shop.use_target("team-openwhisk")
    expect(sidebar).to_contain_text("Cannot reach team-openwhisk")
    shop.take_sidebar("unreachable", widths=(250, 320))
    shop.use_target("refused")
    expect(sidebar).to_contain_text("refused refuses the key")
    shop.take_sidebar("unauthorized")
    workspace.target_registry.remove("refused")
    command(page, "faas:refresh")
    expect(sidebar).to_contain_text("refused is not configured")
    shop.take_sidebar("not-configured", widths=(250, 320))
    sidebar.get_by_role("button", name="Use Local playground").click()
    expect(sidebar.locator(".jp-FaasTarget")).not_to_contain_text("not configured")
    api = "/faas/api/"
    with routed(page, api, lambda route: route.abort()):
        command(page, "faas:refresh")
        expect(sidebar).to_contain_text("Cannot reach the Jupyter server")
        shop.take_sidebar("server-down")
    with routed(page, api, lambda route: route.fulfill(status=404, body="")):
        command(page, "faas:refresh")
        expect(sidebar).to_contain_text("The server extension is not loaded")
        shop.take_sidebar("no-server-half", widths=(250, 320))
    command(page, "faas:refresh")
    expect(sidebar.locator(".jp-FaasFunction").first).to_be_visible()
    shop.album.report()


def test_cards(shop: Stage) -> None:
    page = shop.page
    for name in ("species", "double", "broken", "huge", "chain", "itself", "slow"):
        card = card_of(page, name)
        card.scroll_into_view_if_needed()
        shop.album.take(f"card-{name}", card, height=1500, check=".jp-FaasCard")
    card = card_of(page, "species")
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
    shop.album.take("card-species-opened", card, height=1500, check=".jp-FaasCard")
    card = card_of(page, "itself")
    for head in card.locator(".jp-FaasDisclosure-head[aria-expanded=false]").all():
        head.click()
    shop.album.take("card-itself-opened", card, check=".jp-FaasCard")
    shop.album.report()


def test_cards_of_deploys(shop: Stage) -> None:
    page, card, row = shop.page, card_of(shop.page, "broken"), row_of(shop.page, "broken")
    shop.sidebar_at(250)
    held: list[Route] = []
    with routed(page, "/faas/api/deployments", lambda route: held.append(route)):
        card.get_by_role("button", name=re.compile("Deploy broken|Try again")).click()
        expect(row).to_contain_text("Deploying")
        shop.take_sidebar("deploying", widths=(250, 320))
        shop.album.take("card-deploying", card, check=".jp-FaasCard")
        row.get_by_role("button", name="Cancel deploying broken").click()
        expect(row).not_to_contain_text("Deploying")
    hint = "Lower --memory to at most 512 MB, or ask the administrator of the host."
    answer = refuse(400, "limit", "The host refuses 1,024 MB of memory for 'broken'.", hint)
    with routed(page, "/faas/api/deployments", answer):
        card.get_by_role("button", name=re.compile("Deploy broken|Try again")).click()
        expect(card).to_contain_text("Deploy failed")
    shop.album.take("card-deploy-failed", card, check=".jp-FaasCard")
    shop.take_sidebar("deploy-failed", widths=(250, 320))
    # Someone else changed the function on the target.
    client = Client(playground_target(shop.lab.data_dir))
    client.put_action("double", {"exec": {"kind": "python:default", "code": GREET}})
    client.close()
    command(page, "faas:refresh")
    double = card_of(page, "double")
    expect(double).to_contain_text(re.compile("elsewhere|[Cc]hanged"))
    double.scroll_into_view_if_needed()
    shop.album.take("card-changed-elsewhere", double, check=".jp-FaasCard")
    shop.take_sidebar("changed-elsewhere")
    start(page, "faas:deploy-function", {"name": "double"})
    shop.take_dialog("overwrite")
    page.locator(".jp-Dialog").get_by_role("button", name="Overwrite").click()
    expect(row_of(page, "double")).to_contain_text("Deployed")
    shop.album.report()


def test_dialogs(shop: Stage) -> None:
    page = shop.page
    shop.ask("invoke", "faas:invoke-function", {"name": "species"})
    shop.ask("invoke-nothing", "faas:invoke-function", {"name": "chain"})
    shop.ask("remove", "faas:remove-function", {"name": "double"})
    shop.ask("choose-target", "faas:use-target")
    shop.ask("roll-back", "faas:roll-back", {"name": "double", "to": "0.0.1"})
    shop.ask("open-activation", "faas:open-session")
    shop.ask("budget", "faas:set-budget")
    shop.ask("keep-warm", "faas:keep-warm", {"name": "species"})
    start(page, "faas:add-target", {})
    shop.take_dialog("add-target")
    dialog = page.locator(".jp-FaasAddTarget")
    dialog.get_by_label("Type of host").select_option("digitalocean")
    dialog.get_by_role("button", name="Advanced").click()
    shop.take_dialog("add-target-doctl")
    dialog.get_by_role("button", name="Advanced").click()
    dialog.get_by_label("Key", exact=True).select_option("variable")
    shop.take_dialog("add-target-variable")
    dialog.get_by_label("Key", exact=True).select_option("typed")
    dialog.get_by_label("Name", exact=True).fill("lab")
    dialog.get_by_label("API host").fill("https://openwhisk.invalid")
    dialog.get_by_label("API key").fill("no key")
    dialog.get_by_role("button", name="Add target").click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    shop.take_dialog("add-target-refused")
    shop.close_dialog()
    shop.album.report()


def test_documents(shop: Stage) -> None:
    page = shop.page
    command(page, "application:toggle-left-area")
    views: list[tuple[str, str, dict[str, Any], str]] = [
        ("page-function", "faas:open-function", {"name": "species"}, ".jp-FaasPage"),
        ("page-composition", "faas:open-function", {"name": "chain"}, ".jp-FaasPage"),
        ("page-foreign", "faas:open-function", {"name": LONG}, ".jp-FaasPage"),
        ("history", "faas:show-history", {"name": "double"}, ".jp-FaasPage"),
        ("graph", "faas:open-flow", {"name": "chain"}, ".jp-FaasGraph"),
        ("costs", "faas:open-costs", {}, ".jp-FaasCosts"),
    ]
    for name, command_id, arguments, css in views:
        command(page, command_id, arguments)
        document = opened(page, css)
        document.get_by_role("heading", level=1).wait_for()
        document.locator("svg, table").first.wait_for()
        shop.take_document(f"document-{name}", css)
    command(page, "application:toggle-left-area")
    shop.album.report()


def test_tabs_of_sessions(shop: Stage) -> None:
    page, lab = shop.page, shop.lab
    listed = lab.api("GET", "faas/api/activations?top=true")["activations"]
    single = next(one["id"] for one in listed if one["name"] == "species")
    command(page, "application:toggle-left-area")
    for kind, activation_id in (("composition", shop.shop.session_id), ("function", single)):
        command(page, "faas:open-session", {"id": activation_id})
        session = opened(page, ".jp-FaasSession")
        session.get_by_role("heading", level=1).wait_for()
        tabs = session.locator("[data-tab]")
        for tab in tabs.evaluate_all("all => all.map(one => one.dataset.tab)"):
            session.locator(f"[data-tab={tab}]").click()
            if tab == "flow":
                session.get_by_label(re.compile("^broken, called once")).click()
            shop.take_document(f"session-{kind}-{tab}", ".jp-FaasSession")
    command(page, "application:toggle-left-area")
    shop.album.report()


def test_running(shop: Stage) -> None:
    page, lab = shop.page, shop.lab
    row_of(page, "slow").get_by_role("button", name="Deploy slow").click()
    expect(row_of(page, "slow")).to_contain_text("Deployed")
    show_workshop(page)
    card = card_of(page, "slow")
    card.scroll_into_view_if_needed()
    # The file "go" exists since the test of the clean room.
    card.get_by_role("textbox", name="go").fill(str(lab.folder / "ended"))
    card.get_by_role("button", name="Invoke slow", exact=True).click()
    row = shop.sidebar.locator(".jp-FaasActivationRow", has_text="slow").first
    row.wait_for()
    shop.album.take("card-running", card, check=".jp-FaasCard")
    shop.take_sidebar("running")
    row.dblclick()
    expect(opened(page, ".jp-FaasSession").locator(".jp-FaasTag").first).to_have_text("Running")
    shop.take_document("session-running", ".jp-FaasSession")
    (lab.folder / "ended").touch()
    show_workshop(page)
    expect(card.locator(".jp-FaasActivation")).to_contain_text("went")
    shop.album.report()


def test_documents_without_their_subject(shop: Stage) -> None:
    page = shop.page
    command(page, "faas:open-session", {"id": "0" * 32})
    opened(page, ".jp-FaasSession").locator(".jp-FaasMessage").wait_for()
    shop.take_document("session-missing", ".jp-FaasSession")
    command(page, "faas:open-function", {"name": "nothing_of_that_name"})
    opened(page, ".jp-FaasPage").locator(".jp-FaasMessage").wait_for()
    shop.take_document("document-page-missing", ".jp-FaasPage")
    shop.album.report()


def test_outputs_of_magics(shop: Stage) -> None:
    page = shop.page
    shop.lab.add_notebook("magics.ipynb", ["%load_ext jupyter_faas"])
    open_notebook(page, shop.lab, "magics.ipynb")
    run_all(page)
    for verb in MAGICS:
        cell = shop.take_output(verb)
        expect(cell.locator("mjx-container")).to_have_count(0)
    shop.album.report()
