"""The commit that a notebook stands at."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from jupyter_faas.workspace.packaging.provenance import commit_of, user_name


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one commit and a folder in it."""
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "n.ipynb").write_text("{}")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    return tmp_path


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@b.example")
    done = subprocess.run(
        ["git", "-C", str(folder), *who, *words], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_the_commit_of_a_folder_in_a_repository(repository: Path) -> None:
    assert commit_of(repository / "notebooks") == git(repository, "rev-parse", "HEAD")


def test_a_tag_does_not_stand_for_the_commit(repository: Path) -> None:
    git(repository, "tag", "-a", "v1", "-m", "v1")
    assert commit_of(repository) == git(repository, "rev-parse", "HEAD")


def test_files_that_differ_are_told(repository: Path) -> None:
    (repository / "notebooks" / "n.ipynb").write_text("[]")
    assert commit_of(repository) == git(repository, "rev-parse", "HEAD") + "-dirty"


def test_no_commit_outside_of_a_repository(tmp_path: Path) -> None:
    assert commit_of(tmp_path) is None
    assert commit_of(tmp_path / "absent") is None


def test_no_commit_in_a_new_repository(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert commit_of(tmp_path) is None


def test_no_commit_without_git(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repository))
    assert commit_of(repository) is None


def test_the_hubs_name_goes_before_the_machines() -> None:
    assert user_name({"JUPYTERHUB_USER": "ana"}) == "ana"
    assert re.fullmatch(r"\S.*", user_name({}))
