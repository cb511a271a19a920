"""Compositions packaged as they are deployed, and run on a playground."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.clients.helpers.target import own_playground
from tests.contract.helpers.api import Api, annotated, node, python
from tests.shipped.helpers.composed import Composing

ECHO = "/whisk.system/utils/echo"

ACTIONS = {
    "increment": python("def main(args):\n    return {'n': args['n'] + 1}\n"),
    "fail": python("def main(args):\n    return {'error': 'no luck', 'beside': 1}\n"),
    "nap": python("import time\ndef main(args):\n    time.sleep(4)\n    return {'n': args['n']}\n"),
    "number": python("def main(args):\n    return 7\n"),
    "nothing": python("def main(args):\n    return None\n"),
    "crash": node("const main = () => { throw new Error('broken'); };"),
    # One worker counts, as long as it is kept.
    "flaky": python(
        "calls = 0\ndef main(args):\n    global calls\n    calls += 1\n"
        "    return {'calls': calls} if calls % 3 == 0 else {'error': f'call {calls}'}\n"
    ),
    "large": python("def main(args):\n    return {'text': 'x' * args['size']}\n"),
}

Run = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with own_playground(tmp_path_factory.mktemp("playground")) as target, target.api() as api:
        for name, body in ACTIONS.items():
            assert api.put(name, body).status_code == 200
        yield api


@pytest.fixture(scope="module")
def composing(tmp_path_factory: pytest.TempPathFactory) -> Composing:
    return Composing(tmp_path_factory.mktemp("packages"))


@pytest.fixture
def run(api: Api, composing: Composing, request: pytest.FixtureRequest) -> Run:
    """Deploys a cell, runs it, and gives its record; ``limits`` as ``timeout=3000``."""

    def run(cell: str, params: dict[str, Any] | None = None, **limits: int) -> dict[str, Any]:
        name = request.node.name.replace("[", "_").rstrip("]")
        action = composing.compose(cell).put(api, name, "_", **limits)
        answer = api.invoke(action, params).json()
        found: dict[str, Any] = answer if "response" in answer else api.record(answer[ID], 90)
        return found

    return run


ID = "activationId"


def result(record: dict[str, Any]) -> Any:
    return record["response"]["result"]


def parts(api: Api, record: dict[str, Any]) -> list[dict[str, Any]]:
    return [api.record(each) for each in record["logs"]]


def lines(record: dict[str, Any], stream: str = "stdout") -> list[str]:
    return [line.partition(f" {stream}: ")[2] for line in record["logs"] if f" {stream}: " in line]


def test_helpers_and_constants_travel(run: Run) -> None:
    cell = """
LIMIT = 3
def is_small(p):
    return p["n"] < LIMIT

loop(is_small, "increment")
"""
    assert result(run(cell, {"n": 0})) == {"n": 3}


def test_prints_are_in_the_log_of_the_conductor(run: Run, api: Api) -> None:
    record = run('sequence("increment", lambda p: print("now", p["n"]))', {"n": 1})
    *_, last = parts(api, record)
    assert lines(last) == ["Entering composition[1]", "now 2", "Entering final state"]


def test_exception_is_told_with_its_line(run: Run, api: Api) -> None:
    cell = """
def halve(p):
    wrong = p["missing"]
    return {"half": wrong / 2}

sequence("increment", halve)
"""
    record = run(cell, {"n": 1})
    place = "AST node root[1] (see log for details)"
    assert result(record) == {"error": f"Function combinator threw an exception at {place}"}
    log = lines(parts(api, record)[-1], "stderr")
    assert log[0] == "Traceback (most recent call last):"
    assert log[1].startswith('  File "captured.py", line ')
    assert log[1].endswith(", in halve")
    assert log[2].strip() == 'wrong = p["missing"]'
    assert log[-1] == "KeyError: 'missing'"


def test_unknown_action_has_a_handler(run: Run) -> None:
    record = run('do("no-such-action", lambda p: {"caught": p["error"]})')
    assert "no-such-action' during composition." in result(record)["caught"]


@pytest.mark.parametrize("action", ["number", "nothing", "crash"])
def test_action_without_a_dictionary_has_a_handler(run: Run, api: Api, action: str) -> None:
    record = run(f'do("{action}", lambda p: {{"caught": p["error"]}})')
    assert isinstance(result(record)["caught"], str)
    assert parts(api, record)[1]["response"]["status"] == "action developer error"


def test_retry_succeeds_at_the_third_try(run: Run, api: Api) -> None:
    record = run('retry(5, "flaky")')
    assert result(record) == {"calls": 3}
    tries = [part["response"]["success"] for part in parts(api, record) if part["name"] == "flaky"]
    assert tries == [False, False, True]


def test_ensure_runs_after_a_failure(run: Run) -> None:
    assert result(run('ensure("fail", lambda p: {"cleared": p["error"]})')) == {
        "cleared": "no luck"
    }


def test_data_frame_is_no_result(run: Run) -> None:
    cell = """
