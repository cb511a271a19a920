"""Kept inputs through a real kernel and a real playground: replay and debug."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_faas.cli import main
from tests.magics.helpers.kernels import CARD, NotebookKernel, notebook_kernel

SCALE = """\
%%function scale --keep-inputs 5 --redact token
FACTOR = 2

def scale(number: float, token: str = "none"):
    print("scaling", number)
    if number < 0:
        raise ValueError(f"{number:g} is negative")
    return {"scaled": number * FACTOR, "with_token": token != "none"}"""


@pytest.fixture(scope="module")
def kernel(folder: Path) -> Iterator[NotebookKernel]:
    with notebook_kernel(folder) as kernel:
        kernel.run("%load_ext jupyter_faas")
        kernel.run(SCALE)
        kernel.run("%faas deploy scale")
        yield kernel


def invoke(kernel: NotebookKernel, *lines: str) -> list[str]:
    """Begin with no inputs, run the function with these, and give the activations."""
    kernel.run("scale.remove()")
    kernel.run(SCALE)
    kernel.run("scale.deploy()")
    cells = [kernel.run(f"%faas invoke scale {line}", fails="number=-" in line) for line in lines]
    return [cell.displays[0][CARD]["id"] for cell in cells]


def test_the_cell_as_it_was_answers_the_same(kernel: NotebookKernel) -> None:
    ids = invoke(kernel, "number=1", "number=2.5")
    cell = kernel.run("replayed = %faas replay scale")
    text = cell.displays[0]["text/plain"]
    lines = text.splitlines()
    assert lines[0].split()[:4] == ["INPUT", "ANSWER", "THEN", "NOW"]
    for line, number, activation in zip(lines[1:], ("2.5", "1"), ids[::-1], strict=False):
        assert line.startswith(f'{{"number": {number}}}')
        assert line.split()[2] == "same"
        assert line.endswith(activation)
    assert lines[3].startswith(
        "2 inputs of scale sent to the cell in the notebook: all answers are the same;"
    )
    assert "scaling" not in cell.stream
    assert "<table" in cell.displays[0]["text/html"]


def test_an_edited_cell_shows_what_differs(kernel: NotebookKernel) -> None:
    invoke(kernel, "number=1", "number=0")
    kernel.run(SCALE.replace("FACTOR = 2", "FACTOR = 3"))
    text = kernel.run("%faas replay scale").displays[0]["text/plain"]
    assert "differs: scaled: 2.0 → 3.0" in text
    assert "1 of 2 answers differs" in text
    kernel.run("%faas deploy scale")
    text = kernel.run("%faas replay scale --deployed --last 2").displays[0]["text/plain"]
    assert "2 inputs of scale sent to scale 0.0.2 on Local playground: 1 of 2" in text
    # What replay sends is not kept once more.
    text = kernel.run("%faas replay scale --deployed").displays[0]["text/plain"]
    assert "2 inputs of scale" in text


def test_errors_are_answers_too(kernel: NotebookKernel) -> None:
    invoke(kernel, "number=-1")
    text = kernel.run("%faas replay scale").displays[0]["text/plain"]
    assert "same error" in text
    kernel.run(SCALE.replace("number < 0", "number < -9"))
    text = kernel.run("%faas replay scale").displays[0]["text/plain"]
    assert 'differs: error: "-1 is negative" → nothing' in text


def test_what_was_redacted_can_be_given_anew(kernel: NotebookKernel, folder: Path) -> None:
    invoke(kernel, "number=1 token=s3cret")
    text = kernel.run("%faas replay scale").displays[0]["text/plain"]
    assert '{"number": 1, "token": "…"}' in text
    assert "differs: with_token: true → false" in text
    assert "Sent without token, which was redacted. " in text
    text = kernel.run("%faas replay scale token=other").displays[0]["text/plain"]
    assert "all answers are the same" in text
    held = [path.read_bytes() for path in (folder / "faas").rglob("*") if path.is_file()]
    assert held
    assert not any(b"s3cret" in data for data in held)


def test_debug_puts_the_input_into_a_variable(kernel: NotebookKernel) -> None:
    (activation,) = invoke(kernel, "number=4 token=s3cret")
    printed = kernel.run(f"%faas debug {activation}").stream
    assert printed.startswith(f"params is the input of scale in activation {activation}, 20")
    assert "Redacted: token." in printed
    assert "Run it in this notebook with: scale(**params)" in printed
    kernel.run("assert params == {'number': 4, 'token': '…'}, params")
    kernel.run("assert scale(**params) == {'scaled': 8.0, 'with_token': True}")


def test_debug_writes_over_no_name_of_the_notebook(kernel: NotebookKernel) -> None:
    (activation,) = invoke(kernel, "number=4")
    kernel.run("params = 'mine'")
    assert kernel.run(f"%faas debug {activation}").stream.startswith("params_2 is ")
    assert kernel.run(f"%faas debug {activation}").stream.startswith("params_2 is ")
    kernel.run("assert params == 'mine' and params_2 == {'number': 4}")
    kernel.run(f"%faas debug {activation} --as failing")
    kernel.run("assert failing == {'number': 4}")
    cell = kernel.run(f"%faas debug {activation} --as 'a b'", fails=True)
    assert "'a b' is not a valid variable name" in cell.traceback


def test_functions_that_do_not_ask_are_told_apart(kernel: NotebookKernel) -> None:
    kernel.run("%%function quiet --no-inputs --deploy\ndef quiet(n: int):\n    return {'n': n}")
    activation = kernel.run("%faas invoke quiet n=1").displays[0][CARD]["id"]
    cell = kernel.run("%faas replay quiet", fails=True)
    assert "No inputs of quiet are kept." in cell.traceback
    assert "--no-inputs" in cell.traceback
    cell = kernel.run(f"%faas debug {activation}", fails=True)
    assert f"Local playground did not keep the input of activation {activation}" in cell.traceback


def test_nothing_kept_yet_is_said(kernel: NotebookKernel) -> None:
    invoke(kernel)
    text = kernel.run("%faas replay scale").displays[0]["text/plain"]
    assert text == "No inputs of scale have been kept yet."


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            "--redact token --no-inputs",
            "--no-inputs cannot be combined with --keep-inputs or --redact",
        ),
        ("--keep-inputs 5000", "--keep-inputs must be between 0 and 1000, not 5000"),
        ("--keep-inputs many", "must be a whole number, not 'many'"),
    ],
)
def test_options_that_do_not_fit_are_told(kernel: NotebookKernel, options: str, words: str) -> None:
    cell = kernel.run(f"%%function f {options}\ndef f():\n    return {{}}", fails=True)
    assert words in cell.traceback


def test_a_terminal_replays_and_shows_inputs(
    kernel: NotebookKernel, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (activation,) = invoke(kernel, "number=3")
    words = ["--data-dir", str(folder / "faas")]
    assert main([*words, "debug", activation, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["params"] == {"number": 3}
    assert main([*words, "replay", "scale"]) == 0
    assert "all answers are the same" in capsys.readouterr().out
    kernel.run(SCALE.replace("FACTOR = 2", "FACTOR = 3"))
    kernel.run("%faas deploy scale")
    assert main([*words, "replay", "scale", "--json"]) == 1
    (found,) = json.loads(capsys.readouterr().out)["inputs"]
    assert (found["answer"], found["difference"]) == ("differs", "scaled: 6.0 → 9.0")
    assert found["then"]["activation"] == activation


def test_the_input_of_one_run_is_replayed_in_the_cell(kernel: NotebookKernel) -> None:
    first, _ = invoke(kernel, "number=5", "number=6")
    text = kernel.run(f"%faas replay scale --run {first}").displays[0]["text/plain"]
    assert text.count("number") <= 2
    assert '"number": 5' in text or "number=5" in text or "5" in text
    assert "6" not in text.splitlines()[1].split()


def test_a_cell_that_has_not_run_in_this_kernel_is_not_replayed(
    kernel: NotebookKernel, folder: Path
) -> None:
    """Otherwise the deployed function would be compared with itself."""
    (activation,) = invoke(kernel, "number=1")
    with notebook_kernel(folder) as restarted:
        restarted.run("%load_ext jupyter_faas")
        for options in ("", f" --run {activation}"):
            cell = restarted.run(f"%faas replay scale{options}", fails=True)
            assert "scale is not defined in this kernel, so there is no cell" in cell.traceback
            assert "Run the cell of scale, then replay again." in cell.traceback
        text = restarted.run("%faas replay scale --deployed").displays[0]["text/plain"]
        assert "sent to scale 0.0.1 on Local playground: all answers are the same" in text
        restarted.run(SCALE.replace("FACTOR = 2", "FACTOR = 3"))
        text = restarted.run("%faas replay scale").displays[0]["text/plain"]
        assert "sent to the cell in the notebook: 1 of 1 answers differs" in text


def test_the_handle_replays(kernel: NotebookKernel) -> None:
    invoke(kernel, "number=1 token=s3cret", "number=2")
    kernel.run("found = scale.replay(last=1)")
    kernel.run("assert [row.answer() for row in found.replay.rows] == ['same']")
    kernel.run("found = scale.replay(deployed=True, token='other')")
    kernel.run("assert found.replay.where == 'scale 0.0.1 on Local playground', found.replay.where")
    kernel.run("assert found.replay.differing == 1")


def test_the_handle_of_a_cell_that_was_refused_since_is_told(kernel: NotebookKernel) -> None:
    invoke(kernel, "number=1")
    kernel.run("kept = scale")
    kernel.run(SCALE.replace("* FACTOR", "* missing"), fails=True)
    cell = kernel.run("kept.replay()", fails=True)
    assert "scale was not packaged, because its cell failed when it last ran." in cell.traceback
