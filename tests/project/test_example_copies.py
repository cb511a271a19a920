"""The copies of the examples that ``./dev lab`` opens."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.example_copies import EXAMPLES, refresh


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    folder = tmp_path / "examples"
    (folder / "data").mkdir(parents=True)
    (folder / "quickstart.ipynb").write_text("first")
    (folder / "data" / "rows.csv").write_text("a,b")
    return folder


@pytest.fixture
def copies(tmp_path: Path, examples: Path) -> Path:
    """The folder with the copies, after the first start."""
    folder = tmp_path / "lab"
    assert refresh(examples, folder) == []
    return folder


def test_every_file_is_copied(copies: Path) -> None:
    assert (copies / "quickstart.ipynb").read_text() == "first"
    assert (copies / "data" / "rows.csv").read_text() == "a,b"


def test_the_examples_of_this_clone_are_copied(tmp_path: Path) -> None:
    refresh(EXAMPLES, tmp_path)
    names = {path.name for path in EXAMPLES.glob("*.ipynb")}
    assert {path.name for path in tmp_path.glob("*.ipynb")} == names


def test_an_unchanged_copy_gets_the_new_version(examples: Path, copies: Path) -> None:
    (examples / "quickstart.ipynb").write_text("second")
    assert refresh(examples, copies) == []
    assert (copies / "quickstart.ipynb").read_text() == "second"


def test_a_changed_copy_is_kept(examples: Path, copies: Path) -> None:
    (copies / "quickstart.ipynb").write_text("mine")
    assert refresh(examples, copies) == []
    assert (copies / "quickstart.ipynb").read_text() == "mine"


def test_a_changed_copy_of_which_there_is_a_new_version_is_kept_and_named(
    examples: Path, copies: Path
) -> None:
    (copies / "quickstart.ipynb").write_text("mine")
    (examples / "quickstart.ipynb").write_text("second")
    assert refresh(examples, copies) == [Path("quickstart.ipynb")]
    assert (copies / "quickstart.ipynb").read_text() == "mine"


def test_a_file_of_the_user_s_is_never_replaced(examples: Path, copies: Path) -> None:
    (copies / "new.ipynb").write_text("mine")
    (examples / "new.ipynb").write_text("ours")
    assert refresh(examples, copies) == [Path("new.ipynb")]
    assert (copies / "new.ipynb").read_text() == "mine"


def test_a_deleted_copy_comes_back(examples: Path, copies: Path) -> None:
    (copies / "quickstart.ipynb").unlink()
    refresh(examples, copies)
    assert (copies / "quickstart.ipynb").read_text() == "first"