import pandas
sequence("increment", lambda p: pandas.DataFrame([p]))
"""
    assert result(run(cell, {"n": 1}))["error"] == (
        "Function combinator at AST node root[1] returned a DataFrame, which JSON does not "
        'support: write .to_dict("records")'
    )


def test_state_over_a_megabyte_is_an_error(run: Run) -> None:
    cell = 'retain("large", "increment")'
    error = result(run(cell, {"size": 1_000_000, "kept": "x" * 60_000}))["error"]
    assert error.startswith("The state of the composition at AST node root[1] is 1,060,")
    assert "1,000,0" in error


def test_result_may_be_as_large_as_openwhisk_takes(run: Run) -> None:
    around = len('{"params": {"a": ""}}')
    found = result(run('function(lambda p: {"a": "x" * p["n"]})', {"n": 1_048_575 - around}))
    assert found.keys() == {"a"}


def test_result_over_a_megabyte_is_an_error(run: Run) -> None:
    around = len('{"params": {"a": ""}}')
    found = result(run('function(lambda p: {"a": "x" * p["n"]})', {"n": 1_048_576 - around}))
    assert found["error"].startswith("The result of the composition is 1,048,576 bytes of JSON")


def test_more_than_fifty_steps_are_too_many(run: Run) -> None:
    record = run('do(repeat(60, "increment"), lambda p: {"caught": p["error"]})', {"n": 0})
    assert result(record) == {"caught": "Too many actions in the composition."}


# Branches


def test_map_over_sixty_items(run: Run, api: Api) -> None:
    cell = 'map(lambda p: {"n": p["value"]}, "increment")'
    record = run(cell, {"value": list(range(60))})
    assert result(record) == {"value": [{"n": n + 1} for n in range(60)]}
    first, echo, *_ = found = parts(api, record)
    assert (echo["name"], annotated(echo)["path"]) == ("echo", ECHO[1:])
    told = [line for part in found for line in lines(part) if line.startswith("branch ")]
    assert len(told) == 60
    ids = result(first)["state"]["$composer"]["branches"][""]
    assert len(ids) == 60
    assert told[0] == f"branch 0 of : activation {ids[0]}"
    assert "cause" not in api.record(ids[0])


def test_ids_of_branches_stay_in_the_state(run: Run, api: Api) -> None:
    record = run('sequence(parallel("increment", "fail"), lambda: {"n": 1}, "increment")', {"n": 1})
    *_, before, _, _ = parts(api, record)
    ids = result(before)["state"]["$composer"]["branches"]["[0]"]
    assert [result(api.record(each)) for each in ids] == [{"n": 2}, {"error": "no luck"}]


def test_map_over_nothing_starts_nothing(run: Run) -> None:
    record = run('map("increment")', {"value": []})
    assert (result(record), len(record["logs"])) == ({"value": []}, 1)


def test_failures_of_branches_are_at_their_position(run: Run) -> None:
    found = result(run('parallel("increment", "fail", "crash", lambda: 1)', {"n": 1}))["value"]
    assert found[:2] == [{"n": 2}, {"error": "no luck"}]
    assert found[2].keys() == {"error"}
    assert found[3] == {"value": 1}


def test_map_within_parallel(run: Run) -> None:
    cell = """
parallel(
    map(lambda p: {"n": p["value"]}, "increment"),
    sequence(lambda p: {"n": len(p["value"])}, "increment"),
)
"""
    found = result(run(cell, {"value": [1, 2, 3]}))
    assert found == {"value": [{"value": [{"n": 2}, {"n": 3}, {"n": 4}]}, {"n": 4}]}


def test_branches_may_take_longer_than_the_conductor(run: Run, api: Api) -> None:
    record = run('parallel("nap", "increment", "nap")', {"n": 5}, timeout=3000)
    assert result(record) == {"value": [{"n": 5}, {"n": 6}, {"n": 5}]}
    found = parts(api, record)
    names = [part["name"] for part in found]
    assert names.count("echo") >= 3
    assert names[1::2] == ["echo"] * (len(names) // 2)
    assert {part["response"]["status"] for part in found} == {"success"}
    # Each branch has been started once.
    told = [line for part in found for line in lines(part) if line.startswith("branch ")]
    assert len(told) == 3


def test_asynchronous_goes_on_by_itself(run: Run, api: Api) -> None:
    record = run('sequence(asynchronous("increment"), lambda p: {"at_once": p})', {"n": 1})
    started = result(record)["at_once"]
    assert started["sessionId"] == record["logs"][0]
    assert result(api.record(started["activationId"])) == {"n": 2}


def test_without_a_key_no_branch_starts(api: Api, composing: Composing) -> None:
    body = composing.compose('map("increment")').action()
    body["annotations"] = [
        {"key": "conductor", "value": True},
        {"key": "provide-api-key", "value": False},
    ]
    assert api.put("keyless", body).status_code == 200
    record = api.invoke("keyless", {"value": [1]}).json()
    assert result(record)["error"].endswith("deploy it with the annotation provide-api-key")
