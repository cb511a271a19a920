from __future__ import annotations

import base64
import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.bundle import Bundle, BundleStore, PackageRecord
from jupyter_faas.client import Client, HostInfo
from jupyter_faas.errors import ActionConflict, BundleError, KindNotSupported, LimitOutOfRange
from jupyter_faas.playground_proof import PATH
from jupyter_faas.whisk import RUNTIMES, SystemLimits
from jupyter_faas.whisk.kinds import runtimes_json
from jupyter_faas.workspace import Deployment, Packaged
from jupyter_faas.workspace.deployment.plan import check_limits, plan_deploy
from jupyter_faas.workspace.deployment.remote_state import find_action
from jupyter_faas.workspace.deployment.upload import upload
from jupyter_faas.workspace.targets.capabilities import TargetCapabilities
from jupyter_faas.workspace.targets.connection import Connection
from tests.client.conftest import SECRET, UUID, target_at
from tests.client.helpers.server import Answer, Asked, FakeHost, proved, serving
from tests.workspace.helpers.cells import GREET, packaged
from tests.workspace.helpers.samples import assert_same_shape, sample

INFO = HostInfo(SystemLimits(), RUNTIMES)
LAB = TargetCapabilities("lab", "Lab")


def openwhisk(existing: dict[str, Any] | None = None) -> Callable[[Asked], Answer]:
    """A host that answers GET /, GET and PUT of an action."""

    def script(asked: Asked) -> Answer:
        if asked.path == PATH:
            return proved(asked, f"{UUID}:{SECRET}")
        if asked.path == "/":
            return Answer(
                body={"limits": SystemLimits().info_json(), "runtimes": runtimes_json(RUNTIMES)}
            )
        if asked.method == "GET":
            if existing is None:
                return Answer(404, {"error": "The requested resource does not exist."})
            return Answer(body=existing)
        body = json.loads(asked.body)
        return Answer(
            body={
                "namespace": "guest",
                "name": "greet",
                "version": "0.0.2",
                "exec": {"kind": body["exec"]["kind"], "binary": True},
                "updated": 1795565990000,
            }
        )

    return script


def put(
    host: FakeHost, folder: Path, made: Packaged, kind: str = "playground"
) -> tuple[Deployment, dict[str, Any], list[str]]:
    """Deploy: what came of it, the body that was sent, and what was said on the way."""
    said: list[str] = []
    target = target_at(host.url, name=kind, label="Lab", kind=kind)
    bundle = BundleStore(folder).get(made.bundle)
    client = Client(target)
    before = find_action(client, made.record.name)
    plan = plan_deploy(made.record, bundle, Connection(client))
    deployment = upload(plan, said.append, before)
    return deployment, json.loads(host.asked[-1].body), said


def annotated(body: dict[str, Any]) -> dict[str, Any]:
    return {each["key"]: each["value"] for each in body["annotations"]}


def test_an_action_is_made_of_the_record(tmp_path: Path) -> None:
    made = packaged(
        tmp_path,
        kind="python:3.11",
        memory_mb=512,
        timeout_ms=30_000,
        parameters={"token": "s3cret"},
        annotations={"team": "blue"},
        notebook="quickstart.ipynb",
        cell_id="7a1d",
    )
    with serving(openwhisk()) as host:
        deployment, body, _ = put(host, tmp_path, made)
        asked = host.asked[-1]
    assert (asked.method, asked.path) == (
        "PUT",
        "/api/v1/namespaces/_/actions/greet?overwrite=true",
    )
    data = BundleStore(tmp_path).get(made.bundle).data
    assert base64.b64decode(body["exec"]["code"]) == data
    assert body["exec"]["kind"] == "python:3.11"
    assert body["limits"] == {"memory": 512, "timeout": 30_000}
    assert body["parameters"] == [{"key": "token", "value": "s3cret"}]
    assert annotated(body) == {
        "team": "blue",
        "faas-bundle": made.bundle,
        "faas-source": made.record.source,
        "faas-environment": made.record.environment["id"],
        "faas-notebook": "quickstart.ipynb",
        "faas-cell": "7a1d",
        "faas-schema": made.card["schema"],
        "faas-signature": made.card["signature"],
        "faas-annotations": ["team"],
        "description": "Say hello.",
    }
    assert "s3cret" not in json.dumps(body["annotations"])
    assert deployment.size == len(data)


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("Concurrent modification to resource detected.", "Try again."),
        (
            "Resource by this name exists but is not in this collection.",
            "A package, a trigger or a rule has this name. Write %%function greet_2",
        ),
    ],
)
def test_the_hint_of_a_conflict_fits_its_cause(words: str, hint: str, tmp_path: Path) -> None:
    answers = openwhisk()

    def script(asked: Asked) -> Answer:
        return Answer(409, {"error": words}) if asked.method == "PUT" else answers(asked)

    made = packaged(tmp_path, kind="python:3.11")
    with serving(script) as host, pytest.raises(ActionConflict) as refused:
        put(host, tmp_path, made)
    assert refused.value.hint == hint


def test_a_deployment_has_the_shape_that_is_answered(tmp_path: Path) -> None:
    with serving(openwhisk()) as host:
        deployment, *_ = put(host, tmp_path, packaged(tmp_path, kind="python:3.11"))
    assert_same_shape(deployment.to_json(), sample("deployment"))
    assert deployment.url == f"{host.url}/api/v1/namespaces/_/actions/greet"
    assert (deployment.namespace, deployment.version) == ("guest", "0.0.2")


