from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_faas.playground.runtimes.image_packages import packages_beyond_openwhisk


@pytest.mark.parametrize(
    ("code", "packages"),
    [
        ("import numpy", ("numpy",)),
        ("import os, pandas as pd, numpy.linalg", ("pandas", "numpy")),
        ("from sklearn.linear_model import Ridge", ("sklearn",)),
        ("import os.path, sys\nfrom requests import get\nimport imp", ()),
        ("from . import numpy\nimport helper, data", ()),
        ("def main(args):\n    import numpy", ()),
        ("'''\nimport numpy\n'''", ()),
        ("if 1:\n    import numpy", ()),
        ("import numpy\n)", ()),
        ("import ä, numpy", ("ä", "numpy")),
        ("import numpy\n" + "#" * 300_000, ()),
        ("", ()),
    ],
)
def test_packages(tmp_path: Path, code: str, packages: tuple[str, ...]) -> None:
    (tmp_path / "__main__.py").write_text(code, "utf-8")
    (tmp_path / "helper.py").write_text("import numpy")
    (tmp_path / "data").mkdir()
    assert packages_beyond_openwhisk(tmp_path) == packages


def test_folder_without_code(tmp_path: Path) -> None:
    assert packages_beyond_openwhisk(tmp_path / "nothing") == ()
