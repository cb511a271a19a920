from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from jupyter_faas.client import Client
from jupyter_faas.errors import (
    ActionConflict,
    ActionNotFound,
    ActivationNotFound,
    InputError,
    KindNotSupported,
    NameNotAllowed,
    NotAuthorized,
    TargetFailed,
    TargetNotReachable,
    TargetRefused,
)
from jupyter_faas.whisk import Activation, FullName, SystemLimits
from jupyter_faas.whisk.kinds import RUNTIMES, runtimes_json
from tests.client.helpers.server import Answer, Asked, FakeHost, serving

Connect = Callable[[str], Client]

ACTIVATION_ID = "c41e09ab6f1e4f0d9e09ab6f1e1f0d22"
ACTION = {
    "namespace": "guest",
    "name": "iris",
    "version": "0.0.2",
    "publish": False,
    "exec": {"kind": "python:3.11", "binary": True},
    "parameters": [],
    "annotations": [{"key": "exec", "value": "python:3.11"}],
    "limits": {"timeout": 60000, "memory": 256, "logs": 10, "concurrency": 1},
    "updated": 1795565990000,
    "somethingNew": {},
}


def record(status: str = "success", result: object = None, **more: object) -> dict[str, Any]:
    return {
        "namespace": "guest",
        "name": "iris",
        "version": "0.0.2",
        "subject": "guest",
        "activationId": ACTIVATION_ID,
        "start": 1795565998000,
        "end": 1795565998003,
        "duration": 3,
        "response": {"status": status, "success": status == "success", "result": result or {}},
        "logs": [],
        "annotations": [{"key": "waitTime", "value": 4}],
        "publish": False,
        **more,
    }


def error(status: int, words: str) -> Answer:
    return Answer(status, {"error": words, "code": "x" * 32})


def only(host: FakeHost) -> Asked:
    (asked,) = host.asked
    return asked


def always(answer: Answer) -> Callable[[Asked], Answer]:
    return lambda _: answer


def test_info_tells_kinds_and_limits_without_the_key(client: Connect) -> None:
    info = {
        "description": "OpenWhisk",
        "limits": SystemLimits(max_memory=4096).info_json(),
        "runtimes": runtimes_json(RUNTIMES),
    }
    with serving(always(Answer(body=info))) as host:
        told = client(host.url).info()
    assert "authorization" not in only(host).headers
    assert only(host).path == "/"
    assert told.limits.max_memory == 4096
    assert "python:3.11" in told.kinds
    assert told.resolve("python:default") == "python:3.10"
    with pytest.raises(KindNotSupported, match="'cobol:85' is not supported"):
        told.resolve("cobol:85")


@pytest.mark.parametrize("body", [[], {}, "hello", {"runtimes": {"python": [{"image": "x"}]}}])
def test_info_of_another_server_is_not_openwhisks(client: Connect, body: object) -> None:
    with (
        serving(always(Answer(body=body))) as host,
        pytest.raises(TargetNotReachable, match="not return a valid OpenWhisk response"),
    ):
        client(host.url).info()


def test_the_namespaces_of_the_key_are_listed(client: Connect) -> None:
    with serving(always(Answer(body=["guest"]))) as host:
        assert client(host.url).namespaces() == ["guest"]
    assert only(host).path == "/api/v1/namespaces"


def test_the_limits_of_the_namespace_are_read(client: Connect) -> None:
    with serving(always(Answer(body={"maxActionMemory": 512}))) as host:
        assert client(host.url).limits() == {"maxActionMemory": 512}
    assert only(host).path == "/api/v1/namespaces/_/limits"


PACKAGE = {
    "namespace": "guest",
    "name": "my models",
    "version": "0.0.1",
    "publish": False,
    "parameters": [],
    "annotations": [],
    "binding": {},
    "updated": 1795565990000,
}


