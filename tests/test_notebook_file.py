from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_faas.notebook_file import notebook_name, notebook_path


class Shell:
    def __init__(self, **user_ns: object) -> None:
        self.user_ns = user_ns


@pytest.mark.parametrize(
    ("session", "name"),
    [
        ("work/deep/quick start.ipynb", "quick start.ipynb"),
        ("C:\\work\\nb.ipynb", "nb.ipynb"),
        ("work/console-1-5f0e", None),
        ("", None),
    ],
    ids=["path", "windows", "console", "none"],
)
def test_notebook_name_has_no_folder(session: str, name: str | None) -> None:
    assert notebook_name(Shell(), {"JPY_SESSION_NAME": session}) == name


def test_notebook_name_is_told_by_vs_code() -> None:
    shell = Shell(__vsc_ipynb_file__="/home/me/nb.ipynb")
    assert notebook_name(shell, {}) == "nb.ipynb"


def test_notebook_path_is_that_of_a_notebook_that_exists(tmp_path: Path) -> None:
    notebook, other = tmp_path / "nb.ipynb", tmp_path / "nb.py"
    notebook.touch()
    other.touch()
    assert notebook_path(Shell(), {"JPY_SESSION_NAME": str(notebook)}) == notebook
    for told in (str(other), str(tmp_path / "gone.ipynb"), "nb.ipynb", ""):
        assert notebook_path(Shell(), {"JPY_SESSION_NAME": told}) is None
