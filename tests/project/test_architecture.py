"""docs/architecture.md names files that exist."""

from __future__ import annotations

import re

from tests.project.test_package import ROOT

PAGE = ROOT / "docs" / "architecture.md"
PATHS = re.findall(r"`([a-z_]+/[\w/.]+)`", PAGE.read_text("utf-8"))


def test_every_path_on_the_page_exists() -> None:
    absent = [
        path
        for path in PATHS
        if not (
            (ROOT / path) if path.startswith("src/") else (ROOT / "jupyter_faas" / path)
        ).exists()
        and not path.startswith("faas/api")
    ]
    assert absent == []
    assert len(PATHS) > 40
