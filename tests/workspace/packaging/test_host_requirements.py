"""What a host's kinds lack travels, without an option."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from jupyter_faas.bundle import Bundle, pack
from jupyter_faas.client import HostInfo
from jupyter_faas.errors import VendoringFailed
from jupyter_faas.vendoring import VendorCache
from jupyter_faas.whisk import SystemLimits
from jupyter_faas.whisk.kinds import Runtime
from jupyter_faas.workspace.packaging.dependencies import with_wheels
from jupyter_faas.workspace.packaging.host_requirements import fit_requirements, versions_there
from jupyter_faas.workspace.results import silent
from jupyter_faas.workspace.targets.capabilities import TargetCapabilities
from jupyter_faas.workspace.targets.kind_images import kind_image
from tests.vendoring.helpers.wheelhouse import only_from, write_wheel
from tests.workspace.packaging.test_dependencies import asking

KIND = "python:3.12"


def host(image: str, kind: str = KIND, profile: str = "openwhisk") -> TargetCapabilities:
    runtimes = {"python": (Runtime(kind, image, default=True),)}
    return TargetCapabilities("lab", "Lab", HostInfo(SystemLimits(), runtimes), profile)


OPENSERVERLESS = host("apache/openserverless-runtime-python:v3.12-2506091954")
OPENWHISK = host("openwhisk/action-python-v3.12:1.20.0")
ANYBODYS = host("acme/python:1")
CHART = host("openwhisk/action-python-v3.7:1.17.0", "python:3")
PLAYGROUND = TargetCapabilities("playground", "Local playground")


@pytest.fixture
def cache(tmp_path: Path) -> VendorCache:
    """A registry with a library that needs numpy, and another that needs a new one."""
    house = tmp_path / "house"
    house.mkdir()
    write_wheel(house, "numpy", "2.4.6", {"numpy/__init__.py": "X = 2\n"})
    write_wheel(house, "runner", "1.32.0", {"runner.py": "X = 1\n"}, requires=["numpy>=1.21"])
    write_wheel(house, "modern", "5.0", {"modern.py": "X = 1\n"}, requires=["numpy>=2"])
    return VendorCache(tmp_path / "vendored", only_from(house))


def fit(bundle: Bundle, target: TargetCapabilities, cache: VendorCache, kind: str = KIND) -> Bundle:
    return fit_requirements(bundle, kind, target, cache, silent)


def travels(bundle: Bundle) -> list[str]:
    return [each["name"] for each in (bundle.manifest.vendored or {}).get("distributions", ())]


def provided(bundle: Bundle) -> list[tuple[str, str, str]]:
    found = (bundle.manifest.vendored or {}).get("provided", ())
    return [(each["name"], each["wanted"], each["version"]) for each in found]


def test_only_what_the_image_lacks_travels(tmp_path: Path, cache: VendorCache) -> None:
    plain = asking(tmp_path, numpy="2.4.6", runner="1.32.0")
    fitted = fit(plain, OPENSERVERLESS, cache)
    assert travels(fitted) == ["runner"]
    assert provided(fitted) == [("numpy", "2.4.6", "1.26.4")]
    assert "requirements.txt" not in fitted.contents()
    assert fitted.manifest.requirements == plain.manifest.requirements


def test_all_of_it_travels_to_an_image_without_any(tmp_path: Path, cache: VendorCache) -> None:
    fitted = fit(asking(tmp_path, numpy="2.4.6", runner="1.32.0"), OPENWHISK, cache)
    assert travels(fitted) == ["numpy", "runner"]
    assert provided(fitted) == []


def test_all_of_it_travels_if_nothing_works_with_the_image(
    tmp_path: Path, cache: VendorCache
) -> None:
    fitted = fit(asking(tmp_path, numpy="2.4.6", modern="5.0"), OPENSERVERLESS, cache)
    assert travels(fitted) == ["modern", "numpy"]


def test_nothing_travels_that_the_image_has(tmp_path: Path, cache: VendorCache) -> None:
    fitted = fit(asking(tmp_path, numpy="2.4.6"), OPENSERVERLESS, cache)
    assert (travels(fitted), provided(fitted)) == ([], [("numpy", "2.4.6", "1.26.4")])
    assert "requirements.txt" not in fitted.contents()


def test_a_host_that_documents_nothing_gets_all_of_it(tmp_path: Path, cache: VendorCache) -> None:
    target = host("", profile="digitalocean")
    assert travels(fit(asking(tmp_path, numpy="2.4.6"), target, cache)) == ["numpy"]


@pytest.mark.parametrize(
    ("target", "kind"), [(ANYBODYS, KIND), (CHART, "python:3")], ids=["unknown", "python 3.7"]
)
def test_nothing_is_sent_where_it_would_not_help(
    tmp_path: Path, cache: VendorCache, target: TargetCapabilities, kind: str
) -> None:
    plain = asking(tmp_path, numpy="2.4.6")
    assert fit(plain, target, cache, kind) is plain


def test_a_fitted_package_stays_as_it_is(tmp_path: Path, cache: VendorCache) -> None:
    fitted = fit(asking(tmp_path, numpy="2.4.6", runner="1.32.0"), OPENSERVERLESS, cache)
    assert fit(fitted, OPENSERVERLESS, cache) is fitted


def test_wheels_for_one_host_are_not_another_s(tmp_path: Path, cache: VendorCache) -> None:
    plain = asking(tmp_path, numpy="2.4.6", runner="1.32.0")
    there = fit(plain, OPENSERVERLESS, cache)
    assert fit(there, OPENWHISK, cache) == fit(plain, OPENWHISK, cache)
    assert fit(fit(there, OPENWHISK, cache), OPENSERVERLESS, cache) == there
    assert fit(there, PLAYGROUND, cache) == plain


def test_what_the_user_chose_stays(tmp_path: Path, cache: VendorCache) -> None:
    chosen = with_wheels(asking(tmp_path, numpy="2.4.6"), KIND, cache, silent)
    assert fit(chosen, OPENSERVERLESS, cache) is chosen


def test_a_playground_on_another_system_does_not_get_wheels_for_linux(
    tmp_path: Path, cache: VendorCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = asking(tmp_path, numpy="2.4.6")
    chosen = with_wheels(plain, KIND, cache, silent)
    monkeypatch.setattr("platform.machine", lambda: "arm64")
    fitted = fit(chosen, PLAYGROUND, cache)
    assert fitted.manifest.vendored is None
    assert fitted.contents()["requirements.txt"] == plain.contents()["requirements.txt"]


def test_vendor_replaces_what_was_chosen_for_a_host(tmp_path: Path, cache: VendorCache) -> None:
    plain = asking(tmp_path, numpy="2.4.6", runner="1.32.0")
    chosen = with_wheels(fit(plain, OPENSERVERLESS, cache), KIND, cache, silent)
    assert chosen == with_wheels(plain, KIND, cache, silent)
    assert travels(chosen) == ["numpy", "runner"]


def test_what_cannot_be_fetched_is_an_error(tmp_path: Path, cache: VendorCache) -> None:
    with pytest.raises(VendoringFailed, match=r"Not all wheels for absent==1\.0"):
        fit(asking(tmp_path, absent="1.0"), OPENWHISK, cache)


def skops(bundle: Bundle, version: str) -> Bundle:
    """The package with an estimator that scikit-learn ``version`` fitted."""
    wanted = {"numpy": "2.4.6", "scikit-learn": version, "scipy": "1.17.1", "runner": "1.32.0"}
    requirements = tuple({"name": name, "version": one} for name, one in wanted.items())
    members = {path: data for path, data in bundle.contents().items() if path != "manifest.json"}
    manifest = dataclasses.replace(
        bundle.manifest, requirements=requirements, models=({"name": "model", "route": "skops"},)
    )
    return pack(members, manifest)


def test_an_estimator_is_read_by_the_scikit_learn_that_fitted_it(
    tmp_path: Path, cache: VendorCache
) -> None:
    plain = asking(tmp_path, numpy="2.4.6")
    fitted = fit(skops(plain, "1.5.2"), OPENSERVERLESS, cache)
    assert travels(fitted) == ["runner"]
    assert [name for name, *_ in provided(fitted)] == ["numpy", "scikit-learn", "scipy"]


def test_an_estimator_of_another_scikit_learn_cannot_use_the_image_s(tmp_path: Path) -> None:
    image = kind_image(KIND, OPENSERVERLESS)
    assert image is not None
    there = versions_there(skops(asking(tmp_path, numpy="2.4.6"), "1.9.1").manifest, image)
    assert "scikit-learn" not in there
    assert "scipy" not in there
    assert there["numpy"] == "1.26.4"
