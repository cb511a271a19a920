"""What a run was given, and sending it again, on a real playground."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.server.conftest import Api
from tests.workspace.helpers.requests import function_request

CELL = """\
%%function greet
def greet(name: str, secret: str = "", more: dict | None = None):
    return {"greeting": f"Hello, {name}", "secret": len(secret)}
"""


@pytest.fixture
def greet(api: Api, data_dir: Path) -> None:
    from jupyter_faas.whisk.inputs import KeepInputs
    from jupyter_faas.workspace import Workspace

    keep = KeepInputs(5, redact=("secret",))
    request = function_request(cell_text=CELL, name="greet", keep_inputs=keep)
    packaged = Workspace.open(data_dir=data_dir).package(request, {})
    assert api("POST", "faas/api/deployments", {"package": packaged.record.id}).status == 200


def run(api: Api, **params: object) -> str:
    done = api("POST", "faas/api/functions/greet/invocations", {"params": params})
    found: str = done.json["id"]
    return found


@pytest.mark.usefixtures("greet")
def test_an_input_is_shown_and_sent_again(api: Api) -> None:
    first = run(api, name="Ada")
    kept = api("GET", f"faas/api/activations/{first}/input")
    assert kept.json == {"input": {"params": {"name": "Ada"}, "lacking": []}}
    again = api("POST", f"faas/api/activations/{first}/replays").json
    assert again["id"] != first
    assert again["result"] == {"greeting": "Hello, Ada", "secret": 0}


@pytest.mark.usefixtures("greet")
def test_what_was_redacted_is_named_and_not_sent(api: Api) -> None:
    first = run(api, name="Ada", secret="x")
    kept = api("GET", f"faas/api/activations/{first}/input").json["input"]
    assert kept == {"params": {"name": "Ada", "secret": "…"}, "lacking": ["secret"]}
    again = api("POST", f"faas/api/activations/{first}/replays")
    assert again.status == 400
    assert "secret was redacted" in again.error["message"]
    assert again.error["hint"] == (
        f"Set the missing values: %faas replay greet secret=… --run {first}"
    )


@pytest.mark.usefixtures("greet")
def test_what_was_redacted_inside_a_parameter_is_named_too(api: Api) -> None:
    first = run(api, name="Ada", more={"secret": "x"})
    assert api("GET", f"faas/api/activations/{first}/input").json["input"]["lacking"] == ["more"]


@pytest.mark.usefixtures("greet")
def test_a_run_without_an_input_has_none(api: Api) -> None:
    answer: Any = api("GET", f"faas/api/activations/{'0' * 32}/input")
    assert answer.json == {"input": None}
    assert api("POST", f"faas/api/activations/{'0' * 32}/replays").status == 404


def test_looking_starts_no_playground(api: Api) -> None:
    assert api("GET", f"faas/api/activations/{'0' * 32}/input").status == 502
    assert api("GET", "faas/api/status").json["target"]["state"] == "stopped"
