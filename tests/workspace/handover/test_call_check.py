"""Calls without a required parameter, on a real playground."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from jupyter_faas.client import Client
from jupyter_faas.errors import ParametersRejected
from jupyter_faas.workspace import Workspace
from tests.workspace.helpers.cells import package_body, run_cell
from tests.workspace.helpers.requests import function_request

NAMES = (f"halve{number}" for number in itertools.count())
BODY = "return {'half': number / 2, 'unit': unit}"


def deploy(workspace: Workspace, **options: Any) -> str:
    name = next(NAMES)
    header = f"{name}(number: float, unit: str)"
    return workspace.deploy(package_body(workspace, header, BODY, **options)).name


def test_a_missing_parameter_is_refused_before_the_call(
    workspace: Workspace, client: Client
) -> None:
    name = deploy(workspace)
    with pytest.raises(ParametersRejected, match=rf"{name} needs unit \(a string\)\.") as refused:
        workspace.invoke(name, {"number": 4})
    assert refused.value.hint == f"The signature is {name}(number: float, unit: str)"
    with pytest.raises(ParametersRejected, match=r"needs number \(a number\) and unit"):
        workspace.invoke(name, {})
    assert client.list_activations(5, name=name) == []


def test_values_of_the_wrong_type_are_named_with_the_missing_parameters(
    workspace: Workspace,
) -> None:
    name = deploy(workspace)
    with pytest.raises(
        ParametersRejected,
        match=r'needs unit \(a string\); number must be a number, not the string "long"\.',
    ):
        workspace.invoke(name, {"number": "long"})


def test_a_value_of_the_wrong_type_is_refused_before_the_call(
    workspace: Workspace, client: Client
) -> None:
    name = deploy(workspace)
    with pytest.raises(
        ParametersRejected, match=r'^number must be a number, not the string "long"\.'
    ) as refused:
        workspace.invoke(name, {"number": "long", "unit": "mm"})
    assert refused.value.hint == f"The signature is {name}(number: float, unit: str)"
    with pytest.raises(ParametersRejected, match="number must be a number"):
        workspace.batches.spawn(name, {"number": "long", "unit": "mm"})
    assert client.list_activations(5, name=name) == []


def test_a_date_is_checked_too(workspace: Workspace) -> None:
    name = next(NAMES)
    cell = (
        f"%%function {name}\nfrom datetime import date\n\n"
        f"def {name}(day: date):\n    return {{'year': day.year}}\n"
    )
    request = function_request(cell_text=cell, name=name, notebook="n.ipynb")
    workspace.deploy(workspace.package(request, run_cell(cell)).record.id)
    with pytest.raises(ParametersRejected, match="day must be a date"):
        workspace.invoke(name, {"day": "tomorrow"})
    assert workspace.invoke(name, {"day": "2026-01-31"}).result == {"year": 2026}


def test_a_value_whose_type_is_not_known_is_sent(workspace: Workspace, client: Client) -> None:
    name = next(NAMES)
    schema = {"type": "object", "properties": {"a": {}, "b": True}}
    body = {
        "exec": {"kind": "python:default", "code": "def main(args):\n    return {'got': args}\n"},
        "annotations": [{"key": "faas-schema", "value": schema}],
    }
    client.put_action(name, body)
    params = {"a": "x", "b": [2]}
    assert workspace.invoke(name, params).result == {"got": params}


def test_a_preset_parameter_is_not_missing(workspace: Workspace) -> None:
    name = deploy(workspace, parameters={"unit": "mm"})
    assert workspace.invoke(name, {"number": 4}).result == {"half": 2, "unit": "mm"}
    with pytest.raises(ParametersRejected, match=r"needs number \(a number\)\."):
        workspace.invoke(name, {})


def test_an_error_does_not_show_a_preset_parameter(workspace: Workspace) -> None:
    name = deploy(workspace, parameters={"unit": "mm"})
    for params in ({}, {"number": 4, "units": "cm"}):
        with pytest.raises(ParametersRejected) as refused:
            workspace.invoke(name, params)
        said = str(refused.value)
        assert "unit:" not in said
        assert "Did you mean" not in said


def test_a_schema_that_allows_any_value_is_accepted(workspace: Workspace, client: Client) -> None:
    name = next(NAMES)
    schema = {"type": "object", "properties": {"a": True}, "required": ["a"]}
    body = {
        "exec": {"kind": "python:default", "code": "def main(args):\n    return {'got': args}\n"},
        "annotations": [{"key": "faas-schema", "value": schema}],
    }
    client.put_action(name, body)
    assert workspace.invoke(name, {}).result == {"got": {}}


def test_the_package_is_fetched_once(
    workspace: Workspace, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = deploy(workspace, package="widths")
    asked: list[str] = []
    get = Client.get_package

    def count(client: Client, package: str) -> Any:
        asked.append(package)
        return get(client, package)

    monkeypatch.setattr(Client, "get_package", count)
    with pytest.raises(ParametersRejected, match="needs unit"):
        workspace.invoke(name, {"number": 4})
    assert asked == ["widths"]


def test_a_parameter_of_the_package_is_not_missing(workspace: Workspace, client: Client) -> None:
    name = deploy(workspace, package="sizes")
    with pytest.raises(ParametersRejected, match="needs unit"):
        workspace.invoke(name, {"number": 4})
    put_package(client, "sizes", {"parameters": [{"key": "unit", "value": "cm"}]})
    assert workspace.invoke(name, {"number": 4}).result == {"half": 2, "unit": "cm"}


def test_a_call_through_a_binding_is_not_refused(workspace: Workspace, client: Client) -> None:
    name = deploy(workspace, package="lengths").removeprefix("lengths/")
    bound = {
        "binding": {"namespace": "_", "name": "lengths"},
        "parameters": [{"key": "unit", "value": "km"}],
    }
    put_package(client, "far", bound)
    assert workspace.invoke(f"far/{name}", {"number": 4}).result == {"half": 2, "unit": "km"}


def test_a_preset_parameter_behind_a_router_is_not_missing(workspace: Workspace) -> None:
    name = deploy(workspace, parameters={"unit": "mm"})
    header = f"{name}(number: float, unit: str)"
    new = package_body(workspace, header, BODY, parameters={"unit": "mm"})
    workspace.rollouts.deploy_canary(new, 50)
    assert workspace.invoke(name, {"number": 4}).result == {"half": 2, "unit": "mm"}
    handle = workspace.handover.remote(name, lambda params: workspace.invoke(name, params))
    assert handle(4) == {"half": 2, "unit": "mm"}


def test_a_value_that_wskdeploy_bound_is_not_missing(workspace: Workspace, client: Client) -> None:
    name = deploy(workspace)
    presets = [{"key": "__faas_parameters", "value": {"unit": '"mm"'}}]
    client.put_action(name, {"parameters": presets})
    assert workspace.invoke(name, {"number": 4}).result == {"half": 2, "unit": "mm"}


def put_package(client: Client, name: str, body: dict[str, Any]) -> None:
    """Create or update a package with parameters, which jupyter_faas itself does not do."""
    path = client._path("packages", name)
    client._request("PUT", path, query={"overwrite": "true"}, body=body)
