"""Verbs as a notebook runs them: on a workspace and the functions packaged in the kernel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_faas.commands.table import Call, Outcome, parse
from jupyter_faas.errors import ActionNotFound, InputError, ParametersRejected
from jupyter_faas.playground import status, stop
from jupyter_faas.workspace import (
    ActivationRecord,
    ActivationSummary,
    Deployment,
    Packaged,
    TargetState,
    Workspace,
)
from jupyter_faas.workspace.sessions.service import pick_id
from tests.workspace.helpers.requests import function_request

GREET = "%%function greet\ndef greet(name: str):\n    print('hi')\n    return {'greeting': name}\n"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A workspace whose playground ends with the tests here."""
    found = Workspace.open(data_dir=tmp_path_factory.mktemp("faas"))
    yield found
    stop(found.data_dir)


@pytest.fixture(scope="module")
def packaged(workspace: Workspace) -> Packaged:
    """The function ``greet``, as its cell packages it."""
    return workspace.package(function_request(cell_text=GREET, name="greet"), {})


@pytest.fixture(scope="module")
def deployed(workspace: Workspace, packaged: Packaged) -> Outcome:
    """``%faas deploy greet``"""
    return run(workspace, "deploy greet", packages={"greet": packaged.record.id})


def run(workspace: Workspace, line: str, packages: dict[str, str] | None = None) -> Outcome:
    """What ``%faas`` does with a line."""
    call = parse("magic", line.split())
    assert isinstance(call, Call)
    return call.run(workspace, packages=packages)


def test_deploy_of_a_packaged_function(deployed: Outcome, packaged: Packaged) -> None:
    assert isinstance(deployed.value, Deployment)
    assert deployed.to_json() == deployed.value.to_json()
    assert deployed.value.bundle == packaged.bundle
    assert deployed.lines[0].startswith("Deployed greet 0.0.1 to Local playground (")


def test_deploy_of_a_web_action_tells_its_web_url(workspace: Workspace) -> None:
    request = function_request(cell_text=GREET, name="greet_web", web=True)
    packaged = workspace.package(request, {})
    made = run(workspace, "deploy greet_web", packages={"greet_web": packaged.record.id})
    assert isinstance(made.value, Deployment)
    assert made.lines[1] == f"Web URL, no key: {made.value.web_url}"


def test_deploy_of_a_function_that_was_not_packaged_here(workspace: Workspace) -> None:
    with pytest.raises(InputError, match="no packaged function 'rose'") as caught:
        run(workspace, "deploy rose", packages={"iris": "1", "greet": "2"})
    assert (
        caught.value.hint
        == "Run its %%function or %%composition cell first. Packaged: greet, iris."
    )


@pytest.mark.usefixtures("deployed")
def test_invoke_gives_the_record(workspace: Workspace) -> None:
    outcome = run(workspace, "invoke greet name=7")
    assert isinstance(outcome.value, ActivationRecord)
    assert outcome.value.result == {"greeting": "7"}
    assert not outcome.failed
    assert outcome.lines[0] == '{"greeting": "7"}'


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize(
    "line",
    ["invoke greet name=Ada nmae=Bob", "trigger create t --run greet nmae=Bob"],
    ids=["invoke", "trigger"],
)
def test_a_misspelt_parameter_is_refused(workspace: Workspace, line: str) -> None:
    with pytest.raises(ParametersRejected, match="greet does not take nmae") as refused:
        run(workspace, line)
    assert refused.value.hint == "Did you mean name? The signature is greet(name: str)"


def test_a_function_that_takes_all_names_takes_any(workspace: Workspace) -> None:
    text = "%%function any\ndef any_(**kwargs):\n    return {'got': sorted(kwargs)}\n"
    packaged = workspace.package(function_request(cell_text=text, name="any_"), {})
    run(workspace, "deploy any_", packages={"any_": packaged.record.id})
    assert run(workspace, "invoke any_ nmae=1 --result").to_json() == {"got": ["nmae"]}


