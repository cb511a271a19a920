"""One wheel holds the server extension, the lab extension, the magics and the command line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UV = (sys.executable, "-m", "uv")

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(900)]


def run(*command: str | Path, cwd: Path, environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean clone of what is committed."""
    folder = tmp_path_factory.mktemp("clone") / "jupyter_faas"
    run("git", "clone", "--quiet", ROOT, folder, cwd=ROOT)
    return folder


@pytest.fixture(scope="module")
def installed(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The bin folder of a fresh environment that holds only the built wheel and its needs."""
    work = tmp_path_factory.mktemp("wheel")
    run(*UV, "build", "--wheel", "--out-dir", work / "dist", clone, cwd=work)
    venv.create(work / "venv", with_pip=False)
    (wheel,) = (work / "dist").glob("*.whl")
    run(
        *UV,
        "pip",
        "install",
        "--python",
        work / "venv" / "bin" / "python",
        f"{wheel}[lab]",
        cwd=work,
    )
    yield work / "venv" / "bin"


def without_node(binaries: Path, folder: Path) -> dict[str, str]:
    """An environment whose PATH holds the fresh environment, git-less and node-less."""
    tools = folder / "tools"
    tools.mkdir()
    for name in ("sh", "env", "uname"):
        if found := shutil.which(name):
            (tools / name).symlink_to(found)
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("JUPYTER", "VIRTUAL"))
    }
    return {
        **kept,
        "PATH": f"{binaries}{os.pathsep}{tools}",
        "JUPYTER_FAAS_DATA_DIR": str(folder / "data"),
    }


def test_wheel_installs_every_surface_where_there_is_no_node(
    installed: Path, tmp_path: Path
) -> None:
    environment = without_node(installed, tmp_path)
    assert shutil.which("node", path=environment["PATH"]) is None
    python = installed / "python"
    assert "deploy" in run(
        installed / "jupyter-faas", "--help", cwd=tmp_path, environment=environment
    )
    extensions = run(
        python, "-m", "jupyter", "labextension", "list", cwd=tmp_path, environment=environment
    )
    assert "jupyter_faas v0.1.0" in extensions
    servers = run(
        python,
        "-m",
        "jupyter",
        "server",
        "extension",
        "list",
        cwd=tmp_path,
        environment=environment,
    )
    assert "jupyter_faas" in servers
    exporters = run(
        python, "-c", "from nbconvert.exporters import get_exporter; print(get_exporter('faas'))",
        cwd=tmp_path, environment=environment,
    )  # fmt: skip
    assert "FaasExporter" in exporters
    widgets = run(
        python, "-c",
        "from importlib.resources import files;"
        "print([p.name for p in (files('jupyter_faas.widgets') / 'static').iterdir()])",
        cwd=tmp_path, environment=environment,
    )  # fmt: skip
    assert "card.js" in widgets
    node = run(
        python, "-c",
        "from importlib.resources import files;"
        "print([p.name for p in (files('jupyter_faas.playground') / 'static').iterdir()])",
        cwd=tmp_path, environment=environment,
    )  # fmt: skip
    assert "openwhisk.js" in node


def test_wheel_deploys_the_quickstart_where_there_is_no_node(
    installed: Path, tmp_path: Path
) -> None:
    environment = without_node(installed, tmp_path)
    notebook = tmp_path / "quickstart.ipynb"
    shutil.copy(ROOT / "examples" / "quickstart.ipynb", notebook)
    faas = installed / "jupyter-faas"
    try:
        run(faas, "deploy", notebook, cwd=tmp_path, environment=environment)
        answer = run(
            faas, "invoke", "iris", "--result",
            "sepal_length=5.1", "sepal_width=3.5", "petal_length=1.4", "petal_width=0.2",
            cwd=tmp_path, environment=environment,
        )  # fmt: skip
    finally:
        run(faas, "playground", "stop", cwd=tmp_path, environment=environment)
    assert '"setosa"' in answer


def test_binder_steps_install_in_a_clean_environment(clone: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    binaries = tmp_path / "venv" / "bin"
    environment = {
        **os.environ,
        "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
        "JUPYTER_FAAS_DATA_DIR": str(tmp_path / "data"),
        # Of the hundred packages that come along few are run here; Python compiles those.
        "PIP_COMPILE": "0",
    }
    run("bash", clone / "binder" / "postBuild", cwd=clone, environment=environment)
    try:
        shown = run(
            "bash", clone / "binder" / "start", "jupyter", "faas", "playground", "status",
            cwd=clone, environment=environment,
        )  # fmt: skip
        assert "http://127.0.0.1:" in shown
    finally:
        run(binaries / "jupyter-faas", "playground", "stop", cwd=clone, environment=environment)
