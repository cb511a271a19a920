from __future__ import annotations

import pytest
from IPython.core.interactiveshell import InteractiveShell

from jupyter_faas.errors import InputError
from jupyter_faas.magics.cells.cell_body import LastValue, evaluate_body, run_body


def rendered(error: BaseException) -> str:
    lines: list[str] = error._render_traceback_()  # type: ignore[attr-defined]
    return "\n".join(lines)


def test_body_defines_names_in_the_notebook(shell: InteractiveShell) -> None:
    run_body(shell, "%%function double", "FACTOR = 2\ndef double(x):\n    return FACTOR * x\n")
    assert shell.user_ns["double"](21) == 42


def test_body_displays_its_last_expression(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    with shell.display_trap:
        run_body(shell, "%%function f", "x = 20\nx + 1\n")
        run_body(shell, "%%function f", "x + 2;\n")
        run_body(shell, "%%function f", "x + 3  # a comment\n")
    shown = capsys.readouterr().out
    assert "21" in shown
    assert "22" not in shown
    assert "23" in shown


def test_body_may_be_comments_alone(shell: InteractiveShell) -> None:
    run_body(shell, "%%function f", "# nothing yet\n")


def test_body_goes_through_ipythons_syntax(shell: InteractiveShell) -> None:
    run_body(shell, "%%function f", "import os\nfound = %who_ls\n")
    assert "os" in shell.user_ns["found"]


def test_error_shows_the_cells_own_lines(shell: InteractiveShell) -> None:
    body = "def f(x):\n    return 1 / x\n\nf(0)\n"
    with pytest.raises(ZeroDivisionError) as caught:
        run_body(shell, "%%function f", body)
    text = rendered(caught.value)
    assert "line 5\n" in text
    assert "----> 3     return 1 / x" in text
    assert "body.py" not in text
    assert text.rstrip().endswith("ZeroDivisionError: division by zero")


def test_syntax_error_shows_the_cells_line_alone(shell: InteractiveShell) -> None:
    with pytest.raises(Exception, match="unmatched") as caught:
        run_body(shell, "%%function f", "def f():\n    return 1\n)\n")
    assert type(caught.value).__name__ == "SyntaxError"
    text = rendered(caught.value)
    assert "line 4" in text
    assert "body.py" not in text


def test_interrupt_shows_where_it_came(shell: InteractiveShell) -> None:
    with pytest.raises(KeyboardInterrupt) as caught:
        run_body(shell, "%%function f", "raise KeyboardInterrupt\n")
    assert "----> 2 raise KeyboardInterrupt" in rendered(caught.value)


def test_our_own_errors_keep_their_words(shell: InteractiveShell) -> None:
    shell.user_ns["InputError"] = InputError
    with pytest.raises(InputError) as caught:
        run_body(shell, "%%function f", "raise InputError('no', hint='yes')\n")
    assert rendered(caught.value) == "InputError: no\n\nyes"


def evaluated(shell: InteractiveShell, body: str) -> LastValue:
    found = evaluate_body(shell, "%%composition f", body)
    assert found is not None
    return found


def test_last_expression_is_given_and_not_displayed(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    with shell.display_trap:
        assert evaluated(shell, "x = 20\nx + 1\n").value == 21
        assert evaluated(shell, "x + 2;\n").value == 22
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("body", ["", "# nothing yet\n", "x = 1\n", "def f(): pass\n"])
def test_a_cell_may_end_without_an_expression(shell: InteractiveShell, body: str) -> None:
    assert evaluate_body(shell, "%%composition f", body) is None


def test_last_expression_is_evaluated_again_with_what_the_notebook_holds_then(
    shell: InteractiveShell,
) -> None:
    last = evaluated(shell, "count = 3\n[count, (lambda: limit), 'a' if count else z]\n")
    assert last.names == ("count", "z")
    shell.user_ns["count"] = 4
    assert last.again()[0] == 4
    assert last.value[0] == 3


def test_error_of_the_last_expression_shows_the_cells_own_lines(shell: InteractiveShell) -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        evaluated(shell, "x = 0\n1 / x\n")
    text = rendered(caught.value)
    assert "----> 3 1 / x" in text
    assert "body.py" not in text
