"""A version that gets a share of the calls, on a real playground."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from jupyter_faas.client import Client
from jupyter_faas.commands.functions import deployed_lines
from jupyter_faas.errors import ActionNotFound, InputError, ParametersRejected, TargetRefused
from jupyter_faas.whisk import Action
from jupyter_faas.workspace import Workspace
from tests.workspace.helpers.cells import package_body

NAMES = (f"rate{number}" for number in itertools.count())
OLD, NEW = "return {'by': 'old', 'amount': amount}", "return {'by': 'new', 'amount': amount}"
ROLES = ("stable", "canary", "shadow")
BROKEN = "raise ValueError('broken')"


@pytest.fixture
def name(workspace: Workspace) -> str:
    """A function of which one version is deployed."""
    name = next(NAMES)
    workspace.deploy(package_body(workspace, f"{name}(amount)", OLD))
    return name


def canary(
    workspace: Workspace, name: str, percent: float, body: str = NEW, **options: Any
) -> None:
    made = package_body(workspace, f"{name}(amount)", body)
    done = workspace.rollouts.deploy_canary(made, percent, **options)
    assert done.name == f"{name}-canary"


def answer(client: Client, name: str, params: dict[str, Any]) -> dict[str, Any]:
    found = client.invoke(name, params)
    assert not isinstance(found, str)
    result: dict[str, Any] = found.response.result
    return result


def called(client: Client, name: str, amounts: Iterator[int] | range) -> Counter[str]:
    """Call a function, and count which version answered. A failed call counts as ``failed``."""
    answers = (answer(client, name, {"amount": each}) for each in amounts)
    return Counter(each.get("by", "failed") for each in answers)


def test_a_share_of_the_calls_goes_to_the_new_version(
    workspace: Workspace, client: Client, name: str
) -> None:
    canary(workspace, name, 30)
    by = called(client, name, range(200))
    # Of 200 draws with 30 %, fewer than 25 or more than 100 come once in millions of runs.
    assert 25 < by["new"] < 100
    assert by["old"] == 200 - by["new"]
    found = workspace.rollouts.canary(name)
    assert (found.stable.calls, found.canary.calls) == (by["old"], by["new"])
    assert found.complete
    assert (found.canary.failed, found.canary.version) == (0, "0.0.1")
    assert None not in (found.canary.median_ms, found.canary.cost)
    assert found.summary() == f"30% of the calls to {name} go to {name}-canary."


def test_equal_values_of_the_sticky_parameter_get_the_same_version(
    workspace: Workspace, client: Client, name: str
) -> None:
    canary(workspace, name, 50, sticky="amount")
    first = [called(client, name, range(each, each + 1)) for each in range(40)]
    again = [called(client, name, range(each, each + 1)) for each in range(40)]
    assert first == again
    assert {"old", "new"} == {by for each in first for by in each}


def test_callers_see_the_function_itself(workspace: Workspace, client: Client, name: str) -> None:
    before = workspace.function(name)
    canary(workspace, name, 100)
    after = workspace.function(name)
    assert (after.schema, after.signature, after.composition) == (
        before.schema,
        before.signature,
        False,
    )
    assert not after.elsewhere
    record = workspace.invoke(name, {"amount": 7})
    assert (record.ok, record.result) == (True, {"by": "new", "amount": 7})
    with pytest.raises(ParametersRejected):
        workspace.invoke(name, {"amunt": 7})
    assert [each.params for each in workspace.inputs.latest(client.get_action(name), 5)] == [
        {"amount": 7}
    ]


def test_the_answer_of_a_version_may_have_any_key(
    workspace: Workspace, client: Client, name: str
) -> None:
    body = "return {'action': 'x', 'params': amount, 'state': {'a': 1}}"
    canary(workspace, name, 100, body)
    found = answer(client, name, {"amount": {"action": "y", "state": 2}})
    assert found == {
        "action": "x",
        "params": {"action": "y", "state": 2},
        "state": {"a": 1},
    }


def test_a_failed_call_is_a_failed_call_of_the_function(
    workspace: Workspace, client: Client, name: str
) -> None:
    canary(workspace, name, 100, BROKEN)
    record = workspace.invoke(name, {"amount": 1})
    assert not record.ok
    assert "broken" in str(record.result["error"])


def test_the_router_stops_a_canary_that_fails_too_often(
    workspace: Workspace, client: Client, name: str
) -> None:
    canary(workspace, name, 100, BROKEN, rollback_at=5)
    by = called(client, name, range(30))
    # One container saw all calls, so it stopped after the tenth.
    assert by == {"failed": 10, "old": 20}


def test_looking_makes_the_rollback_permanent(
    workspace: Workspace, client: Client, name: str
) -> None:
    canary(workspace, name, 100, BROKEN, rollback_at=50)
    called(client, name, range(12))
    found = workspace.rollouts.canary(name)
    assert "10 of 10 calls failed (100%), which is more than 50%" in found.split.rolled_back
    assert found.summary().startswith(f"{name} was rolled back: ")
    assert not any("promote" in line for line in found.lines())
    # The update of the router has started new containers, which have not seen a failure.
    assert called(client, name, range(5)) == {"old": 5}
    again = workspace.rollouts.canary(name)
    assert again.split.rolled_back == found.split.rolled_back
    assert again.canary.failed == 10


def test_a_canary_below_the_limit_keeps_its_calls(
    workspace: Workspace, client: Client, name: str
) -> None:
    body = "assert amount != 3\n    return {'by': 'new'}"
    canary(workspace, name, 100, body, rollback_at=20)
    assert called(client, name, range(20)) == {"new": 19, "failed": 1}
    assert not workspace.rollouts.canary(name).split.rolled_back


def test_promoting_gives_all_calls_to_the_new_version(
    workspace: Workspace, client: Client, name: str
) -> None:
    canary(workspace, name, 10)
    done = workspace.rollouts.promote(name)
    assert (done.name, called(client, name, range(20))) == (name, {"new": 20})
    action = client.get_action(name)
    assert (action.annotation("conductor"), action.annotation("faas-canary")) == (None, None)
    for role in ("stable", "canary"):
        with pytest.raises(ActionNotFound):
            client.get_action(f"{name}-{role}")
    # A rollback brings back the version from before the canary.
    workspace.deployments.rollback(name, to=None, force=False, progress=lambda _: None)
    assert called(client, name, range(3)) == {"old": 3}


def test_discarding_gives_all_calls_to_the_old_version(
    workspace: Workspace, client: Client, name: str
) -> None:
    before = client.get_action(name)
    canary(workspace, name, 90)
    assert workspace.rollouts.discard(name).removed == (f"{name}-canary",)
    after = client.get_action(name)
    assert called(client, name, range(20)) == {"old": 20}
    assert {each.key: each.value for each in after.annotations} == {
        each.key: each.value for each in before.annotations
    }
    assert (after.limits, after.parameters) == (before.limits, before.parameters)


def test_another_canary_takes_the_place_of_the_first(
    workspace: Workspace, client: Client, name: str
) -> None:
    canary(workspace, name, 100)
    canary(workspace, name, 100, NEW.replace("new", "newer"))
    assert called(client, name, range(5)) == {"newer": 5}
    workspace.rollouts.discard(name)
    assert called(client, name, range(5)) == {"old": 5}


def test_another_share_keeps_the_limit_and_the_sticky_parameter(
    workspace: Workspace, name: str
) -> None:
    canary(workspace, name, 10, sticky="amount", rollback_at=5)
    canary(workspace, name, 50)
    split = workspace.rollouts.canary(name).split
    assert (split.percent, split.sticky, split.rollback_at) == (50, "amount", 5)
    canary(workspace, name, 50, rollback_at=0)
    assert workspace.rollouts.canary(name).split.rollback_at == 0


def test_a_misspelt_sticky_parameter_is_refused(workspace: Workspace, name: str) -> None:
    with pytest.raises(ParametersRejected, match=f"{name} does not take amuont") as caught:
        canary(workspace, name, 10, sticky="amuont")
    assert "Did you mean amount?" in caught.value.hint
    with pytest.raises(InputError, match="does not have a canary"):
        workspace.rollouts.canary(name)


def test_beside_a_canary_the_advice_on_a_shadow_is_to_end_the_canary_first(
    workspace: Workspace, name: str
) -> None:
    canary(workspace, name, 10)
    workspace.rollouts.deploy_shadow(package_body(workspace, f"{name}(amount)", NEW))
    found = workspace.rollouts.shadow(name).lines()
    assert found[-1] == f"To see the canary: %faas canary {name}"
    assert not any("remove the shadow" in line for line in found)
    assert workspace.rollouts.discard(name).removed == (f"{name}-canary",)
    assert workspace.rollouts.shadow(name).lines()[-1] == (
        f"To remove the shadow: %faas discard {name}"
    )


def test_a_deploy_does_not_overwrite_a_router_unasked(workspace: Workspace, name: str) -> None:
    canary(workspace, name, 10)
    with pytest.raises(InputError, match="has a canary on Local playground") as caught:
        workspace.deploy(package_body(workspace, f"{name}(amount)", NEW))
    assert f"%faas promote {name}" in caught.value.hint


def versions(client: Client, name: str) -> list[str]:
    """The versions of a function that are on the target."""
    names = {each.full_name.local for each in client.list_actions()}
    return sorted(names & {f"{name}-stable", f"{name}-canary"})


def test_a_forced_deploy_ends_the_canary(workspace: Workspace, client: Client, name: str) -> None:
    canary(workspace, name, 10)
    body = OLD.replace("old", "forced")
    done = workspace.deploy(package_body(workspace, f"{name}(amount)", body), force=True)
    assert done.removed == (f"{name}-stable", f"{name}-canary")
    assert (
        f"Removed {name}-stable and {name}-canary, because {name} no longer has a canary."
        in deployed_lines(done)
    )
    assert called(client, name, range(5)) == {"forced": 5}
    assert versions(client, name) == []


def test_removing_a_function_ends_its_canary(
    workspace: Workspace, client: Client, name: str
) -> None:
    canary(workspace, name, 10)
    assert workspace.remove(name).removed == (f"{name}-stable", f"{name}-canary")
    assert versions(client, name) == []


@pytest.fixture
def stable_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """A target that refuses to delete the old version of a canary."""
    delete = Client.delete_action

    def refuse(client: Client, name: str) -> None:
        if name.endswith("-stable"):
            raise TargetRefused("Local playground rejected the request: Too many requests.")
        delete(client, name)

    monkeypatch.setattr(Client, "delete_action", refuse)


@pytest.mark.usefixtures("stable_stays")
def test_a_deploy_warns_of_a_version_that_it_cannot_remove(
    workspace: Workspace, client: Client, name: str
) -> None:
    canary(workspace, name, 10)
    body = OLD.replace("old", "forced")
    done = workspace.deploy(package_body(workspace, f"{name}(amount)", body), force=True)
    assert done.removed == (f"{name}-canary",)
    assert done.warning.endswith(
        f"{name}-stable is no longer used, but could not be removed: Local playground rejected the "
        f"request: Too many requests. To remove it: %faas remove {name}-stable"
    )
    assert called(client, name, range(5)) == {"forced": 5}


@pytest.mark.usefixtures("stable_stays")
def test_discarding_warns_of_a_version_that_it_cannot_remove(
    workspace: Workspace, client: Client, name: str
) -> None:
    canary(workspace, name, 10)
    done = workspace.rollouts.discard(name)
    assert done.removed == (f"{name}-canary",)
    assert f"To remove it: %faas remove {name}-stable" in done.warning
    assert called(client, name, range(5)) == {"old": 5}


@pytest.mark.usefixtures("stable_stays")
def test_a_removal_warns_of_a_version_that_it_cannot_remove(
    workspace: Workspace, client: Client, name: str
) -> None:
    canary(workspace, name, 10)
    done = workspace.remove(name)
    assert done.removed == (f"{name}-canary",)
    assert f"To remove it: %faas remove {name}-stable" in done.warning
    assert not workspace.has(name)
    assert versions(client, name) == [f"{name}-stable"]


def test_a_notebook_is_not_deployed_in_part_because_of_a_router(
    workspace: Workspace, name: str
) -> None:
    canary(workspace, name, 10)
    made = package_body(workspace, f"{name}(amount)", NEW)
    with pytest.raises(InputError, match="has a canary on Local playground"):
        workspace.deployments.check([made])


def test_a_web_function_keeps_its_url_and_its_preset_parameters(
    workspace: Workspace, client: Client
) -> None:
    name = next(NAMES)
    options: dict[str, Any] = {"web": True, "parameters": {"amount": 5}}
    url = workspace.deploy(package_body(workspace, f"{name}(amount)", OLD, **options)).web_url
    assert url is not None
    made = package_body(workspace, f"{name}(amount)", NEW, web=True, parameters={"amount": 6})
    workspace.rollouts.deploy_canary(made, 100)
    assert requests.get(url, timeout=60).json() == {"by": "new", "amount": 6}
    assert requests.get(f"{url}?amount=9", timeout=60).status_code == 400
    parts = url.replace(name, f"{name}-canary")
    assert requests.get(parts, timeout=60).status_code == 404


def test_a_function_in_a_package(workspace: Workspace, client: Client) -> None:
    name = next(NAMES)
    workspace.deploy(package_body(workspace, f"{name}(amount)", OLD, package="shop"))
    made = package_body(workspace, f"{name}(amount)", NEW, package="shop")
    workspace.rollouts.deploy_canary(made, 100)
    assert called(client, f"shop/{name}", range(3)) == {"new": 3}
    assert workspace.rollouts.canary(f"shop/{name}").canary.calls == 3


@pytest.mark.parametrize("percent", [0, -1, 101])
def test_a_share_that_is_none(workspace: Workspace, name: str, percent: float) -> None:
    with pytest.raises(InputError, match="--canary must be more than 0%"):
        canary(workspace, name, percent)


def test_a_function_that_was_deployed_with_another_tool(
    workspace: Workspace, client: Client
) -> None:
    name = next(NAMES)
    code = {"kind": "python:3", "code": "def main(args): return args"}
    client.put_action(name, {"exec": code})
    with pytest.raises(
        InputError, match="was not deployed from this machine, so discard could not"
    ):
        canary(workspace, name, 10)


def test_a_function_without_a_canary(workspace: Workspace, name: str) -> None:
    with pytest.raises(InputError, match=f"{name} does not have a canary on Local playground"):
        workspace.rollouts.canary(name)


def test_reports_read_each_action_once(
    workspace: Workspace, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    canary(workspace, name, 50)
    workspace.rollouts.deploy_shadow(package_body(workspace, f"{name}(amount)", NEW))
    read: Counter[str] = Counter()
    get_action = Client.get_action

    def counted(self: Client, name: str, **options: bool) -> Action:
        read[name] += 1
        return get_action(self, name, **options)

    monkeypatch.setattr(Client, "get_action", counted)
    kinds = [each.to_json()["kind"] for each in workspace.rollouts.reports(name)]
    assert kinds == ["canary", "shadow"]
    assert read == dict.fromkeys([name, *(f"{name}-{each}" for each in ROLES)], 1)
