from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from jupyter_faas.client.errors import error_for, server_message
from jupyter_faas.client.transport import Reply
from jupyter_faas.errors import (
    ActionConflict,
    ActionNotFound,
    FaasError,
    NotAuthorized,
    TargetFailed,
    TargetNotReachable,
    TargetRefused,
)
from tests.client.conftest import SECRET, UUID, target_at

TARGET = target_at("https://lab.example")


def reply(status: int, words: str) -> Reply:
    return Reply(status, {"error": words, "code": "abc"}, {})


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, TargetRefused),
        (401, NotAuthorized),
        (403, NotAuthorized),
        (404, TargetRefused),
        (405, TargetRefused),
        (409, ActionConflict),
        (413, TargetRefused),
        (415, TargetRefused),
        (429, TargetRefused),
        (500, TargetFailed),
        (503, TargetFailed),
    ],
)
def test_a_status_becomes_an_error_in_the_servers_words(status: int, kind: type[FaasError]) -> None:
    error = error_for(reply(status, "Words of the server."), TARGET)
    assert type(error) is kind
    assert error.message.startswith("lab.example ")
    assert error.message.endswith(": Words of the server.")


@pytest.mark.parametrize("status", [403, 409, 413, 429, 500])
def test_the_hint_says_what_to_do(status: int) -> None:
    assert error_for(reply(status, "No."), TARGET).hint.endswith(
        (".", "%faas target use playground")
    )


def test_the_target_knows_what_to_do_about_its_key() -> None:
    target = replace(TARGET, key_hint="Correct the AUTH line in ~/.wskprops.")
    assert error_for(reply(401, "No."), target).hint == target.key_hint


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("Concurrent modification to resource detected.", "Try again."),
        ("Resource by this name exists but is not in this collection.", "Choose another name."),
        ("resource already exists", "Choose another name."),
    ],
)
def test_the_hint_of_a_conflict_fits_the_hosts_words(words: str, hint: str) -> None:
    assert error_for(reply(409, words), TARGET).hint == hint


def test_404_is_what_the_caller_says_it_is() -> None:
    missing = ActionNotFound("There is no action 'iris'.")
    assert error_for(
        reply(404, "The requested resource does not exist."), TARGET, missing=missing
    ) is (missing)


def test_a_404_that_is_not_openwhisks_is_not_a_missing_action() -> None:
    answer = Reply(404, {"detail": "Not Found"}, {})
    error = error_for(answer, TARGET, missing=ActionNotFound("There is no action 'iris'."))
    assert isinstance(error, TargetNotReachable)


@pytest.mark.parametrize(
    "echo",
    [
        f"{UUID}:{SECRET}",
        SECRET,
        base64.b64encode(f"{UUID}:{SECRET}".encode()).decode(),
    ],
    ids=["whole", "key", "header"],
)
def test_the_key_is_taken_out_of_the_servers_words(echo: str) -> None:
    error = error_for(reply(401, f"bad credentials {echo}!"), TARGET)
    assert echo not in str(error)
    assert SECRET not in str(error)
    assert "bad credentials •••!" in error.message


def test_long_words_are_cut() -> None:
    assert len(server_message(reply(400, "x" * 5000), TARGET)) < 1100


def test_the_playground_says_how_to_mend_its_key() -> None:
    target = target_at("http://127.0.0.1:3233", kind="playground", label="Local playground")
    assert "playground stop" in error_for(reply(401, "No."), target).hint
