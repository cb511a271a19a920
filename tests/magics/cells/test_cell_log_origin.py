from __future__ import annotations

from typing import Any

import pytest

from jupyter_faas.magics.cells.cell_log import cell_id, cell_text


class Kernel:
    """A shell as ipykernel's: it knows the request that it answers."""

    def __init__(self, parent: dict[str, Any], **user_ns: object) -> None:
        self._parent = parent
        self.user_ns = user_ns

    def get_parent(self) -> dict[str, Any]:
        return self._parent


class Terminal:
    user_ns: dict[str, object] = {}  # noqa: RUF012 never changed


def test_cell_text_is_what_was_sent() -> None:
    code = "%%function iris  \ndef iris():\n    return {}"
    shell = Kernel({"content": {"code": code}})
    assert cell_text(shell, "%%function iris", "def iris():\n    return {}\n") == code


@pytest.mark.parametrize(
    "shell",
    [Terminal(), Kernel({}), Kernel({"content": {"code": "%%capture\n%%function iris\nx = 1"}})],
    ids=["terminal", "no-request", "inside-another-magic"],
)
def test_cell_text_is_put_together_when_nobody_sent_it(shell: object) -> None:
    assert cell_text(shell, "%%function iris", "x = 1\n") == "%%function iris\nx = 1"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("7a1d2c3e", "7a1d2c3e"),
        ("vscode-notebook-cell:/home/me/nb.ipynb#W0sZmlsZQ%3D%3D", None),
        (None, None),
        (12, None),
    ],
    ids=["id", "uri-with-a-path", "none", "number"],
)
def test_cell_id_is_kept_when_it_is_one(sent: object, kept: str | None) -> None:
    assert cell_id(Kernel({"metadata": {"cellId": sent}})) == kept


def test_cell_id_is_unknown_without_a_kernel() -> None:
    assert cell_id(Terminal()) is None
