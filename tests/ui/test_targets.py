"""Two notebooks with two targets side by side: nothing of one reaches the other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from jupyter_faas.client import read_wskprops
from jupyter_faas.playground import start
from jupyter_faas.workspace import Workspace
from jupyter_faas.workspace.targets.target_settings import TargetSettings
from tests.cli.helpers import notebooks
from tests.hosts.helpers.digitalocean import DigitalOcean
from tests.hosts.helpers.openserverless import OpenServerless
from tests.hosts.helpers.openwhisk import OpenWhisk
from tests.hosts.helpers.provider import started_playground
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

pytestmark = pytest.mark.timeout(300)

LOAD = "%load_ext jupyter_faas"


def function(name: str) -> str:
    return f"%%function {name}\ndef {name}():\n    return {{'said': {name!r}}}"


@pytest.fixture(scope="module")
def fra(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a second playground."""
    folder = tmp_path_factory.mktemp("fra") / "faas"
    start(folder)
    return folder


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, fra: Path) -> Iterator[Lab]:
    """A JupyterLab of this file's own, with the second playground as the target ``fra``."""
    lab = Lab(tmp_path_factory.mktemp("targets"))
    start(lab.data_dir)
    props = str(fra / "playground" / "wskprops")
    Workspace.open(lab.data_dir).target_registry.add(TargetSettings("fra", wskprops=props))
    lab.add_notebook("one.ipynb", [LOAD, function("alpha"), "%faas invoke alpha"])
    lab.add_notebook("two.ipynb", [LOAD, "%faas target use playground", function("beta")])
    lab.start()
    yield lab
    lab.stop()
    lab.stop_playgrounds(fra)


def on(data_dir: Path) -> set[str]:
    """The functions of a playground."""
    return {one.name for one in Workspace.open(data_dir, "playground").functions()}


def recorded(lab: Lab, name: str) -> Any:
    return json.loads((lab.notebooks / name).read_text())["metadata"].get("faas")


def choose_target(page: Page, sidebar: Locator, label: str) -> None:
    sidebar.locator(".jp-FaasTarget-button").click()
    page.get_by_role("menuitem", name=label).first.click()


def open_beside(page: Page, name: str) -> None:
    """Open or activate another notebook of the same JupyterLab, with its kernel ready."""
    page.evaluate(
        "path => { void window.jupyterapp.commands.execute('docmanager:open', { path }) }", name
    )
    page.wait_for_function(
        "name => { const one = window.jupyterapp.shell.currentWidget;"
        " return one?.context?.path === name"
        " && one.sessionContext?.session?.kernel?.status === 'idle' }",
        arg=name,
        timeout=60_000,
    )


