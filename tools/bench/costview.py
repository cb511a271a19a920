"""The cost view in real Chromium, over a million records of the last seven days."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from jupyter_faas.playground.data_dir import DataDirectory
from jupyter_faas.playground.storage.database import Database
from tests.ui.conftest import CHROMIUM_ARGUMENTS, find_chromium
from tests.ui.helpers.costs import Runs, write
from tests.ui.helpers.lab import Lab, command
from tools.bench.cost import AT_ONCE, FUNCTIONS, NOW_MS, RECORDS, catch_up, rows, running
from tools.bench.figures import Figure, sized

ROUNDS = sized(7, 1)
# The newest ones are whole records, which the sidebar's list reads.
LATEST = Runs("latest", 120, 256, 12, 60, before_ms=60_000)
_HOUR_MS = 3_600_000

# In the page, so that the way to it is not measured: from the command to the frame after the rows.
_OPEN_AND_DRAW = """async rows => {
  const frame = () => new Promise(done => requestAnimationFrame(done));
  const drawn = () => document.querySelectorAll('.jp-FaasCosts-table tbody tr').length;
  const start = performance.now();
  await window.jupyterapp.commands.execute('faas:open-costs');
  while (drawn() < rows) {
    await frame();
  }
  await frame();
  return performance.now() - start;
}"""


def figures() -> list[Figure]:
    figure = Figure(f"cost view, opened (browser), {RECORDS:,} records", bound_ms=1000)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        lab = Lab(Path(folder))
        with running(lab.data_dir):
            pass
        fill(lab.data_dir)
        with running(lab.data_dir):
            catch_up(lab.data_dir)
            lab.start()
            try:
                lab.api("PUT", "faas/api/budget", {"usd_per_month": "20"})
                seen = lab.api("GET", "faas/api/cost")["seen"]["runs"]
                if seen != RECORDS + LATEST.runs:
                    raise RuntimeError(f"only {seen:,} records were seen")
                chromium = playwright.chromium.launch(
                    executable_path=find_chromium(), args=CHROMIUM_ARGUMENTS
                )
                figure.samples += openings(chromium.new_page(), lab)
            finally:
                lab.stop()
    return [figure]


def openings(page: Page, lab: Lab) -> Iterator[float]:
    page.goto(f"{lab.url}/lab?token={lab.token}&reset")
    page.wait_for_function("window.jupyterapp && window.jupyterapp.restored")
    page.evaluate("() => window.jupyterapp.restored")
    for _ in range(ROUNDS):
        yield page.evaluate(_OPEN_AND_DRAW, FUNCTIONS + 1)
        command(page, "application:close")
        page.locator(".jp-FaasCosts").wait_for(state="detached")


def fill(data_dir: Path) -> None:
    """A record each half second up to three hours ago; then some whole ones."""
    now = int(time.time() * 1000)
    store = Database(DataDirectory(data_dir).records)
    store.writer.execute("PRAGMA synchronous=OFF")
    for first in range(0, RECORDS, AT_ONCE):
        found = rows(first)
        store.commit(
            [row._replace(start=now - 3 * _HOUR_MS - (NOW_MS - row.start) // 2) for row in found],
            [],
        )
    store.close()
    write(data_dir, now, LATEST)