@pytest.mark.usefixtures("deployed")
def test_a_missing_parameter_is_refused(workspace: Workspace) -> None:
    with pytest.raises(ParametersRejected, match=r"greet needs name \(a string\)\.") as refused:
        run(workspace, "invoke greet")
    assert refused.value.hint == "The signature is greet(name: str)"


@pytest.mark.usefixtures("deployed")
def test_invoke_with_a_value_of_the_wrong_type_is_refused(workspace: Workspace) -> None:
    with pytest.raises(ParametersRejected, match="name must be a string, not 1"):
        run(workspace, 'invoke greet --params-json {"name":1}')


def test_a_failed_run_opens_on_its_cause(workspace: Workspace) -> None:
    cell = "%%function divide\ndef divide(n: int):\n    print('hi')\n    return {'q': 1 / n}\n"
    packaged = workspace.package(function_request(cell_text=cell, name="divide"), {})
    run(workspace, "deploy divide", packages={"divide": packaged.record.id})
    failed = run(workspace, "invoke divide n=0")
    assert failed.failed
    assert isinstance(failed.value, ActivationRecord)
    cause = ("ZeroDivisionError: division by zero", "Line 4 of the cell: return {'q': 1 / n}")
    assert failed.lines[:2] == cause
    assert failed.lines[2:4] == (
        "Traceback (most recent call last):",
        '  File "function.py", line 4, in divide',
    )
    listed = run(workspace, "activations --name divide")
    assert listed.lines[2] == "  ↳ ZeroDivisionError: division by zero"
    assert isinstance(listed.value, list)
    assert listed.value[0].error == cause[0]


@pytest.mark.usefixtures("deployed")
def test_invoke_for_the_result_alone_is_json_of_the_result(workspace: Workspace) -> None:
    outcome = run(workspace, "invoke greet name=Ada --result")
    assert outcome.to_json() == {"greeting": "Ada"}
    assert outcome.lines == ('{"greeting": "Ada"}',)


@pytest.mark.parametrize(
    ("word", "says"),
    [
        (True, "requires an API key of the host as user name and password"),
        (
            "pssst",
            "requires the value of require-whisk-auth in the header X-Require-Whisk-Auth, "
            "but no key",
        ),
    ],
    ids=["key", "word"],
)
def test_deploy_of_a_protected_web_action_says_what_its_callers_need(
    workspace: Workspace, word: object, says: str
) -> None:
    request = function_request(
        cell_text=GREET, name="greet_safe", web=True, annotations={"require-whisk-auth": word}
    )
    packaged = workspace.package(request, {})
    made = run(workspace, "deploy greet_safe", packages={"greet_safe": packaged.record.id})
    assert isinstance(made.value, Deployment)
    assert made.lines[1] == f"Web URL, {says}: {made.value.web_url}"
    assert "pssst" not in str(made.to_json())
    again = run(workspace, "deploy greet_safe", packages={"greet_safe": packaged.record.id}).value
    assert isinstance(again, Deployment)
    assert again.to_json()["web_access"] == made.value.web_access


@pytest.mark.usefixtures("deployed")
def test_a_name_without_runs_that_is_nowhere_is_told(workspace: Workspace) -> None:
    with pytest.raises(ActionNotFound, match=r"no function 'tools/greeet'") as told:
        run(workspace, "activations --name tools/greeet")
    assert "Did you mean greet" in told.value.hint


def test_a_function_that_did_not_run_yet_has_no_activations(workspace: Workspace) -> None:
    request = function_request(cell_text=GREET, name="greet_later")
    packaged = workspace.package(request, {})
    run(workspace, "deploy greet_later", packages={"greet_later": packaged.record.id})
    assert run(workspace, "activations --name greet_later").lines == ("No activations yet.",)


