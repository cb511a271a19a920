"""Contract §3, §5.3: invocations of Python actions."""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.contract.conftest import Deploy
from tests.contract.helpers.api import HELLO, Api, annotated, python, zipped

ECHO = "def main(args):\n    return args\n"


def test_blocking(api: Api, deploy: Deploy) -> None:
    name = deploy(HELLO)
    response = api.invoke(name, {"name": "you"})
    assert response.status_code == 200
    record = response.json()
    assert response.headers["x-openwhisk-activation-id"] == record["activationId"]
    assert record["name"] == name
    assert record["version"] == "0.0.1"
    assert record["response"]["status"] == "success"
    assert record["response"]["success"] is True
    assert record["response"]["result"] == {"greeting": "Hello you"}
    assert "statusCode" not in record["response"]
    assert record["logs"] == []
    assert record["publish"] is False
    assert record["end"] - record["start"] == record["duration"]
    assert abs(record["start"] - time.time() * 1000) < 600_000


def test_annotations_of_a_cold_and_a_warm_run(api: Api, deploy: Deploy) -> None:
    name = deploy(HELLO)
    cold, warm = (api.invoke(name).json() for _ in range(2))
    found = annotated(cold)
    assert found["path"].endswith(f"/{name}")
    assert found["kind"].startswith("python:3.")
    assert found["timeout"] is False
    assert found["limits"] == {"timeout": 60000, "memory": 256, "logs": 10, "concurrency": 1}
    assert isinstance(found["waitTime"], int)
    assert isinstance(found["initTime"], int)
    assert 0 < found["initTime"] <= cold["duration"]
    assert "initTime" not in annotated(warm)
    assert isinstance(annotated(warm)["waitTime"], int)


def test_result_only(api: Api, deploy: Deploy) -> None:
    response = api.invoke(deploy(HELLO), result=True)
    assert (response.status_code, response.json()) == (200, {"greeting": "Hello stranger"})
    assert "x-openwhisk-activation-id" in response.headers


def test_result_that_is_a_list(api: Api, deploy: Deploy) -> None:
    response = api.invoke(deploy("def main(args):\n    return [1, {'a': 2}]\n"))
    assert (response.status_code, response.json()) == (200, [1, {"a": 2}])


def test_non_blocking(api: Api, deploy: Deploy) -> None:
    name = deploy("import time\ndef main(args):\n    time.sleep(0.3)\n    return args\n")
    response = api.invoke(name, {"a": 1}, blocking=False, result=True)
    assert response.status_code == 202
    activation_id = response.json()["activationId"]
    assert response.json() == {"activationId": activation_id}
    record = api.record(activation_id)
    assert record["activationId"] == activation_id
    assert record["response"]["result"] == {"a": 1}


def test_blocking_longer_than_the_caller_waits(api: Api, deploy: Deploy) -> None:
    name = deploy("import time\ndef main(args):\n    time.sleep(1)\n    return {'done': True}\n")
    response = api.invoke(name, timeout=200)
    assert (response.status_code, list(response.json())) == (202, ["activationId"])
    record = api.record(response.json()["activationId"])
    assert record["response"]["result"] == {"done": True}


def test_timeout_of_the_caller_that_is_none(api: Api, deploy: Deploy) -> None:
    response = api.invoke(deploy(HELLO), timeout=60001)
    assert response.status_code == 400
    assert "Timeout must be number of milliseconds up to 60000." in response.json()["error"]


def test_payload_must_be_an_object(api: Api, deploy: Deploy) -> None:
    response = api.request("POST", f"actions/{deploy(HELLO)}?blocking=true", json=[1])
    assert response.status_code == 400


def test_payload_may_be_empty(api: Api, deploy: Deploy) -> None:
    response = api.request("POST", f"actions/{deploy(HELLO)}?blocking=true&result=true")
    assert response.json() == {"greeting": "Hello stranger"}


def test_payload_that_is_too_large(api: Api, deploy: Deploy) -> None:
    response = api.invoke(deploy(ECHO), {"a": "x" * 1024 * 1024})
    assert response.status_code == 413
    assert response.json()["error"].startswith("Request larger than allowed: ")


def test_payload_that_is_just_small_enough(api: Api, deploy: Deploy) -> None:
    payload = {"a": "x" * (1024 * 1024 - 20)}
    response = api.invoke(deploy(ECHO), payload, result=True)
    assert response.json() == payload


def test_text_of_every_kind_arrives(api: Api, deploy: Deploy) -> None:
    payload = {"a": 'äöü € 😀 "quoted" \n new line \u2028 \x00', "n": [1.5, None, True, -(2**53)]}
    assert api.invoke(deploy(ECHO), payload, result=True).json() == payload


