"""Records the animated picture of the README: ``./dev recording``.

A browser does what the quickstart describes, in a real JupyterLab with a playground. Each frame is
a screenshot with a duration of its own, so that the recording does not depend on the speed of the
machine: waiting is cut, and what the page shows (durations, costs) is real.
"""

from __future__ import annotations

import io
import re
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image
from playwright.sync_api import Locator, Page, expect, sync_playwright

from tests.ui.conftest import CHROMIUM_ARGUMENTS, PATIENCE_MS, find_chromium
from tests.ui.helpers.cells import FUNCTION, SETOSA, TRAIN
from tests.ui.helpers.lab import Lab, command, open_notebook, show_sidebar

ROOT = Path(__file__).parents[1]
RECORDING = ROOT / "docs" / "recording.webp"
# The page is drawn a little smaller than it is, so that a line of code fits.
SIZE = (960, 640)
PAGE = (1080, 720)
MAX_BYTES = 1_000_000

PRICE = """%%function price
def price(species: str, count: int = 1):
    return {"dollars": count * {"setosa": 3, "versicolor": 4, "virginica": 6}[species]}"""
BOUQUET = """%%composition bouquet
sequence(merge(iris), price)"""

# So many typed characters are added from one frame to the next, for this long.
_STRIDE = 8
_TYPING_MS = 110
# What there is to read stays for this long.
_READ_MS = 3000

# A screenshot shows no pointer, and no explanation.
_OVERLAY = """() => {
  const style = document.createElement('style');
  style.textContent = `
    #pointer { position: fixed; z-index: 99999; left: 0; top: 0; width: 20px; height: 20px;
      pointer-events: none; }
    #caption { position: fixed; z-index: 99998; left: 0; right: 0; bottom: 0; height: 40px;
      background: #1c2b3a; color: #fff; font: 600 17px/40px system-ui, sans-serif;
      text-align: center; pointer-events: none; }
    #main { bottom: 40px !important; }
    * { caret-color: transparent !important; animation: none !important;
      transition: none !important; }`;
  const pointer = document.createElement('div');
  pointer.id = 'pointer';
  pointer.innerHTML = `<svg viewBox="0 0 20 20"><path d="M2 1v15l4-3.6 2.6 6 2.8-1.2-2.6-5.9h5.6z"
    fill="#000" stroke="#fff" stroke-width="1.3"/></svg>`;
  pointer.style.transform = 'translate(600px, 400px)';
  const caption = document.createElement('div');
  caption.id = 'caption';
  document.body.append(style, pointer, caption);
}"""


@dataclass
class Recorder:
    """A page whose screenshots become frames; ``frames`` are (PNG, duration in ms)."""

    page: Page
    frames: list[tuple[bytes, int]] = field(default_factory=list)
    _pointer: tuple[float, float] = (600, 400)

    def frame(self, ms: int) -> None:
        """Add what the page shows now. A frame like the one before only extends that one."""
        shot = self.page.screenshot()
        if self.frames and self.frames[-1][0] == shot:
            ms += self.frames.pop()[1]
        self.frames.append((shot, ms))

    def say(self, caption: str) -> None:
        self.page.evaluate(
            "text => { document.getElementById('caption').textContent = text }", caption
        )
        self.frame(500)

    def point(self, target: Locator) -> None:
        """Move the pointer to an element, in a few frames."""
        target.scroll_into_view_if_needed()
        box = target.bounding_box()
        assert box is not None, "The element is not visible."
        there = (box["x"] + min(box["width"] / 2, 60), box["y"] + box["height"] / 2)
        here = self._pointer
        for step in (0.35, 0.7, 0.92, 1):
            x, y = (a + (b - a) * step for a, b in zip(here, there, strict=True))
            self.page.mouse.move(x, y)
            self.page.evaluate(
                "([x, y]) => { document.getElementById('pointer').style.transform"
                " = `translate(${x}px, ${y}px)` }",
                [x, y],
            )
            self.frame(60)
        self._pointer = there

    def click(self, target: Locator) -> None:
        self.point(target)
        self.frame(350)
        target.click()

    def type(self, text: str) -> None:
        """Type into what has the focus. The editor indents new lines itself."""
        for index, line in enumerate(text.split("\n")):
            if index:
                self.page.keyboard.press("Enter")
            words = line.lstrip()
            for start in range(0, len(words), _STRIDE):
                self.page.keyboard.type(words[start : start + _STRIDE])
                self.frame(_TYPING_MS)


