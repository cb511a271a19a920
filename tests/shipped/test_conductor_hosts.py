"""What the conductor makes of hosts that refuse, fail or are not there."""

from __future__ import annotations

import base64
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.playground import PlaygroundInfo, start, stop
from tests.shipped.helpers.branching import KEY, Play, values
from tests.shipped.helpers.busy_host import BusyHost
from tests.shipped.helpers.conductor import action, aside, attempt, function, mapped, parallel

TOO_MANY = {"error": "Too many concurrent requests in flight (count: 30, allowed: 30)."}


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("status", [429, 503])
def test_host_with_too_much_to_do_is_asked_again(
    host: BusyHost, play: Play, conductor: Any, method: str, status: int
) -> None:
    conductor.host.LONGEST_PAUSE_S = 0.02
    host.refusals[method] = [(status, TOO_MANY)] * 3
    *_, last = play(host, mapped("", action("a", "[0]")), {"value": [1, 2]})
    assert values(last) == [{"n": 10}, {"n": 20}]
    assert len(host.given) == 2


def test_host_that_refuses_for_too_long_is_an_error(
    host: BusyHost, play: Play, conductor: Any
) -> None:
    conductor.host.LONGEST_PAUSE_S, conductor.host.PATIENCE_S = 0.02, 0.2
    host.refusals["POST"] = [(429, TOO_MANY)] * 100
    *_, last = play(host, mapped("[2]", action("a", "[2][0]")), {"value": [1, 2]})
    assert last["error"].startswith(
        "Map combinator failed to invoke a composition at AST node root[2]: the host responded "
        "with status 429: Too many concurrent requests in flight"
    )


def test_failure_to_start_has_a_handler(host: BusyHost, play: Play) -> None:
    host.refusals["POST"] = [(404, {"error": "The requested resource does not exist."})]
    states = attempt("", mapped(".body", action("a")), [function("caught", ".handler")])
    (answer,) = play(host, states, {"value": [1]})
    assert (
        "the host responded with status 404: The requested resource" in answer["params"]["caught"]
    )


@pytest.mark.parametrize("combinator", ["map", "parallel", "async"])
def test_key_that_is_refused_stands_nowhere(
    combinator: str, host: BusyHost, play: Play, capsys: pytest.CaptureFixture[str]
) -> None:
    refusal = {"error": "The supplied authentication is invalid"}
    host.refusals["POST"] = [(401, refusal)]
    body = [action("a", "[0]")]
    forks = {"map": mapped("", *body), "parallel": parallel("", body), "async": aside("", *body)}
    (answer,) = play(host, forks[combinator], {"value": [1]})
    what = "composition" if combinator == "async" else "a composition"
    assert answer == {
        "error": f"{combinator.capitalize()} combinator failed to invoke {what} at AST node root: "
        "the host responded with status 401: The supplied authentication is invalid"
    }
    captured = capsys.readouterr()
    assert "the host responded with status 401" in captured.err
    for secret in (KEY, "kkkk", base64.b64encode(KEY.encode()).decode()[:20]):
        assert secret not in captured.out + captured.err + str(answer)


def test_host_that_is_not_there_is_an_error(play: Play) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        apihost = f"http://127.0.0.1:{listener.getsockname()[1]}"
        (answer,) = play(apihost, mapped("", action("a", "[0]")), {"value": [1]})
    assert answer["error"].endswith(f"no response from {apihost} (Connection refused)")


def test_host_that_nobody_knows_is_an_error(play: Play) -> None:
    (answer,) = play("http://nowhere.invalid", mapped("", action("a", "[0]")), {"value": [1]})
    assert "no response from http://nowhere.invalid (" in answer["error"]


def test_question_without_an_answer_is_asked_again(host: BusyHost, play: Play) -> None:
    host.refusals["GET"] = [(0, {})] * 3
    *_, last = play(host, mapped("", action("a", "[0]")), {"value": [1]})
    assert values(last) == [{"n": 10}]


def test_host_that_stays_away_is_an_error(host: BusyHost, play: Play, conductor: Any) -> None:
    conductor.host.PATIENCE_S = 0.1
    host.refusals["GET"] = [(0, {})] * 100
    *_, last = play(host, mapped("", action("a", "[0]")), {"value": [1]})
    assert f"no response from {host.apihost} (" in last["error"]


def test_branch_that_may_have_started_is_not_started_twice(host: BusyHost, play: Play) -> None:
    host.refusals["POST"] = [(0, {})]
    (answer,) = play(host, mapped("", action("a", "[0]")), {"value": [1]})
    assert f"no response from {host.apihost} (" in answer["error"]
    assert [method for method, *_ in host.requests] == ["POST"]


def test_action_without_a_key_says_what_to_do(
    play: Play, conductor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("__OW_API_KEY", raising=False)
    answer = conductor.Conductor(mapped("", action("a", "[0]")), {}).answer({"value": [1]})
    assert "deploy it with the annotation provide-api-key" in answer["error"]


# Certificates


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlaygroundInfo]:
    data_dir: Path = tmp_path_factory.mktemp("secure")
    yield start(data_dir, port=0, tls=True, wait_s=30)
    stop(data_dir)


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({}, "certificate verify failed"),
        ({"SSL_CERT_FILE": "ca"}, "the host responded with status 401"),
        ({"__OW_IGNORE_CERTS": "true"}, "the host responded with status 401"),
    ],
    ids=["not trusted", "trusted", "ignored"],
)
def test_certificates_are_checked(
    variables: dict[str, str],
    words: str,
    secure: PlaygroundInfo,
    play: Play,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, str(secure.ca) if value == "ca" else value)
    (answer,) = play(str(secure.https), mapped("", action("a", "[0]")), {"value": [1]})
    assert words in answer["error"]