def test_two_notebooks_with_two_targets_do_not_meet(page: Page, lab: Lab, fra: Path) -> None:
    open_notebook(page, lab, "one.ipynb")
    sidebar = show_sidebar(page)
    line, functions = sidebar.locator(".jp-FaasTarget-line"), sidebar.locator(".jp-FaasFunction")
    activations = sidebar.locator(".jp-FaasActivationRow")
    expect(line).to_contain_text("Local playground")

    # The sidebar's menu chooses for this notebook, and the choice is saved with it.
    choose_target(page, sidebar, "fra")
    expect(line).to_contain_text("fra")
    page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.context.model.dirty")
    assert recorded(lab, "one.ipynb") == {"target": "fra"}
    assert lab.api("GET", "faas/api/status")["target"]["name"] == "playground"

    # The button sends the function there, and so does a magic after it.
    command(page, "faas:load-kernel-half")
    row = functions.filter(has_text="alpha")
    row.get_by_role("button", name="Deploy alpha").click()
    expect(row).to_contain_text("v1", timeout=90_000)
    assert (on(fra), on(lab.data_dir)) == ({"alpha"}, set())
    run_all(page)
    shown = cell_with(page, "%faas invoke").locator(".jp-FaasDisplay")
    expect(shown).to_contain_text('"said": "alpha"', timeout=60_000)
    expect(activations.filter(has_text="alpha")).to_have_count(1)

    # The sidebar follows the other notebook, whose magic chooses.
    open_beside(page, "two.ipynb")
    expect(line).to_contain_text("Local playground")
    expect(functions.filter(has_text="alpha")).to_have_count(0)
    expect(activations.filter(has_text="alpha")).to_have_count(0)
    run_all(page)
    row = functions.filter(has_text="beta")
    expect(row).to_contain_text("Not deployed", timeout=90_000)
    page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.context.model.dirty")
    assert recorded(lab, "two.ipynb") == {"target": "playground"}
    row.get_by_role("button", name="Deploy beta").click()
    expect(row).to_contain_text("v1", timeout=60_000)
    assert (on(fra), on(lab.data_dir)) == ({"alpha"}, {"beta"})

    # Back in the first notebook: its own again, and its card is about its own target.
    open_beside(page, "one.ipynb")
    expect(line).to_contain_text("fra")
    expect(functions.filter(has_text="alpha")).to_contain_text("v1")
    expect(functions.filter(has_text="beta")).to_have_count(0)
    expect(activations.filter(has_text="alpha")).to_have_count(1)
    card = cell_with(page, "%%function alpha").locator(".jp-FaasCard")
    expect(card).to_contain_text("fra")
    for theme in both_themes(page):
        sidebar.locator(".jp-FaasTarget-button").click()
        page.get_by_role("menuitem", name="Use the default (Local playground)").wait_for()
        screenshot(page, f"target-menu-{theme}")
        page.keyboard.press("Escape")

    # After a restart, a run of all cells knows the target before the kernel is connected.
    page.evaluate("""async () => {
      const { commands, shell } = window.jupyterapp;
      await commands.execute('notebook:insert-cell-below');
      const { content, sessionContext } = shell.currentWidget;
      content.activeCell.model.sharedModel.setSource('%faas deploy alpha --force');
      await sessionContext.restartKernel();
    }""")
    run_all(page)
    expect(cell_with(page, "%faas deploy").locator(".jp-OutputArea-output")).to_contain_text(
        "alpha", timeout=90_000
    )
    assert (on(fra), on(lab.data_dir)) == ({"alpha"}, {"beta"})


def test_a_target_is_added_in_the_sidebar(page: Page, lab: Lab, fra: Path) -> None:
    there = read_wskprops(fra / "playground" / "wskprops")
    lab.add_notebook("three.ipynb", [LOAD])
    open_notebook(page, lab, "three.ipynb")
    sidebar = show_sidebar(page)
    line = sidebar.locator(".jp-FaasTarget-line")
    expect(line).to_contain_text("Local playground")
    sidebar.locator(".jp-FaasTarget-button").click()
    page.get_by_role("menuitem", name="Add a target…").click()
    dialog = page.locator(".jp-FaasAddTarget")
    dialog.get_by_label("Type of host").select_option(label="DigitalOcean Functions")
    dialog.get_by_label("Key", exact=True).select_option(label="Use the login of doctl")
    expect(dialog).to_contain_text("Log in there first: doctl serverless connect")
    for theme in both_themes(page):
        screenshot(dialog.locator(".jp-Dialog-content"), f"target-add-{theme}")

    # A refused key: the form comes back with what was typed, and the error at its field.
    dialog.get_by_label("Name").fill("nyc")
    dialog.get_by_label("Type of host").select_option(label="Apache OpenWhisk")
    dialog.get_by_label("Key", exact=True).select_option(label="Enter the key here")
    dialog.get_by_label("API host").fill(there.apihost)
    dialog.get_by_label("API key").fill(f"{there.auth[:-4]}zzzz")
    dialog.get_by_role("button", name="Add target").click()
    expect(dialog.get_by_role("alert")).to_contain_text("nyc does not accept the key")
    expect(dialog.get_by_label("API key")).to_be_focused()
    expect(dialog.get_by_label("API host")).to_have_value(there.apihost)
    for theme in both_themes(page):
        screenshot(dialog.locator(".jp-Dialog-content"), f"target-add-refused-{theme}")
    assert "nyc" not in Workspace.open(lab.data_dir).target_registry.names()

    dialog.get_by_label("API key").fill(there.auth)
    dialog.get_by_role("button", name="Add target").click()
    toast = page.locator(".Toastify__toast")
    expect(toast.first).to_contain_text("nyc responds: namespace")
    for theme in both_themes(page):
        screenshot(page, f"target-added-{theme}")
    # It is used for the notebook, and the key is in a file of the server only.
    expect(line).to_contain_text("nyc")
    page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.context.model.dirty")
    assert recorded(lab, "three.ipynb") == {"target": "nyc"}
    assert lab.api("GET", "faas/api/status")["target"]["name"] == "playground"
    secret = there.auth.partition(":")[2]
    assert secret not in (lab.data_dir / "settings.json").read_text()
    assert secret not in page.content()


