"""Cells that compose nothing that could run: one sentence, what to do, and the cell fails."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.magics.helpers.kernels import NotebookKernel, notebook_kernel

JAVASCRIPT = {
    "type": "sequence",
    "components": [
        {"type": "action", "name": "/_/halve"},
        {"type": "function", "function": {"exec": {"kind": "nodejs:default", "code": "p => p"}}},
    ],
}


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NotebookKernel]:
    folder = tmp_path_factory.mktemp("errors")
    (folder / "script.json").write_text(json.dumps(JAVASCRIPT))
    (folder / "python.json").write_text(json.dumps({"type": "action", "name": "/_/halve"}))
    (folder / "wrong.json").write_text(json.dumps({"type": "switch"}))
    # Without npm Composer, which the machine may have.
    with notebook_kernel(folder, PATH=str(folder), NODE_PATH="") as kernel:
        kernel.run("%load_ext jupyter_faas")
        kernel.run("import threading\n(guard,) = [threading.Lock()]\nvalue = 3")
        yield kernel


@pytest.mark.parametrize(
    ("cell", "message", "hint"),
    [
        ("x = 3", "The cell does not end with a composition.", "End the cell with a"),
        ("", "The cell does not end with a composition.", "End the cell with a"),
        ("print('hi')", "The cell ends with None, which is not a composition.", "End the cell"),
        ("{1, 2}", "The cell ends with a value of type set, which is no", "End the cell"),
        ("sequence(42)", "root[0], component 0 of sequence: 42 is an int", "Write value(42)"),
        (
            "when('a', 'b', otherwise='c')",
            "when() got an unexpected keyword argument 'otherwise'.",
            "Leave otherwise= out. Usage: when(test, consequent, alternate=None).",
        ),
        (
            "sequence('a', value(3))",
            "value(…) is called in this cell, but value is a variable in this notebook: an int.",
            "Write composer.value(…)",
        ),
        (
            "sequence(lambda p: {'n': guard.locked()})",
            "guard is a lock: root[0] uses guard on line 2.",
            "Create guard inside the function",
        ),
        (
            "sequence(*['a'] * 5000)",
            "root, sequence: the composition has 5,001 nodes",
            "Turn an inner",
        ),
        (
            "sequence('wrong', 'b')",
            "wrong would call itself: wrong → wrong.",
            "Leave wrong out of wrong. To repeat steps",
        ),
    ],
    ids=[
        "no expression",
        "empty",
        "None",
        "a set",
        "no task",
        "unknown argument",
        "hidden combinator",
        "lock",
        "too large",
        "calls itself",
    ],
)
def test_it_is_said_in_a_sentence(
    kernel: NotebookKernel, cell: str, message: str, hint: str
) -> None:
    first, _, rest = kernel.run(f"%%composition wrong\n{cell}", fails=True).traceback.partition(
        "\n\n"
    )
    assert first.partition(": ")[2].startswith(message)
    assert rest.startswith(hint)
    assert "Traceback" not in first + rest


def test_an_error_of_the_cell_itself_shows_its_lines_alone(kernel: NotebookKernel) -> None:
    text = kernel.run("%%composition wrong\nsequence(undefined_name)", fails=True).traceback
    assert "----> 2 sequence(undefined_name)" in text
    assert "composing.py" not in text


def test_a_circle_of_two_is_refused_at_the_deploy(kernel: NotebookKernel) -> None:
    kernel.run("%%composition first\nsequence('second')")
    kernel.run("%%composition second\nsequence('first')")
    refused = kernel.run("%faas deploy second", fails=True).traceback
    assert refused.startswith(
        "CompositionError: second would call itself: second → first → second."
    )


def test_javascript_is_looked_at_and_not_deployed_without_npm(kernel: NotebookKernel) -> None:
    kernel.run("%%composition script --from script.json")
    assert "└─ p => p" in kernel.run("%faas show script").stream
    refused = kernel.run("%faas deploy script", fails=True).traceback
    assert (
        "root[1] is a JavaScript function, but npm Composer, which runs it, is not installed"
        in refused
    )


def test_a_file_without_javascript_is_deployed(kernel: NotebookKernel) -> None:
    kernel.run("%%function halve\ndef halve(number: int): return {'number': number // 2}")
    kernel.run("%%composition from_file --from python.json --deploy\n")
    found = kernel.run("from_file.invoke(number=8).result").results[0]["text/plain"]
    assert found == "{'number': 4}"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("absent.json", "InputError: Cannot read absent.json: No such file or directory."),
        ("wrong.json", "CompositionError: wrong.json: root, composition: 'switch' is no"),
    ],
)
def test_a_file_that_holds_none(kernel: NotebookKernel, name: str, says: str) -> None:
    assert kernel.run(f"%%composition x --from {name}", fails=True).traceback.startswith(says)


def test_an_inline_function_cannot_call_a_composition(kernel: NotebookKernel) -> None:
    kernel.run("%%composition flow\nsequence('halve')")
    cell = "%%composition wrong\nsequence(lambda p: flow.invoke())"
    assert kernel.run(cell, fails=True).traceback.startswith(
        "CaptureError: flow is a composition, which an action's code cannot call: root[0] uses"
    )
