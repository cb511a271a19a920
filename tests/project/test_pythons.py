"""The Python versions that the package supports: their grammar, and a deploy by the oldest one."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.project.helpers.index import install

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "jupyter_faas"
DECLARED: tuple[str, ...] = tuple(
    re.findall(
        r'"Programming Language :: Python :: (3\.\d+)"', (ROOT / "pyproject.toml").read_text()
    )
)
COMPILE_ALL = """
import pathlib, sys, warnings
warnings.simplefilter("error")
for path in sorted(pathlib.Path(sys.argv[1]).rglob("*.py")):
    compile(path.read_text("utf-8"), str(path), "exec")
"""
SETOSA = ("sepal_length=5.1", "sepal_width=3.5", "petal_length=1.4", "petal_width=0.2")


def interpreter(version: str) -> Path:
    """Return an interpreter of that version from the PATH or from pyenv, or skip the test."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    candidates = sorted(pyenv.glob(f"versions/{version}.*/bin/python{version}"))
    if on_path := shutil.which(f"python{version}"):
        candidates.append(Path(on_path))
    for candidate in candidates:
        # pyenv's command of a version that is not selected only prints an error.
        if subprocess.run([candidate, "-c", "import ssl"], capture_output=True).returncode == 0:
            return candidate
    pytest.skip(f"Python {version} is not installed")


def run(*command: str | Path, environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        [str(word) for word in command],
        cwd=ROOT, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def test_grammar_is_that_of_the_oldest_python() -> None:
    for path in sorted(PACKAGE.rglob("*.py")):
        # Actions also run on Python 3.9, which some hosts offer.
        oldest = (3, 9) if "shipped" in path.parts else (3, 10)
        ast.parse(path.read_text("utf-8"), str(path), feature_version=oldest)


@pytest.mark.parametrize("version", DECLARED)
def test_code_compiles_without_warnings(version: str) -> None:
    run(interpreter(version), "-c", COMPILE_ALL, PACKAGE)


@pytest.mark.heavy
@pytest.mark.timeout(600)
def test_oldest_python_deploys_the_quickstart(tmp_path: Path) -> None:
    folder = ROOT / ".dev" / f"python-{DECLARED[0]}"
    binaries = folder / "bin"
    if not binaries.exists():
        run(interpreter(DECLARED[0]), "-m", "venv", "--without-pip", folder)
    install(binaries / "python", extra="models,playground")
    environment = {
        **os.environ,
        "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
        "JUPYTER_FAAS_DATA_DIR": str(tmp_path / "data"),
    }
    faas = binaries / "jupyter-faas"
    try:
        run(faas, "deploy", ROOT / "examples" / "quickstart.ipynb", environment=environment)
        answer = run(faas, "invoke", "iris", "--result", *SETOSA, environment=environment)
    finally:
        run(faas, "playground", "stop", environment=environment)
    assert '"setosa"' in answer
