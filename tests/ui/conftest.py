"""A JupyterLab for the session, a browser for each file, and a page for each test.

Loading JupyterLab takes 2 to 3 s of processor time, so the page of one test is emptied and given to
the next one of the file (see `helpers.pages`). A test that needs a new page takes `fresh_page`.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
from tests.ui.helpers.pages import VIEWPORT, Pages

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
        viewport=VIEWPORT,
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


@pytest.fixture(scope="module")
def pages(profile: BrowserContext) -> Iterator[Pages]:
    pages = Pages(profile, PATIENCE_MS)
    yield pages
    pages.close()


@pytest.fixture
def page(pages: Pages, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page without traces of earlier tests. It may show JupyterLab without documents."""
    with _photographed_if_failed(pages, request):
        yield pages.take()
    pages.empty()


@pytest.fixture
def fresh_page(pages: Pages, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page in which nothing was loaded, for tests that listen to its events."""
    pages.close()
    with _photographed_if_failed(pages, request):
        yield pages.take()
    pages.close()


@contextmanager
def _photographed_if_failed(pages: Pages, request: pytest.FixtureRequest) -> Iterator[None]:
    failed_before = request.session.testsfailed
    yield
    if request.session.testsfailed > failed_before:
        OUTPUT.mkdir(parents=True, exist_ok=True)
        pages.take().screenshot(path=Path(OUTPUT) / f"failed-{request.node.name}.png")
        pages.close()
