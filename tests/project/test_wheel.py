"""One wheel holds the server extension, the lab extension, the magics and the command line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
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
def distributions(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The sdist, and the wheel that is built from it."""
    work = tmp_path_factory.mktemp("dist")
    run(*UV, "build", "--out-dir", work, clone, cwd=work)
    (sdist,), (wheel,) = work.glob("*.tar.gz"), work.glob("*.whl")
    return sdist, wheel


@pytest.fixture(scope="module")
def installed(
    distributions: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """The bin folder of a fresh environment that holds only the built wheel and its needs."""
    work, wheel = tmp_path_factory.mktemp("wheel"), distributions[1]
    venv.create(work / "venv", with_pip=False)
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


def test_index_would_accept_both(distributions: tuple[Path, Path]) -> None:
    run(sys.executable, "-m", "twine", "check", "--strict", *distributions, cwd=ROOT)
    run(Path(sys.executable).parent / "check-wheel-contents", distributions[1], cwd=ROOT)


def test_wheel_has_the_built_front_end_and_nothing_else_beside_the_code(
    distributions: tuple[Path, Path],
) -> None:
    with zipfile.ZipFile(distributions[1]) as wheel:
        sizes = {one.filename: one.file_size for one in wheel.infolist()}
    data = "jupyter_faas-0.1.0.data/data/"
    lab = f"{data}share/jupyter/labextensions/jupyter_faas"
    info = "jupyter_faas-0.1.0.dist-info"
    names = set(sizes)
    assert {
        f"{info}/licenses/LICENSE",
        f"{lab}/package.json",
        f"{lab}/install.json",
        f"{lab}/static/style.js",
        f"{lab}/static/third-party-licenses.json",
        f"{lab}/schemas/jupyter_faas/plugin.json",
        f"{data}etc/jupyter/jupyter_server_config.d/jupyter_faas.json",
        "jupyter_faas/widgets/static/card.js",
        "jupyter_faas/playground/static/openwhisk.js",
        "jupyter_faas/playground/static/openwhisk.LICENSES.txt",
        "jupyter_faas/cost/prices.toml",
    } <= names
    assert any(name.startswith(f"{lab}/static/remoteEntry.") for name in names)
    kinds = {name.rpartition(".")[2] for name in names if name.startswith("jupyter_faas/")}
    assert kinds == {"py", "js", "css", "html", "toml", "txt"}
    tops = ("jupyter_faas/", f"{lab}/", f"{data}etc/jupyter/", f"{info}/")
    assert [name for name in names if not name.startswith(tops)] == []
    assert [name for name in names if "__pycache__" in name or "/tests/" in name] == []
    assert [name for name in names if name.endswith((".map", ".ts", ".ipynb"))] == []
    assert max(sizes.values()) < 1_000_000
    assert distributions[1].stat().st_size < 3_000_000


def test_sdist_has_the_sources_and_the_built_front_end(distributions: tuple[Path, Path]) -> None:
    with tarfile.open(distributions[0]) as sdist:
        names = {one.name.partition("/")[2] for one in sdist.getmembers()}
    assert {
        "LICENSE",
        "README.md",
        "pyproject.toml",
        "package.json",
        "yarn.lock",
        "src/index.ts",
        "jupyter_faas/labextension/static/style.js",
        "jupyter_faas/widgets/static/card.js",
    } <= names
    unwanted = ("tests/", "node_modules/", "lib/", ".github/", ".ci/", ".dev/", ".venv/", "binder/")
    assert [name for name in names if name.startswith(unwanted) or "__pycache__" in name] == []
    assert distributions[0].stat().st_size < 4_000_000


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
