"""The whole promise of --vendor, kept where Apache OpenWhisk would run it."""

from __future__ import annotations

import dataclasses
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.bundle import Bundle, BundleStore
from jupyter_faas.vendoring import VendorCache
from jupyter_faas.workspace.packaging.container_image import base_image, dockerfile
from jupyter_faas.workspace.packaging.function import package
from jupyter_faas.workspace.preflight.sizes import OWN, dependency_sizes, sent_bytes
from tests.vendoring.helpers.apache import clean_python, started
from tests.workspace.helpers.cells import IRIS, run_cell, surroundings, trained
from tests.workspace.helpers.requests import function_request
from tests.workspace.packaging.test_container_image import instructions

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(1200)]

_MB = 1024 * 1024


@pytest.fixture(scope="module")
def trained_model() -> tuple[Any, Any]:
    return trained()


def vendored_iris(folder: Path, kind: str, model: Any, data: Any) -> Bundle:
    request = function_request(cell_text=IRIS, name="iris", sample=data, kind=kind, vendor=True)
    around = dataclasses.replace(
        surroundings(folder), wheels=VendorCache(folder / "vendored", os.environ)
    )
    made = package(request, run_cell(IRIS, model=model, X=data), around)
    return BundleStore(folder).get(made.bundle)


@pytest.mark.parametrize("version", ["3.11", "3.10"])
def test_a_vendored_model_answers_where_nothing_is_installed(
    version: str, tmp_path: Path, trained_model: tuple[Any, Any]
) -> None:
    python = clean_python(version, tmp_path / "clean")
    if python is None:
        pytest.skip(f"there is no Python {version} here")
    lacking = subprocess.run([python, "-c", "import numpy"], capture_output=True, check=False)
    assert b"ModuleNotFoundError" in lacking.stderr
    model, data = trained_model

    bundle = vendored_iris(tmp_path, f"python:{version}", model, data)

    assert len(bundle.data) < 36 * _MB
    names = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
    with started(bundle, tmp_path / "container", python) as container:
        answers = [container.run(dict(zip(names, map(float, row), strict=True))) for row in data]
        refused = container.run({"sepal_length": "wide"})
        logs = container.logs()
    species = ["setosa", "versicolor", "virginica"]
    assert [each["species"] for each in answers] == [species[k] for k in model.predict(data)]
    assert [each["confidence"] for each in answers] == pytest.approx(
        model.predict_proba(data).max(axis=1).tolist(), abs=1e-12
    )
    assert "sepal_length" in refused["error"]
    assert logs == ""


def test_a_model_answers_in_what_the_dockerfile_makes(
    tmp_path: Path, trained_model: tuple[Any, Any]
) -> None:
    """There is no Docker here: the Dockerfile's own steps, in a Python with nothing installed."""
    version = ".".join(platform.python_version_tuple()[:2])
    python = clean_python(version, tmp_path / "clean")
    assert python is not None
    model, data = trained_model
    request = function_request(cell_text=IRIS, name="iris", sample=data, image="me/iris:1")
    made = package(request, run_cell(IRIS, model=model, X=data), surroundings(tmp_path))
    bundle = BundleStore(tmp_path).get(made.bundle)
    pins = {str(each["name"]): str(each["version"]) for each in bundle.manifest.requirements}

    subprocess.run([python, "-m", "ensurepip"], check=True, capture_output=True)
    (_, *steps) = instructions(dockerfile(version, base_image("3.11"), pins))
    for what, (program, *words) in steps:
        assert what == "RUN"
        # The last step is ``env -u HOME python3 …``, whose interpreter is this one here.
        command = (
            ["-m", "pip", *words] if program == "pip3" else words[words.index("python3") + 1 :]
        )
        subprocess.run([python, *command], check=True, capture_output=True)

    assert "requirements.txt" not in bundle.contents()
    with started(bundle, tmp_path / "container", python) as container:
        names = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
        answers = [container.run(dict(zip(names, map(float, row), strict=True))) for row in data]
    species = ["setosa", "versicolor", "virginica"]
    assert [each["species"] for each in answers] == [species[k] for k in model.predict(data)]


def test_the_same_cell_gives_the_same_bytes(tmp_path: Path, trained_model: tuple[Any, Any]) -> None:
    model, data = trained_model
    one = vendored_iris(tmp_path / "one", "python:3.11", model, data)
    other = vendored_iris(tmp_path / "other", "python:3.11", model, data)
    assert one.sha256 == other.sha256
    sizes = dict(dependency_sizes(one))
    assert set(sizes) == {
        OWN,
        *(f"{each['name']} {each['version']}" for each in one.manifest.requirements),
    }
    # What is left are the names and places of the zip's members.
    assert sum(sizes.values()) == pytest.approx(sent_bytes(len(one.data)), rel=0.01)
