"""The same cell and the same notebook give the same bytes, whichever process packs them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

PROGRAM = """
import sys
from tests.capture.helpers.notebook import Notebook
from tests.shipped.helpers.packages import package

notebook = Notebook()
notebook.run('''
import numpy as np, math, json, sklearn.linear_model
from collections import OrderedDict
NAMES = {"setosa", "versicolor", "virginica", "other"}
WORDS = {"b": frozenset({"x", "y", "z"}), "a": [1.5, None, {"q", "r"}]}
X = np.arange(12.0).reshape(3, 4)
def one(x): return NAMES, two(x), OrderedDict
def two(x): return WORDS, one, math.pi, json, {"set", "of", "names"}
''')
body = '''
def iris(x: float, unit: str = "cm"):
    "Name the species."
    return {"x": one(x), "y": X.sum(), "z": np.linalg.norm(X), "m": sklearn.linear_model}
'''
bundle = package(body, notebook=notebook)
assert package(body, notebook=notebook).data == bundle.data
print(bundle.sha256)
"""


def packed(seed: str, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_cell_is_packed_to_the_same_bytes_in_every_process(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two", tmp_path / "three"]
    for folder in folders:
        folder.mkdir()
    found = {packed(seed, folder) for seed, folder in zip("012", folders, strict=True)}
    assert len(found) == 1
    assert len(found.pop()) == 64
