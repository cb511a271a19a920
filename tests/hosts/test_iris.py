"""Iris goes to each host without an option, and its zip answers as the host would run it."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.bundle import BundleStore
from jupyter_faas.vendoring import VendorCache
from jupyter_faas.workspace.results import silent
from tests.hosts.helpers.provider import Provider
from tests.hosts.test_providers import using
from tests.workspace.helpers.cells import IRIS, run_cell, trained
from tests.workspace.helpers.requests import function_request

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(900)]

NAMES = ("sepal_length", "sepal_width", "petal_length", "petal_width")
OWN = f"{sys.version_info.major}.{sys.version_info.minor}"
# What the runtime's launcher does: the zip's root comes before the image's libraries.
RUN = """\
import json, sys
sys.path[:0] = sys.argv[1:]
from main__ import main
json.dump([main(each) for each in json.load(sys.stdin)], sys.stdout)
"""


@pytest.fixture(scope="module")
def trained_model() -> tuple[Any, Any]:
    return trained()


def answers(folder: Path, calls: list[dict[str, float]], libraries: Path) -> list[dict[str, Any]]:
    """What the zip answers with nothing of this machine: no libraries, no HOME, no PATH."""
    (folder / "__main__.py").rename(folder / "main__.py")
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", RUN, str(folder), str(libraries)],
        input=json.dumps(calls),
        capture_output=True,
        text=True,
        env={"__OW_API_HOST": "https://host.example"},
        cwd=folder,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    ("name", "travels", "provided", "most_mb"),
    [
        ("openserverless", ["onnxruntime"], {"numpy": "1.26.4"}, 15),
        ("digitalocean", ["numpy", "onnxruntime"], {}, 30),
    ],
)
def test_all_rows_are_answered_by_what_was_sent(
    name: str,
    travels: list[str],
    provided: dict[str, str],
    most_mb: int,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    trained_model: tuple[Any, Any],
) -> None:
    if OWN not in ("3.11", "3.12"):
        pytest.skip(f"one of the hosts has no wheels for Python {OWN}")
    model, data = trained_model
    host: Provider = request.getfixturevalue(name)
    with using(host, tmp_path, monkeypatch) as workspace:
        # The cell is packaged for the playground, and the deploy adds what the host lacks.
        workspace.use_target("playground")
        made = workspace.package(
            function_request(IRIS, "iris", sample=data), run_cell(IRIS, model=model, X=data)
        )
        workspace.use_target("cloud")
        done = workspace.deploy(made.record.id)
        manifest = BundleStore(workspace.data_dir).get(done.bundle).manifest
        judged = workspace.preflight(made.record.id)
        (there,) = workspace.functions()

    vendored = manifest.vendored or {}
    assert [each["name"] for each in vendored["distributions"]] == travels
    assert {each["name"]: each["version"] for each in vendored.get("provided", ())} == provided
    assert judged.failed == ()
    # The card of the cell is that of what is deployed, although wheels were added.
    assert (done.packaged, there.packaged) == (made.record.bundle, made.record.bundle)
    assert len(host.zips["iris"]) < most_mb * 1024 * 1024
    package, libraries = tmp_path / "package", tmp_path / "libraries"
    zipfile.ZipFile(io.BytesIO(host.zips["iris"])).extractall(package)
    if provided:
        cache = VendorCache(tmp_path / "image", os.environ)
        for path, content in cache.vendor(provided, OWN, progress=silent).files.items():
            file = libraries / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
    calls = [dict(zip(NAMES, map(float, row), strict=True)) for row in data]

    found = answers(package, calls, libraries)

    species = ["setosa", "versicolor", "virginica"]
    assert [each["species"] for each in found] == [species[k] for k in model.predict(data)]
    assert [each["confidence"] for each in found] == pytest.approx(
        model.predict_proba(data).max(axis=1).tolist(), abs=1e-12
    )
