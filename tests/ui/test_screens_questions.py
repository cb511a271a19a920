"""The album's pictures of dialogs and states that a busy kernel, another notebook or a new version
causes: see ``test_screens.py``.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from jupyter_faas.workspace import Workspace
from jupyter_faas.workspace.triggers.schedules import Schedule
from tests.ui.conftest import PATIENCE_MS
from tests.ui.helpers.album import FOLDER, WIDTHS, Album, write_sheets
from tests.ui.helpers.lab import Lab, cell_with, command, open_notebook, run_all, show_sidebar
from tests.ui.helpers.rollouts import with_canary, with_shadow
from tests.ui.helpers.shop import Shop, opened
from tests.ui.helpers.stage import Stage
from tests.ui.helpers.workshop import card_of, expect_deployed, row_of

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(1800)]

LOAD = "%load_ext jupyter_faas"
NAP = """%%function nap --test '{"seconds": 0}'
def nap(seconds: float = 0.0):
    return {"slept": seconds}"""
BUSY = """import pathlib, time
while not pathlib.Path('go').exists():
    time.sleep(0.05)"""
LOCK = "import threading\n(lock,) = [threading.Lock()]"
REFUSED = """%%function survey
def survey(name: str):
    with lock:
        return {"rows": 1}"""
SECRET = """%%function lookup --secret DB_PASSWORD --memory 512
def lookup(word: str):
    import os
    return {"known": "DB_PASSWORD" in os.environ}"""
MAGICS = (
    "canary price", "shadow rate", "replay nap", "diff nap", "secret list", "trigger", "alias nap",
)  # fmt: skip


@pytest.fixture(scope="module")
def stage(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    lab = Lab(tmp_path_factory.mktemp("questions"))
    lab.start()
    workspace = Workspace.open(lab.data_dir, "playground")
    workspace.secrets.set("DB_PASSWORD", "not in any picture")
    lab.api("POST", "faas/api/playground", {"action": "start"})
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    page.set_default_timeout(PATIENCE_MS)
    lab.add_notebook("mine.ipynb", [LOAD, NAP, SECRET])
    open_notebook(page, lab, "mine.ipynb")
    run_all(page)
    show_sidebar(page)
    row_of(page, "nap").get_by_role("button", name="Deploy nap").click()
    expect_deployed(page, "nap")
    with_canary(workspace)
    with_shadow(workspace)
    for name, minutes in (("hourly", 60), ("daily", 1440)):
        schedule = Schedule(every_s=minutes * 60)
        workspace.triggers.create_trigger(name, schedule=schedule, run="nap")
    yield Stage(page, lab, Album(page), Shop(page, lab))
    page.context.close()
    lab.stop()
    lab.stop_playgrounds()
    for group in ("sidebar", "card", "output", "dialog"):
        write_sheets(group, sorted(FOLDER.glob(f"{group}-*.png")))


def test_questions(stage: Stage) -> None:
    page = stage.page
    ran = stage.lab.api("POST", "faas/api/functions/nap/invocations", {"params": {"seconds": 0.01}})
    command(page, "faas:refresh")
    stage.ask("choose-trigger", "faas:fire-trigger")
    stage.ask("keep-warm-nap", "faas:keep-warm", {"name": "nap"})
    command(page, "faas:open-session", {"id": ran["id"]})
    opened(page, ".jp-FaasSession").get_by_role("button", name="Run again").click()
    stage.take_dialog("run-again")
    stage.close_dialog()
    for name, end in (("rate", "Promote"), ("price", "Discard")):
        command(page, "faas:open-function", {"name": name})
        opened(page, ".jp-FaasPage").get_by_role("button", name=f"{end} the new version").click()
        stage.take_dialog(f"{end.lower()}-{name}")
        stage.close_dialog()
    stage.album.report()


def test_pages_with_a_new_version(stage: Stage) -> None:
    page = stage.page
    command(page, "application:toggle-left-area")
    for name, title in (("rate", "Shadow"), ("price", "Canary")):
        command(page, "faas:open-function", {"name": name})
        document = opened(page, ".jp-FaasPage")
        expect(document.get_by_role("region", name=title).locator("tbody tr")).not_to_have_count(0)
        stage.take_document(f"document-page-{title.lower()}", ".jp-FaasPage")
    command(page, "application:toggle-left-area")
    stage.album.report()


def test_kernel_is_busy(stage: Stage) -> None:
    page, lab = stage.page, stage.lab
    lab.add_notebook("busy.ipynb", [LOAD, NAP.replace("nap", "doze"), BUSY])
    open_notebook(page, lab, "busy.ipynb")
    show_sidebar(page)
    page.evaluate("void window.jupyterapp.commands.execute('notebook:run-all-cells')")
    card = card_of(page, "doze")
    expect(card).to_be_visible()
    cell_with(page, "%%function doze").locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.type("  # later")
    stage.take_sidebar("busy")
    card.get_by_role("button", name="Deploy doze").click()
    stage.take_dialog("kernel-busy")
    page.locator(".jp-Dialog").get_by_role("button", name="Wait").click()
    expect(row_of(page, "doze")).to_contain_text("Waiting")
    stage.take_sidebar("waiting", widths=(250, 320))
    stage.album.take("card-waiting", card, check=".jp-FaasCard")
    (lab.notebooks / "go").touch()
    expect_deployed(page, "doze")
    stage.album.report()


def test_function_of_another_notebook(stage: Stage) -> None:
    page, lab = stage.page, stage.lab
    lab.add_notebook("other.ipynb", [LOAD, NAP.replace("slept", "rested"), SECRET, LOCK, REFUSED])
    open_notebook(page, lab, "other.ipynb")
    show_sidebar(page)
    command(page, "notebook:run-all-cells")
    card = card_of(page, "nap")
    expect(card).to_contain_text("Deployed from mine.ipynb")
    stage.album.take("card-of-other-notebook", card, check=".jp-FaasCard")
    stage.take_sidebar("of-other-notebook", widths=(250, 320))
    card.get_by_role("button", name="Deploy nap").click()
    stage.take_dialog("overwrite-other-notebook")
    stage.close_dialog()
    card = card_of(page, "lookup")
    stage.album.take("card-with-secret", card, check=".jp-FaasCard")
    refusal = cell_with(page, "%%function survey").locator(".jp-Cell-outputArea")
    expect(refusal).to_contain_text("Create lock inside the function")
    stage.album.take("output-refused", refusal, widths=WIDTHS[:2])
    stage.album.report()


def test_outputs_of_reports(stage: Stage) -> None:
    for verb in MAGICS:
        stage.take_output(verb)
    stage.album.report()
