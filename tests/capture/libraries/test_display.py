"""Stand-ins for what IPython shows."""

from __future__ import annotations

import pytest

from tests.capture.helpers.notebook import Notebook


def test_displayed_values_are_printed(
    notebook: Notebook, capsys: pytest.CaptureFixture[str]
) -> None:
    notebook.run("from IPython.display import HTML, Markdown, clear_output, display")
    body = "def iris():\n    clear_output()\n    display(Markdown('**3**'), HTML('<b>4</b>'), 5)"
    namespace: dict[str, object] = {}
    exec(notebook.capture(body).captured_source, namespace)
    exec(f"{body}\niris()", namespace)
    assert capsys.readouterr().out == "**3**\n<b>4</b>\n5\n"


def test_display_of_ipython_needs_no_import(
    notebook: Notebook, capsys: pytest.CaptureFixture[str]
) -> None:
    captured = notebook.capture("def iris():\n    display(1, clear=True)")
    namespace: dict[str, object] = {}
    exec(captured.captured_source + "\ndisplay(1, clear=True)", namespace)
    assert capsys.readouterr().out == "1\n"
    assert captured.requirements == ()


def test_a_function_of_ones_own_called_display_travels(notebook: Notebook) -> None:
    notebook.run("def display(x):\n    return x + 1")
    captured = notebook.capture("def iris():\n    return display(1)")
    assert "return x + 1" in captured.captured_source
