"""A version in the shadow of a function, on a real playground."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.client import Client
from jupyter_faas.commands.functions import removal_lines
from jupyter_faas.errors import ActionNotFound, InputError, PackageNotFound
from jupyter_faas.workspace import Workspace
from jupyter_faas.workspace.rollouts.shadow import ShadowReport
from tests.workspace.helpers.cells import package_body

NAMES = (f"fee{number}" for number in itertools.count())


OLD = "return {'fee': amount * 2}"
NEW = "return {'fee': max(amount, 5) * 2}"


@pytest.fixture
def name(workspace: Workspace) -> str:
    """A function that was called with 1, 10 and 20."""
    name = next(NAMES)
    workspace.deploy(package_body(workspace, f"{name}(amount)", OLD))
    for amount in (1, 10, 20):
        workspace.invoke(name, {"amount": amount})
    return name


def shadow(workspace: Workspace, name: str, body: str = NEW, **options: Any) -> str:
    done = workspace.rollouts.deploy_shadow(
        package_body(workspace, f"{name}(amount)", body, **options)
    )
    return done.name


def until(
    look: Callable[[], ShadowReport], is_done: Callable[[ShadowReport], bool]
) -> ShadowReport:
    end = time.monotonic() + 60
    while not is_done(found := look()):
        assert time.monotonic() < end, found
    return found


def live(report: ShadowReport) -> int:
    return sum(each.live for each in report.answers)


def test_kept_inputs_are_compared_at_once(workspace: Workspace, name: str) -> None:
    assert shadow(workspace, name) == f"{name}-shadow"
    found = workspace.rollouts.shadow(name)
    assert (
        found.summary() == "2 of 3 answers agree (66%): 0 calls copied, 3 kept inputs sent again."
    )
    (differs,) = found.differing
    assert differs.input is not None
    assert differs.input.params == {"amount": 1}
    assert differs.comparison.words == "fee: 2 → 10"
    old, new = found.versions
    assert (old.calls, new.calls, new.failed) == (3, 3, 0)
    assert None not in (old.median_ms, new.median_ms, old.cost, new.cost)
    assert any("fee: 2 → 10" in line and '{"amount": 1}' in line for line in found.lines())


def test_a_shadow_that_fails_is_compared_by_its_error(workspace: Workspace, name: str) -> None:
    shadow(workspace, name, "return {'fee': 20 // (amount - 10)}")
    words = {each.comparison.words for each in workspace.rollouts.shadow(name).differing}
    assert '{"fee": 20} → integer division or modulo by zero' in words


def test_later_calls_are_copied_and_callers_get_the_old_answer(
    workspace: Workspace, name: str
) -> None:
    shadow(workspace, name)
    assert [workspace.invoke(name, {"amount": each}).result for each in (2, 30)] == [
        {"fee": 4},
        {"fee": 60},
    ]
    found = until(lambda: workspace.rollouts.shadow(name), lambda one: live(one) == 2)
    assert [each.comparison.words for each in found.answers if each.live] == ["", "fee: 4 → 10"]
    assert workspace.function(name).version == "0.0.1"


def test_a_call_does_not_wait_for_its_copy(workspace: Workspace, name: str, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    wait = f"import pathlib\n    while not pathlib.Path({str(gate)!r}).exists(): pass\n    1 / 0"
    workspace.remove(name)  # so that no input is kept, which the deploy would wait for
    workspace.deploy(package_body(workspace, f"{name}(amount)", OLD))
    shadow(workspace, name, wait)
    for amount in range(3):
        assert workspace.invoke(name, {"amount": amount}).result == {"fee": 2 * amount}
    assert live(workspace.rollouts.shadow(name)) == 0
    gate.touch()
    found = until(lambda: workspace.rollouts.shadow(name), lambda one: live(one) == 3)
    assert found.versions[1].failed == 3
    # One after the other, so that one worker is enough.
    assert sum(each.now.cold for each in found.answers) == 1
    assert len(found.differing) == 3


def test_a_call_inside_a_sequence_is_copied(
    workspace: Workspace, client: Client, name: str
) -> None:
    shadow(workspace, name)
    components = {"kind": "sequence", "components": [f"/_/{name}"]}
    client.put_action(f"{name}-steps", {"exec": components})
    client.invoke(f"{name}-steps", {"amount": 3})
    found = until(lambda: workspace.rollouts.shadow(name), lambda one: live(one) == 1)
    assert found.answers[0].now.result == {"fee": 10}


def test_promoting_deploys_the_same_bytes_for_all_callers(
    workspace: Workspace, client: Client, name: str
) -> None:
    shadow(workspace, name, web=True)
    tried = client.get_action(f"{name}-shadow")
    assert tried.annotation("web-export") is None
    done = workspace.rollouts.promote(name)
    assert (done.name, done.version, done.bundle) == (
        name,
        "0.0.2",
        tried.annotation("faas-bundle"),
    )
    assert workspace.invoke(name, {"amount": 1}).result == {"fee": 10}
    assert client.get_action(name).annotation("web-export") is True
    with pytest.raises(ActionNotFound):
        client.get_action(f"{name}-shadow")


def test_discarding_leaves_the_function_as_it_was(workspace: Workspace, name: str) -> None:
    shadow(workspace, name)
    assert workspace.rollouts.discard(name).removed == (f"{name}-shadow",)
    assert workspace.invoke(name, {"amount": 1}).result == {"fee": 2}
    with pytest.raises(InputError, match=f"{name} does not have a shadow on Local playground"):
        workspace.rollouts.shadow(name)


def test_a_new_shadow_is_compared_anew(workspace: Workspace, name: str) -> None:
    shadow(workspace, name)
    shadow(workspace, name, OLD)
    found = workspace.rollouts.shadow(name)
    assert (len(found.answers), found.differing, found.shadow_version) == (3, (), "0.0.2")


def test_an_input_with_a_redacted_value_is_left_out(workspace: Workspace, name: str) -> None:
    workspace.remove(name)
    body = "return {'fee': len(amount['password'])}"
    workspace.deploy(package_body(workspace, f"{name}(amount)", body))
    workspace.invoke(name, {"amount": {"password": "hidden"}})
    shadow(workspace, name, body)
    found = workspace.rollouts.shadow(name)
    assert found.answers == ()
    assert "Not included: 1 kept input with redacted values." in found.lines()


def test_a_function_that_is_not_deployed_has_no_shadow(workspace: Workspace) -> None:
    name = next(NAMES)
    with pytest.raises(InputError, match=f"{name} is not on Local playground, so there is no"):
        shadow(workspace, name)


def test_a_function_of_that_name_is_not_overwritten(
    workspace: Workspace, client: Client, name: str
) -> None:
    code = {"kind": "python:3", "code": "def main(args): return args"}
    client.put_action(f"{name}-shadow", {"exec": code})
    with pytest.raises(InputError, match=f"{name}-shadow is another function"):
        shadow(workspace, name)
    with pytest.raises(InputError, match="does not have a shadow"):
        workspace.rollouts.discard(name)
    # It gets no copies either.
    workspace.invoke(name, {"amount": 1})
    assert client.list_activations(name=f"{name}-shadow") == []


def test_a_shadow_from_another_machine_is_not_promoted(
    workspace: Workspace, client: Client, name: str
) -> None:
    shadow(workspace, name)
    found = client.get_action(f"{name}-shadow").annotation("faas-variant")
    annotations = [{"key": "faas-variant", "value": {**found, "package": "0" * 16}}]
    client.put_action(f"{name}-shadow", {"annotations": annotations})
    with pytest.raises(PackageNotFound, match="is not on this machine"):
        workspace.rollouts.promote(name)


def test_a_removal_removes_the_shadow_and_says_so(workspace: Workspace, name: str) -> None:
    shadow(workspace, name)
    done = workspace.remove(name)
    assert done.removed == (f"{name}-shadow",)
    assert removal_lines(name, done) == (f"Removed {name}-shadow, the shadow of {name}.",)
    assert not workspace.has(f"{name}-shadow")
