"""``jupyter faas watch``: a notebook that another editor saves, with a real kernel."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Timer

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from jupyter_faas.commands.table import Call, Outcome, parse
from jupyter_faas.errors import NotebookFailed
from jupyter_faas.playground import stop
from jupyter_faas.workspace import Workspace
from tests.cli.helpers import notebooks

RATE = "rate = 2"
FEE = "%%function fee\ndef fee(amount: int):\n    return {'fee': amount * rate}"
TAX = "%%function tax\ndef tax(amount: int):\n    return {'tax': amount}"


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    found = Workspace.open(data_dir=tmp_path / "faas")
    found.playground.start()
    yield found
    stop(found.data_dir)


def write(path: Path, *cells: str) -> None:
    """Save a notebook whose cells keep their ids, as in an editor."""
    made = [new_code_cell(cell, id=f"cell-{index}") for index, cell in enumerate(cells)]
    path.write_text(nbformat.writes(new_notebook(cells=made)), "utf-8")


def watch(workspace: Workspace, *words: str | Path) -> Outcome:
    call = parse("cli", ["watch", *map(str, words)])
    assert isinstance(call, Call)
    return call.run(workspace)


def fee(workspace: Workspace) -> object:
    return workspace.invoke("fee-dev", {"amount": 10}).result


def test_each_save_deploys_what_changed(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "rates.ipynb"
    # The cell that counts shows that cells that did not change are not run again.
    count = "runs = globals().get('runs', 0) + 1\nassert runs == 1"
    write(path, notebooks.LOAD, count, RATE, FEE, TAX)
    started = watch(workspace, path)
    assert [line[:22] for line in started.lines] == [
        "Deployed fee-dev 0.0.1",
        "Deployed tax-dev 0.0.1",
    ]
    assert started.more is not None
    with closing(started.more):  # type: ignore[type-var]  # a generator
        # A changed constant changes the function that uses it, and not the other one.
        write(path, notebooks.LOAD, count, "rate = 3", FEE, TAX)
        (line,) = next(started.more).lines
        assert line.startswith("Deployed fee-dev 0.0.2 to Local playground")
        assert fee(workspace) == {"fee": 30}

        write(path, notebooks.LOAD, count, "rate = 3", FEE, TAX, "1 / 0")
        failed = next(started.more)
        assert "ZeroDivisionError" in failed.lines[0]

        write(path, notebooks.LOAD, count, "rate = 4", FEE, TAX)
        assert next(started.more).lines[0].startswith("Deployed fee-dev 0.0.3")
        assert fee(workspace) == {"fee": 40}
        # A file that is only half written is not an error yet.
        path.write_text("", "utf-8")
        later = Timer(0.2, write, (path, notebooks.LOAD, count, "rate = 5", FEE, TAX))
        later.start()
        assert next(started.more).lines[0].startswith("Deployed fee-dev 0.0.4")
        later.join()
    assert not workspace.has("fee")


def test_only_the_named_function_is_deployed(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "rates.ipynb"
    write(path, notebooks.LOAD, RATE, FEE, TAX)
    started = watch(workspace, path, "--function", "tax")
    assert [line[:22] for line in started.lines] == ["Deployed tax-dev 0.0.1"]
    assert started.more is not None
    started.more.close()  # type: ignore[attr-defined]  # a generator


def test_a_notebook_that_fails_at_first_is_an_error(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "rates.ipynb"
    write(path, notebooks.LOAD, "1 / 0")
    with pytest.raises(NotebookFailed, match="ZeroDivisionError"):
        watch(workspace, path)