def test_action_that_does_not_exist(api: Api) -> None:
    assert api.invoke("no_such_action").status_code == 404


def test_parameters_are_merged(api: Api, deploy: Deploy) -> None:
    parameters = [{"key": "a", "value": 1}, {"key": "b", "value": 2}]
    name = deploy(ECHO, parameters=parameters)
    assert api.invoke(name, {"b": 3, "c": 4}, result=True).json() == {"a": 1, "b": 3, "c": 4}


def test_final_parameters(api: Api, deploy: Deploy) -> None:
    name = deploy(
        ECHO,
        parameters=[{"key": "a", "value": 1}, {"key": "free", "value": None}],
        annotations=[{"key": "final", "value": True}],
    )
    assert api.invoke(name, {"free": 2}, result=True).json() == {"a": 1, "free": 2}
    response = api.invoke(name, {"a": 2})
    assert response.status_code == 400
    assert response.json()["error"] == (
        "Request defines parameters that are not allowed (e.g., reserved properties)."
    )


ENVIRONMENT = """
import os
at_init = dict(os.environ)
def main(args):
    return {"init": at_init, "run": dict(os.environ), "args": args}
"""


def test_init_parameters_and_environment(api: Api, deploy: Deploy) -> None:
    name = deploy(
        ENVIRONMENT,
        parameters=[
            {"key": "TEXT", "value": "x", "init": True},
            {"key": "NUMBER", "value": 3, "init": True},
            {"key": "OBJECT", "value": {"a": [1]}, "init": True},
            {"key": "NOTHING", "value": None, "init": True},
            {"key": "FLAG", "value": True, "init": True},
            {"key": "plain", "value": 1},
        ],
    )
    record = api.invoke(name).json()
    result = record["response"]["result"]
    assert result["args"] == {"plain": 1}
    for when in ("init", "run"):
        found = result[when]
        assert found["TEXT"] == "x"
        assert found["NUMBER"] == "3"
        assert found["OBJECT"] == '{"a":[1]}'
        assert found["NOTHING"] == ""
        assert found["FLAG"] == "true"
    run = result["run"]
    path = annotated(record)["path"]
    assert run["__OW_ACTION_NAME"] == f"/{path}"
    assert run["__OW_NAMESPACE"] == path.partition("/")[0]
    assert run["__OW_ACTION_VERSION"] == "0.0.1"
    assert run["__OW_ACTIVATION_ID"] == record["activationId"]
    assert run["__OW_TRANSACTION_ID"]
    assert int(run["__OW_DEADLINE"]) > record["start"]
    assert run["__OW_API_HOST"].startswith("http")
    assert "__OW_API_KEY" not in run


def test_key_for_an_action_that_asks_for_it(api: Api, deploy: Deploy) -> None:
    name = deploy(ENVIRONMENT, annotations=[{"key": "provide-api-key", "value": True}])
    result = api.invoke(name, result=True).json()
    assert result["run"]["__OW_API_KEY"] == api.target.auth


def test_environment_of_the_playgrounds_workers(api: Api, deploy: Deploy, ours: None) -> None:
    found = api.invoke(deploy(ENVIRONMENT), result=True).json()["run"]
    assert found["OPENBLAS_NUM_THREADS"] == "1"
    assert found["OMP_NUM_THREADS"] == "1"
    assert found["ORT_DISABLE_TELEMETRY"] == "1"
    assert found["PATH"].startswith(os.path.dirname(sys.executable))
    assert api.target.auth not in str(found)
    assert api.target.auth.partition(":")[2] not in str(found)


def test_globals_survive_between_warm_calls(api: Api, deploy: Deploy) -> None:
    name = deploy("n = 0\ndef main(args):\n    global n\n    n += 1\n    return {'n': n}\n")
    assert [api.invoke(name, result=True).json()["n"] for _ in range(3)] == [1, 2, 3]


def test_update_is_never_answered_by_old_code(api: Api, deploy: Deploy) -> None:
    name = deploy("def main(args):\n    return {'version': 1}\n")
    assert api.invoke(name, result=True).json() == {"version": 1}
    api.put(name, python("def main(args):\n    return {'version': 2}\n"), overwrite=True)
    record = api.invoke(name).json()
    assert record["response"]["result"] == {"version": 2}
    assert record["version"] == "0.0.2"
    assert "initTime" in annotated(record)


