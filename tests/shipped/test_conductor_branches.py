"""``parallel``, ``map`` and ``asynchronous`` of the conductor, against hosts in every mood."""

from __future__ import annotations

import base64
import json
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.playground import PlaygroundInfo, start, stop
from tests.shipped.busy_host import BusyHost, busy_host
from tests.shipped.conductor import (
    State,
    action,
    aside,
    attempt,
    function,
    let,
    load_conductor,
    mapped,
    parallel,
    within,
)

KEY = "23bc46b1-71f6-4ed5-8c54-816aa4f8c502:" + "k" * 64
ECHO = "/whisk.system/utils/echo"
TOO_MANY = {"error": "Too many concurrent requests in flight (count: 30, allowed: 30)."}

Play = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def conductor() -> Any:
    """Its constants may be changed: each test has a module of its own."""
    return load_conductor()


@pytest.fixture
def play(conductor: Any, monkeypatch: pytest.MonkeyPatch) -> Play:
    """All answers, hand-overs among them; ``seconds`` is the time limit of each round."""

    def play(
        host: BusyHost | str, states: list[State], params: dict[str, Any], seconds: float = 60
    ) -> list[dict[str, Any]]:
        apihost = host if isinstance(host, str) else host.apihost
        monkeypatch.setenv("__OW_API_HOST", apihost)
        monkeypatch.setenv("__OW_API_KEY", KEY)
        monkeypatch.setenv("__OW_ACTION_NAME", "/guest/flows/my flow")
        monkeypatch.setenv("__OW_ACTIVATION_ID", "f" * 32)
        runs = conductor.Conductor(states, {"caught": lambda p: {"caught": p["error"]}})
        answers, payload = [], params
        while True:
            monkeypatch.setenv("__OW_DEADLINE", str(int((time.time() + seconds) * 1000)))
            answers.append(runs.answer(payload))
            if answers[-1].get("action") != ECHO:
                return answers
            payload = json.loads(json.dumps({**answers[-1]["params"], **answers[-1]["state"]}))

    return play


@pytest.fixture
def host() -> Iterator[BusyHost]:
    with busy_host(BusyHost(work=lambda given: {"n": given["value"] * 10})) as host:
        yield host


def values(answer: dict[str, Any]) -> Any:
    return answer["params"]["value"]


def test_results_are_in_order(host: BusyHost, play: Play) -> None:
    *_, last = play(host, mapped("", action("a", "[0]")), {"value": [3, 1, 2], "beside": 1})
    assert last == {"params": {"value": [{"n": 30}, {"n": 10}, {"n": 20}]}}


def test_branches_are_runs_of_the_same_action(host: BusyHost, play: Play) -> None:
    states = within("", *let("[0]", {"by": 2}, *mapped("[0][0]", action("a", "[0][0][0]"))))
    play(host, states, {"value": [{"value": 1}]})
    (method, path, auth), *_ = host.requests
    assert (method, auth) == ("POST", f"Basic {base64.b64encode(KEY.encode()).decode()}")
    assert path.startswith("/api/v1/namespaces/guest/actions/flows/my%20flow?blocking=false")
    stack = [{"marker": True}, {"let": {"by": 2}}]
    assert host.given == [{"value": 1, "$composer": {"state": 3, "stack": stack}}]


def test_parallel_branches_get_the_same_parameters(play: Play) -> None:
    states = parallel("", [action("a", "[0]")], [action("b", "[1]"), action("c", "[1]")])
    with busy_host(BusyHost()) as host:
        play(host, states, {"n": 1})
    assert [(each["n"], each["$composer"]["state"]) for each in host.given] == [(1, 1), (1, 3)]


def test_ids_are_logged_and_stay_in_the_state(
    host: BusyHost, play: Play, capsys: pytest.CaptureFixture[str]
) -> None:
    states = within("", mapped("[0]", action("a", "[0][0]")), action("last", "[1]"))
    first, last = play(host, states, {"value": [1, 2]})
    ids = ["0" * 32, "0" * 31 + "1"]
    for answer in (first, last):
        assert answer["state"]["$composer"]["branches"] == {"[0]": ids}
    assert (last["action"], "fork" in last["state"]["$composer"]) == ("/_/last", False)
    log = capsys.readouterr().out.splitlines()
    assert [line for line in log if line.startswith("branch")] == [
        f"branch {position} of [0]: activation {ids[position]}" for position in (0, 1)
    ]


