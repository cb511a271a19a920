"""Notebooks run in real kernels. The cells here show cards themselves; ``%%function`` has its own
test in ``tests/cli``."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from jupyter_faas.errors import InputError, NotebookFailed
from jupyter_faas.workspace.notebook import DISPLAY_TYPE, read_notebook, run_notebook


def card(name: str, package: str) -> str:
    """The source of a cell that shows a function card."""
    shown = {DISPLAY_TYPE: {"type": "function", "name": name, "package": package, "bundle": "b"}}
    return f"from IPython.display import display\ndisplay({shown!r}, raw=True)"


def write(path: Path, *sources: str, kernel: str | None = None) -> Path:
    """A notebook file with these code cells below a Markdown one."""
    cells = [
        new_markdown_cell("# A notebook"),
        *map(new_code_cell, sources),
    ]
    metadata = {"kernelspec": {"name": kernel, "display_name": kernel}} if kernel else {}
    notebook = new_notebook(cells=cells, metadata=metadata)
    path.write_text(nbformat.writes(notebook), "utf-8")
    return path


def test_functions_come_in_order_and_the_last_of_a_name_wins(tmp_path: Path) -> None:
    path = write(tmp_path / "n.ipynb", card("a", "1"), card("b", "2") + "\n" + card("a", "3"))
    before = path.read_bytes()
    said: list[str] = []

    found = run_notebook(path, data_dir=tmp_path, progress=said.append)

    assert [(one.name, one.package, one.bundle) for one in found] == [
        ("b", "2", "b"),
        ("a", "3", "b"),
    ]
    assert said == [
        "Starting the kernel python3 for n.ipynb…",
        "Running cell 2 of 3 of n.ipynb…",
        "Running cell 3 of 3 of n.ipynb…",
    ]
    assert path.read_bytes() == before


def test_each_cell_is_told_its_id(tmp_path: Path) -> None:
    shown = card("NAME", "1").replace("'NAME'", "cell")
    code = f"cell = get_ipython().get_parent()['metadata'].get('cellId')\n{shown}"
    path = write(tmp_path / "n.ipynb", code, "# another cell\n" + code)
    ids = [cell.id for cell in nbformat.read(path, as_version=4).cells[1:]]
    assert [one.name for one in run_notebook(path, data_dir=tmp_path)] == ids


def test_card_that_is_updated_later_counts(tmp_path: Path) -> None:
    shown = {DISPLAY_TYPE: {"type": "function", "name": "a", "package": "2", "bundle": "b"}}
    source = (
        card("a", "1").replace("raw=True", "raw=True, display_id='card'")
        + f"\nfrom IPython.display import update_display\n"
        f"update_display({shown!r}, raw=True, display_id='card')"
    )
    (found,) = run_notebook(write(tmp_path / "n.ipynb", source), data_dir=tmp_path)
    assert found.package == "2"


def test_kernel_runs_inert_in_the_notebook_s_folder_with_our_data_folder(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    names = ("JUPYTER_FAAS_INERT", "JUPYTER_FAAS_DATA_DIR", "JPY_SESSION_NAME")
    told = f"[os.getcwd(), *map(os.environ.get, {names})]"
    source = (
        f"import os\nfrom IPython.display import display\n"
        f"display({{{DISPLAY_TYPE!r}: {{'type': 'function', 'name': 'a', 'package': '1',"
        f" 'bundle': 'b', 'told': {told}}}}}, raw=True)"
    )
    path = write(folder / "n.ipynb", source)
    (found,) = run_notebook(path, data_dir=tmp_path / "data")
    assert found.card["told"] == [str(folder), "1", str(tmp_path / "data"), str(path)]


def test_function_names_filter(tmp_path: Path) -> None:
    path = write(tmp_path / "n.ipynb", card("a", "1"), card("b", "2"))
    assert [one.name for one in run_notebook(path, data_dir=tmp_path, functions=["b"])] == ["b"]


def test_chosen_functions_may_leave_their_package_out(tmp_path: Path) -> None:
    path = write(tmp_path / "n.ipynb", card("x/a", "1"), card("y/b", "2"), card("z/b", "3"))
    (chosen,) = run_notebook(path, data_dir=tmp_path, functions=["a"])
    assert chosen.name == "x/a"
    with pytest.raises(InputError, match="defines 2 functions named 'b'") as refused:
        run_notebook(path, data_dir=tmp_path, functions=["b"])
    assert refused.value.hint == "Use one of these names: y/b, z/b."


def test_function_that_is_absent(tmp_path: Path) -> None:
    path = write(tmp_path / "n.ipynb", card("a", "1"), card("b", "2"))
    with pytest.raises(
        InputError, match=r"n\.ipynb does not define these functions: c\."
    ) as caught:
        run_notebook(path, data_dir=tmp_path, functions=["a", "c"])
    assert caught.value.hint == "It defines: a, b."


def test_notebook_without_functions(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"n\.ipynb does not contain a function to package"
    ) as caught:
        run_notebook(write(tmp_path / "n.ipynb", "x = 1"), data_dir=tmp_path)
    assert "%%function NAME" in caught.value.hint


def test_failing_cell_is_shown_with_its_line_and_ends_the_run(tmp_path: Path) -> None:
    path = write(tmp_path / "n.ipynb", card("a", "1"), "x = 1\n1 / 0\ny = 2", "open('later', 'w')")
    with pytest.raises(NotebookFailed) as caught:
        run_notebook(path, data_dir=tmp_path)
    assert caught.value.message == (
        "Cell 3 of n.ipynb failed, so nothing was deployed or exported.\n\n"
        "    1 | x = 1\n>   2 | 1 / 0\n    3 | y = 2\n\n"
        "ZeroDivisionError: division by zero"
    )
    assert not (tmp_path / "later").exists()


@pytest.mark.parametrize("source", ["%%function iris\ndef iris(): ...", "%faas deploy iris"])
def test_notebook_that_does_not_load_the_extension(tmp_path: Path, source: str) -> None:
    with pytest.raises(NotebookFailed, match="not found") as caught:
        run_notebook(write(tmp_path / "n.ipynb", source), data_dir=tmp_path)
    assert caught.value.hint == "Add a cell with %load_ext jupyter_faas before this cell."


def test_kernel_that_dies_in_a_cell(tmp_path: Path) -> None:
    path = write(tmp_path / "n.ipynb", "x = 1", "import os\nos._exit(3)")
    with pytest.raises(NotebookFailed, match=r"The kernel died in cell 3 of n\.ipynb") as caught:
        run_notebook(path, data_dir=tmp_path)
    assert "os._exit(3)" in caught.value.message


def test_kernel_that_is_not_installed(tmp_path: Path) -> None:
    path = write(tmp_path / "n.ipynb", "x = 1", kernel="no-such-kernel")
    with pytest.raises(InputError, match="needs the kernel 'no-such-kernel'") as caught:
        run_notebook(path, data_dir=tmp_path)
    assert "python3" in caught.value.hint


def test_kernel_of_the_notebook_that_cannot_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = tmp_path / "jupyter" / "kernels" / "broken"
    spec.mkdir(parents=True)
    command = [sys.executable, "-c", "import sys; sys.exit('no libfoo here')"]
    (spec / "kernel.json").write_text(
        json.dumps({"argv": command, "display_name": "Broken", "language": "python"}), "utf-8"
    )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    path = write(tmp_path / "n.ipynb", "x = 1", kernel="broken")
    with pytest.raises(NotebookFailed, match=r"The kernel of n\.ipynb did not start") as caught:
        run_notebook(path, data_dir=tmp_path)
    assert "no libfoo here" in caught.value.message


@pytest.mark.parametrize("content", ["", "not json", "[]", "{}", "\x00"])
def test_file_that_is_no_notebook(tmp_path: Path, content: str) -> None:
    path = tmp_path / "n.ipynb"
    path.write_text(content, "utf-8")
    with pytest.raises(InputError, match=r"n\.ipynb is not a notebook"):
        run_notebook(path, data_dir=tmp_path)


def test_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"Cannot read .*n\.ipynb: No such file"):
        run_notebook(tmp_path / "n.ipynb", data_dir=tmp_path)


def test_file_that_is_not_text(tmp_path: Path) -> None:
    (tmp_path / "n.ipynb").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="it is not a text file"):
        run_notebook(tmp_path / "n.ipynb", data_dir=tmp_path)


def test_notebook_of_an_old_format_whose_cells_have_no_ids(tmp_path: Path) -> None:
    path = write(tmp_path / "n.ipynb", card("a", "1"))
    content = json.loads(path.read_text("utf-8"))
    for cell in content["cells"]:
        del cell["id"]
    path.write_text(json.dumps(content), "utf-8")
    (found,) = run_notebook(path, data_dir=tmp_path)
    assert found.name == "a"


def test_interrupt_ends_the_kernel_and_is_raised(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    source = (
        f"import os, time\nwith open({str(pid_file)!r}, 'w') as file:\n"
        "    print(os.getpid(), file=file)\ntime.sleep(600)"
    )
    path = write(tmp_path / "n.ipynb", source)
    program = (
        "import sys\nfrom pathlib import Path\n"
        "from jupyter_faas.workspace.notebook import run_notebook\n"
        "try:\n    run_notebook(Path(sys.argv[1]), data_dir=Path(sys.argv[2]))\n"
        "except KeyboardInterrupt:\n    sys.exit(130)\n"
    )
    command = [sys.executable, "-c", program, str(path), str(tmp_path)]
    with subprocess.Popen(command, preexec_fn=heed_interrupts) as process:
        until(lambda: pid_file.exists() and pid_file.read_text().endswith("\n"))
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
    kernel = int(pid_file.read_text())
    until(lambda: not alive(kernel))


def heed_interrupts() -> None:
    """Undo what a shell does to the interrupts of its background jobs, of which we may be one."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for the condition."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def alive(pid: int) -> bool:
    """Whether a process of that id runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_notebook_that_is_nested_too_deeply(tmp_path: Path) -> None:
    levels = 20_000
    path = tmp_path / "deep.ipynb"
    text = nbformat.writes(new_notebook(metadata={"here": 1}))
    path.write_text(text.replace('"here": 1', f'"here": {"[" * levels}{"]" * levels}'))
    with pytest.raises(InputError, match=r"deep\.ipynb is nested too deeply\."):
        read_notebook(path)


@pytest.mark.parametrize(
    ("cell", "lacks"),
    [({"source": "x"}, "cell_type"), ({"cell_type": "code"}, "source"), ("x = 1", "cell_type")],
)
def test_damaged_cell_is_named(tmp_path: Path, cell: object, lacks: str) -> None:
    path = write(tmp_path / "n.ipynb", "x = 1")
    content = json.loads(path.read_text("utf-8"))
    content["cells"].append(cell)
    path.write_text(json.dumps(content), "utf-8")
    with pytest.raises(
        InputError, match=rf"Cell 3 of n\.ipynb is damaged: it does not have a {lacks}\."
    ):
        run_notebook(path, data_dir=tmp_path)


def test_source_as_lines_and_the_tags_of_cells(tmp_path: Path) -> None:
    path = write(tmp_path / "n.ipynb", "1 / 0", "raise SystemError", "x = 1")
    content = json.loads(path.read_text("utf-8"))
    content["cells"][1]["metadata"]["tags"] = ["raises-exception"]
    content["cells"][2]["metadata"]["tags"] = ["skip-execution"]
    content["cells"][3]["source"] = ["name = 'a'\n", card("NAME", "1").replace("'NAME'", "name")]
    path.write_text(json.dumps(content), "utf-8")
    assert [one.name for one in run_notebook(path, data_dir=tmp_path)] == ["a"]


def test_notebook_of_format_3(tmp_path: Path) -> None:
    path = tmp_path / "n.ipynb"
    cells = [{"cell_type": "code", "input": card("a", "1"), "language": "python", "outputs": []}]
    sheet = {"cells": cells, "metadata": {}}
    content = {"metadata": {}, "nbformat": 3, "nbformat_minor": 0, "worksheets": [sheet]}
    path.write_text(json.dumps(content), "utf-8")
    assert [one.name for one in run_notebook(path, data_dir=tmp_path)] == ["a"]


def test_file_of_format_4_is_read_without_nbformat(tmp_path: Path) -> None:
    path = write(tmp_path / "n.ipynb", card("a", "1"))
    program = (
        "import sys\nfrom pathlib import Path\n"
        "from jupyter_faas.workspace.notebook import run_notebook\n"
        "run_notebook(Path(sys.argv[1]), data_dir=Path(sys.argv[2]))\n"
        "sys.exit(' '.join({'nbformat', 'nbclient', 'jsonschema'} & {*sys.modules}) or 0)\n"
    )
    command = [sys.executable, "-c", program, str(path), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