@pytest.mark.usefixtures("deployed")
def test_activations_and_logs(workspace: Workspace) -> None:
    ran = run(workspace, "invoke greet name=Ada").value
    assert isinstance(ran, ActivationRecord)
    listed = run(workspace, "activations --limit 1").value
    assert isinstance(listed, list)
    assert [(type(one), one.id) for one in listed] == [(ActivationSummary, ran.id)]
    logs = run(workspace, f"logs {ran.id}")
    assert logs.value == list(ran.logs)
    assert logs.lines[0].endswith("stdout: hi")


@pytest.mark.usefixtures("deployed")
def test_logs_and_activations_take_a_name_the_latest_and_the_beginning_of_an_id(
    workspace: Workspace,
) -> None:
    ran = run(workspace, "invoke greet name=Ada").value
    assert isinstance(ran, ActivationRecord)
    for line in ("logs greet", "logs greet --last", "logs --last", f"logs {ran.id[:12]}"):
        assert run(workspace, line).json == {"id": ran.id, "logs": list(ran.logs)}
    for line in ("activations greet --last", f"activations {ran.id[:12]}", "activations --last"):
        (listed,) = run(workspace, line).json["activations"]  # type: ignore[index]  # JSON
        assert listed["id"] == ran.id
    assert len(run(workspace, "activations greet").value) > 1  # type: ignore[arg-type]  # a list
    with pytest.raises(InputError, match="beginning of an activation ID"):
        run(workspace, "logs")
    with pytest.raises(ActionNotFound, match="no function 'greeet'"):
        run(workspace, "logs greeet")
    with pytest.raises(InputError, match="activations begin with"):
        ids = [each.id for each in workspace.activations(limit=200)]
        pick_id("", ids)


@pytest.mark.usefixtures("deployed")
def test_following_yields_each_new_run_as_it_ends(workspace: Workspace) -> None:
    listing = run(workspace, "activations greet --follow").more
    printing = run(workspace, "logs greet --follow").more
    assert listing is not None
    assert printing is not None
    first = run(workspace, "invoke greet name=Ada").value
    assert isinstance(first, ActivationRecord)
    assert next(listing).value.id == first.id  # type: ignore[attr-defined]  # a summary
    second = run(workspace, "invoke greet name=Bob").value
    assert isinstance(second, ActivationRecord)
    shown = [next(printing), next(printing)]
    assert shown[0].lines[0].startswith("greet · success · ")
    assert [each.value for each in shown] == [list(first.logs), list(second.logs)]


def test_targets(workspace: Workspace) -> None:
    outcome = run(workspace, "target")
    assert isinstance(outcome.value, list)
    assert isinstance(outcome.value[0], TargetState)
    assert outcome.lines[1].split()[:2] == ["*", "playground"]


def test_playground_that_does_not_run_is_absent_and_no_failure(tmp_path: Path) -> None:
    outcome = run(Workspace.open(data_dir=tmp_path), "playground")
    assert (outcome.absent, outcome.failed, outcome.value) == (True, False, None)
    assert status(tmp_path) is None


def test_functions_are_a_table(workspace: Workspace, deployed: Outcome) -> None:
    found = run(workspace, "list")
    head, *rows = found.lines
    (row,) = [each for each in rows if each.startswith("greet ")]
    assert head.split() == ["NAME", "VERSION", "MEMORY", "UPDATED", "NOTEBOOK", "SIGNATURE"]
    assert row.split()[:4] == ["greet", "0.0.1", "256", "MB"]
    assert row.endswith("greet(name: str)")
    assert isinstance(found.value, list)
    assert "greet" in [one.name for one in found.value]


def test_a_target_without_functions_says_so(tmp_path: Path) -> None:
    empty = Workspace.open(data_dir=tmp_path)
    try:
        assert run(empty, "list").lines == ("No functions are deployed to Local playground.",)
    finally:
        stop(tmp_path)
