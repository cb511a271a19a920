from __future__ import annotations

import stat
from pathlib import Path

import pytest

from jupyter_faas.workspace.settings import Settings, find_data_dir


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


@pytest.mark.parametrize("text", ["", "{", "[]", '{"target": 3}'])
def test_a_spoiled_file_counts_as_no_choice(tmp_path: Path, text: str) -> None:
    (tmp_path / "settings.json").write_text(text)
    assert Settings(tmp_path).target() is None


def test_named_targets_and_the_choice_leave_each_other_alone(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    settings.choose_target("lab")
    settings.put_named_target("lab", {"wskprops": "/p"})
    settings.put_named_target("other", {"wskprops": "/q"})
    settings.choose_target("other")
    assert settings.named_targets() == {"lab": {"wskprops": "/p"}, "other": {"wskprops": "/q"}}
    settings.put_named_target("lab", None)
    assert (settings.target(), list(settings.named_targets())) == ("other", ["other"])


@pytest.mark.parametrize("text", ["", "{", "[]", '{"targets": []}'])
def test_a_spoiled_file_has_no_named_targets(tmp_path: Path, text: str) -> None:
    (tmp_path / "settings.json").write_text(text)
    assert Settings(tmp_path).named_targets() == {}


def test_a_new_data_folder_is_private(tmp_path: Path) -> None:
    Settings(tmp_path / "a" / "faas").choose_target("playground")
    assert stat.S_IMODE((tmp_path / "a" / "faas").stat().st_mode) == 0o700


def test_the_id_of_a_folder_stays(tmp_path: Path) -> None:
    first = Settings(tmp_path / "a").data_dir_id()
    assert len(first) == 32
    assert Settings(tmp_path / "a").data_dir_id() == first
    assert Settings(tmp_path / "b").data_dir_id() != first
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["id"]
