"""The site of docs/ builds without a warning, and has what it should."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from sphinx.util.inventory import InventoryFile

import jupyter_faas
from jupyter_faas import composer, errors
from tests.project.test_package import ROOT

DOCS = ROOT / "docs"
LINK = re.compile(r"\[[^\]]*\]\(([^)#:\s]+)(#[^)\s]*)?\)")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site. A warning, an unknown reference or a page that no menu names fails."""
    folder = tmp_path_factory.mktemp("site")
    options = ("-W", "-n", "--keep-going", "-q", "-d", str(folder / "doctrees"))
    built = subprocess.run(
        [sys.executable, "-m", "sphinx", *options, str(DOCS), str(folder / "html")],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    return folder / "html"


@pytest.mark.timeout(700)
def test_every_page_is_there(site: Path) -> None:
    pages = {path.stem for path in DOCS.glob("*.md")}
    assert pages <= {path.stem for path in site.glob("*.html")}
    assert "<!-- generated" not in (site / "endpoints.html").read_text("utf-8")


@pytest.mark.timeout(700)
def test_every_public_name_has_its_words(site: Path) -> None:
    told = InventoryFile.loads((site / "objects.inv").read_bytes(), uri="").data
    names = {name for kind, found in told.items() if kind.startswith("py:") for name in found}
    public = {
        *(f"jupyter_faas.{name}" for name in jupyter_faas.__all__),
        *(f"jupyter_faas.composer.{name}" for name in composer.__all__),
        *(f"jupyter_faas.errors.{name}" for name in vars(errors) if name.endswith("Error")),
    }
    assert sorted(public - names) == []


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_links_of_a_page_outside_lead_somewhere(name: str) -> None:
    targets = {path for path, _ in LINK.findall((ROOT / name).read_text("utf-8"))}
    assert sorted(path for path in targets if not (ROOT / path).exists()) == []
