"""Functions in packages of a real playground."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from jupyter_faas.client import Client
from jupyter_faas.errors import ActionConflict, ActionNotFound, NameNotAllowed
from jupyter_faas.workspace import Deployment, Workspace
from jupyter_faas.workspace.deployment.upload import ensure_package
from jupyter_faas.workspace.results import Progress, silent
from tests.client.conftest import target_at
from tests.client.helpers.server import Answer, Asked, FakeHost, serving
from tests.contract.helpers.api import HELLO, Api, Target
from tests.workspace.helpers.cells import GREET, run_cell
from tests.workspace.helpers.requests import function_request


@pytest.fixture(scope="module")
def api(workspace: Workspace) -> Iterator[Api]:
    """Another tool's way to the same namespace."""
    info = workspace.playground.start()
    lines = info.wskprops.read_text("utf-8").splitlines()
    (auth,) = (line.removeprefix("AUTH=") for line in lines if line.startswith("AUTH="))
    api = Api(Target(info.apihost, auth, is_playground=True))
    yield api
    api.session.close()


def put(
    workspace: Workspace, package: str, *, progress: Progress = silent, **options: Any
) -> Deployment:
    request = function_request(GREET, "greet", package=package, **options)
    made = workspace.package(request, run_cell(GREET))
    return workspace.deploy(made.record.id, progress=progress)


def names(workspace: Workspace) -> set[str]:
    return {one.name for one in workspace.functions()}


def test_a_missing_package_is_made(workspace: Workspace, api: Api) -> None:
    said: list[str] = []
    deployment = put(workspace, "letters", progress=said.append)
    assert deployment.name == "letters/greet"
    assert deployment.url.endswith("/api/v1/namespaces/_/actions/letters/greet")
    assert said[:3] == [
        "Testing letters/greet in a clean room…",
        "Fits Local playground",
        "Creating the package letters on Local playground…",
    ]
    made = api.get_package("letters").json()
    assert (made["version"], made["binding"], made["parameters"]) == ("0.0.1", {}, [])
    assert [one["name"] for one in made["actions"]] == ["greet"]


def test_a_package_that_exists_stays_as_it_is(workspace: Workspace, api: Api) -> None:
    parameters = [{"key": "name", "value": "package"}]
    api.put_package("polite", {"parameters": parameters, "publish": True})
    said: list[str] = []
    put(workspace, "polite", progress=said.append)
    found = api.get_package("polite").json()
    assert (found["version"], found["publish"]) == ("0.0.1", True)
    assert found["parameters"] == parameters
    assert not any("package" in one for one in said)
    assert workspace.invoke("polite/greet", {}).result == {"hello": "package"}


def test_equal_names_in_two_packages_are_two_functions(workspace: Workspace) -> None:
    put(workspace, "here", parameters={"name": "here"})
    put(workspace, "there", parameters={"name": "over there"})
    put(workspace, "there", parameters={"name": "there"})
    assert workspace.function("here/greet").version == "0.0.1"
    assert workspace.function("there/greet").version == "0.0.2"
    assert workspace.invoke("here/greet", {}).result == {"hello": "here"}
    assert workspace.invoke("there/greet", {}).result == {"hello": "there"}
    assert [one.name for one in workspace.activations(name="here/greet")] == ["here/greet"]
    with pytest.raises(ActionNotFound, match="There is no action 'greet'"):
        workspace.function("greet")


def test_a_packaged_web_action_is_served_under_its_package(workspace: Workspace) -> None:
    url = put(workspace, "pages", web=True).web_url
    assert url is not None
    assert url.endswith("/api/v1/web/guest/pages/greet.json")
    assert requests.get(url, {"name": "Ada"}, timeout=60).json() == {"hello": "Ada"}


def test_removing_a_function_leaves_its_package(workspace: Workspace, api: Api) -> None:
    put(workspace, "kept")
    workspace.remove("kept/greet")
    assert "kept/greet" not in names(workspace)
    assert api.get_package("kept").json()["actions"] == []