def record(page: Page, lab: Lab) -> list[tuple[bytes, int]]:
    """Do what the README describes. Returns the frames."""
    lab.add_notebook("quickstart.ipynb", [TRAIN, ""])
    open_notebook(page, lab, "quickstart.ipynb")
    sidebar = show_sidebar(page)
    page.evaluate(_OVERLAY)
    page.evaluate("window.dispatchEvent(new Event('resize'))")
    recorder = Recorder(page)
    cells = page.locator(".jp-NotebookPanel .jp-CodeCell")

    recorder.say("A model is trained in the notebook")
    cells.nth(0).locator(".cm-content").click()
    command(page, "notebook:run-cell-and-select-next")
    expect(cells.nth(0).locator(".jp-InputPrompt")).to_have_text("[1]:")
    recorder.frame(_READ_MS)

    card = write(recorder, cells.nth(1), FUNCTION, "Write a function that uses it")
    recorder.say("Running the cell packages it: code, dependencies, and the model as ONNX")
    recorder.frame(_READ_MS + 1400)

    recorder.say("Press Deploy")
    recorder.click(card.get_by_role("button", name="Deploy iris", exact=True))
    expect(card.locator(".jp-FaasCard-head")).to_contain_text("Deployed")
    recorder.frame(_READ_MS)

    recorder.say("Invoke it")
    for label, value in SETOSA.items():
        field_ = card.get_by_label(label)
        if field_.input_value() != value:
            field_.fill(value)
            recorder.frame(250)
    runs = sidebar.locator(".jp-FaasActivationRow", has_text="iris")
    for count in (1, 2):
        recorder.click(card.get_by_role("button", name="Invoke"))
        expect(card).to_contain_text('"setosa"')
        expect(runs).to_have_count(count)
        recorder.say("Each activation has its duration and its cost per million calls")
        recorder.frame(_READ_MS if count == 1 else _READ_MS - 800)

    write(recorder, add_cell(recorder), PRICE, "A second function …")
    recorder.frame(1200)
    card = write(recorder, add_cell(recorder), BOUQUET, "… and a composition of both")
    recorder.frame(_READ_MS)
    recorder.say("Deploying the composition also deploys the functions that it calls")
    recorder.click(card.get_by_role("button", name="Deploy bouquet", exact=True))
    expect(card.locator(".jp-FaasCard-head")).to_contain_text("Deployed")
    recorder.frame(1500)
    invoke = "%faas invoke bouquet count=12 " + " ".join(f"{k}={v}" for k, v in SETOSA.items())
    cell = add_cell(recorder)
    recorder.say("Invoke it from a cell, the sidebar, a terminal or with curl")
    recorder.type(invoke)
    page.keyboard.press("Control+Home")
    command(page, "notebook:run-cell")
    expect(cell.locator(".jp-OutputArea")).to_contain_text('"dollars": 36')
    cell.locator(".jp-OutputArea").scroll_into_view_if_needed()
    recorder.frame(_READ_MS)

    recorder.say("A session shows its path, its steps and its exact cost")
    link = cell.locator(".jp-OutputArea").get_by_role("link").first
    recorder.click(link)
    session = page.locator(".jp-FaasSession")
    expect(session).to_contain_text("bouquet")
    session.get_by_role("tab", name=re.compile("Flow|Graph")).first.click()
    expect(session.get_by_role("tabpanel").locator("svg").first).to_be_visible()
    recorder.frame(_READ_MS + 2000)
    return recorder.frames


def add_cell(recorder: Recorder) -> Locator:
    command(recorder.page, "notebook:insert-cell-below")
    command(recorder.page, "notebook:enter-edit-mode")
    cell = recorder.page.locator(".jp-NotebookPanel .jp-CodeCell.jp-mod-active")
    expect(cell.locator(".cm-content")).to_be_focused()
    return recorder.page.locator(".jp-NotebookPanel .jp-CodeCell").last


def write(recorder: Recorder, cell: Locator, source: str, caption: str) -> Locator:
    """Type a cell and run it. Returns its card."""
    page = recorder.page
    recorder.say(caption)
    cell.locator(".cm-content").click()
    recorder.type(source)
    typed = page.evaluate(
        "window.jupyterapp.shell.currentWidget.content.activeCell.model.sharedModel.getSource()"
    )
    assert typed == source, typed
    # The beginning of the long lines is what there is to read.
    page.keyboard.press("Control+Home")
    recorder.frame(1500)
    command(page, "notebook:run-cell")
    card = cell.locator(".jp-FaasCard")
    expect(card).to_contain_text("Not deployed")
    # The forecast of the cost is measured after the cell.
    expect(card).not_to_contain_text(re.compile("measuring", re.IGNORECASE))
    card.evaluate("one => one.scrollIntoView({ block: 'start' })")
    return card


def save(frames: list[tuple[bytes, int]], path: Path) -> int:
    """Write the frames as an animated WebP that loops. Returns its size in bytes."""
    pictures = [Image.open(io.BytesIO(shot)).convert("RGB") for shot, _ in frames]
    pictures[0].save(
        path,
        save_all=True,
        append_images=pictures[1:],
        duration=[ms for _, ms in frames],
        loop=0,
        lossless=True,
        quality=50,
        method=3,
    )
    return path.stat().st_size


def main(path: Path = RECORDING) -> None:
    """Record into `path`. Raises SystemExit if the file would be too large for the repository."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=CHROMIUM_ARGUMENTS
        )
        width, height = PAGE
        page = browser.new_page(
            viewport={"width": width, "height": height}, device_scale_factor=SIZE[0] / width
        )
        page.set_default_timeout(PATIENCE_MS)
        lab = Lab(Path(folder))
        try:
            lab.start()
            lab.api("POST", "faas/api/playground", {"action": "start"})
            frames = record(page, lab)
        finally:
            lab.stop()
            lab.stop_playgrounds()
        browser.close()
    size = save(frames, path)
    seconds = sum(ms for _, ms in frames) / 1000
    print(f"{path}: {len(frames)} frames, {seconds:.0f} s, {size:,} bytes", file=sys.stderr)
    if size > MAX_BYTES:
        raise SystemExit(f"The recording has more than {MAX_BYTES:,} bytes.")


if __name__ == "__main__":
    main()
