"""``parallel``, ``map`` and ``asynchronous`` of the conductor, started and waited for."""

from __future__ import annotations

import base64
import time
from typing import Any

import pytest

from tests.shipped.helpers.branching import ECHO, KEY, Play, values
from tests.shipped.helpers.busy_host import BusyHost, busy_host
from tests.shipped.helpers.conductor import action, aside, let, mapped, parallel, within

TOO_MANY = {"error": "Too many concurrent requests in flight (count: 30, allowed: 30)."}


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
    conductor.host.QUIET_S = 0.02
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
    conductor.values.MAX_ANSWER_BYTES = 3_000
    with busy_host(BusyHost(work=lambda given: {"text": "x" * 500}, looks=2)) as host:
        conductor.host.QUIET_S = 0.001
        answers = play(host, mapped("", action("a", "[0]")), {"value": list(range(25))})
    assert answers[-1]["error"].startswith("The result of the composition is ")
    assert len(host.given) == 25


def test_branch_too_large_to_start_is_an_error(host: BusyHost, play: Play) -> None:
    (answer,) = play(host, mapped("", action("a", "[0]")), {"value": ["x" * 1_048_570]})
    assert "a branch would receive 1,048,6" in answer["error"]
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
    conductor.host.LONGEST_PAUSE_S, conductor.host.QUIET_S = 0.02, 0.05
    host.refusals["POST"] = [(429, TOO_MANY)] * 4
    answers = play(host, aside("", action("a", "[0]")), {"n": 1})
    assert answers[-1]["params"]["activationId"] == "0" * 32
    assert host.given[0]["n"] == 1
