from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.bundle import Bundle, BundleStore, PackageRecord
from jupyter_faas.client import HostInfo
from jupyter_faas.whisk import RUNTIMES, SystemLimits
from jupyter_faas.whisk.profiles import PROFILES
from jupyter_faas.workspace.preflight.preflight import preflight
from jupyter_faas.workspace.preflight.report import Check, Preflight, verdict
from jupyter_faas.workspace.targets.capabilities import TargetCapabilities, limits_of
from tests.workspace.helpers.cells import packaged
from tests.workspace.helpers.samples import assert_same_shape, sample

MB = 1024 * 1024
PLAYGROUND = TargetCapabilities("playground", "Local playground")
LAB = TargetCapabilities("lab", "Lab", HostInfo(SystemLimits(), RUNTIMES))
SILENT = TargetCapabilities("lab", "Lab", error="Lab does not answer.")


@pytest.fixture
def made(tmp_path: Path) -> tuple[PackageRecord, Bundle]:
    found = packaged(tmp_path, kind="python:3.11")
    return found.record, BundleStore(tmp_path).get(found.bundle)


@pytest.fixture
def record(made: tuple[PackageRecord, Bundle]) -> PackageRecord:
    return made[0]


@pytest.fixture
def bundle(made: tuple[PackageRecord, Bundle]) -> Bundle:
    return made[1]


def cloud(**fields: Any) -> TargetCapabilities:
    """A target of DigitalOcean Functions."""
    return TargetCapabilities("do", "do", profile="digitalocean", **fields)


def test_a_host_that_lists_no_kinds_is_a_warning(record: PackageRecord, bundle: Bundle) -> None:
    documented = HostInfo.documented(PROFILES["digitalocean"])
    found = preflight(record, bundle, cloud(info=documented))
    host = row(found, "Host")
    assert (host.ok, host.warn, host.value) == (True, True, "does not list its kinds")
    assert host.note == "the documented kinds of DigitalOcean Functions are assumed"
    assert row(found, "Kind").note == "available on this target"
    assert "Host" not in rows(preflight(record, bundle, LAB))


def test_a_host_of_no_known_type_that_lists_no_kinds_hints_at_the_profiles(
    record: PackageRecord, bundle: Bundle
) -> None:
    assumed = TargetCapabilities("lab", "Lab", HostInfo.documented(PROFILES["openwhisk"]))
    hint = row(preflight(record, bundle, assumed), "Host").hint
    assert hint.endswith("--profile and one of openserverless, digitalocean, adobe.")
    # Operators set their own limits, so the defaults say nothing.
    found = preflight(record, bundle, assumed)
    memory = row(found, "Memory")
    assert (memory.note, memory.unknown) == ("could not be checked", True)
    assert found.verdict == (
        "Could not check whether it fits Lab: Lab does not list its memory limits"
    )


def test_limits_that_no_operator_can_change_are_known_without_an_answer(
    record: PackageRecord, bundle: Bundle
) -> None:
    silent = cloud(error="do does not answer.")
    memory = row(preflight(changed(record, memory_mb=2048), bundle, silent), "Memory")
    assert (memory.ok, memory.fix) == (False, "--memory 1024")


def changed(record: PackageRecord, **fields: Any) -> PackageRecord:
    return dataclasses.replace(record, id="", **fields)


def manifested(bundle: Bundle, **fields: Any) -> Bundle:
    return dataclasses.replace(bundle, manifest=dataclasses.replace(bundle.manifest, **fields))


def row(found: Preflight, name: str) -> Check:
    return next(each for each in found.checks if each.check == name)


def rows(found: Preflight) -> list[str]:
    return [each.check for each in found.checks]


def of_size(bundle: Bundle, size: int) -> Bundle:
    """The bundle as a zip of ``size`` bytes, which may begin with any bytes."""
    return dataclasses.replace(bundle, data=bytes(size - len(bundle.data)) + bundle.data)


