"""Pictures of every screen in both themes and several widths, and what is wrong with each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import Locator, Page

from tests.ui.helpers.axe import violations
from tests.ui.helpers.lab import OUTPUT, set_theme

THEMES = ("light", "dark")
WIDTHS = (1024, 1440, 2560)
HEIGHT = 1000
FOLDER = OUTPUT / "screens"
# The size of a contact sheet that can be read without zooming, in pixels.
SHEET = (1600, 1200)
_MARGIN, _TITLE = 12, 14

# Elements that extend beyond the right edge of the place, unless they scroll inside it.
STICKS_OUT = """root => {
  const right = root.getBoundingClientRect().right + 1;
  const scrolls = one => ['auto', 'scroll', 'hidden'].includes(getComputedStyle(one).overflowX);
  const inside = one => {
    for (let up = one.parentElement; up && up !== root; up = up.parentElement) {
      if (scrolls(up) && up.scrollWidth > up.clientWidth && !up.matches('.jp-FaasPage-page')) {
        return true;
      }
    }
    return false;
  };
  return [...root.querySelectorAll('*')]
    .filter(one => one.checkVisibility() && one.getBoundingClientRect().right > right)
    .filter(one => !inside(one) && !one.closest('.jp-Faas-hidden'))
    .map(one => `${one.tagName} ${one.className} ${one.textContent.slice(0, 40)}`);
}"""
# Texts that are cut, with or without an ellipsis, and that no tooltip shows whole.
CUT = """root => [root, ...root.querySelectorAll('*')]
  .filter(one => one.checkVisibility() && !one.closest('.jp-Faas-hidden, .cm-editor, svg'))
  .filter(one => [...one.childNodes].some(text => text.nodeType === 3 && text.data.trim()))
  .filter(one => ['hidden', 'clip'].includes(getComputedStyle(one).overflowX))
  .filter(one => one.scrollWidth > one.clientWidth + 1 && !one.closest('[title]:not([title=""])'))
  .map(one => `${one.tagName} ${one.className} ${one.textContent.slice(0, 60)}`)"""


@dataclass
class Album:
    """Takes pictures into ``test-output/ui/screens``, and collects what it finds wrong."""

    page: Page
    problems: list[str] = field(default_factory=list)
    # The theme in which the page is comes first: JupyterLab takes a second to change it.
    themes: tuple[str, ...] = THEMES

    def take(
        self,
        name: str,
        place: Locator,
        *,
        widths: Sequence[int] = (1440,),
        height: int = HEIGHT,
        check: str = "",
    ) -> None:
        """Photograph ``place`` in both themes and at these widths of the window.

        ``check`` is the selector that axe examines; empty if the place contains nothing of ours.
        """
        FOLDER.mkdir(parents=True, exist_ok=True)
        for theme in self.themes:
            set_theme(self.page, theme)
            for width in widths:
                self.page.set_viewport_size({"width": width, "height": height})
                # Charts and graphs follow the width a frame later.
                self.page.evaluate(
                    "() => new Promise(done =>"
                    " requestAnimationFrame(() => requestAnimationFrame(done)))"
                )
                place.screenshot(path=FOLDER / f"{name}-{width}-{theme}.png", animations="disabled")
                where = f"{name} at {width} px"
                for script, what in ((STICKS_OUT, "sticks out"), (CUT, "is cut without a tooltip")):
                    for found in place.evaluate(script):
                        self.problems.append(f"{where}: {found} {what}")
            if check:
                for found in violations(self.page, check):
                    self.problems.append(f"{name}, {theme}: {found}")
        self.themes = self.themes[::-1]
        self.page.set_viewport_size({"width": 1440, "height": HEIGHT})

    def report(self) -> None:
        """Fail with everything that was found wrong since the last call."""
        found, self.problems = list(dict.fromkeys(self.problems)), []
        with (FOLDER / "problems.txt").open("a") as file:
            file.writelines(f"{one}\n" for one in found)
        assert not found, "\n\n" + "\n\n".join(found)


def write_sheets(name: str, pictures: Sequence[Path]) -> list[Path]:
    """Put the pictures onto as few sheets as possible, in order, each below its name.

    A picture that is wider than a sheet is shrunk to its width. Returns the paths of the sheets.
    """
    sheets: list[Path] = []
    sheet, x, y, row = _empty_sheet(), _MARGIN, _MARGIN, 0

    def finish() -> None:
        path = FOLDER / f"sheet-{name}-{len(sheets) + 1}.png"
        sheet.crop((0, 0, SHEET[0], min(SHEET[1], y + row + _MARGIN))).save(path)
        sheets.append(path)

    for path in pictures:
        with Image.open(path) as opened:
            picture = opened.convert("RGB")
        picture.thumbnail((SHEET[0] - 2 * _MARGIN, SHEET[1] - 2 * _MARGIN - _TITLE))
        if x > _MARGIN and x + picture.width + _MARGIN > SHEET[0]:
            x, y, row = _MARGIN, y + row + _MARGIN, 0
        if y > _MARGIN and y + _TITLE + picture.height + _MARGIN > SHEET[1]:
            finish()
            sheet, x, y, row = _empty_sheet(), _MARGIN, _MARGIN, 0
        ImageDraw.Draw(sheet).text((x, y), path.stem, fill="black")
        sheet.paste(picture, (x, y + _TITLE))
        x += picture.width + _MARGIN
        row = max(row, picture.height + _TITLE)
    if x > _MARGIN:
        finish()
    return sheets


def _empty_sheet() -> Image.Image:
    return Image.new("RGB", SHEET, "#b0b0b0")