def test_it_hands_over_once_as_soon_as_branches_run(host: BusyHost, play: Play) -> None:
    answers = play(host, mapped("", action("a", "[0]")), {"value": [1]})
    assert len(answers) == 2
    assert (answers[0]["action"], answers[0]["params"]) == (ECHO, {})
    assert answers[0]["state"]["$composer"]["state"] == 3


def test_twenty_run_at_a_time(host: BusyHost, play: Play) -> None:
    host.looks = 3
    *_, last = play(host, mapped("", action("a", "[0]")), {"value": list(range(60))})
    assert values(last) == [{"n": n * 10} for n in range(60)]
    assert host.most == 20


def test_nothing_to_map_asks_nobody(play: Play) -> None:
    nothing: list[dict[str, Any]] = [{"value": []}, {"value": None}, {}]
    for params in nothing:
        answers = play("http://127.0.0.1:9", mapped("", action("a", "[0]")), params)
        assert answers == [{"params": {"value": []}}]


@pytest.mark.parametrize(
    ("value", "kind"),
    [({"a": 1}, "a dictionary"), ("ab", "a string"), (3, "a number"), (False, "true or false")],
)
def test_map_of_what_is_no_list_is_an_error(play: Play, value: Any, kind: str) -> None:
    answers = play("http://127.0.0.1:9", mapped("[1]", action("a", "[1][0]")), {"value": value})
    message = f"Map combinator takes a list as value, not {kind}, at AST node root[1]"
    assert answers == [{"error": message}]


def test_error_of_a_branch_is_its_result(play: Play) -> None:
    def work(given: dict[str, Any]) -> dict[str, Any]:
        return {"error": "no luck"} if given["value"] == 2 else {"n": given["value"]}

    with busy_host(BusyHost(work=work)) as host:
        *_, last = play(host, mapped("", action("a", "[0]")), {"value": [1, 2, 3]})
    assert values(last) == [{"n": 1}, {"error": "no luck"}, {"n": 3}]


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("status", [429, 503])
def test_host_with_too_much_to_do_is_asked_again(
    host: BusyHost, play: Play, conductor: Any, method: str, status: int
) -> None:
    conductor.LONGEST_PAUSE_S = 0.02
    host.refusals[method] = [(status, TOO_MANY)] * 3
    *_, last = play(host, mapped("", action("a", "[0]")), {"value": [1, 2]})
    assert values(last) == [{"n": 10}, {"n": 20}]
    assert len(host.given) == 2


def test_host_that_refuses_for_too_long_is_an_error(
    host: BusyHost, play: Play, conductor: Any
) -> None:
    conductor.LONGEST_PAUSE_S, conductor.PATIENCE_S = 0.02, 0.2
    host.refusals["POST"] = [(429, TOO_MANY)] * 100
    *_, last = play(host, mapped("[2]", action("a", "[2][0]")), {"value": [1, 2]})
    assert last["error"].startswith(
        "Map combinator failed to invoke a composition at AST node root[2]: the host answers 429: "
        "Too many concurrent requests in flight"
    )


def test_failure_to_start_has_a_handler(host: BusyHost, play: Play) -> None:
    host.refusals["POST"] = [(404, {"error": "The requested resource does not exist."})]
    states = attempt("", mapped(".body", action("a")), [function("caught", ".handler")])
    (answer,) = play(host, states, {"value": [1]})
    assert "the host answers 404: The requested resource" in answer["params"]["caught"]


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
        "the host answers 401: The supplied authentication is invalid"
    }
    captured = capsys.readouterr()
    assert "the host answers 401" in captured.err
    for secret in (KEY, "kkkk", base64.b64encode(KEY.encode()).decode()[:20]):
        assert secret not in captured.out + captured.err + str(answer)


def test_host_that_is_not_there_is_an_error(play: Play) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        apihost = f"http://127.0.0.1:{listener.getsockname()[1]}"
        (answer,) = play(apihost, mapped("", action("a", "[0]")), {"value": [1]})
    assert answer["error"].endswith(f"no answer from {apihost} (Connection refused)")


def test_host_that_nobody_knows_is_an_error(play: Play) -> None:
    (answer,) = play("http://nowhere.invalid", mapped("", action("a", "[0]")), {"value": [1]})
    assert "no answer from http://nowhere.invalid (" in answer["error"]


def test_question_without_an_answer_is_asked_again(host: BusyHost, play: Play) -> None:
    host.refusals["GET"] = [(0, {})] * 3
    *_, last = play(host, mapped("", action("a", "[0]")), {"value": [1]})
    assert values(last) == [{"n": 10}]


