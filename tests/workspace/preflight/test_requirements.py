"""What the target's kind has, lacks, or is not known to have."""

from __future__ import annotations

import dataclasses
import random
import re
from typing import Any

import pytest

from jupyter_faas.bundle import Bundle, BundleStore, PackageRecord, pack
from jupyter_faas.client import HostInfo
from jupyter_faas.errors import VendoringFailed
from jupyter_faas.whisk import RUNTIMES, SystemLimits
from jupyter_faas.whisk.kinds import Runtime
from jupyter_faas.workspace.preflight.preflight import preflight
from jupyter_faas.workspace.preflight.remedies import run_in_an_image
from jupyter_faas.workspace.preflight.report import Check, Preflight
from jupyter_faas.workspace.targets.capabilities import TargetCapabilities
from tests.workspace.helpers.cells import packaged

PLAYGROUND = TargetCapabilities("playground", "Local playground")
LAB = TargetCapabilities("lab", "Lab", HostInfo(SystemLimits(), RUNTIMES))
SILENT = TargetCapabilities("lab", "Lab", error="Lab does not answer.")
PLATFORM = "manylinux_2_28_x86_64"
NUMPY = {"name": "numpy", "version": "2.2.6"}
WHEELS: dict[str, Any] = {
    "python": "3.11",
    "platform": PLATFORM,
    "distributions": [{**NUMPY, "size": 1, "paths": ["numpy"]}],
}


def host(image: str, kind: str = "python:3.11") -> TargetCapabilities:
    runtimes = {"python": (Runtime(kind, image, default=True),)}
    return TargetCapabilities("lab", "Lab", HostInfo(SystemLimits(), runtimes))


OPENSERVERLESS = host("apache/openserverless-runtime-python:v3.11-2506091954")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[PackageRecord, Bundle]:
    folder = tmp_path_factory.mktemp("store")
    found = packaged(folder, kind="python:3.11")
    return found.record, BundleStore(folder).get(found.bundle)


def judged(
    made: tuple[PackageRecord, Bundle],
    target: TargetCapabilities,
    *requirements: tuple[str, str],
    kind: str = "python:3.11",
    image: str = "",
    unfit: VendoringFailed | None = None,
    **manifest: Any,
) -> Preflight:
    record, bundle = made
    wanted = tuple({"name": name, "version": version} for name, version in requirements)
    changed = dataclasses.replace(bundle.manifest, requirements=wanted, **manifest)
    record = dataclasses.replace(record, id="", kind=kind, image=image)
    return preflight(record, dataclasses.replace(bundle, manifest=changed), target, unfit=unfit)


def row(found: Preflight, name: str) -> Check:
    return next(each for each in found.checks if each.check == name)


def rows(found: Preflight) -> list[str]:
    return [each.check for each in found.checks]


ORT = ("onnxruntime", "1.32.0")


def test_what_a_kind_lacks_does_not_fit(made: tuple[PackageRecord, Bundle]) -> None:
    found = judged(made, LAB, ORT)
    assert found.verdict == (
        "Does not fit Lab: python:3.11 does not include onnxruntime, and would install missing "
        "libraries at each cold start"
    )
    assert row(found, "Requirements").hint.startswith("Run the cell again, or use an image")


def test_a_kind_that_never_installs_is_not_said_to(made: tuple[PackageRecord, Bundle]) -> None:
    found = row(judged(made, OPENSERVERLESS, ORT, ("numpy", "1.26.4")), "Requirements")
    assert (found.ok, found.says) == (False, "python:3.11 does not include onnxruntime")


def test_what_a_kind_lacks_is_listed_as_alternatives(made: tuple[PackageRecord, Bundle]) -> None:
    many = [(f"library{number}", "1.0") for number in range(9)]
    two, all_of_them = (judged(made, OPENSERVERLESS, *many[:count]) for count in (2, 9))
    assert row(two, "Requirements").says == "python:3.11 does not include library0 or library1"
    assert re.search(r"library1, .* or \d others$", row(all_of_them, "Requirements").says)


def test_the_command_for_an_image_adds_what_it_lacks_otherwise(
    made: tuple[PackageRecord, Bundle],
) -> None:
    _, bundle = made
    wanted = tuple({"name": name, "version": "1.0"} for name in ("numpy", "scipy", "polars"))
    changed = dataclasses.replace(bundle.manifest, requirements=wanted)
    hint = run_in_an_image(dataclasses.replace(bundle, manifest=changed))
    assert hint.endswith("To write its Dockerfile: %faas image --add scipy --add polars")


def test_the_playground_has_what_the_notebook_has(made: tuple[PackageRecord, Bundle]) -> None:
    assert "Requirements" not in rows(judged(made, PLAYGROUND, ORT))


def test_another_version_in_the_image_is_a_warning_with_both(
    made: tuple[PackageRecord, Bundle],
) -> None:
    found = judged(made, OPENSERVERLESS, ("numpy", "2.4.6"))
    assert found.verdict == "Fits Lab, with a warning"
    assert row(found, "Version").says == (
        "python:3.11 has numpy 1.26.4, but the function was packaged with 2.4.6"
    )
    assert row(found, "Requirements").note == "in python:3.11"


def test_the_same_version_in_the_image_is_none(made: tuple[PackageRecord, Bundle]) -> None:
    found = judged(made, OPENSERVERLESS, ("numpy", "1.26.4"), python="3.11.7")
    assert found.verdict == "Fits Lab"


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        (host("acme/python:1"), "the contents of acme/python:1 are not documented"),
        (host(""), "the contents of python:3.11 are not documented"),
    ],
    ids=["an image of somebody's", "no image"],
)
def test_what_is_not_known_is_not_said_to_fit(
    made: tuple[PackageRecord, Bundle], target: TargetCapabilities, reason: str
) -> None:
    found = judged(made, target, ORT)
    assert found.verdict == f"Could not check whether it fits Lab: {reason}"
    assert row(found, "Requirements").fix == "--vendor"