def test_a_name_that_is_a_function_is_refused(workspace: Workspace, api: Api) -> None:
    api.put("taken", {"exec": {"kind": "python:default", "code": HELLO}})
    with pytest.raises(ActionConflict, match="'taken' is a function, not a package") as refused:
        put(workspace, "taken")
    assert "%faas remove taken" in refused.value.hint
    assert "taken/greet" not in names(workspace)


def test_a_name_that_is_a_trigger_is_refused(workspace: Workspace, api: Api) -> None:
    api.request("PUT", "triggers/tick", json={})
    with pytest.raises(ActionConflict, match="'tick' is a trigger or a rule, not a package"):
        put(workspace, "tick")


def test_a_binding_is_refused_and_its_provider_is_not_touched(
    workspace: Workspace, api: Api
) -> None:
    api.put_package("provider")
    api.put_package("bound", {"binding": {"namespace": "_", "name": "provider"}})
    with pytest.raises(ActionConflict, match="'bound' is a binding of the package /guest/provider"):
        put(workspace, "bound")
    assert api.get_package("provider").json()["actions"] == []


def test_what_the_target_cannot_take_makes_no_package(workspace: Workspace, api: Api) -> None:
    with pytest.raises(Exception, match="allowed threshold"):
        put(workspace, "too-much", memory_mb=100_000)
    assert api.get_package("too-much").status_code == 404


@pytest.mark.parametrize(
    ("package", "words"),
    [("default", "'default' is reserved"), ("a/b", "illegal characters"), ("x" * 257, "longer")],
    ids=["reserved", "nested", "long"],
)
def test_a_bad_name_is_refused_before_anything_is_packaged(
    workspace: Workspace, package: str, words: str
) -> None:
    with pytest.raises(NameNotAllowed, match=words):
        put(workspace, package)


def test_the_package_a_cell_was_in_before_keeps_its_function(workspace: Workspace) -> None:
    place: dict[str, Any] = {"notebook": "moves.ipynb", "cell_id": "7a1d"}
    assert put(workspace, "old", **place).warning == ""
    said: list[str] = []
    moved = put(workspace, "new", progress=said.append, **place)
    assert moved.warning == (
        "old/greet was deployed from the same cell, and is still on Local playground "
        "(to remove it: %faas remove old/greet)."
    )
    assert moved.warning in said
    assert {"old/greet", "new/greet"} <= names(workspace)
    # It is said once, not with every deploy that follows.
    assert put(workspace, "new", **place).warning == ""


def test_another_notebooks_cell_of_that_id_left_nothing(workspace: Workspace) -> None:
    put(workspace, "first", notebook="one.ipynb", cell_id="c0c0")
    copied = put(workspace, "second", notebook="copy.ipynb", cell_id="c0c0")
    assert copied.warning == ""


def answer_to(get: list[Answer], create: Answer) -> Callable[[Asked], Answer]:
    """A host whose package is looked for (answers in turn) and created; it has no action."""
    answers = iter(get)

    def script(asked: Asked) -> Answer:
        if "/actions/" in asked.path:
            return Answer(404, {"error": "The requested resource does not exist."})
        return create if asked.method == "PUT" else next(answers)

    return script


MISSING = Answer(404, {"error": "The requested resource does not exist."})
EXISTS = Answer(409, {"error": "resource already exists"})
PACKAGE = Answer(body={"namespace": "guest", "name": "models", "binding": {}})


def ensure(host: FakeHost) -> None:
    target = target_at(host.url, name="lab", label="Lab", kind="openwhisk")
    ensure_package(Client(target), "models", silent)


def test_a_package_that_somebody_makes_meanwhile_will_do() -> None:
    with serving(answer_to([MISSING, PACKAGE], EXISTS)) as host:
        ensure(host)
    assert [one.method for one in host.asked] == ["GET", "PUT", "GET"]


def test_a_host_that_hides_what_has_the_name_is_understood() -> None:
    with (
        serving(answer_to([MISSING, MISSING], EXISTS)) as host,
        pytest.raises(ActionConflict, match="On Lab, 'models' is a trigger or a rule"),
    ):
        ensure(host)
