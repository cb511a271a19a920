"""The package as a whole: what importing it costs, and that its halves carry one version."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import jupyter_faas

ROOT = Path(__file__).parents[2]

HEAVY = frozenset(
    [
        *("numpy", "onnx", "onnxruntime", "skl2onnx", "sklearn", "pandas", "requests"),
        *("IPython", "ipywidgets", "anywidget", "jupyter_server", "nbconvert", "nbclient"),
        *("starlette", "uvicorn", "tornado", "zmq"),
    ]
)


def test_importing_the_package_brings_no_heavy_library() -> None:
    code = "import sys, jupyter_faas; print(' '.join(m for m in sys.modules if '.' not in m))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout.split()
    assert HEAVY.isdisjoint(loaded)


def test_no_text_names_the_package_as_if_an_index_had_it() -> None:
    """Until a release is published. Commands come from ``jupyter_faas.installation``."""
    wanted = ["README.md", "docs", "examples", "jupyter_faas", "src", "binder"]
    pattern = r"install ['\"]?jupyter_faas|['\" ]jupyter_faas\["
    found = subprocess.run(
        ["git", "grep", "-nE", pattern, "--", *wanted],
        capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip
    assert found.stdout.splitlines() == []
    assert found.returncode == 1


def test_all_versions_agree() -> None:
    package = json.loads((ROOT / "package.json").read_text())
    declared = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert declared is not None
    assert jupyter_faas.__version__ == declared[1] == package["version"]


def test_no_tracked_file_is_over_one_megabyte() -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout.split("\0")
    large = [name for name in tracked if name and (ROOT / name).stat().st_size > 1_000_000]
    assert large == []
