from __future__ import annotations

import dataclasses
import random
from importlib.metadata import version
from pathlib import Path

import pytest

from jupyter_faas.bundle import Bundle, BundleStore, pack
from jupyter_faas.errors import BundleError, VendoringFailed
from jupyter_faas.vendoring import VendorCache
from jupyter_faas.workspace import Packaged, TargetState
from jupyter_faas.workspace.packaging.card import card
from jupyter_faas.workspace.packaging.dependencies import (
    adapted,
    check_sendable,
    wheel_versions,
    with_wheels,
)
from jupyter_faas.workspace.packaging.function import package
from jupyter_faas.workspace.preflight.sizes import dependency_lines, dependency_sizes, sent_bytes
from jupyter_faas.workspace.results import silent
from tests.vendoring.helpers.wheelhouse import only_from, write_wheel
from tests.workspace.helpers.cells import GREET, PLAYGROUND, packaged, run_cell, surroundings
from tests.workspace.helpers.requests import function_request

KIND = "python:3.11"
# A host that documents no library, so that all requirements travel there by themselves.
LAB = TargetState("lab", "Lab", "openwhisk", "", "_", "unknown", profile="digitalocean")


@pytest.fixture
def house(tmp_path: Path) -> Path:
    house = tmp_path / "house"
    house.mkdir()
    write_wheel(house, "helper", "2.5", {"helper/__init__.py": "X = 1\n" * 5000})
    return house


@pytest.fixture
def cache(tmp_path: Path, house: Path) -> VendorCache:
    return VendorCache(tmp_path / "vendored", only_from(house))


def asking(folder: Path, **requirements: str) -> Bundle:
    """The package of a cell, as if it imported these."""
    bundle = BundleStore(folder).get(packaged(folder, kind=KIND).bundle)
    wanted = tuple({"name": name, "version": version} for name, version in requirements.items())
    files = {path: data for path, data in bundle.contents().items() if path != "manifest.json"}
    lines = "".join(f"{name}=={version}\n" for name, version in requirements.items())
    return pack(
        {**files, "requirements.txt": lines.encode()},
        dataclasses.replace(bundle.manifest, requirements=wanted),
    )


def test_wheels_lie_at_the_root_and_nothing_is_left_to_install(
    tmp_path: Path, cache: VendorCache
) -> None:
    bundle = with_wheels(asking(tmp_path, helper="2.5"), KIND, cache, silent)
    paths = [path for path, *_ in bundle.members()]
    assert "helper/__init__.py" in paths
    assert "requirements.txt" not in paths
    assert bundle.manifest.requirements == ({"name": "helper", "version": "2.5"},)
    assert Bundle.from_bytes(bundle.data) == bundle


def test_a_package_that_has_them_stays_as_it_is(tmp_path: Path, cache: VendorCache) -> None:
    bundle = with_wheels(asking(tmp_path, helper="2.5"), KIND, cache, silent)
    assert with_wheels(bundle, KIND, cache, silent) is bundle


@pytest.mark.parametrize("before", [False, True], ids=["never fitted", "fitted to a host"])
def test_the_option_of_a_deploy_and_that_of_the_cell_make_the_same_package(
    tmp_path: Path, house: Path, cache: VendorCache, before: bool
) -> None:
    write_wheel(house, "idna", version("idna"), {"idna/__init__.py": "X = 1\n"})
    store = BundleStore(tmp_path)

    def cell(vendor: bool) -> Packaged:
        # The text is the same, because its first line travels as a comment.
        request = function_request(
            cell_text=GREET, name="greet", kind=KIND, requires=("idna",), vendor=vendor
        )
        context = dataclasses.replace(
            surroundings(tmp_path), wheels=cache, target=LAB if before else PLAYGROUND
        )
        return package(request, run_cell(GREET), context)

    plain, in_cell = cell(vendor=False).record, cell(vendor=True)
    bundle = store.get(plain.bundle)
    assert (bundle.manifest.vendored is not None) == before
    record, by_flag = adapted(plain, bundle, wheels=cache, image=None, progress=silent)
    assert by_flag.data == store.get(in_cell.bundle).data
    assert "idna/__init__.py" in by_flag.contents()
    assert (record.kind, record.image) == (in_cell.record.kind, in_cell.record.image)


