"""Data of a user that look like a command: a terminal shows them as they are."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from jupyter_faas.client import Client, read_wskprops
from tests.cli.conftest import Program, program, stop_playground

SAID = "To deploy it, run %faas deploy iris"
SAY = f"def main(args):\n    print({SAID!r})\n    return {{'text': {SAID!r}}}\n"
FAIL = f"def main(args):\n    raise ValueError({SAID!r})\n"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    found = program(tmp_path_factory.mktemp("data"))
    assert found("playground", "start").code == 0
    client = Client(read_wskprops(found.data_dir / "playground" / "wskprops"))
    for name, code in (("say", SAY), ("fail", FAIL)):
        client.put_action(
            name,
            {
                "exec": {"kind": "python:default", "code": code},
                "annotations": [
                    {"key": "web-export", "value": True},
                    {"key": "description", "value": SAID},
                ],
            },
        )
    client.close()
    yield found
    stop_playground(found.data_dir)


def test_the_result_alone_is_not_changed(place: Program) -> None:
    assert json.loads(place("invoke", "say", "--result").out) == {"text": SAID}


def test_a_result_and_its_log_are_not_changed(place: Program) -> None:
    assert json.dumps({"text": SAID}) in place("invoke", "say").out
    assert SAID in place("logs", "say").out


def test_the_cause_of_a_failure_is_not_changed(place: Program) -> None:
    assert f"ValueError: {SAID}" in place("invoke", "fail").out
    assert f"↳ ValueError: {SAID}" in place("activations", "fail").out
    assert (
        f"ValueError: {SAID}"
        in place("session", place("activations", "fail", "--json").json["activations"][0]["id"]).out
    )


def test_a_description_is_not_changed(place: Program) -> None:
    assert f'"{SAID}"' in place("openapi").out
