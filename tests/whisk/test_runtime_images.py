from __future__ import annotations

import pytest

from jupyter_faas.whisk.runtime_images import runtime_image

OPENSERVERLESS = "apache/openserverless-runtime-python:v3.12-2506091954"


@pytest.mark.parametrize(
    ("image", "python"),
    [
        ("openwhisk/action-python-v3.11:nightly", "3.11"),
        ("docker.io/openwhisk/action-python-v3.10:1.20.0", "3.10"),
        ("openwhisk/action-python-v3.7:1.17.0", "3.7"),
        (OPENSERVERLESS, "3.12"),
        (f"registry.example:5000/mirror/{OPENSERVERLESS}", "3.12"),
    ],
)
def test_the_image_s_name_tells_its_python(image: str, python: str) -> None:
    found = runtime_image("python:3", image)
    assert found is not None
    assert found.python == python


def test_an_image_that_is_not_published_is_unknown() -> None:
    assert runtime_image("python:3.11", "acme/action-python:1") is None
    assert runtime_image("python:3.11", "acme/action-python-v3.11:1") is None
    assert runtime_image("python:3.11", "") is None


def test_openserverless_has_numpy_and_never_installs() -> None:
    found = runtime_image("python:3.12", OPENSERVERLESS)
    assert found is not None
    assert found.distributions["numpy"] == "1.26.4"
    assert found.distributions["scikit-learn"] == "1.5.2"
    assert "onnxruntime" not in found.distributions
    assert (found.installs, found.documented) == (False, True)


def test_openwhisk_has_no_numpy_and_installs_at_a_cold_start() -> None:
    found = runtime_image("python:3.11", "openwhisk/action-python-v3.11:nightly")
    assert found is not None
    assert "numpy" not in found.distributions
    assert found.distributions["requests"] == "2.31.0"
    assert found.installs


@pytest.mark.parametrize(
    ("kind", "python"), [("python:3.13", "3.13"), ("python:310", "3.10"), ("python:3", "3.12")]
)
def test_openserverless_kinds_are_known_without_their_images(kind: str, python: str) -> None:
    found = runtime_image(kind, "", "openserverless")
    assert found is not None
    assert found.python == python


def test_digitalocean_publishes_no_list() -> None:
    found = runtime_image("python:3.11", "", "digitalocean")
    assert found is not None
    assert (found.python, found.installs, found.documented) == ("3.11", False, False)
    assert found.distributions == {}
