"""Cells that work in the notebook alone: shown on their cards, and refused when deployed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.magics.helpers.kernels import CARD, Cell, NotebookKernel, notebook_kernel


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("notebook")
    (folder / "beside_it.py").write_text("VALUE = 3\n")
    (folder / "notes.txt").write_text("hello")
    return folder


@pytest.fixture(scope="module")
def kernel(folder: Path) -> Iterator[NotebookKernel]:
    secrets = {"STAGE": "test", "SERVICE_TOKEN": "t0ken-value"}
    with notebook_kernel(folder, **secrets) as kernel:
        kernel.run("%load_ext jupyter_faas\nimport importlib, math, os, random")
        yield kernel


def room(kernel: NotebookKernel, cell: Cell, seen: int) -> dict[str, Any]:
    """What the card says of its clean-room run, when it says it."""
    update = kernel.wait(
        lambda said: (
            said["msg_type"] == "update_display_data"
            and said["content"]["transient"]["display_id"] == cell.display_ids[0]
            and bool(said["content"]["data"].get(CARD, {}).get("forecast", {}).get("clean_room"))
        ),
        seen,
    )
    found: dict[str, Any] = update["content"]["data"][CARD]["forecast"]
    return found


REFUSED = {
    "a module beside it": (
        "return {'v': importlib.import_module('beside_it').VALUE}",
        "f imports beside_it, which is neither in the package nor in its requirements.",
        "--include beside_it.py",
    ),
    "a distribution": (
        "return {'v': importlib.import_module('yaml').safe_load('7')}",
        "f imports yaml, which is neither in the package nor in its requirements.",
        "add to the cell: import yaml",
    ),
    "a variable": (
        "return {'v': os.environ['STAGE']}",
        "f needs the environment variable STAGE, which is set on this machine, but not on targets.",
        "--env STAGE",
    ),
    "a file": (
        "with open(''.join(['notes', '.txt'])) as file: return {'v': file.read()}",
        "f reads notes.txt, which is not in the package.",
        "--include notes.txt",
    ),
    "a patched library": (
        "return {'v': math.floor(2.5)}",
        "f returns a different result outside this notebook: v is 2, not 42.",
        "Add the missing code to the cell",
    ),
    "a secret": (
        "return {'v': os.environ.get('SERVICE_TOKEN', 'none')}",
        'f returns a different result outside this notebook: v is "none", not "•••".',
        "--secret SERVICE_TOKEN",
    ),
}


@pytest.mark.parametrize(("body", "message", "cure"), REFUSED.values(), ids=REFUSED)
def test_what_only_this_notebook_has_is_shown_and_not_deployed(
    kernel: NotebookKernel, folder: Path, body: str, message: str, cure: str
) -> None:
    kernel.run("math.floor = lambda value: 42")
    seen = len(kernel.said)
    cell = kernel.run(f"%%function f --test '{{}}'\ndef f():\n    {body}")
    shown = room(kernel, cell, seen)["clean_room"]
    assert (shown["state"], shown["message"]) == ("failed", message)
    assert cure in shown["hint"]
    assert list(shown["answers"]) == ["Input", "Notebook", "Package"]
    refused = kernel.run("%faas deploy f", fails=True).traceback
    assert refused.startswith(f"CleanRoomFailed: {message}\nInput     {{}}\nNotebook  ")
    assert cure in refused
    assert "t0ken-value" not in json.dumps(kernel.said[seen:], default=str)
    kernel.run("importlib.reload(math)")


def test_the_right_answer_is_deployed_and_its_warm_price_is_there_before(
    kernel: NotebookKernel,
) -> None:
    seen = len(kernel.said)
    text = '%%function double --test \'{"n": 2}\' --test "dict(n=3)" --expect \'{"m": 6}\'\n'
    cell = kernel.run(f"{text}def double(n: int):\n    return {{'m': 2 * n, 'r': random.random()}}")
    assert [one["command"] for one in cell.cards[0]["examples"]] == [
        "%faas invoke double n=2",
        "%faas invoke double n=3",
    ]
    forecast = room(kernel, cell, seen)
    assert forecast["clean_room"]["state"] == "passed", forecast["clean_room"]
    assert forecast["warm_cost_text"] == "$0.46"
    assert forecast["prices"] == "DigitalOcean Functions"
    assert "Deployed double 0.0.1" in kernel.run("%faas deploy double").stream


def test_a_helper_is_called_plainly_as_in_the_action(kernel: NotebookKernel) -> None:
    seen = len(kernel.said)
    kernel.run("%%function inner\ndef inner(n):\n    return n + 1")
    cell = kernel.run(
        "%%function outer --test '{\"n\": 1}'\ndef outer(n):\n    return {'n': inner(n)}"
    )
    assert room(kernel, cell, seen)["clean_room"]["state"] == "passed"


def test_an_expectation_that_does_not_hold_fails_the_cell(kernel: NotebookKernel) -> None:
    text = (
        "%%function f --test '{\"n\": 2}' --expect '{\"m\": 5}'\ndef f(n):\n    return {'m': 2 * n}"
    )
    assert kernel.run(text, fails=True).traceback.splitlines() == [
        "ExampleFailed: f does not return the result that --expect states: m is 4, not 5.",
        'Input     {"n": 2}',
        'Expected  {"m": 5}',
        'Notebook  {"m": 4}',
        "",
        "If the notebook's result is correct, use: --expect '{\"m\": 4}'",
    ]


def test_without_an_input_the_card_asks_for_one(kernel: NotebookKernel) -> None:
    seen = len(kernel.said)
    cell = kernel.run("%%function f\ndef f():\n    return {}")
    assert room(kernel, cell, seen)["clean_room"]["note"] == "no test input: add --test '{…}'"


def test_what_is_not_to_be_tried_is_deployed(kernel: NotebookKernel) -> None:
    line = "%%function f --test '{}' --no-clean-room --deploy"
    cell = f"{line}\ndef f():\n    return {{'v': os.getenv('STAGE')}}"
    assert kernel.run(cell).cards[0]["deployed"]["version"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--test '{\"n\": }'", "--test"),
        ("--test unknown", "unknown is not defined in the notebook"),
        ("--test '[1]'", "has the type list, but must be a dictionary"),
        ("--test os", "has the type module, but must be a dictionary"),
        ("--expect '{}'", "must follow --test, and only once for each"),
    ],
)
def test_a_test_that_is_none_is_refused(kernel: NotebookKernel, options: str, words: str) -> None:
    failed = kernel.run(f"%%function f {options}\ndef f():\n    return {{}}", fails=True)
    assert failed.traceback.startswith("InputError: ")
    assert words in failed.traceback
