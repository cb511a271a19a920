"""The road through a real kernel: cell, card, handle, drift, comm."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_faas.bundle import Bundle
from jupyter_faas.widgets.widget import STATIC
from tests.magics.helpers.kernels import CARD, NotebookKernel, notebook_kernel
from tests.magics.helpers.notebook import HALVE, IRIS, TRAIN


@pytest.fixture(scope="module")
def kernel(folder: Path) -> Iterator[NotebookKernel]:
    with notebook_kernel(folder) as kernel:
        kernel.run("%load_ext jupyter_faas")
        kernel.run(TRAIN)
        yield kernel


def test_cell_shows_one_card_in_every_form(kernel: NotebookKernel) -> None:
    cell = kernel.run(IRIS, cell_id="7a1d2c3e")
    (display,) = cell.displays
    card = display[CARD]
    assert (card["type"], card["name"], card["handler"]) == ("function", "iris", "iris")
    assert card["models"][0]["parity"]["ok"]
    assert card["forecast"]["state"] == "measuring"
    assert display["text/html"].startswith("<div")
    assert display["text/plain"].startswith("iris  [Not deployed]  to Local playground")
    has_widget = "application/vnd.jupyter.widget-view+json" in display
    assert has_widget == (STATIC / "card.js").is_file()


def test_card_is_updated_in_its_own_cell_when_the_cold_start_is_measured(
    kernel: NotebookKernel,
) -> None:
    cell = kernel.run(IRIS)
    seen = len(kernel.said)
    kernel.run("'another cell is on'")
    update = kernel.update_of(cell.display_ids[0], seen, "measured")
    assert update["parent_header"]["msg_id"] == cell.request
    assert update["content"]["data"][CARD]["forecast"]["cold_ms"] > 0
    assert "per million calls if warm" in update["content"]["data"]["text/plain"]


def test_package_names_the_cell_and_the_file(kernel: NotebookKernel, folder: Path) -> None:
    card = kernel.run(IRIS, cell_id="7a1d2c3e").cards[0]
    record = json.loads((folder / "faas" / "packages" / f"{card['package']}.json").read_text())
    assert (record["notebook"], record["cell_id"]) == ("study.ipynb", "7a1d2c3e")


def test_handle_answers_as_the_action_does(kernel: NotebookKernel) -> None:
    kernel.run(IRIS)
    answer = kernel.run("iris(6.3, 3.3, petal_length=6, petal_width=X[0, 3] + 2.3)")
    assert answer.results[0]["text/plain"].startswith("{'species': 'virginica'")
    text = "iris.__doc__[:17], str(iris.__signature__)[:20], iris.__wrapped__.__name__"
    assert kernel.run(text).results[0]["text/plain"] == (
        "('Name the species ', '(sepal_length: float', 'iris')"
    )
    assert "<function iris(" in kernel.run("iris").results[0]["text/plain"]


def test_handle_refuses_in_one_sentence(kernel: NotebookKernel) -> None:
    kernel.run(IRIS)
    refused = kernel.run('iris("long", 3.3, 6.0, 2.5)', fails=True)
    assert refused.traceback.splitlines()[0] == (
        'ParametersRejected: sepal_length must be a number, not the string "long".'
    )
    assert "Traceback" not in refused.traceback


def test_handle_names_the_key_that_json_has_not(kernel: NotebookKernel) -> None:
    kernel.run("%%function ratio\ndef ratio(a: float, b: float):\n    return {'r': a * b}")
    refused = kernel.run("ratio(1e308, 1e308)", fails=True)
    assert "result.r is infinity" in refused.traceback


def test_handle_shows_the_functions_own_frames(kernel: NotebookKernel) -> None:
    kernel.run(HALVE)
    failed = kernel.run("halve(3)", fails=True)
    assert "ValueError" in failed.traceback
    assert "raise ValueError" in failed.traceback
    for name in ("handle.py", "local.py", "action_main.py"):
        assert name not in failed.traceback


def test_handler_of_another_name_keeps_its_own(kernel: NotebookKernel) -> None:
    kernel.run("%%function twice\ndef main(x: int):\n    return {'x': 2 * x}")
    assert kernel.run("main(1), twice(1), type(main).__name__").results[0]["text/plain"] == (
        "({'x': 2}, {'x': 2}, 'function')"
    )


def test_another_cell_captures_the_function_under_the_handle(kernel: NotebookKernel) -> None:
    kernel.run(HALVE)
    source = (
        "%%function quarter\ndef quarter(number: int):\n    return halve(halve(number)['half'])"
    )
    card = kernel.run(source).cards[0]
    assert [(one["name"], one["kind"]) for one in card["captured"]] == [("halve", "function")]
    assert kernel.run("quarter(12)").results[0]["text/plain"] == "{'half': 3}"


def test_failing_body_shows_its_own_lines_and_packages_nothing(kernel: NotebookKernel) -> None:
    kernel.run(HALVE)
    failed = kernel.run("%%function halve\ndef halve(n):\n    return {}\n1 / 0", fails=True)
    assert failed.cards == []
    assert "ZeroDivisionError" in failed.traceback
    assert ", line 4" in failed.traceback
    assert "jupyter_faas" not in failed.traceback
    gone = kernel.run("%faas deploy halve", fails=True)
    assert gone.traceback.splitlines() == [
        "InputError: halve was not packaged, because its cell failed when it last ran.",
        "",
        "Fix the error that the cell shows, and run the cell again.",
    ]
    kernel.run(HALVE)
    assert "Deployed halve" in kernel.run("%faas deploy halve").stream


def test_a_cell_with_an_invalid_line_is_not_deployed_as_it_was(kernel: NotebookKernel) -> None:
    kernel.run(HALVE, cell_id="invalid-line")
    wrong = HALVE.replace("%%function halve", "%%function halve --memroy 128")
    assert "--memroy" in kernel.run(wrong, cell_id="invalid-line", fails=True).traceback
    gone = kernel.run("%faas deploy halve", fails=True)
    assert "halve was not packaged, because its cell failed" in gone.traceback


def test_name_that_cannot_travel_is_one_sentence(kernel: NotebookKernel) -> None:
    kernel.run("handle = open('/dev/null')")
    source = "%%function reads\ndef reads(n: int):\n    return {'text': handle.read(n)}"
    refused = kernel.run(source, fails=True)
    assert refused.traceback.startswith("CaptureError: ")
    assert "handle" in refused.traceback
    assert "Traceback" not in refused.traceback


def test_notebook_syntax_runs_and_is_refused_for_travel(kernel: NotebookKernel) -> None:
    source = "%%function lists\nnames = %who_ls\ndef lists():\n    return {'names': names}"
    refused = kernel.run(source, fails=True)
    assert refused.traceback.startswith("CaptureError: ")
    assert kernel.run("'model' in names").results[0]["text/plain"] == "True"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", "required: NAME"),
        ("iris --memery 3", "Unrecognized arguments: --memery 3"),
        ("iris --sample nowhere", "nowhere is not defined in the notebook, but --sample"),
        ("iris --sample X+", "--sample X+: invalid syntax"),
    ],
    ids=["no-name", "option", "sample", "no-expression"],
)
def test_wrong_line_is_answered_with_the_way_out(
    kernel: NotebookKernel, line: str, words: str
) -> None:
    refused = kernel.run(f"%%function {line}\ndef iris(x: int):\n    return {{}}", fails=True)
    assert refused.traceback.startswith("InputError: ")
    assert words in refused.traceback
    assert len(refused.traceback.splitlines()) > 2


def test_help_is_printed(kernel: NotebookKernel) -> None:
    assert "--accept-parity" in kernel.run("%%function -h\npass").stream
    assert "invoke" in kernel.run("%faas").stream


def test_refit_makes_stale_and_is_told_to_front_ends(kernel: NotebookKernel) -> None:
    front_end = kernel.open_comm()
    kernel.run(IRIS, cell_id="7a1d2c3e")
    event, _ = front_end.ask(op="functions")
    (iris,) = (one for one in event["functions"] if one["name"] == "iris")
    assert (iris["source_text"], iris["cell_id"], iris["stale"]) == (IRIS, "7a1d2c3e", [])
    seen = len(kernel.said)
    kernel.run("model.fit(X[::2], y[::2]);")
    event, _ = front_end.next_event(seen, "functions")
    (iris,) = (one for one in event["functions"] if one["name"] == "iris")
    assert iris["stale"] == ["model"]
    kernel.run(TRAIN)


def test_front_end_gets_the_bundle_whose_hash_it_knows(kernel: NotebookKernel) -> None:
    card = kernel.run(IRIS).cards[0]
    front_end, seen = kernel.open_comm(), len(kernel.said)
    front_end.send("comm_msg", {}, {"op": "bundle", "package": card["package"]})
    # After the clean-room run, which the front ends hear of too.
    event, (data,) = front_end.next_event(seen, "bundle")
    assert event["sha256"] == card["bundle"]
    assert event["package"]["id"] == card["package"]
    assert Bundle.from_bytes(data).sha256 == card["bundle"]


def test_front_end_is_greeted_and_told_what_it_cannot_have(
    kernel: NotebookKernel, folder: Path
) -> None:
    front_end = kernel.open_comm()
    # The forecast of an earlier cell may come first.
    seen = len(kernel.said)
    front_end.send("comm_msg", {}, {"op": "hello"})
    event, _ = front_end.next_event(seen, "hello")
    assert event["data_dir_id"] == (folder / "faas" / "id").read_text().strip()
    seen = len(kernel.said)
    front_end.send("comm_msg", {}, {"op": "bundle", "package": "0123456789abcdef"})
    event, _ = front_end.next_event(seen, "error")
    assert event["error"]["code"] == "package_not_found"


def test_front_end_gets_the_forecast_when_it_asks(kernel: NotebookKernel) -> None:
    card = kernel.run(IRIS).cards[0]
    front_end = kernel.open_comm()
    seen = len(kernel.said)
    front_end.send("comm_msg", {}, {"op": "forecast", "package": card["package"]})
    event, _ = front_end.next_event(seen, "forecast")
    assert (event["package"], event["forecast"]["state"]) == (card["package"], "measured")


def test_card_has_no_widget_while_the_lab_extension_listens(kernel: NotebookKernel) -> None:
    kernel.open_comm()
    (display,) = kernel.run(IRIS).displays
    assert "application/vnd.jupyter.widget-view+json" not in display


def test_name_that_is_no_variable_is_packaged_and_binds_nothing(kernel: NotebookKernel) -> None:
    card = kernel.run("%%function to-upper\ndef main(text: str):\n    return {'text': text}").cards[
        0
    ]
    assert (card["name"], card["handler"]) == ("to-upper", "main")
    assert kernel.run("type(main).__name__").results[0]["text/plain"] == "'function'"


def test_function_named_by_its_cell_travels_with_another_function(kernel: NotebookKernel) -> None:
    kernel.run("%%function first\ndef main(x: int):\n    return {'y': x + 1}")
    kernel.run("def helper(v):\n    return first(v)['y']")
    second = "%%function second\ndef second(x: int):\n    return {'z': helper(x) * 2}"
    captured = {item["name"] for item in kernel.run(second).cards[0]["captured"]}
    assert captured == {"helper", "first", "main"}
    assert kernel.run("second(3)").results[0]["text/plain"] == "{'z': 8}"