def test_a_package_is_read(client: Connect) -> None:
    binding = {"namespace": "whisk.system", "name": "utils"}
    with serving(always(Answer(body={**PACKAGE, "binding": binding, "actions": []}))) as host:
        package = client(host.url).get_package("my models")
    assert only(host).path == "/api/v1/namespaces/_/packages/my%20models"
    assert package is not None
    assert package.binding is not None
    assert package.binding.path == "whisk.system/utils"


def test_a_package_that_there_is_not_is_none(client: Connect) -> None:
    with serving(always(error(404, "The requested resource does not exist."))) as host:
        assert client(host.url).get_package("models") is None


def test_an_action_is_no_package(client: Connect) -> None:
    words = "Resource by this name exists but is not in this collection."
    with (
        serving(always(error(409, words))) as host,
        pytest.raises(ActionConflict, match="not in this collection"),
    ):
        client(host.url).get_package("models")


def test_a_package_is_created_and_never_overwritten(client: Connect) -> None:
    with serving(always(Answer(body=PACKAGE))) as host:
        assert client(host.url).create_package("my models").version == "0.0.1"
    asked = only(host)
    assert asked.method == "PUT"
    assert asked.path == "/api/v1/namespaces/_/packages/my%20models?overwrite=false"
    assert asked.body == b"{}"


def test_actions_are_listed(client: Connect) -> None:
    with serving(always(Answer(body=[{**ACTION, "exec": {"binary": True}}]))) as host:
        (action,) = client(host.url).list_actions(limit=50, skip=100)
    assert only(host).path == "/api/v1/namespaces/_/actions?limit=50&skip=100"
    assert (action.name, action.exec.kind, action.updated) == ("iris", "python:3.11", 1795565990000)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("iris", "_/actions/iris"),
        ("models/iris", "_/actions/models/iris"),
        ("/guest/iris", "guest/actions/iris"),
        ("/guest/models/iris", "guest/actions/models/iris"),
        ("my model@1.0", "_/actions/my%20model%401.0"),
    ],
)
def test_a_name_becomes_a_path(client: Connect, name: str, path: str) -> None:
    with serving(always(Answer(body=ACTION))) as host:
        client(host.url).get_action(name)
    assert only(host).path == f"/api/v1/namespaces/{path}?code=false"


def test_a_name_that_openwhisk_forbids_is_not_sent(client: Connect) -> None:
    with serving(always(Answer(body=ACTION))) as host:
        with pytest.raises(NameNotAllowed):
            client(host.url).get_action("../namespaces")
        assert host.asked == []


def test_an_action_is_put(client: Connect) -> None:
    body = {"exec": {"kind": "python:3.11", "code": "UEs=", "binary": True}}
    with serving(always(Answer(body=ACTION))) as host:
        action = client(host.url).put_action("iris", body)
    asked = only(host)
    assert (asked.method, asked.path) == (
        "PUT",
        "/api/v1/namespaces/_/actions/iris?overwrite=true",
    )
    assert b'"UEs="' in asked.body
    assert action.version == "0.0.2"


def test_a_conflict_is_named(client: Connect) -> None:
    with (
        serving(always(error(409, "resource already exists"))) as host,
        pytest.raises(ActionConflict, match="resource already exists"),
    ):
        client(host.url).put_action("iris", {}, overwrite=False)
    assert only(host).path.endswith("overwrite=false")


def test_a_package_that_is_missing_is_no_missing_action(client: Connect) -> None:
    with (
        serving(always(error(404, "The requested resource 'guest/x' does not exist."))) as host,
        pytest.raises(TargetRefused, match="'guest/x' does not exist"),
    ):
        client(host.url).put_action("x/iris", {})


def test_too_large_a_bundle_is_refused_with_the_sizes(client: Connect) -> None:
    words = "exec larger than allowed: 50000000 > 48000000 bytes."
    with (
        serving(always(error(413, words))) as host,
        pytest.raises(TargetRefused, match=r"50000000 > 48000000 bytes\.\n.*smaller"),
    ):
        client(host.url).put_action("iris", {})


