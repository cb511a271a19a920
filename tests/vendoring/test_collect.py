from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

import pytest

from jupyter_faas.errors import VendoringFailed
from jupyter_faas.vendoring import PLATFORM, ProvidedVersion, ReplacedVersion, Vendored, vendor
from jupyter_faas.vendoring import installer as installers
from jupyter_faas.vendoring.collect import collect, owned_paths
from tests.vendoring.helpers.wheelhouse import LINUX, only_from, write_wheel


def silent(_: str) -> None:
    pass


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A wheelhouse: ``tool`` needs ``helper``, and ``fast`` has a wheel for one Python alone."""
    write_wheel(
        tmp_path,
        "tool",
        "1.0",
        {"tool/__init__.py": "import helper\n", "tool/tests/test_tool.py": "assert True\n"},
        requires=["helper>=2", 'old; python_version < "3.11"', 'more; extra == "all"'],
    )
    write_wheel(tmp_path, "helper", "2.5", {"helper.py": "X = 1\n"})
    write_wheel(tmp_path, "old", "0.1", {"old.py": ""})
    write_wheel(tmp_path, "fast", "2.0", {"fast/_fast.so": "elf"}, tag=f"cp311-cp311-{LINUX}")
    write_wheel(tmp_path, "fast", "1.5", {"fast/_fast.so": "elf"}, tag=f"cp310-cp310-{LINUX}")
    return tmp_path


def fetch(house: Path, wanted: Mapping[str, str], python: str = "3.11") -> Vendored:
    return vendor(wanted, python, environ=only_from(house), progress=silent)


def test_what_a_requirement_needs_travels_too(house: Path) -> None:
    found = fetch(house, {"tool": "1.0"})
    assert [(each.name, each.version) for each in found.distributions] == [
        ("helper", "2.5"),
        ("tool", "1.0"),
    ]
    assert (found.python, found.platform, found.replaced) == ("3.11", PLATFORM, ())
    assert sorted(found.files) == [
        "helper-2.5.dist-info/METADATA",
        "helper-2.5.dist-info/entry_points.txt",
        "helper-2.5.dist-info/licenses/LICENSE",
        "helper.py",
        "tool-1.0.dist-info/METADATA",
        "tool-1.0.dist-info/entry_points.txt",
        "tool-1.0.dist-info/licenses/LICENSE",
        "tool/__init__.py",
    ]


def test_conditions_are_those_of_the_target_s_python(house: Path) -> None:
    assert "old.py" in fetch(house, {"tool": "1.0"}, "3.10").files


def test_wheels_are_the_target_s(house: Path) -> None:
    found = fetch(house, {"fast": "2.0"})
    (fast,) = found.distributions
    assert fast.paths == ("fast", "fast-2.0.dist-info")
    assert fast.size == sum(map(len, found.files.values()))


def test_a_missing_wheel_is_named_with_the_installer_s_words(house: Path) -> None:
    with pytest.raises(VendoringFailed, match=r"fast==2\.0 are available for Python 3") as caught:
        fetch(house, {"fast": "2.0"}, "3.10")
    assert "Because" in caught.value.message or "No matching" in caught.value.message
    assert caught.value.hint.startswith(
        ("Use the Python version of this notebook: --kind", "Use an")
    )


def test_another_version_is_taken_where_that_is_allowed(house: Path) -> None:
    found = vendor(
        {"fast": "2.0", "helper": "2.5"},
        "3.10",
        environ=only_from(house),
        loose={"fast": "1.0"},
        progress=silent,
    )
    assert found.replaced == (ReplacedVersion("fast", "2.0", "1.5"),)
    assert found.to_json()["replaced"] == [{"name": "fast", "wanted": "2.0", "taken": "1.5"}]


def test_the_public_part_of_a_local_version_is_asked_for(house: Path) -> None:
    found = fetch(house, {"helper": "2.5+cpu"})
    assert found.distributions[0].version == "2.5"
    assert found.replaced == ()


def test_a_registry_that_is_not_reached_is_said(house: Path) -> None:
    environ = {
        key: value
        for key, value in only_from(house).items()
        if key not in ("UV_NO_INDEX", "UV_FIND_LINKS", "PIP_NO_INDEX", "PIP_FIND_LINKS")
    }
    nowhere = {
        **environ,
        "UV_DEFAULT_INDEX": "http://user:s3cret@127.0.0.1:9/index",
        "UV_HTTP_RETRIES": "0",
        "PIP_INDEX_URL": "http://127.0.0.1:9/index",
    }
    with pytest.raises(VendoringFailed, match="index is not reachable") as caught:
        vendor({"helper": "2.5"}, "3.11", environ=nowhere, progress=silent)
    assert "s3cret" not in str(caught.value)


def test_pip_gives_the_same_files_as_uv(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = {"tool": "1.0", "fast": "2.0"}
    by_uv = fetch(house, wanted)
    monkeypatch.setattr(installers, "find_uv", lambda: None)
    assert fetch(house, wanted) == by_uv


@pytest.fixture
def frames(house: Path) -> Path:
    """``frames`` needs ``base``, of which there is no wheel: an image has it."""
    write_wheel(house, "frames", "3.1.1", {"frames.py": "X = 2\n"}, requires=["base>=2.0.2"])
    write_wheel(house, "frames", "3.0.6", {"frames.py": "X = 1\n"}, requires=["base>=1.26"])
    write_wheel(house, "plain", "1.0", {"plain.py": ""}, requires=["Base>=1.21", "helper"])
    return house


@pytest.fixture(params=["uv", "pip"])
def installer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "pip":
        monkeypatch.setattr(installers, "find_uv", lambda: None)


@pytest.mark.usefixtures("installer")
def test_what_the_target_has_does_not_travel(frames: Path) -> None:
    found = vendor(
        {"plain": "1.0", "base": "2.4.6"},
        "3.12",
        environ=only_from(frames),
        provided={"base": "1.26.4", "unused": "1.0"},
        progress=silent,
    )
    assert [each.name for each in found.distributions] == ["helper", "plain"]
    assert found.provided == (ProvidedVersion("base", "2.4.6", "1.26.4"),)
    assert found.replaced == ()
    assert not [path for path in found.files if path.startswith("base")]


@pytest.mark.usefixtures("installer")
def test_the_version_is_one_that_works_with_what_the_target_has(frames: Path) -> None:
    found = vendor(
        {"frames": "3.1.1"},
        "3.12",
        environ=only_from(frames),
        provided={"base": "1.26.4"},
        progress=silent,
    )
    assert found.replaced == (ReplacedVersion("frames", "3.1.1", "3.0.6"),)
    assert found.provided == (ProvidedVersion("base", "", "1.26.4"),)
    assert Vendored.from_json(found.to_json(), found.files) == found


def test_an_exact_version_is_not_replaced(frames: Path) -> None:
    with pytest.raises(VendoringFailed, match=r"frames==3\.1\.1"):
        vendor(
            {"frames": "3.1.1"},
            "3.12",
            environ=only_from(frames),
            provided={"base": "1.26.4"},
            exact={"frames"},
            progress=silent,
        )


def test_no_version_may_work_with_what_the_target_has(frames: Path) -> None:
    with pytest.raises(VendoringFailed, match=r"frames>=3,<=3\.1\.1"):
        vendor(
            {"frames": "3.1.1"},
            "3.12",
            environ=only_from(frames),
            provided={"base": "1.20"},
            progress=silent,
        )


def test_namespaces_are_divided_among_their_owners() -> None:
    assert owned_paths(["google/one/a.py", "google/one/b.py"], ["google/two/c.py"]) == (
        "google/one",
    )
    assert owned_paths(["a.py", "b/c.py"], []) == ("a.py", "b")


def test_libraries_of_a_host_work_beside_a_vendored_numpy(tmp_path: Path) -> None:
    """SciPy and scikit-learn come from this environment, as from an image, and numpy travels."""
    installed = Path(str(metadata.distribution("numpy").locate_file(""))).resolve()
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    travels = collect(installed, {"numpy": metadata.version("numpy")}, python)
    for path, data in travels.files.items():
        place = tmp_path / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    code = (
        "import sys; sys.path[:0] = sys.argv[1:]\n"
        "import scipy.stats, sklearn, sklearn.linear_model\n"
        "from numpy import *\n"
        "import numpy; print(numpy.__file__, array([1, 2]).sum())"
    )

    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, str(tmp_path), str(installed)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.stderr == ""
    assert ran.stdout.split() == [str(tmp_path / "numpy" / "__init__.py"), "3"]
