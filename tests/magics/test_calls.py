"""``map``, ``spawn`` and ``ainvoke`` of handles in a notebook, and ``%faas map``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_faas.playground import stop
from tests.magics.helpers.kernels import NotebookKernel, notebook_kernel
from tests.magics.helpers.notebook import HALVE


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NotebookKernel]:
    folder: Path = tmp_path_factory.mktemp("many")
    with notebook_kernel(folder) as kernel:
        kernel.run("%load_ext jupyter_faas\nimport asyncio, pandas, jupyter_faas as faas")
        kernel.run(HALVE)
        kernel.run("%faas deploy halve")
        yield kernel
    stop(folder / "faas")


def shown(kernel: NotebookKernel, code: str) -> str:
    return str(kernel.run(code).results[0]["text/plain"])


def test_a_handle_maps_a_frame(kernel: NotebookKernel) -> None:
    assert shown(kernel, "list(halve.map(pandas.DataFrame({'number': [2, 4]})))") == (
        "[{'half': 1}, {'half': 2}]"
    )


def test_results_show_the_totals_the_errors_and_the_first_rows(kernel: NotebookKernel) -> None:
    first, *rest = shown(kernel, "halve.map([2, 3, *range(4, 14, 2)])").splitlines()
    assert first.startswith("7 calls of halve · 1 failed · ")
    assert rest == [
        "  1 × 3 is odd",
        "",
        "number  half  error",
        "     2     1",
        "     3        3 is odd",
        "     4     2",
        "     6     3",
        "     8     4",
        "… 2 more rows",
    ]


def test_a_long_batch_leaves_its_totals_in_the_cell(kernel: NotebookKernel) -> None:
    kernel.run(
        "%%function nap --deploy\nimport time\n"
        "def nap(n: int):\n    time.sleep(1)\n    assert n != 1, 'one'\n    return n"
    )
    for call in ("nap.map([0, 1])", "%faas map nap both"):
        kernel.run("both = [0, 1]")
        left = kernel.run(f"found = {call}").displays[-1]["text/plain"]
        assert left.startswith("2 calls of nap · 1 failed · ")


@pytest.mark.parametrize("rows", ["numbers", "numbers.csv"])
def test_the_magic_takes_a_variable_or_a_file(rows: str, kernel: NotebookKernel) -> None:
    kernel.run("numbers = [{'number': 6}]\npandas.DataFrame(numbers).to_csv('numbers.csv')")
    kernel.run("pandas.DataFrame(numbers).to_csv('numbers.csv', index=False)")
    assert shown(kernel, f"found = %faas map halve {rows}\nfound[0]") == "{'half': 3}"


def test_results_of_no_input_are_the_totals_alone(kernel: NotebookKernel) -> None:
    assert shown(kernel, "halve.map([])").startswith("0 calls of halve")
    assert "\n" not in shown(kernel, "halve.map([])")


def test_an_unknown_variable_is_named(kernel: NotebookKernel) -> None:
    kernel.run("numbers = [2]")
    words = kernel.run("%faas map halve number", fails=True).traceback
    assert "Unknown variable 'number'." in words
    assert "Did you mean numbers?" in words
    # ``open`` is a variable too, but IPython's own.
    assert "Did you mean" not in kernel.run("%faas map halve nope", fails=True).traceback


def test_a_misspelt_column_is_named(kernel: NotebookKernel) -> None:
    words = kernel.run("halve.map([{'nubmer': 2}])", fails=True).traceback
    assert words.startswith("ParametersRejected: halve does not take nubmer.")
    assert "Did you mean number?" in words


def test_calls_can_be_awaited(kernel: NotebookKernel) -> None:
    code = "found = await asyncio.gather(*(halve.ainvoke(n) for n in (2, 4, 6)))\n"
    assert shown(kernel, code + "[each.result['half'] for each in found]") == "[1, 2, 3]"


def test_an_awaited_run_that_fails_raises(kernel: NotebookKernel) -> None:
    words = kernel.run("await halve.ainvoke(3)", fails=True).traceback
    assert words.startswith("ActivationFailed: halve failed: ")


def test_a_spawned_run_has_its_result_later(kernel: NotebookKernel) -> None:
    code = "run = halve.spawn(number=8)\n(len(run.activation_id), run.result(30))"
    assert shown(kernel, code) == "(32, {'half': 4})"


def test_a_handle_of_a_deployed_function_has_them_too(kernel: NotebookKernel) -> None:
    code = "other = faas.function('halve')\n(list(other.map([8])), other.spawn(2).result(30))"
    assert shown(kernel, code) == "([{'half': 4}], {'half': 1})"


def test_nothing_is_sent_where_the_notebook_runs_only_for_its_packages(tmp_path: Path) -> None:
    with notebook_kernel(tmp_path, JUPYTER_FAAS_INERT="1") as kernel:
        kernel.run("%load_ext jupyter_faas")
        kernel.run(HALVE)
        assert kernel.run("halve.map([2])").stream.startswith("Skipped: map halve")
        assert kernel.run("halve.spawn(2)").stream.startswith("Skipped: spawn halve")
