from __future__ import annotations

import os
from pathlib import Path

import pytest

from jupyter_faas.errors import VendoringFailed
from jupyter_faas.vendoring import VendorCache
from tests.vendoring.helpers.wheelhouse import only_from, write_wheel


def silent(_: str) -> None:
    pass


@pytest.fixture
def house(tmp_path: Path) -> Path:
    house = tmp_path / "house"
    house.mkdir()
    write_wheel(house, "helper", "2.5", {"helper.py": "X = 1\n"})
    return house


def test_what_was_fetched_once_is_there_without_a_registry(tmp_path: Path, house: Path) -> None:
    folder = tmp_path / "vendored"
    fetched = VendorCache(folder, only_from(house)).vendor(
        {"helper": "2.5"}, "3.11", progress=silent
    )
    for wheel in house.iterdir():
        wheel.unlink()
    again = VendorCache(folder, only_from(house)).vendor({"helper": "2.5"}, "3.11", progress=silent)
    assert again == fetched
    assert os.stat(folder).st_mode & 0o077 == 0
    with pytest.raises(VendoringFailed):
        VendorCache(folder, only_from(house)).vendor({"helper": "2.5"}, "3.12", progress=silent)


def test_a_spoiled_file_is_fetched_again(tmp_path: Path, house: Path) -> None:
    cache = VendorCache(tmp_path / "vendored", only_from(house))
    fetched = cache.vendor({"helper": "2.5"}, "3.11", progress=silent)
    (kept,) = (tmp_path / "vendored").iterdir()
    kept.write_bytes(kept.read_bytes()[:100])
    assert cache.vendor({"helper": "2.5"}, "3.11", progress=silent) == fetched