@pytest.mark.parametrize("verb", ["get_action", "invoke"])
def test_an_action_that_is_not_there_is_named(client: Connect, verb: str) -> None:
    with serving(always(error(404, "The requested resource does not exist."))) as host:
        call = getattr(client(host.url), verb)
        arguments: tuple[object, ...] = ({},) if verb == "invoke" else ()
        with pytest.raises(
            ActionNotFound,
            match=r"^There is no action 'iris' on lab\.example\.\n"
            r"Deploy it first: %faas deploy iris$",
        ):
            call("iris", *arguments)


def test_an_action_that_is_not_there_cannot_be_deleted(client: Connect) -> None:
    with (
        serving(always(error(404, "The requested resource does not exist."))) as host,
        pytest.raises(
            ActionNotFound,
            match=r"^There is no action 'iris' on lab\.example\.$",
        ),
    ):
        client(host.url).delete_action("iris")


def test_an_action_is_deleted(client: Connect) -> None:
    with serving(always(Answer(body=ACTION))) as host:
        client(host.url).delete_action("iris")
    assert (only(host).method, only(host).body) == ("DELETE", b"")


def test_a_blocking_invoke_answers_with_the_record(client: Connect) -> None:
    with serving(always(Answer(body=record(result={"species": "setosa"})))) as host:
        activation = client(host.url).invoke("iris", {"x": 1}, timeout_ms=1000)
    assert isinstance(activation, Activation)
    assert activation.response.result == {"species": "setosa"}
    asked = only(host)
    assert asked.path == "/api/v1/namespaces/_/actions/iris?blocking=true&timeout=1000"
    assert asked.body == b'{"x": 1}'


@pytest.mark.parametrize(
    ("status", "words", "code"),
    [
        (502, "application error", 1),
        (502, "action developer error", 2),
        (500, "whisk internal error", 3),
    ],
)
def test_a_failed_run_is_an_activation_not_an_error(
    client: Connect, status: int, words: str, code: int
) -> None:
    with serving(always(Answer(status, record(words, {"error": "no"})))) as host:
        activation = client(host.url).invoke("iris", {})
    assert isinstance(activation, Activation)
    assert activation.response.status_code == code
    assert activation.response.result == {"error": "no"}


def test_a_run_that_is_not_finished_is_its_id(client: Connect) -> None:
    with serving(always(Answer(202, {"activationId": ACTIVATION_ID}))) as host:
        assert client(host.url).invoke("iris", {}) == ACTIVATION_ID
        assert client(host.url).invoke("iris", {}, blocking=False) == ACTIVATION_ID
    assert host.asked[1].path.endswith("?blocking=false")


def test_a_bare_list_is_found_again_by_its_id(client: Connect) -> None:
    answer = Answer(200, [1, 2], headers={"X-OpenWhisk-Activation-Id": ACTIVATION_ID})
    with serving(always(answer)) as host:
        assert client(host.url).invoke("iris", {}) == ACTIVATION_ID


@pytest.mark.parametrize("body", [None, [1], {"species": "setosa"}, "hi"])
def test_an_answer_that_is_no_record_is_not_openwhisks(client: Connect, body: object) -> None:
    with (
        serving(always(Answer(200, body))) as host,
        pytest.raises(TargetNotReachable, match="not return a valid OpenWhisk response"),
    ):
        client(host.url).invoke("iris", {})


def test_a_host_that_fails_is_not_a_run_that_failed(client: Connect) -> None:
    with (
        serving(always(error(500, "There was an internal server error."))) as host,
        pytest.raises(TargetFailed, match="There was an internal server error"),
    ):
        client(host.url).invoke("iris", {})


def test_too_many_calls_are_told_with_the_counts(client: Connect) -> None:
    words = "Too many requests in the last minute (count: 61, allowed: 60)."
    with (
        serving(always(error(429, words))) as host,
        pytest.raises(TargetRefused, match=r"count: 61, allowed: 60\)\.\n.*[Ww]ait"),
    ):
        client(host.url).invoke("iris", {})
    assert len(host.asked) == 1


