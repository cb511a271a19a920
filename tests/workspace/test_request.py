from __future__ import annotations

import hashlib

from tests.workspace.helpers.requests import function_request


def test_the_source_is_the_hash_of_the_text_as_it_was_executed() -> None:
    text = "%%function ä\ndef ä(): ..."
    assert function_request(text, "ä").source == hashlib.sha256(text.encode()).hexdigest()
    assert function_request(text + "\n", "ä").source != function_request(text, "ä").source


def test_the_magic_line_is_shown_as_it_is_when_it_holds_no_parameters() -> None:
    request = function_request("", "f", annotations={"a": 1})
    assert request.options.shown_magic_line("%%function f --sample X") == "%%function f --sample X"
    assert request.options.shown_magic_line("") == ""


def test_a_web_action_is_annotated_as_openwhisks_command_line_does() -> None:
    web = {"web-export": True, "raw-http": False, "final": True}
    assert function_request("", "f", web=True).options.all_annotations == web
    mine = {"raw-http": True, "team": "blue"}
    request = function_request("", "f", web=True, annotations=mine)
    assert request.options.all_annotations == {**web, **mine}
    assert function_request("", "f", annotations=mine).options.all_annotations == mine


def test_parameters_are_shown_by_name() -> None:
    request = function_request("", "f", parameters={"a": "s3cret", "b": 2})
    line = request.options.shown_magic_line("%%function f --param a=s3cret --param b=2 --sample X")
    assert line == "%%function f --param a=… --param b=…"


def test_secrets_are_not_in_a_requests_repr() -> None:
    assert "s3cret" not in repr(function_request("", "f", parameters={"a": "s3cret"}))
