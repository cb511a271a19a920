"""Environment variables: what --env adds to a package, and what is said about the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.bundle import BundleStore
from jupyter_faas.cost import load_price_list
from jupyter_faas.errors import InputError
from jupyter_faas.workspace import Packaged
from jupyter_faas.workspace.cleanroom.manager import forecast
from jupyter_faas.workspace.preflight.variables import variables_warning
from jupyter_faas.workspace.request import FunctionTest
from jupyter_faas.workspace.results import CleanRoomResult
from tests.workspace.helpers.cells import packaged

CELL = "import os\n\ndef scaled(x: int = 1):\n    return {{'y': {read}}}\n"
NEEDED = "os.environ['SHOP_SCALE']"


@pytest.fixture(autouse=True)
def _scale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_SCALE", "31337")
    monkeypatch.delenv("SHOP_UNIT", raising=False)


def made(folder: Path, read: str, **options: Any) -> Packaged:
    return packaged(folder, CELL.format(read=read), "scaled", **options)


def warnings(found: Packaged) -> dict[str, str]:
    rows = found.card["preflight"]
    return {row["check"]: row["fix"] for row in rows if row["check"].startswith("Variable")}


def clean_room(folder: Path, found: Packaged) -> CleanRoomResult:
    bundle = BundleStore(folder).get(found.bundle)
    result = forecast(found.record, bundle, load_price_list(), folder=folder).clean_room
    assert result is not None
    return result


@pytest.mark.parametrize(
    "read",
    [
        NEEDED,
        "os.environ.get('SHOP_SCALE')",
        "os.getenv('SHOP_SCALE', '2')",
        "'SHOP_SCALE' in os.environ",
    ],
)
def test_a_variable_that_targets_lack_is_a_warning_with_an_option(
    read: str, tmp_path: Path
) -> None:
    found = made(tmp_path, read)
    assert warnings(found) == {"Variable SHOP_SCALE": "--env SHOP_SCALE"}
    (row,) = [row for row in found.card["preflight"] if row["check"] == "Variable SHOP_SCALE"]
    assert row["warn"]
    assert row["hint"].startswith("The package then contains the value")


@pytest.mark.parametrize(
    "read",
    [
        "os.getenv('SHOP_SCALE', '31337')",
        "os.getenv('SHOP_UNIT', 'm')",
        "os.environ['HOME']",
        "os.environ.get('__OW_ACTION_NAME')",
        "os.environ.get('OMP_NUM_THREADS')",
    ],
)
def test_nothing_is_said_if_the_answer_is_the_same(
    read: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("__OW_ACTION_NAME", "x")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    found = made(tmp_path, read)
    assert warnings(found) == {}
    assert found.record.unset == ()


def test_a_password_is_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_TOKEN", "f3a9c17b2e8d4461")
    assert warnings(made(tmp_path, "os.environ['SHOP_TOKEN']")) == {
        "Variable SHOP_TOKEN": "--secret SHOP_TOKEN"
    }
    with pytest.raises(InputError, match="SHOP_TOKEN looks like a password or key") as caught:
        made(tmp_path, "os.environ['SHOP_TOKEN']", variables=["SHOP_TOKEN"])
    assert caught.value.hint == "Write --secret SHOP_TOKEN instead of --env SHOP_TOKEN."


def test_the_value_is_nowhere_unless_the_user_names_it(tmp_path: Path) -> None:
    made(tmp_path, f"len({NEEDED})")
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"SHOP_SCALE" in written
    assert b"31337" not in written


def test_the_clean_room_finds_the_variable_before_a_deploy(tmp_path: Path) -> None:
    found = clean_room(tmp_path, made(tmp_path, NEEDED))
    assert found.state == "failed"
    assert found.message == (
        "scaled needs the environment variable SHOP_SCALE, which is set on this machine, but "
        "not on targets."
    )
    assert "add --env SHOP_SCALE to the cell's first line" in found.hint


def test_all_missing_variables_are_named_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_TOKEN", "f3a9c17b2e8d4461")
    found = clean_room(tmp_path, made(tmp_path, f"{NEEDED} + os.environ['SHOP_TOKEN']"))
    assert found.message == (
        "scaled needs the environment variables SHOP_SCALE and SHOP_TOKEN, which are set on this "
        "machine, but not on targets."
    )
    assert "add --env SHOP_SCALE --secret SHOP_TOKEN to the cell's first line" in found.hint


def test_an_example_shows_whether_the_variable_matters(tmp_path: Path) -> None:
    found = made(tmp_path, f"1 if x else {NEEDED}", tests=[FunctionTest({"x": 1})])
    assert clean_room(tmp_path, found).state == "passed"
    assert "add --env SHOP_SCALE" in variables_warning(found.record, ())


def test_env_takes_the_value_along(tmp_path: Path) -> None:
    found = made(tmp_path, NEEDED, variables=["SHOP_SCALE"], tests=[FunctionTest({})])
    assert clean_room(tmp_path, found).state == "passed"
    assert warnings(found) == {}
    bundle = BundleStore(tmp_path).get(found.bundle)
    assert b"'SHOP_SCALE': '31337'" in bundle.read("faas_environment.py")
    (item,) = [one for one in found.card["captured"] if one["name"] == "SHOP_SCALE"]
    assert item["why"] == "added by --env"
    assert "31337" not in str(item)


def test_a_module_finds_the_variable_when_it_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shop_scales.py").write_text("import os\nSCALE = int(os.environ['SHOP_SCALE'])\n")
    monkeypatch.syspath_prepend(tmp_path)
    cell = "import shop_scales\n\ndef scaled():\n    return {'y': shop_scales.SCALE}\n"
    found = packaged(tmp_path, cell, "scaled", variables=["SHOP_SCALE"], tests=[FunctionTest({})])
    assert clean_room(tmp_path, found).state == "passed"


def test_a_variable_that_is_not_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match="SHOP_UNIT of --env is not set in this notebook"
    ) as caught:
        made(tmp_path, NEEDED, variables=["SHOP_UNIT"])
    assert caught.value.hint == (
        "Set it in a cell above: import os; os.environ['SHOP_UNIT'] = 'value'"
    )