def test_a_wrong_key_is_told(client: Connect) -> None:
    with (
        serving(always(error(401, "The supplied authentication is invalid"))) as host,
        pytest.raises(NotAuthorized, match=r"does not accept the key: The supplied"),
    ):
        client(host.url).list_actions()


def test_activations_are_listed_with_their_filters(client: Connect) -> None:
    entry = {key: value for key, value in record().items() if key not in ("response", "logs")}
    trigger = {key: entry[key] for key in ("namespace", "name", "activationId", "start")}
    with serving(always(Answer(body=[{**entry, "statusCode": 1}, trigger]))) as host:
        found = client(host.url).list_activations(10, 5, name="iris", since=1, upto=2)
    assert only(host).path == (
        "/api/v1/namespaces/_/activations?limit=10&skip=5&name=iris&since=1&upto=2"
    )
    assert [one.response.status_code for one in found] == [1, 0]
    assert found[1].duration is None


def test_one_entry_that_cannot_be_read_does_not_hide_the_others(client: Connect) -> None:
    with serving(always(Answer(body=[record(), {"hello": 1}, 3]))) as host:
        assert len(client(host.url).list_activations()) == 1


def test_a_list_without_anything_readable_is_not_openwhisks(client: Connect) -> None:
    with (
        serving(always(Answer(body=[{"hello": 1}]))) as host,
        pytest.raises(TargetNotReachable, match="not return a valid OpenWhisk response"),
    ):
        client(host.url).list_activations()


def test_full_records_are_listed_on_demand(client: Connect) -> None:
    with serving(always(Answer(body=[record(logs=["a"])]))) as host:
        (activation,) = client(host.url).list_activations(docs=True)
    assert only(host).path.endswith("&docs=true")
    assert activation.logs == ("a",)


def test_an_activation_is_read_in_whole_and_in_parts(client: Connect) -> None:
    def script(asked: Asked) -> Answer:
        if asked.path.endswith("/logs"):
            return Answer(body={"logs": ["line"]})
        if asked.path.endswith("/result"):
            return Answer(body={"result": {"a": 1}, "success": True, "status": "success"})
        return Answer(body=record())

    with serving(script) as host:
        one = client(host.url)
        assert one.get_activation(ACTIVATION_ID).activation_id == ACTIVATION_ID
        assert one.activation_logs(ACTIVATION_ID) == ["line"]
        assert one.activation_result(ACTIVATION_ID) == {"a": 1}
    assert host.asked[0].path == f"/api/v1/namespaces/_/activations/{ACTIVATION_ID}"


def test_an_activation_that_is_not_there_is_named(client: Connect) -> None:
    with (
        serving(always(error(404, "The requested resource does not exist."))) as host,
        pytest.raises(ActivationNotFound, match=f"no activation {ACTIVATION_ID} on lab"),
    ):
        client(host.url).get_activation(ACTIVATION_ID)


@pytest.mark.parametrize("text", ["", "../actions", "a b", "x?y"])
def test_what_is_no_id_is_not_sent(client: Connect, text: str) -> None:
    with serving(always(Answer(body={}))) as host:
        with pytest.raises(InputError, match="not an activation ID"):
            client(host.url).get_activation(text)
        assert host.asked == []


def test_the_client_says_who_it_is(client: Connect) -> None:
    with serving(always(Answer(body=[]))) as host:
        client(host.url).list_actions()
    assert only(host).headers["user-agent"].startswith("jupyter_faas/")


def test_the_address_of_an_action_can_be_shown(client: Connect) -> None:
    assert client("http://127.0.0.1:3233").action_url("iris") == (
        "http://127.0.0.1:3233/api/v1/namespaces/_/actions/iris"
    )


def test_the_address_of_a_web_action_needs_no_key(client: Connect) -> None:
    known = client("http://127.0.0.1:3233")
    root = "http://127.0.0.1:3233/api/v1/web/guest"
    assert known.web_url(FullName("guest", None, "iris")) == f"{root}/default/iris.json"
    assert known.web_url(FullName("guest", "my models", "i@1"), "") == f"{root}/my%20models/i%401"