def test_a_web_action_has_a_web_url(tmp_path: Path) -> None:
    with serving(openwhisk()) as host:
        deployment, body, _ = put(host, tmp_path, packaged(tmp_path, kind="python:3.11", web=True))
        plain, *_ = put(host, tmp_path, packaged(tmp_path, kind="python:3.11"))
    assert deployment.web_url == f"{host.url}/api/v1/web/guest/default/greet.json"
    assert annotated(body)["faas-annotations"] == ["final", "raw-http", "web-export"]
    assert annotated(body)["web-export"] is True
    assert plain.web_url is None


def test_annotations_that_are_gone_from_the_cell_go_from_the_action(tmp_path: Path) -> None:
    existing = {
        "namespace": "guest",
        "name": "greet",
        "annotations": [
            {"key": "faas-annotations", "value": ["web-export", "team", 3]},
            {"key": "faas-cell", "value": "7a1d"},
        ],
    }
    made = packaged(tmp_path, kind="python:3.11", annotations={"team": "red"})
    with serving(openwhisk(existing)) as host:
        _, body, _ = put(host, tmp_path, made)
    assert body["delAnnotations"] == [
        *("faas-cell", "faas-models", "faas-notebook", "faas-packaged"),
        "web-export",
    ]


def test_a_users_annotation_cannot_take_the_place_of_ours(tmp_path: Path) -> None:
    made = packaged(
        tmp_path, kind="python:3.11", annotations={"faas-bundle": "x", "description": "Mine."}
    )
    with serving(openwhisk()) as host:
        _, body, _ = put(host, tmp_path, made)
    assert annotated(body)["faas-bundle"] == made.bundle
    assert annotated(body)["description"] == "Mine."


def test_a_default_kind_is_stored_as_what_it_is(tmp_path: Path) -> None:
    with serving(openwhisk()) as host:
        _, body, _ = put(host, tmp_path, packaged(tmp_path, kind="python:default"))
    assert body["exec"]["kind"] == "python:3.10"


def test_progress_says_what_goes_where(tmp_path: Path) -> None:
    with serving(openwhisk()) as host:
        _, _, said = put(host, tmp_path, packaged(tmp_path, kind="python:3.11"))
    assert said[-1].startswith("Deploying greet to Lab… · ")


def test_a_model_that_travels_without_its_libraries_is_refused(
    iris: tuple[Path, Packaged],
) -> None:
    folder, made = iris
    record = dataclasses.replace(made.record, kind="python:3.11", id="")
    with (
        serving(openwhisk()) as host,
        pytest.raises(BundleError, match="does not include numpy or onnxruntime"),
    ):
        put(host, folder, dataclasses.replace(made, record=record), "openwhisk")
    assert not [each for each in host.asked if each.method == "PUT"]


def test_the_playground_has_the_libraries_of_a_model(iris: tuple[Path, Packaged]) -> None:
    folder, made = iris
    record = dataclasses.replace(made.record, kind="python:3.11", id="")
    with serving(openwhisk()) as host:
        deployment, *_ = put(host, folder, dataclasses.replace(made, record=record))
    assert deployment.warning == ""
    assert "warning" not in deployment.to_json()


def test_a_function_without_a_model_is_not_warned_of(tmp_path: Path) -> None:
    with serving(openwhisk()) as host:
        deployment, *_ = put(host, tmp_path, packaged(tmp_path, kind="python:3.11"), "openwhisk")
    assert deployment.warning == ""


@pytest.fixture
def greet(tmp_path: Path) -> tuple[PackageRecord, Bundle]:
    made = packaged(tmp_path, GREET, kind="python:3.11", memory_mb=1024)
    return made.record, BundleStore(tmp_path).get(made.bundle)


def test_a_kind_that_the_host_lacks_is_refused_before_the_upload(
    greet: tuple[PackageRecord, Bundle],
) -> None:
    record, bundle = greet
    with pytest.raises(
        KindNotSupported,
        match=r"Lab does not have the kind 'python:3\.14'\.\nChoose one of its kinds: --kind ",
    ):
        check_limits(dataclasses.replace(record, kind="python:3.14", id=""), bundle, INFO, LAB)


def test_kinds_of_python_are_named_for_one_of_no_known_family(
    greet: tuple[PackageRecord, Bundle],
) -> None:
    record, bundle = greet
    with pytest.raises(KindNotSupported, match=r"does not have the kind 'banana'") as caught:
        check_limits(dataclasses.replace(record, kind="banana", id=""), bundle, INFO, LAB)
    assert caught.value.hint.endswith("\nLab has python:3.10, python:3.11.")


def test_memory_beyond_the_hosts_is_refused_with_the_bounds(
    greet: tuple[PackageRecord, Bundle],
) -> None:
    with pytest.raises(
        LimitOutOfRange,
        match=r"Lab does not accept .*: memory size 1024 MB exceeds .*\nSet --memory 512 in its "
        r"cell\.",
    ):
        check_limits(*greet, INFO, LAB)


def test_a_bundle_beyond_the_hosts_limit_is_refused_with_its_size(
    greet: tuple[PackageRecord, Bundle],
) -> None:
    record, bundle = greet
    small = HostInfo(SystemLimits(max_memory=4096, max_code_bytes=100), RUNTIMES)
    with pytest.raises(BundleError, match=r"too large for Lab: .*but the limit is 100 B"):
        check_limits(record, bundle, small, LAB)


def test_nothing_is_uploaded_when_the_host_does_not_take_it(tmp_path: Path) -> None:
    made = packaged(tmp_path, kind="cobol:85")
    with serving(openwhisk()) as host:
        with pytest.raises(KindNotSupported):
            put(host, tmp_path, made)
        assert {asked.method for asked in host.asked} == {"GET"}