def test_wheels_of_another_python_take_their_place(tmp_path: Path, cache: VendorCache) -> None:
    plain = asking(tmp_path, helper="2.5")
    first = with_wheels(plain, "python:3.10", cache, silent)
    assert with_wheels(first, KIND, cache, silent) == with_wheels(plain, KIND, cache, silent)


def test_a_package_without_requirements_stays_as_it_is(tmp_path: Path, cache: VendorCache) -> None:
    bundle = BundleStore(tmp_path).get(packaged(tmp_path, kind=KIND).bundle)
    assert with_wheels(bundle, KIND, cache, silent) is bundle


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("python:default", "its Python version is not known"),
        ("python", "its Python version is not known"),
        ("python:3.6", r"Python 3\.6 is not supported"),
    ],
)
def test_a_kind_without_a_version_is_refused(
    kind: str, reason: str, tmp_path: Path, cache: VendorCache
) -> None:
    with pytest.raises(BundleError, match=reason):
        with_wheels(asking(tmp_path, helper="2.5"), kind, cache, silent)


def test_the_host_tells_the_python_of_a_kind_without_one(
    tmp_path: Path, cache: VendorCache
) -> None:
    bundle = with_wheels(asking(tmp_path, helper="2.5"), "python:3", cache, silent, "3.12")
    assert bundle.manifest.vendored is not None
    assert (bundle.manifest.vendored["python"], bundle.manifest.kind) == ("3.12", "python:3")
    with pytest.raises(BundleError, match=r"Python 3\.7 is not supported"):
        with_wheels(asking(tmp_path, helper="2.5"), "python:3", cache, silent, "3.7")


def test_sizes_tell_what_each_requirement_takes(tmp_path: Path, cache: VendorCache) -> None:
    bundle = with_wheels(asking(tmp_path, helper="2.5"), KIND, cache, silent)
    (first, size), (last, rest) = dependency_sizes(bundle)
    assert {first, last} == {"helper 2.5", "the function itself"}
    assert size + rest < sent_bytes(len(bundle.data))
    assert dependency_lines(bundle)[0] == "REQUIREMENT          UPLOAD SIZE"


def test_a_package_alone_has_no_table(tmp_path: Path) -> None:
    assert dependency_lines(asking(tmp_path, helper="2.5")) == ()


def test_the_card_shows_a_requirement_as_one_entry(tmp_path: Path, cache: VendorCache) -> None:
    made = packaged(tmp_path, kind=KIND)
    bundle = with_wheels(asking(tmp_path, helper="2.5"), KIND, cache, silent)
    files = card(made.record, bundle, PLAYGROUND, None)["files"]
    assert [each["size"] > 30_000 for each in files if each["path"] == "helper 2.5"] == [True]
    assert not [each for each in files if each["path"].startswith("helper/")]


def test_what_no_host_takes_is_refused_with_the_table(
    tmp_path: Path, house: Path, cache: VendorCache
) -> None:
    noise = random.Random(1).randbytes(36_000_000).hex()
    write_wheel(house, "giant", "1.0", {"giant.txt": noise})
    wanted = asking(tmp_path, helper="2.5", giant="1.0")
    with pytest.raises(BundleError, match=r"OpenWhisk's limit is 48\.0 MB") as caught:
        check_sendable(with_wheels(wanted, KIND, cache, silent))
    assert [line.split()[0] for line in caught.value.hint.splitlines()[:4]] == [
        "REQUIREMENT",
        "giant",
        "helper",
        "the",
    ]


def test_versions_for_another_python_are_those_with_wheels(house: Path, cache: VendorCache) -> None:
    assert wheel_versions({"helper": "2.5"}, "3.9", cache, silent) == {"helper": "2.5"}
    with pytest.raises(
        VendoringFailed,
        match=r"a version of the distribution that has wheels: --add NAME==VERSION$",
    ):
        wheel_versions({"helper": "2.6"}, "3.9", cache, silent)
