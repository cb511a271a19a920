"""Triggers and rules in a terminal, on a real playground."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from jupyter_faas.cli import exit_codes as exits
from jupyter_faas.client import Client, read_wskprops
from tests.cli.conftest import Program, program, stop_playground
from tests.workspace.helpers.samples import assert_same_shape, sample

GREET = "def main(args):\n    return {'greeting': f\"Hello, {args['name']}\"}\n"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    found = program(tmp_path_factory.mktemp("triggers"))
    assert found("playground", "start").code == 0
    client = Client(read_wskprops(found.data_dir / "playground" / "wskprops"))
    client.put_action("greet", {"exec": {"kind": "python:default", "code": GREET}})
    client.close()
    yield found
    stop_playground(found.data_dir)


def test_function_on_a_schedule(place: Program) -> None:
    made = place(
        "trigger", "create", "nightly", "--cron", "0 3 * * *", "--run", "greet", "name=Ada"
    )
    assert made.code == 0, made.err
    assert made.out == (
        "greet runs at 03:00 every day (UTC) (trigger nightly, rule nightly-greet).\n"
    )
    listed = place("trigger", "--json").json
    assert_same_shape({**listed, "as_of": 1}, sample("triggers"))
    fired = place("trigger", "fire", "nightly", "--json").json
    [run] = fired["runs"]
    # The run was started, and may not have ended yet.
    deadline = time.monotonic() + 30
    while place("logs", run["activation"]).code == exits.NOT_FOUND:
        assert time.monotonic() < deadline, "it has left no record"
    assert place("trigger", "fire", "nightly").out.splitlines()[1].startswith("  greet: activation")
    assert place("rule", "disable", "nightly-greet").code == 0
    assert "nothing ran" in place("trigger", "fire", "nightly").out
    assert place("rule", "--json").json["rules"][0]["active"] is False
    assert place("trigger", "remove", "nightly").out == (
        "Removed trigger nightly and its rule nightly-greet.\n"
    )


def test_bad_cron_is_shown_with_the_place(place: Program) -> None:
    done = place("trigger", "create", "x", "--cron", "0 25 * * *")
    assert done.code == exits.BAD_INPUT
    assert done.error.splitlines()[:3] == [
        "Error: '0 25 * * *' is not a cron pattern: '25' is not a valid hour.",
        "    0 25 * * *",
        "      ^^",
    ]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("trigger fire nosuch", exits.NOT_FOUND),
        ("rule enable nosuch", exits.NOT_FOUND),
        ("trigger create x --run nosuch", exits.NOT_FOUND),
        ("trigger create greet", exits.BAD_INPUT),
        ("trigger create x --every soon", exits.BAD_INPUT),
    ],
)
def test_exit_codes(place: Program, words: str, code: int) -> None:
    done = place(*words.split())
    assert (done.code, done.out) == (code, "")
    assert done.error.startswith("Error: ")
    assert "%faas" not in done.err


def test_firing_what_cannot_run_is_a_failure(place: Program) -> None:
    client = Client(read_wskprops(place.data_dir / "playground" / "wskprops"))
    client.put_action("brief", {"exec": {"kind": "python:default", "code": GREET}})
    place("trigger", "create", "t", "--run", "brief")
    client.close()
    removed = place("remove", "brief")
    assert "The rule t-brief (trigger t) still refers to brief" in removed.out
    done = place("trigger", "fire", "t")
    assert done.code == exits.FAILED
    assert "brief: not run" in done.out
    place("trigger", "remove", "t")
