"""A JupyterLab for the session, a browser for each file, a new page for every test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

from tests.ui.helpers.lab import OUTPUT, Lab

# Ready pages answer in milliseconds; the other workers may keep the machine busy meanwhile (a page
# took more than 30 s to load in CI). What is waited for does not cost more for a long deadline.
PATIENCE_MS = 120_000
TEST_DEADLINE_S = 900
expect.set_options(timeout=PATIENCE_MS)

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(TEST_DEADLINE_S))


def find_chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        raise FileNotFoundError("chromium is not on the PATH (Debian: apt-get install chromium)")
    return found


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    # Not for the session: while it is open its event loop counts as running in this thread,
    # and tests of other rooms have loops of their own.
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    chromium = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_ARGUMENTS)
    yield chromium
    chromium.close()


@pytest.fixture(scope="session")
def profile_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("profile")


@pytest.fixture(scope="module")
def profile(playwright: Playwright, profile_folder: Path) -> Iterator[BrowserContext]:
    """A browser with the cache of the files before: half the time of loading JupyterLab."""
    profile = playwright.chromium.launch_persistent_context(
        profile_folder,
        executable_path=find_chromium(),
        args=CHROMIUM_ARGUMENTS,
        viewport={"width": 1440, "height": 1000},
    )
    yield profile
    profile.close()


@pytest.fixture(scope="session")
def shared_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    lab = Lab(tmp_path_factory.mktemp("lab"))
    lab.start()
    lab.api("POST", "faas/api/playground", {"action": "start"})
    yield lab
    lab.stop()
    lab.stop_playgrounds()


@pytest.fixture(scope="module")
def lab(shared_lab: Lab) -> Lab:
    """Without the functions of other files: a composition takes those of its names as they are."""
    for function in shared_lab.api("GET", "faas/api/functions")["functions"]:
        shared_lab.api("DELETE", f"faas/api/functions/{function['name']}")
    return shared_lab


@pytest.fixture
def page(profile: BrowserContext, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page in a browser that knows nothing of the tests before but what is in its cache."""
    (first,) = profile.pages  # without a page the browser would end
    page = profile.new_page()
    page.set_default_timeout(PATIENCE_MS)
    failed_before = request.session.testsfailed
    yield page
    if request.session.testsfailed > failed_before:
        OUTPUT.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(OUTPUT) / f"failed-{request.node.name}.png")
    devtools = profile.new_cdp_session(first)
    for opened in profile.pages[1:]:
        url = urlsplit(opened.url)
        opened.close()
        if url.netloc:
            origin = f"{url.scheme}://{url.netloc}"
            kinds = "local_storage,indexeddb,service_workers"
            devtools.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": kinds})
    devtools.detach()
    profile.clear_cookies()
    profile.clear_permissions()
