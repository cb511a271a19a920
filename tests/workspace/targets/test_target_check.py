from __future__ import annotations

import pytest

from jupyter_faas.client import HostInfo, Target
from jupyter_faas.errors import NotAuthorized, TargetNotReachable
from jupyter_faas.whisk import SystemLimits
from jupyter_faas.whisk.kinds import RUNTIMES
from jupyter_faas.whisk.profiles import PROFILES
from jupyter_faas.workspace import TargetState
from jupyter_faas.workspace.results import TargetCondition
from jupyter_faas.workspace.targets.target_check import TargetCheck


def state(condition: TargetCondition = "reachable", message: str = "") -> TargetState:
    return TargetState("lab", "lab", "openwhisk", "http://lab.example", "produ", condition, message)


def test_one_line_says_what_the_target_is() -> None:
    info = HostInfo(SystemLimits(min_memory=256), RUNTIMES)
    assert TargetCheck(state(), info).lines == (
        "lab responds: namespace produ, python 3.10 3.11, 256-512 MB",
    )


def test_documented_kinds_are_said_to_be_documented() -> None:
    found = TargetCheck(state(), HostInfo.documented(PROFILES["digitalocean"])).lines
    assert found[0].endswith("128-1024 MB (documented values; the host does not report its own)")


def test_a_host_without_python_is_said_to_have_none() -> None:
    found = TargetCheck(state(), HostInfo.documented(PROFILES["adobe"])).lines
    assert "no Python kind" in found[0]


def test_a_key_in_clear_text_is_a_warning() -> None:
    check = TargetCheck(state(), HostInfo(SystemLimits(), RUNTIMES), in_clear=True)
    assert "the connection to http://lab.example is not encrypted" in check.lines[1]
    assert check.ok
    assert check.to_json()["warnings"] == [check.lines[1]]


@pytest.mark.parametrize(
    ("apihost", "clear"),
    [
        ("http://lab.example", True),
        ("http://10.0.0.7:3233", True),
        ("https://lab.example", False),
        ("http://127.0.0.1:3233", False),
        ("http://localhost:3233", False),
        ("http://[::1]:3233", False),
    ],
)
def test_http_to_another_machine_sends_the_key_in_clear(apihost: str, clear: bool) -> None:
    assert Target("lab", "lab", "openwhisk", apihost, "u:k").sends_key_in_clear is clear


@pytest.mark.parametrize(
    ("condition", "kind"),
    [("unauthorized", NotAuthorized), ("unreachable", TargetNotReachable)],
)
def test_a_deploy_would_fail(condition: TargetCondition, kind: type[Exception]) -> None:
    with pytest.raises(kind, match="no answer"):
        TargetCheck(state(condition, "no answer")).require()


def test_a_stopped_playground_is_no_reason_to_fail() -> None:
    TargetCheck(state("stopped")).require()
