"""A package with wheels is run as its target would run it."""

from __future__ import annotations

import dataclasses
import os
import platform
import sys
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.bundle import BundleStore, ModelFiles, PackageRecord, add_vendored, pack
from jupyter_faas.cost import load_price_list
from jupyter_faas.errors import CleanRoomFailed
from jupyter_faas.vendoring import VendorCache
from jupyter_faas.workspace.cleanroom.manager import CleanRoomManager
from jupyter_faas.workspace.cleanroom.target_python import find_python, target_python
from jupyter_faas.workspace.request import FunctionTest
from jupyter_faas.workspace.results import CleanRoomResult, silent
from tests.vendoring.helpers.wheelhouse import only_from, write_wheel
from tests.workspace.helpers.cells import packaged

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in ("x86_64", "AMD64"),
    reason="the wheels are for Linux on x86-64",
)

OWN = f"{sys.version_info.major}.{sys.version_info.minor}"
CELL = """\
def where():
    import os
    from importlib import import_module
    found = {}
    for name in ("helper", "base", "numpy"):
        try:
            found[name] = getattr(import_module(name), "VERSION", "here")
        except ImportError:
            found[name] = "missing"
    return {**found, "home": os.environ.get("HOME", "none")}
"""


@pytest.fixture
def wheels(tmp_path: Path) -> VendorCache:
    house = tmp_path / "house"
    house.mkdir()
    write_wheel(house, "base", "1.26.4", {"base.py": "VERSION = '1.26.4'\n"})
    return VendorCache(tmp_path / "vendored", only_from(house))


def with_wheel(folder: Path, expect: dict[str, Any], **vendored: Any) -> PackageRecord:
    """A function whose package has the module ``helper`` as a wheel."""
    made = packaged(folder, CELL, "where", tests=[FunctionTest({})])
    store = BundleStore(folder)
    bundle = store.get(made.bundle)
    members = {path: data for path, data in bundle.contents().items() if path != "manifest.json"}
    described = {
        "python": OWN,
        "platform": "manylinux_2_28_x86_64",
        "distributions": [{"name": "helper", "version": "2.5", "size": 16, "paths": ["helper.py"]}],
        **vendored,
    }
    bundle = pack(
        add_vendored(members, {"helper.py": b"VERSION = '2.5'\n"}),
        dataclasses.replace(bundle.manifest, vendored=described),
    )
    store.put(bundle)
    # The notebook's own answer differs, because the notebook has no such wheel.
    example = {"params": {}, "expect": expect, "source": "test"}
    record = dataclasses.replace(made.record, bundle=bundle.sha256, examples=(example,), id="")
    store.put_package(record)
    return record


def ran(folder: Path, record: PackageRecord, wheels: VendorCache) -> CleanRoomResult:
    manager = CleanRoomManager(
        folder, BundleStore(folder), ModelFiles(folder), load_price_list, wheels=wheels
    )
    manager.test(record.id, silent)
    found = manager.forecast(record.id).clean_room
    assert found is not None
    return found


def test_what_travels_is_run_and_nothing_of_this_machine(
    tmp_path: Path, wheels: VendorCache
) -> None:
    expect = {"helper": "2.5", "base": "missing", "numpy": "missing", "home": "none"}
    found = ran(tmp_path, with_wheel(tmp_path, expect), wheels)
    assert (
        found.note
        == f"same results as the notebook for 1 input; the zip was tested with Python {OWN}"
    )


def test_what_the_image_has_is_there_in_the_image_s_version(
    tmp_path: Path, wheels: VendorCache
) -> None:
    provided = [{"name": "base", "wanted": "2.4.6", "version": "1.26.4"}]
    expect = {"helper": "2.5", "base": "1.26.4", "numpy": "missing"}
    assert ran(tmp_path, with_wheel(tmp_path, expect, provided=provided), wheels).state == "passed"


def test_a_wheel_that_does_not_work_prevents_a_deploy(tmp_path: Path, wheels: VendorCache) -> None:
    record = with_wheel(tmp_path, {"helper": "2.6"})
    with pytest.raises(CleanRoomFailed, match="returns a different result"):
        ran(tmp_path, record, wheels)


def test_without_the_target_s_python_the_card_says_so(tmp_path: Path, wheels: VendorCache) -> None:
    found = ran(tmp_path, with_wheel(tmp_path, {"helper": "missing"}, python="3.2"), wheels)
    assert found.note.endswith(
        "the wheels were not tested: Python 3.2 is not installed on this machine"
    )


def test_what_the_image_compiled_cannot_be_had_here(tmp_path: Path, wheels: VendorCache) -> None:
    provided = [{"name": "compiled", "wanted": "", "version": "1.0"}]
    record = with_wheel(tmp_path, {}, provided=provided)
    manifest = BundleStore(tmp_path).get(record.bundle).manifest
    found = target_python(manifest, wheels, silent)
    assert found is not None
    assert found.missing == "the target's compiled 1.0 cannot be downloaded"


def test_a_package_without_wheels_has_no_target_python(tmp_path: Path) -> None:
    bundle = BundleStore(tmp_path).get(packaged(tmp_path).bundle)
    assert target_python(bundle.manifest, None, silent) is None


def test_the_running_interpreter_is_one_of_its_version() -> None:
    assert find_python(OWN) == sys.executable
    assert find_python("3.2") == ""


def test_a_command_that_starts_no_interpreter_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A version manager has such commands for the versions that are not active.
    command = tmp_path / "python3.2"
    command.write_text("#!/bin/sh\necho 'python3.2: command not found' >&2\nexit 127\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert find_python("3.2") == ""