def test_host_that_stays_away_is_an_error(host: BusyHost, play: Play, conductor: Any) -> None:
    conductor.PATIENCE_S = 0.1
    host.refusals["GET"] = [(0, {})] * 100
    *_, last = play(host, mapped("", action("a", "[0]")), {"value": [1]})
    assert f"no answer from {host.apihost} (" in last["error"]


def test_branch_that_may_have_started_is_not_started_twice(host: BusyHost, play: Play) -> None:
    host.refusals["POST"] = [(0, {})]
    (answer,) = play(host, mapped("", action("a", "[0]")), {"value": [1]})
    assert f"no answer from {host.apihost} (" in answer["error"]
    assert [method for method, *_ in host.requests] == ["POST"]


def test_action_without_a_key_says_what_to_do(
    play: Play, conductor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("__OW_API_KEY", raising=False)
    answer = conductor.Conductor(mapped("", action("a", "[0]")), {}).answer({"value": [1]})
    assert "deploy it with the annotation provide-api-key" in answer["error"]


def test_it_hands_over_before_its_time_is_up(host: BusyHost, play: Play) -> None:
    host.looks = 12
    before = time.monotonic()
    answers = play(host, mapped("", action("a", "[0]")), {"value": [1]}, seconds=0.5)
    assert time.monotonic() - before < 10
    # One as soon as the branch runs, and at least one more for want of time.
    assert len(answers) > 2
    assert values(answers[-1]) == [{"n": 10}]
    assert len(host.given) == 1


def test_it_leaves_its_place_when_nothing_happens(
    host: BusyHost, play: Play, conductor: Any
) -> None:
    conductor.QUIET_S = 0.02
    host.looks = 8
    answers = play(host, mapped("", action("a", "[0]")), {"value": [1]})
    rounds = [each["state"]["$composer"]["fork"].get("rounds", 0) for each in answers[:-1]]
    assert rounds == list(range(len(rounds)))
    assert len(rounds) > 2


def test_error_of_the_hand_over_changes_nothing(host: BusyHost, conductor: Any, play: Play) -> None:
    states = mapped("", action("a", "[0]"))
    first = play(host, states, {"value": [1]})[0]
    payload = {"error": "Too many actions in the composition.", **first["state"]}
    assert conductor.Conductor(states, {}).answer(payload) == {"params": {"value": [{"n": 10}]}}


def test_results_too_large_for_the_state_are_asked_for_again(play: Play, conductor: Any) -> None:
    conductor.MAX_BYTES = 3_000
    with busy_host(BusyHost(work=lambda given: {"text": "x" * 500}, looks=2)) as host:
        conductor.QUIET_S = 0.001
        answers = play(host, mapped("", action("a", "[0]")), {"value": list(range(25))})
    assert answers[-1]["error"].startswith("The result of the composition is ")
    assert len(host.given) == 25


def test_branch_too_large_to_start_is_an_error(host: BusyHost, play: Play) -> None:
    (answer,) = play(host, mapped("", action("a", "[0]")), {"value": ["x" * 1_048_570]})
    assert "a branch would get 1,048,6" in answer["error"]
    assert host.given == []


def test_asynchronous_goes_on_at_once(host: BusyHost, play: Play) -> None:
    states = within("", aside("[0]", action("a", "[0][0]")), action("last", "[1]"))
    (answer,) = play(host, states, {"n": 1})
    assert answer["params"] == {
        "method": "async",
        "activationId": "0" * 32,
        "sessionId": "f" * 32,
    }
    assert answer["state"]["$composer"]["spawned"] == {"[0]": ["0" * 32]}
    stack = [{"marker": True}]
    assert host.given == [{"n": 1, "$composer": {"state": 2, "stack": stack}}]


def test_asynchronous_waits_for_its_turn(host: BusyHost, play: Play, conductor: Any) -> None:
    conductor.LONGEST_PAUSE_S, conductor.QUIET_S = 0.02, 0.05
    host.refusals["POST"] = [(429, TOO_MANY)] * 4
    answers = play(host, aside("", action("a", "[0]")), {"n": 1})
    assert answers[-1]["params"]["activationId"] == "0" * 32
    assert host.given[0]["n"] == 1


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
        ({"SSL_CERT_FILE": "ca"}, "the host answers 401"),
        ({"__OW_IGNORE_CERTS": "true"}, "the host answers 401"),
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
