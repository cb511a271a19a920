"""Brings the pictures of the docs up to date: ``./dev test tests/ui``, then
``python -m tools.pictures``.

The browser tests leave screenshots in ``test-output/ui``. Those that a page shows are kept in
``docs/images``, with few colours so that they stay small, and in git: a clean clone builds the site
with its pictures.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from PIL import Image

ROOT = Path(__file__).parents[1]
TAKEN = ROOT / "test-output" / "ui"
KEPT = ROOT / "docs" / "images"
MOST_BYTES = 300_000

# Of a screenshot of the sidebar, whose lower half is empty: so many pixels of its height.
UPPER_PART: Mapping[str, int] = MappingProxyType({"triggers.png": 344})

# The picture of a page, and the screenshot that it is.
PICTURES: Mapping[str, str] = MappingProxyType(
    {
        "jupyterlab.png": "deployed-light.png",
        "session.png": "session-flow-light.png",
        "cost.png": "cost-light.png",
        "function-page.png": "function-page-light.png",
        "history.png": "history-light.png",
        "triggers.png": "triggers-light.png",
    }
)


def refresh(taken: Path, kept: Path) -> list[str]:
    """Take over the screenshots that are there. Returns the names of those that are not."""
    missing = []
    for name, screenshot in PICTURES.items():
        if not (taken / screenshot).exists():
            missing.append(screenshot)
            continue
        with Image.open(taken / screenshot) as picture:
            height = min(UPPER_PART.get(name, picture.height), picture.height)
            part = picture.convert("RGB").crop((0, 0, picture.width, height))
            # The default would drop rare colours: an orange triangle would become brown.
            rare = Image.Quantize.MAXCOVERAGE
            few = part.quantize(128, method=rare, dither=Image.Dither.NONE)
            few.save(kept / name, optimize=True)
        if (kept / name).stat().st_size > MOST_BYTES:
            raise SystemExit(f"{name} has more than {MOST_BYTES:,} bytes.")
    return missing


if __name__ == "__main__":
    KEPT.mkdir(exist_ok=True)
    for screenshot in refresh(TAKEN, KEPT):
        print(
            f"Screenshot not found, so the picture is unchanged: {TAKEN / screenshot}",
            file=sys.stderr,
        )
