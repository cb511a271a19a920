"""The one table of errors, and what requests may hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tornado.web import HTTPError

from jupyter_faas.errors import ActionNotFound, FaasError, FieldRejected
from jupyter_faas.server.base import error_json, error_status
from jupyter_faas.server.handlers.bundles import MAX_BUNDLE_BYTES
from jupyter_faas.server.runner import SETTING
from tests.server.conftest import Api

SAMPLE = json.loads((Path(__file__).parents[1] / "data" / "api" / "error.json").read_text("utf-8"))


def test_error_of_ours_has_the_shape_of_the_sample() -> None:
    told = SAMPLE["error"]
    error = ActionNotFound(told["message"], hint=told["hint"])
    assert error_json(error, 500) == SAMPLE


def leaves(kind: type[FaasError]) -> list[type[FaasError]]:
    """A class and all below it in the tree that users meet; rooms have classes of their own too."""
    known = [below for below in kind.__subclasses__() if below.__module__ == kind.__module__]
    return [kind, *(leaf for below in known for leaf in leaves(below))]


@pytest.mark.parametrize("kind", leaves(FaasError), ids=lambda kind: kind.__name__)
def test_status_of_an_error_is_its_class_s(kind: type[FaasError]) -> None:
    error = kind("name", "it broke") if issubclass(kind, FieldRejected) else kind("it broke")
    assert error_status(error, 500) == kind.http_status
    assert 400 <= kind.http_status < 600


def test_status_of_another_error_is_tornado_s() -> None:
    assert error_status(HTTPError(404), 404) == 404
    assert error_status(None, 405) == 405


def test_unexpected_error_shows_nothing_of_itself() -> None:
    told = error_json(ZeroDivisionError("secret internals"), 500)
    assert told["error"]["code"] == "internal_error"
    assert "secret" not in json.dumps(told)


def test_error_of_tornado_with_a_status_of_its_own_inside() -> None:
    assert error_json(HTTPError(500, "secret internals"), 500)["error"]["code"] == "internal_error"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"null", b"\xff"])
def test_body_that_is_no_json_object(api: Api, body: bytes) -> None:
    answer = api("PUT", "faas/api/target", body)
    assert answer.status == 400
    assert answer.error["code"] == "bad_input"


@pytest.mark.parametrize(
    ("method", "path", "body", "message"),
    [
        ("PUT", "faas/api/target", {}, "The body must contain 'name': a string that is not empty."),
        (
            "PUT",
            "faas/api/target",
            {"name": 3},
            "The body must contain 'name': a string that is not empty.",
        ),
        (
            "POST",
            "faas/api/deployments",
            {"name": "x"},
            "The body must contain 'package': a string that is not empty.",
        ),
        ("POST", "faas/api/playground", {"action": "dance"}, "The action must be start or stop"),
        ("POST", "faas/api/functions/x/invocations", {"params": []}, "params must be a JSON obj"),
        ("PUT", f"faas/api/packages/{'b' * 16}", [1], "The body must be a JSON object."),
        ("PUT", "faas/api/target", b"[" * 100_000, "The body must be a JSON object."),
        ("PUT", "faas/api/target", b'{"name": ' * 100_000, "The body must be a JSON object."),
    ],
)
def test_body_of_another_shape(
    api: Api, method: str, path: str, body: object, message: str
) -> None:
    answer = api(method, path, body)
    assert answer.status == 400
    assert answer.error["code"] == "bad_input"
    assert answer.error["message"].startswith(message)


@pytest.mark.parametrize(
    "query",
    [
        *({"limit": "many"}, {"limit": "0"}, {"limit": "-1"}, {"since": "1.5"}, {"skip": "²"}),
        *({"limit": "9" * 5000}, {"since": "9" * 16}, {"skip": "1e400"}),
    ],
    ids=lambda query: str(query)[:30],
)
def test_query_that_is_no_number(api: Api, query: dict[str, str]) -> None:
    answer = api("GET", "faas/api/activations", query=query)
    assert answer.status == 400
    assert answer.error["message"].startswith(f"{next(iter(query))} must be a whole number")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "faas/api/deployments", 405, "method_not_allowed"),
        ("DELETE", "faas/api/status", 405, "method_not_allowed"),
    ],
)
def test_method_that_a_route_has_not(
    api: Api, method: str, path: str, status: int, code: str
) -> None:
    answer = api(method, path)
    assert answer.status == status
    assert answer.error["code"] == code


def test_bundle_that_is_too_large(api: Api) -> None:
    answer = api("PUT", f"faas/api/bundles/{'a' * 64}", bytes(MAX_BUNDLE_BYTES + 1))
    assert answer.status == 413
    assert answer.error["code"] == "too_large"


def test_file_that_cannot_be_used(api: Api, data_dir: Path) -> None:
    data_dir.write_text("in the way", "utf-8")
    answer = api("POST", "faas/api/deployments", {"package": "b" * 16})
    assert answer.status == 500
    assert answer.error["code"] == "playground_error"
    assert "cannot be used: Not a directory." in answer.error["message"]


def test_error_inside_the_workspace_is_logged_and_not_shown(
    api: Api, jp_serverapp: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # No input causes a bug, so the runner is missing.
    monkeypatch.setitem(jp_serverapp.web_app.settings, SETTING, None)
    answer = api("POST", "faas/api/deployments", {"package": "b" * 16})
    assert answer.status == 500
    assert answer.error["code"] == "internal_error"
    assert "NoneType" not in answer.text
    assert any(record.exc_info for record in caplog.records if "Uncaught" in record.message)


def test_reading_does_not_count_as_activity(api: Api, jp_serverapp: Any) -> None:
    settings = jp_serverapp.web_app.settings
    before = settings.get("api_last_activity")
    assert api("GET", "faas/api/status").status == 200
    assert settings.get("api_last_activity") == before
    api("PUT", "faas/api/target", {"name": "playground"})
    assert settings["api_last_activity"] != before