def test_a_package_that_fits_is_said_to(record: PackageRecord, bundle: Bundle) -> None:
    found = preflight(record, bundle, PLAYGROUND)
    assert found.verdict == "Fits Local playground"
    assert rows(found) == ["Package size", "Memory", "Kind"]


def test_the_size_is_that_of_the_base64_text(record: PackageRecord, bundle: Bundle) -> None:
    small = dataclasses.replace(bundle, data=bytes(62_792))
    assert row(preflight(record, small, PLAYGROUND), "Package size").to_json() == {
        "check": "Package size",
        "ok": True,
        "value": "81.8 kB",
        "note": "of 48 MB when sent",
    }


@pytest.mark.parametrize(("size", "ok"), [(36 * MB, True), (36 * MB + 1, False)])
def test_a_third_more_than_the_zip_counts(
    record: PackageRecord, bundle: Bundle, size: int, ok: bool
) -> None:
    found = preflight(record, of_size(bundle, size), PLAYGROUND)
    assert row(found, "Package size").ok is ok
    assert row(found, "Package size").value == "48.0 MB"


def test_adobe_takes_less_code_than_its_hosts_tell(record: PackageRecord, bundle: Bundle) -> None:
    adobe = dataclasses.replace(LAB, label="Adobe", profile="adobe")
    large = of_size(bundle, 17 * MB)
    assert preflight(record, large, LAB).failed == ()
    assert preflight(record, large, adobe).verdict == (
        "Does not fit Adobe: the package is 22.7 MB when sent, but the limit is 22 MB"
    )


def test_what_adobe_allows_is_known_before_it_answers(
    record: PackageRecord, bundle: Bundle
) -> None:
    silent = dataclasses.replace(SILENT, profile="adobe")
    assert limits_of(None, "adobe", "adobe").max_memory == 4096
    found = row(preflight(changed(record, memory_mb=8192), bundle, silent), "Memory")
    assert (found.ok, found.fix) == (False, "--memory 4096")


def test_the_playground_is_judged_without_asking_it(record: PackageRecord, bundle: Bundle) -> None:
    found = preflight(changed(record, memory_mb=1024), bundle, PLAYGROUND)
    assert row(found, "Memory").to_json() == {
        "check": "Memory",
        "ok": True,
        "value": "1,024 MB",
        "note": "128 – 4,096 MB allowed",
    }
    assert row(found, "Kind").note == "available on this target"


def test_a_target_that_does_not_answer_is_unknown(record: PackageRecord, bundle: Bundle) -> None:
    found = preflight(changed(record, memory_mb=1024), bundle, SILENT)
    assert found.verdict == "Could not check whether it fits Lab: Lab does not answer"
    assert {each.check for each in found.unknown} == {"Host", "Kind", "Memory", "Package size"}
    assert row(found, "Memory").note == row(found, "Kind").note == "could not be checked"
    assert row(found, "Package size").note == "could not be checked; most hosts allow 48 MB"


def test_more_memory_than_allowed_comes_with_its_cure(
    record: PackageRecord, bundle: Bundle
) -> None:
    found = preflight(changed(record, memory_mb=1024), bundle, LAB)
    assert found.verdict == ("Does not fit Lab: the memory is 1,024 MB, but must be 128 to 512 MB")
    assert row(found, "Memory").fix == "--memory 512"


def test_a_longer_timeout_than_allowed_comes_with_its_cure(
    record: PackageRecord, bundle: Bundle
) -> None:
    found = row(preflight(changed(record, timeout_ms=600_000), bundle, LAB), "Timeout")
    assert (found.ok, found.fix) == (False, "--timeout 300")


def test_a_missing_kind_comes_with_the_nearest(record: PackageRecord, bundle: Bundle) -> None:
    found = row(preflight(changed(record, kind="python:3.14"), bundle, LAB), "Kind")
    assert (found.ok, found.note) == (False, "not available on this target")
    assert found.hint == "Lab has python:3.10, python:3.11."
    assert found.fix == "--kind python:3.11"