def test_delete_and_create_is_never_answered_by_old_code(api: Api, deploy: Deploy) -> None:
    name = deploy("def main(args):\n    return {'version': 1}\n")
    api.invoke(name)
    api.delete(name)
    api.put(name, python("def main(args):\n    return {'version': 2}\n"))
    assert api.invoke(name, result=True).json() == {"version": 2}


def test_update_while_runs_are_in_flight(api: Api, deploy: Deploy) -> None:
    source = "import time\ndef main(args):\n    time.sleep(0.05)\n    return {{'version': {}}}\n"
    name = deploy(source.format(1))
    with ThreadPoolExecutor(6) as pool:
        running = [pool.submit(api.invoke, name, result=True) for _ in range(12)]
        time.sleep(0.1)
        api.put(name, python(source.format(2)), overwrite=True)
        after = api.invoke(name, result=True).json()
        answers = [each.result() for each in running]
    assert after == {"version": 2}
    assert {each.status_code for each in answers} == {200}
    assert {each.json()["version"] for each in answers} <= {1, 2}


def test_many_at_once(api: Api, deploy: Deploy) -> None:
    name = deploy("import time\ndef main(args):\n    time.sleep(0.1)\n    return args\n")
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda n: api.invoke(name, {"n": n}, result=True), range(20)))
    assert [each.json()["n"] for each in answers] == list(range(20))


# -- code ----------------------------------------------------------------------------------------


def test_archive(api: Api, deploy: Deploy) -> None:
    name = deploy(
        zipped(
            {
                "__main__.py": "import helper\ndef main(args):\n    return helper.answer()\n",
                "helper.py": "def answer():\n    return {'text': open('data/x.txt').read()}\n",
                "data/x.txt": "from a file",
            }
        )
    )
    assert api.invoke(name, result=True).json() == {"text": "from a file"}


def test_main_of_another_name(api: Api, name: str) -> None:
    body = {
        "exec": {
            "kind": "python:default",
            "code": "def other(args):\n    return {'ok': True}\n",
            "main": "other",
        }
    }
    assert api.put(name, body).json()["exec"]["main"] == "other"
    assert api.invoke(name, result=True).json() == {"ok": True}


@pytest.mark.parametrize(
    ("code", "error", "log"),
    [
        (
            "def main(args:\n",
            "The action failed to generate or locate a binary. See logs for details.",
            "'(' was never closed",
        ),
        ("import no_such\n", "Cannot start action. Check logs for details.", "ModuleNotFound"),
        ("x = 1\n", "Cannot start action. Check logs for details.", "ImportError"),
        (
            zipped({"other.py": HELLO}),
            "The action failed to generate or locate a binary. See logs for details.",
            "Zip file does not include main__",
        ),
        (
            zipped({"__main__.py": HELLO, "../escape.py": ""}),
            "The action failed to generate or locate a binary. See logs for details.",
            "outside",
        ),
        ("", "Missing main/no code to execute.", ""),
    ],
    ids=["syntax", "import", "no main", "no main file", "zip slip", "no code"],
)
def test_code_that_does_not_start(
    api: Api, deploy: Deploy, ours: None, code: str, error: str, log: str
) -> None:
    response = api.invoke(deploy(code))
    assert response.status_code == 502
    record = api.record(response.json()["activationId"])
    assert record["response"]["status"] == "action developer error"
    assert record["response"]["result"] == {"error": error}
    assert "initTime" in annotated(record)
    assert log in "".join(record["logs"])


def test_kind_without_a_runtime_is_refused_with_the_reason(api: Api, name: str, ours: None) -> None:
    api.put(name, {"exec": {"kind": "ruby:2.5", "code": "x"}})
    for blocking in (True, False):
        response = api.invoke(name, blocking=blocking)
        assert response.status_code == 400
        assert response.json()["error"] == (
            "The kind 'ruby:2.5' cannot run here: this playground runs nodejs, python actions only."
        )


def other_python() -> str | None:
    from jupyter_faas.playground.runtimes.python import OWN_VERSION, find_interpreter

    for version in ("3.12", "3.13", "3.10", "3.9"):
        if version != OWN_VERSION and find_interpreter(version, os.environ.get("PATH")):
            return version
    return None


def test_other_python_runs_where_the_machine_has_it(api: Api, name: str, ours: None) -> None:
    version = other_python()
    if version is None:
        pytest.skip("this machine has one Python only")
    code = "import sys\ndef main(args):\n    return {'v': '%d.%d' % sys.version_info[:2]}\n"
    api.put(name, {"exec": {"kind": f"python:{version}", "code": code}})
    record: dict[str, Any] = api.invoke(name).json()
    assert record["response"]["result"] == {"v": version}
    assert annotated(record)["kind"] == f"python:{version}"
