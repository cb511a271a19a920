from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_faas.errors import InputError
from jupyter_faas.workspace.settings import Settings, find_data_dir
from tests.playground.helpers.disks import files_end_at


def test_the_folder_given_goes_before_the_environment(tmp_path: Path) -> None:
    environ = {"JUPYTER_FAAS_DATA_DIR": str(tmp_path / "b")}
    assert find_data_dir(tmp_path / "a", environ) == tmp_path / "a"
    assert find_data_dir(None, environ) == tmp_path / "b"


def test_jupyters_data_folder_holds_ours_when_nothing_else_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    assert find_data_dir(None, {}) == tmp_path / "faas"
    assert find_data_dir(None, {"JUPYTER_FAAS_DATA_DIR": ""}) == tmp_path / "faas"


def test_a_relative_folder_becomes_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_data_dir(Path("here"), {}) == tmp_path / "here"


def test_no_target_is_chosen_at_first(tmp_path: Path) -> None:
    assert Settings(tmp_path / "faas").target() is None
    assert not (tmp_path / "faas").exists()


def test_a_chosen_target_is_seen_by_everyone_on_the_folder(tmp_path: Path) -> None:
    other = Settings(tmp_path)
    Settings(tmp_path).choose_target("wskprops")
    assert other.target() == "wskprops"
    Settings(tmp_path).choose_target("playground")
    assert other.target() == "playground"


@pytest.mark.parametrize("text", ["", "{}", '{"target": 3, "targets": []}'])
def test_file_without_settings(tmp_path: Path, text: str) -> None:
    (tmp_path / "settings.json").write_text(text)
    assert Settings(tmp_path).target() is None
    assert Settings(tmp_path).named_targets() == {}


@pytest.mark.parametrize("data", [b"{", b"[]", b"\xff", b"[" * 100_000], ids=lambda each: each[:2])
def test_unreadable_file_is_never_taken_for_an_empty_one(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(data)
    for call in (
        Settings(tmp_path).target,
        Settings(tmp_path).named_targets,
        lambda: Settings(tmp_path).choose_target("lab"),
    ):
        with pytest.raises(InputError, match=f"The settings in {path} cannot be read: ") as found:
            call()
        assert "Correct the file, or rename it" in found.value.hint
    assert path.read_bytes() == data


_ADD = """
import sys
from pathlib import Path
from jupyter_faas.errors import InputError
from jupyter_faas.workspace.settings import Settings
sys.stdin.read()
settings = Settings(Path(sys.argv[1]))
for number in range(20):
    assert settings.add_named_target(f"{sys.argv[2]}-{number}", {"wskprops": "/p"})
"""


def test_processes_that_add_targets_at_the_same_time_keep_all(tmp_path: Path) -> None:
    adding = [
        subprocess.Popen([sys.executable, "-c", _ADD, str(tmp_path), name], stdin=subprocess.PIPE)
        for name in "abc"
    ]
    for each in adding:
        assert each.stdin is not None
        each.stdin.close()
    assert [each.wait() for each in adding] == [0, 0, 0]
    assert len(Settings(tmp_path).named_targets()) == 60


def test_full_disk_keeps_the_settings(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    settings.choose_target("lab")
    with files_end_at(1), pytest.raises(InputError, match="cannot be changed: File too large"):
        settings.choose_target("other")
    assert settings.target() == "lab"
    assert {each.name for each in tmp_path.iterdir()} == {"settings.json", ".settings.lock"}


def test_named_targets_and_the_choice_leave_each_other_alone(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    settings.choose_target("lab")
    settings.put_named_target("lab", {"wskprops": "/p"})
    settings.put_named_target("other", {"wskprops": "/q"})
    settings.choose_target("other")
    assert settings.named_targets() == {"lab": {"wskprops": "/p"}, "other": {"wskprops": "/q"}}
    settings.put_named_target("lab", None)
    assert (settings.target(), list(settings.named_targets())) == ("other", ["other"])


def test_a_new_data_folder_is_private(tmp_path: Path) -> None:
    Settings(tmp_path / "a" / "faas").choose_target("playground")
    assert stat.S_IMODE((tmp_path / "a" / "faas").stat().st_mode) == 0o700


def test_the_id_of_a_folder_stays(tmp_path: Path) -> None:
    first = Settings(tmp_path / "a").data_dir_id()
    assert len(first) == 32
    assert Settings(tmp_path / "a").data_dir_id() == first
    assert Settings(tmp_path / "b").data_dir_id() != first
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["id"]