def test_the_same_python_needs_no_row(record: PackageRecord, bundle: Bundle) -> None:
    same = manifested(bundle, python="3.11.7")
    assert "Python" not in rows(preflight(record, same, LAB))


def test_another_python_is_a_warning(record: PackageRecord, bundle: Bundle) -> None:
    found = row(preflight(record, manifested(bundle, python="3.12.1"), LAB), "Python")
    assert (found.ok, found.warn) == (True, True)
    assert found.says == "it runs on Python 3.11, but was packaged with 3.12"


def test_code_that_the_kind_cannot_read_is_refused(tmp_path: Path) -> None:
    cell = (
        "%%function pick\ndef pick(x: int):\n    match x:\n        case _:\n            return {}\n"
    )
    made = packaged(tmp_path, cell, "pick", kind="python:3.9")
    bundle = manifested(BundleStore(tmp_path).get(made.bundle), python="3.11.7")
    found = row(preflight(made.record, bundle, SILENT), "Python")
    assert not found.ok
    assert found.says == "function.py, line 5, does not work in Python 3.9"
    # No kind of a host that did not respond is known.
    assert "--image NAME" in found.hint


def test_preset_parameters_count_as_payload(record: PackageRecord, bundle: Bundle) -> None:
    found = row(preflight(changed(record, parameters={"a": "x" * MB}), bundle, LAB), "Payload")
    assert not found.ok
    assert "the preset parameters are 1.0 MB, but the limit is 1 MB" in found.says


@pytest.mark.parametrize(
    ("target", "why"),
    [
        (SILENT, "could not be checked"),
        (
            TargetCapabilities("lab", "Lab", HostInfo.documented(PROFILES["openwhisk"])),
            "the host does not report its limit",
        ),
    ],
    ids=["no response", "no limits"],
)
def test_a_limit_that_the_host_does_not_report_is_not_ticked(
    record: PackageRecord, bundle: Bundle, target: TargetCapabilities, why: str
) -> None:
    found = preflight(changed(record, parameters={"a": 1}), bundle, target)
    for name, most in (("Payload", "1 MB"), ("Package size", "48 MB")):
        checked = row(found, name)
        assert (checked.ok, checked.unknown) == (True, True)
        assert checked.note == f"{why}; most hosts allow {most}"
    assert found.verdict.startswith("Could not check whether it fits Lab: Lab does not ")


def test_a_limit_that_the_host_reports_is_ticked(record: PackageRecord, bundle: Bundle) -> None:
    checked = row(preflight(changed(record, parameters={"a": 1}), bundle, LAB), "Payload")
    assert (checked.ok, checked.unknown) == (True, False)
    assert checked.note == "of 1 MB for the preset parameters and the parameters of a call"


def test_an_unknown_is_never_said_to_fit() -> None:
    rows = [
        {"check": "A", "ok": True, "value": "1", "note": "", "warn": True},
        {"check": "B", "ok": True, "value": "2", "note": "", "unknown": True, "says": "who knows"},
    ]
    assert verdict(rows, "Lab") == "Could not check whether it fits Lab: who knows"


def test_several_failures_make_one_sentence() -> None:
    failed = [
        {"check": "A", "ok": False, "value": "1", "note": "", "says": "a is wrong"},
        {"check": "B", "ok": False, "value": "2", "note": "of 1"},
    ]
    assert verdict(failed, "Lab") == "Does not fit Lab: a is wrong; B 2, of 1"


def test_the_shape_is_the_shared_sample_s(record: PackageRecord, bundle: Bundle) -> None:
    wanted = sample("preflight")
    found = preflight(record, bundle, LAB).to_json()
    # The server adds the cold start, if it was measured.
    shown = {**found, "preflight": found["preflight"][1:2], "cold_start": None}
    assert_same_shape(shown, wanted)
