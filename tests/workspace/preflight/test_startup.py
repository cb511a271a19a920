from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from jupyter_faas.bundle import Bundle, BundleStore, PackageRecord
from jupyter_faas.client import HostInfo
from jupyter_faas.whisk import RUNTIMES, SystemLimits
from jupyter_faas.workspace.preflight.preflight import preflight
from jupyter_faas.workspace.preflight.report import Check
from jupyter_faas.workspace.preflight.sizes import sent_bytes
from jupyter_faas.workspace.preflight.startup import memory_to_start, ms_to_send
from jupyter_faas.workspace.targets.capabilities import TargetCapabilities
from tests.workspace.helpers.cells import packaged

MB = 1024 * 1024
LAB = TargetCapabilities("lab", "Lab", HostInfo(SystemLimits(), RUNTIMES))
PLAYGROUND = TargetCapabilities("playground", "Local playground")
# As it is sent, the base64 text is a third larger.
PANDAS_EXAMPLE = 47.4 * 3 / 4


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[PackageRecord, Bundle]:
    folder: Path = tmp_path_factory.mktemp("store")
    found = packaged(folder, kind="python:3.11")
    return found.record, BundleStore(folder).get(found.bundle)


def large(made: tuple[PackageRecord, Bundle], size_mb: float, *names: str) -> Bundle:
    wanted = tuple({"name": name, "version": "1"} for name in names)
    manifest = dataclasses.replace(made[1].manifest, requirements=wanted, vendored=None)
    # A zip may begin with any bytes.
    data = bytes(int(size_mb * MB) - len(made[1].data)) + made[1].data
    return dataclasses.replace(made[1], data=data, manifest=manifest)


def memory(
    made: tuple[PackageRecord, Bundle], bundle: Bundle, target: TargetCapabilities, mb: int = 256
) -> Check:
    record = dataclasses.replace(made[0], id="", memory_mb=mb)
    found = preflight(record, bundle, target)
    return next(each for each in found.checks if each.check == "Memory")


def test_receiving_a_package_takes_more_memory_than_it_has_bytes(
    made: tuple[PackageRecord, Bundle],
) -> None:
    assert memory_to_start(large(made, PANDAS_EXAMPLE)) == pytest.approx(216, abs=10)


def test_python_starts_beside_what_the_proxy_keeps(made: tuple[PackageRecord, Bundle]) -> None:
    # 167 MB stay, and Python with these three adds 90 to 110 MB.
    bundle = large(made, PANDAS_EXAMPLE, "pandas", "numpy", "onnxruntime")
    assert memory_to_start(bundle) == pytest.approx(167 + 110, abs=12)


def test_a_package_that_failed_with_256_mb_is_warned_of(
    made: tuple[PackageRecord, Bundle],
) -> None:
    bundle = large(made, PANDAS_EXAMPLE, "pandas", "numpy", "onnxruntime")
    found = memory(made, bundle, LAB)
    assert (found.ok, found.warn, found.fix) == (True, True, "--memory 384")
    assert "to receive and unpack the package" in found.says
    assert not memory(made, bundle, LAB, 384).warn


def test_the_playground_receives_nothing(made: tuple[PackageRecord, Bundle]) -> None:
    found = memory(made, large(made, PANDAS_EXAMPLE, "pandas"), PLAYGROUND)
    assert (found.warn, found.note) == (False, "128 – 4,096 MB allowed")


def test_no_more_is_proposed_than_the_host_allows(made: tuple[PackageRecord, Bundle]) -> None:
    bundle = large(made, 35, "torch", "pandas", "scikit-learn")
    found = memory(made, bundle, LAB)
    assert found.fix == "--memory 512"
    # The test's zip begins with zeros, so that the largest member is a file of the cell.
    assert "on a web server that the function can reach" in found.hint


@pytest.mark.parametrize(("rate", "expected"), [(None, 1003), (100.0, 1824)])
def test_sending_takes_time_by_the_size(
    made: tuple[PackageRecord, Bundle], rate: float | None, expected: int
) -> None:
    # 13.7 MB of zip took 0.75 to 1.05 s more on OpenServerless than its imports take here.
    sent = sent_bytes(len(large(made, 13.68).data))
    assert ms_to_send(sent, rate) == pytest.approx(expected, abs=2)