@pytest.fixture
def hosts(lab: Lab, tmp_path: Path) -> Iterator[tuple[str, ...]]:
    """A target on each type of host, by the name of its profile."""
    with (
        started_playground(tmp_path / "behind") as behind,
        OpenWhisk(behind).serve() as openwhisk,
        OpenServerless(behind).serve() as openserverless,
        DigitalOcean(behind).serve() as digitalocean,
    ):
        workspace = Workspace.open(lab.data_dir)
        for host in (openwhisk, openserverless):
            name = host.profile.name
            props = host.write_wskprops(tmp_path / name)
            workspace.target_registry.add(TargetSettings(name, wskprops=str(props), profile=name))
        workspace.target_registry.add(
            TargetSettings(
                "digitalocean",
                apihost=digitalocean.url,
                namespace=digitalocean.namespace,
                doctl=str(digitalocean.write_doctl(tmp_path)),
                profile="digitalocean",
            )
        )
        yield ("openwhisk", "openserverless", "digitalocean")


@pytest.mark.heavy
@pytest.mark.timeout(900)
def test_the_card_checks_the_target_in_use(page: Page, lab: Lab, hosts: tuple[str, ...]) -> None:
    lab.add_notebook("iris.ipynb", [LOAD, notebooks.TRAIN, notebooks.IRIS])
    open_notebook(page, lab, "iris.ipynb")
    sidebar = show_sidebar(page)
    run_all(page)
    card = cell_with(page, "%%function iris").locator(".jp-FaasCard")
    verdict = card.locator(".jp-FaasCard-line.jp-mod-strong").filter(has_text="playground")
    expect(verdict).to_contain_text("Fits Local playground", timeout=180_000)
    for host in hosts:
        # The wheels that the host lacks are downloaded for the check.
        choose_target(page, sidebar, host)
        fits = card.locator(".jp-FaasCard-line.jp-mod-strong").filter(has_text=f"Fits {host}")
        expect(fits).to_be_visible(timeout=180_000)
        # The cold start is that of this host too, with what is sent there.
        expect(card).to_contain_text(f"MB to {host} and unpack it there", timeout=60_000)
        for theme in both_themes(page):
            card.scroll_into_view_if_needed()
            screenshot(card, f"preflight-{host}-{theme}")
    choose_target(page, sidebar, "Local playground")
    expect(verdict).to_contain_text("Fits Local playground")
    expect(card).not_to_contain_text("unpack it there")


def test_a_recorded_target_that_is_not_configured(page: Page, lab: Lab) -> None:
    path = lab.add_notebook("moon.ipynb", [LOAD, function("gamma"), "%faas deploy gamma"])
    written = json.loads(path.read_text())
    written["metadata"]["faas"] = {"target": "moon"}
    path.write_text(json.dumps(written))
    open_notebook(page, lab, "moon.ipynb")
    sidebar = show_sidebar(page)
    expect(sidebar).to_contain_text(
        "uses the target 'moon', which is not configured on this machine"
    )
    run_all(page)
    output = cell_with(page, "%faas deploy").locator(".jp-OutputArea-output")
    expect(output).to_contain_text("%faas target add moon", timeout=90_000)
    for theme in both_themes(page):
        screenshot(sidebar, f"target-unknown-{theme}")
    assert "gamma" not in on(lab.data_dir)
    sidebar.get_by_role("button", name="Use Local playground").click()
    expect(sidebar.locator(".jp-FaasTarget-line")).to_contain_text("Local playground")
    page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.context.model.dirty")
    assert recorded(lab, "moon.ipynb") == {"target": "playground"}
