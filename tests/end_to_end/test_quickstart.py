"""The quickstart, from the notebook file to an answer of curl."""

from __future__ import annotations

import os
import signal

import pytest
from sklearn.datasets import load_iris

from tests.end_to_end.helpers.user import EXAMPLES, User

pytestmark = pytest.mark.timeout(600)

NAMES = ("sepal_length", "sepal_width", "petal_length", "petal_width")
INVOKE = "namespaces/_/actions/iris?blocking=true&result=true"


@pytest.fixture(scope="module")
def deployed(user: User) -> User:
    done = user.faas("deploy", str(EXAMPLES / "quickstart.ipynb"))
    assert done.returncode == 0, done.stderr
    return user


def test_first_run_is_cold_and_the_next_are_warm(deployed: User) -> None:
    for _ in range(3):
        assert deployed.faas("invoke", "iris", *(f"{name}=1.5" for name in NAMES)).returncode == 0
    runs = deployed.faas_json("activations", "--name", "iris", "--limit", "3")["activations"]
    assert [run["cold"] for run in runs] == [False, False, True]
    assert all(run["cost_text"].startswith("$") and run["duration_ms"] >= 0 for run in runs)


def test_curl_gets_the_answers_of_the_command_line(deployed: User) -> None:
    for row in load_iris().data[::25]:
        params = dict(zip(NAMES, map(float, row), strict=True))
        words = [f"{name}={value}" for name, value in params.items()]
        assert deployed.curl(INVOKE, params) == deployed.faas_json(
            "invoke", "iris", "--result", *words
        )


def test_records_and_actions_outlive_sigkill(deployed: User) -> None:
    params = dict.fromkeys(NAMES, 1.0)
    answer = deployed.curl("namespaces/_/actions/iris?blocking=true", params)
    pid = deployed.faas_json("playground", "status")["pid"]
    os.kill(pid, signal.SIGKILL)
    deployed.faas_json("playground", "start")
    kept = deployed.curl(f"namespaces/_/activations/{answer['activationId']}")
    assert kept["response"] == answer["response"]
    assert deployed.curl(INVOKE, params) == answer["response"]["result"]