def test_a_host_that_does_not_answer_is_not_said_to_have_it(
    made: tuple[PackageRecord, Bundle],
) -> None:
    found = row(judged(made, SILENT, ORT), "Requirements")
    assert (found.unknown, found.note) == (True, "not known until Lab responds")


def test_the_python_of_the_chart_is_named(made: tuple[PackageRecord, Bundle]) -> None:
    chart = host("openwhisk/action-python-v3.7:1.17.0", "python:3")
    found = judged(made, chart, kind="python:3", python="3.11.7")
    assert row(found, "Python").says == (
        "its python:3 has Python 3.7, but packages need Python 3.9 or newer"
    )
    lacking = row(judged(made, chart, kind="python:3.11"), "Kind")
    assert lacking.hint.startswith("Lab has python:3 (Python 3.7). Run the function in an image")


def test_wheels_that_travel_are_enough(made: tuple[PackageRecord, Bundle]) -> None:
    found = judged(made, LAB, ("numpy", "2.2.6"), vendored=WHEELS, python="3.11.7")
    assert row(found, "Requirements").note == "included in the package"
    assert found.verdict == "Fits Lab"


def test_wheels_for_the_kind_s_python_fit_whatever_its_name(
    made: tuple[PackageRecord, Bundle],
) -> None:
    target = host("apache/openserverless-runtime-python:v3.11-2506091954", "python:3")
    found = judged(made, target, ("numpy", "2.2.6"), kind="python:3", vendored=WHEELS)
    assert row(found, "Requirements").ok


def test_wheels_of_another_python_are_refused(made: tuple[PackageRecord, Bundle]) -> None:
    found = judged(made, LAB, ("numpy", "2.2.6"), kind="python:3.10", vendored=WHEELS)
    refused = row(found, "Requirements")
    assert not refused.ok
    assert refused.hint == "Run %faas target use lab, and run the cell again."


def test_what_could_not_be_packaged_says_why(made: tuple[PackageRecord, Bundle]) -> None:
    error = VendoringFailed("The index is not reachable.\nDNS", hint="Try again")
    found = row(judged(made, LAB, ORT, unfit=error), "Requirements")
    assert (found.ok, found.says) == (False, "The index is not reachable")
    assert found.hint == "Try again"


def test_an_image_of_the_user_has_any_python(made: tuple[PackageRecord, Bundle]) -> None:
    chart = host("openwhisk/action-python-v3.7:1.17.0", "python:3")
    found = judged(made, chart, kind="python:3", image="acme/python:1", python="3.11.7")
    assert "Python" not in rows(found)


def test_a_version_that_was_replaced_is_told(made: tuple[PackageRecord, Bundle]) -> None:
    replaced = {**WHEELS, "replaced": [{"name": "numpy", "wanted": "2.4.6", "taken": "2.2.6"}]}
    found = judged(made, LAB, ("numpy", "2.4.6"), vendored=replaced)
    assert row(found, "Version").says == "numpy 2.2.6 is packaged instead of 2.4.6"


SPLIT: dict[str, Any] = {
    "python": "3.11",
    "platform": PLATFORM,
    "distributions": [{"name": "onnxruntime", "version": "1.32.0", "size": 1, "paths": ["o"]}],
    "provided": [{"name": "numpy", "wanted": "2.4.6", "version": "1.26.4"}],
    "automatic": True,
}


def test_a_package_that_is_split_tells_both_parts(made: tuple[PackageRecord, Bundle]) -> None:
    found = judged(made, OPENSERVERLESS, ORT, ("numpy", "2.4.6"), vendored=SPLIT)
    assert row(found, "Requirements").note == "onnxruntime is packaged; numpy in python:3.11"
    assert row(found, "Version").value == "numpy 1.26.4"


@pytest.mark.parametrize(("version", "told"), [("1.9.1", True), ("1.5.2", False)])
def test_an_estimator_of_another_scikit_learn_tells_which_one_to_fit_with(
    made: tuple[PackageRecord, Bundle], version: str, told: bool
) -> None:
    record, bundle = made
    names = {"scikit-learn": version, "scipy": "1.17.1", "skops": "0.13.0"}
    requirements = tuple({"name": name, "version": each} for name, each in names.items())
    noise = {name: random.Random(name).randbytes(30_000) for name in names}
    vendored = {
        **WHEELS,
        "distributions": [
            {"name": name, "version": each, "size": 1, "paths": [f"{name}.bin"]}
            for name, each in names.items()
        ],
    }
    members = {path: data for path, data in bundle.contents().items() if path != "manifest.json"}
    changed = dataclasses.replace(
        bundle.manifest,
        requirements=requirements,
        vendored=vendored,
        models=({"name": "model", "route": "skops"},),
    )
    packed = pack({**members, **{f"{name}.bin": data for name, data in noise.items()}}, changed)
    found = preflight(record, packed, OPENSERVERLESS)
    hints = [each.hint for each in found.checks if each.check == "Estimator"]
    assert bool(hints) is told
    if told:
        # skops and the function itself are left, which are 30 kB of noise and some source code.
        size = re.search(
            r"To shrink the package to about ([\d.]+) kB, run %pip install scikit-learn==1\.5\.2,",
            hints[0],
        )
        assert size is not None
        assert 40 < float(size[1]) < 80
