"""The one door against a real playground: everything goes over HTTP, as with any OpenWhisk."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from jupyter_faas.client import playground_target
from jupyter_faas.errors import (
    ActionNotFound,
    ActivationLost,
    ActivationNotFound,
    ActivationTimedOut,
    BundleDamaged,
    BundleNotFound,
    LimitOutOfRange,
    PackageNotFound,
    ParametersRejected,
    TargetNotConfigured,
    TargetNotReachable,
)
from jupyter_faas.playground import status
from jupyter_faas.serialization import ConversionHelper
from jupyter_faas.workspace import Packaged, Workspace
from jupyter_faas.workspace.results import Forecast
from tests.client.helpers.server import closed_port
from tests.workspace.helpers.cells import GREET, IRIS, run_cell
from tests.workspace.helpers.requests import function_request
from tests.workspace.helpers.samples import assert_same_shape, sample

SECRET = "tops3cret"


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Workspace]:
    """A data folder of its own, whose playground does not run yet."""
    workspace = Workspace.open(tmp_path / "data", target="playground")
    yield workspace
    workspace.playground.stop()


@pytest.fixture(scope="module")
def deployed_iris(
    workspace: Workspace, helper: ConversionHelper, iris_model: tuple[Any, Any]
) -> Packaged:
    """The iris function, packaged and deployed."""
    model, data = iris_model
    made = workspace.package(
        function_request(
            IRIS, "iris", sample=data, notebook="quickstart.ipynb", cell_id="7a1d2c3e"
        ),
        run_cell(IRIS, model=model, X=data),
        helper=helper,
    )
    workspace.deploy(made.record.id)
    return made


def test_a_run_whose_playground_dies_is_declared_lost(alone: Workspace) -> None:
    started = alone.data_dir / "started"
    cell = (
        "%%function nap\nimport time, pathlib\ndef nap(file: str = ''):\n"
        "    if file:\n        pathlib.Path(file).touch()\n        time.sleep(60)\n    return {}\n"
    )
    put(alone, cell, "nap")
    info = status(alone.data_dir)
    assert info is not None

    def kill() -> None:
        while not started.exists():
            pass
        os.kill(info.pid, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(ActivationLost, match="The run of nap is lost: Local playground stopped"):
        alone.invoke("nap", {"file": str(started)})
    killer.join()
    # The playground runs again, and says nothing of the lost run.
    assert alone.activations(name="nap") == []
    assert alone.invoke("nap", {}).ok


def put(workspace: Workspace, text: str, name: str, **options: Any) -> Packaged:
    """Package and deploy a cell without a model."""
    made = workspace.package(function_request(text, name, **options), run_cell(text))
    workspace.deploy(made.record.id)
    return made


def test_a_package_is_deployed_with_progress(workspace: Workspace, deployed_iris: Packaged) -> None:
    said: list[str] = []
    deployment = workspace.deploy(deployed_iris.record.id, force=True, progress=said.append)
    assert_same_shape(deployment.to_json(), sample("deployment"))
    assert deployment.bundle == deployed_iris.bundle
    assert deployment.target_label == "Local playground"
    assert deployment.warning == ""
    assert said[-1].startswith("Deploying iris to Local playground…")


def test_the_same_package_is_deployed_again_only_by_force(
    workspace: Workspace, deployed_iris: Packaged
) -> None:
    first = workspace.deploy(deployed_iris.record.id)
    second = workspace.deploy(deployed_iris.record.id, force=True)
    assert first.unchanged
    assert first.bundle == second.bundle
    assert first.version != second.version


def test_a_deployed_function_tells_where_it_comes_from(
    workspace: Workspace, deployed_iris: Packaged
) -> None:
    (found,) = (one for one in workspace.functions() if one.name == "iris")
    assert_same_shape(found.to_json(), sample("functions")["functions"][0])
    assert (found.bundle, found.source) == (deployed_iris.bundle, deployed_iris.record.source)
    assert found.notebook == "quickstart.ipynb"
    assert found.schema == deployed_iris.card["schema"]
    assert found == workspace.function("iris")


def test_the_action_answers_as_the_model_does_on_every_row(
    workspace: Workspace, deployed_iris: Packaged, iris_model: tuple[Any, Any]
) -> None:
    model, data = iris_model
    names = ("sepal_length", "sepal_width", "petal_length", "petal_width")
    species = ["setosa", "versicolor", "virginica"]
    for row, probabilities in zip(data, model.predict_proba(data), strict=True):
        activation = workspace.invoke("iris", dict(zip(names, row, strict=True)))
        assert activation.ok, activation.result
        assert activation.result["species"] == species[probabilities.argmax()]
        assert activation.result["confidence"] == pytest.approx(probabilities.max(), abs=1e-9)


def test_the_notebook_curl_and_the_action_agree(
    workspace: Workspace, deployed_iris: Packaged, iris_model: tuple[Any, Any]
) -> None:
    model, _ = iris_model
    here = workspace.local(run_cell(IRIS, model=model)["iris"], deployed_iris)  # type: ignore[arg-type]
    row = {"sepal_length": 6.1, "sepal_width": 2.8, "petal_length": 4, "petal_width": 1.3}
    target = playground_target(workspace.data_dir)
    user, _, key = target.auth.partition(":")
    answer = requests.post(
        f"{workspace.function('iris').url}?blocking=true&result=true",
        json=row,
        auth=(user, key),
        timeout=30,
    )
    there = workspace.invoke("iris", row)
    assert answer.status_code == 200
    assert answer.json() == there.result
    assert here(**row)["species"] == there.result["species"]
    assert here(**row)["confidence"] == pytest.approx(there.result["confidence"], abs=1e-9)


def test_a_run_is_seen_with_duration_cost_and_logs(workspace: Workspace) -> None:
    put(workspace, GREET, "greet")
    record = workspace.invoke("greet", {"name": "Ada"})
    assert_same_shape(
        {**record.to_json(), "annotations": {}, "result": None},
        {**sample("activation"), "annotations": {}, "result": None},
    )
    assert record.result == {"hello": "Ada"}
    assert record.target == "playground"
    assert record.cold is True
    assert record.billed_ms is not None
    assert record.billed_ms >= 100
    assert record.to_json()["cost_text"].startswith("$")
    assert [line.partition("stdout: ")[2] for line in record.logs] == ["greeting Ada"]
    assert workspace.activation(record.id) == record
    assert workspace.logs(record.id) == list(record.logs)
    assert workspace.invoke("greet", {}).cold is False


def test_runs_are_listed_by_name_and_time(workspace: Workspace) -> None:
    put(workspace, GREET, "listed")
    ids = [workspace.invoke("listed", {}).id for _ in range(3)]
    found = workspace.activations(name="listed", limit=2)
    assert [one.id for one in found] == ids[:0:-1]
    assert_same_shape(found[0].to_json(), sample("activations")["activations"][0])
    assert [one.id for one in workspace.activations(name="listed", skip=2)] == ids[:1]
    later = workspace.activations(name="listed", since=found[0].start, upto=found[0].start)
    assert found[0].id in [one.id for one in later]


def test_a_run_that_fails_is_a_record(workspace: Workspace) -> None:
    text = "%%function bad\ndef bad():\n    raise ValueError('no petals')\n"
    put(workspace, text, "bad")
    record = workspace.invoke("bad", {})
    assert (record.ok, record.status) == (False, "application error")
    assert "no petals" in str(record.result)
    assert any("ValueError" in line for line in record.logs)


def test_parameters_that_do_not_fit_are_not_sent(
    workspace: Workspace, deployed_iris: Packaged
) -> None:
    names = ("sepal_width", "petal_length", "petal_width")
    with pytest.raises(ParametersRejected, match="sepal_length must be a number"):
        workspace.invoke("iris", {"sepal_length": "long", **dict.fromkeys(names, 1)})


def test_parameters_that_are_not_json_are_not_sent(workspace: Workspace) -> None:
    with pytest.raises(ParametersRejected, match="sepal_width is a bytes"):
        names = ("sepal_length", "petal_length", "petal_width")
        workspace.invoke("iris", {"sepal_width": b"1", **dict.fromkeys(names, 1)})


def test_a_run_can_be_waited_for_without_one_long_request(workspace: Workspace) -> None:
    put(workspace, GREET, "polled")
    record = workspace.invoke("polled", {"name": "Ada"}, blocking=False)
    assert record.result == {"hello": "Ada"}
    assert len(record.logs) == 1


def test_a_run_that_takes_too_long_is_named(workspace: Workspace) -> None:
    text = "%%function slow\nimport time\n\ndef slow():\n    time.sleep(3)\n    return {}\n"
    put(workspace, text, "slow")
    with pytest.raises(ActivationTimedOut, match=r"of 'slow' has no record after 0\.5 s"):
        workspace.invoke("slow", {}, timeout_s=0.5)


def test_secrets_are_in_the_action_and_nowhere_else(workspace: Workspace) -> None:
    body = "def knows(token: str):\n    return {'n': len(token)}\n"
    text = f"%%function knows --param token={SECRET}\n{body}"
    made = put(workspace, text, "knows", parameters={"token": SECRET})
    assert workspace.invoke("knows", {}).result == {"n": len(SECRET)}
    contents = workspace.bundle(made.bundle).contents()
    assert not [path for path, data in contents.items() if SECRET.encode() in data]
    shown = [workspace.function("knows").to_json(), made.card, workspace.status()]
    assert SECRET not in json.dumps(shown)
    target = playground_target(workspace.data_dir)
    user, _, key = target.auth.partition(":")
    action = requests.get(workspace.function("knows").url, auth=(user, key), timeout=30).json()
    assert action["parameters"] == [{"key": "token", "value": SECRET}]
    assert SECRET not in json.dumps(action["annotations"])


def test_an_annotation_that_is_taken_out_of_the_cell_goes(workspace: Workspace) -> None:
    def annotations() -> dict[str, Any]:
        target = playground_target(workspace.data_dir)
        user, _, key = target.auth.partition(":")
        url = workspace.function("open").url
        action = requests.get(url, auth=(user, key), timeout=30).json()
        return {each["key"]: each["value"] for each in action["annotations"]}

    put(workspace, GREET, "open", annotations={"web-export": True, "team": "blue"})
    assert annotations()["web-export"] is True
    put(workspace, GREET, "open", annotations={"team": "red"})
    assert annotations()["team"] == "red"
    assert "web-export" not in annotations()


def test_a_removed_function_is_gone(workspace: Workspace) -> None:
    put(workspace, GREET, "gone")
    workspace.remove("gone")
    assert "gone" not in [one.name for one in workspace.functions()]
    with pytest.raises(ActionNotFound, match=r"^There is no action 'gone'"):
        workspace.remove("gone")
    for call in (workspace.function, lambda name: workspace.invoke(name, {})):
        with pytest.raises(
            ActionNotFound,
            match=r"^There is no action 'gone' on Local playground\.\n"
            r"Deploy it first: %faas deploy gone$",
        ):
            call("gone")


def test_a_misspelled_name_of_a_removal_is_corrected(workspace: Workspace) -> None:
    put(workspace, GREET, "cheerful")
    with pytest.raises(
        ActionNotFound, match=r"^There is no action 'cheerfull'.*\nDid you mean cheerful\?$"
    ):
        workspace.remove("cheerfull")


def test_memory_beyond_the_playgrounds_is_refused(workspace: Workspace) -> None:
    with pytest.raises(
        LimitOutOfRange, match=r"(?s)Local playground does not accept 'greet'.*4,096"
    ):
        put(workspace, GREET, "greet", memory_mb=8192)


def test_a_run_that_is_not_there_is_named(workspace: Workspace) -> None:
    with pytest.raises(ActivationNotFound, match=f"no activation {'a' * 32} on Local playground"):
        workspace.activation("a" * 32)


def test_a_package_that_is_not_there_is_named(workspace: Workspace) -> None:
    with pytest.raises(PackageNotFound, match=r"0123456789abcdef"):
        workspace.deploy("0123456789abcdef")


def test_the_status_of_a_running_playground(workspace: Workspace) -> None:
    status = workspace.status()
    wanted = sample("status")
    assert_same_shape({**status, "targets": []}, {**wanted, "targets": []})
    assert status["target"]["state"] == "running"
    assert status["target"]["namespace"] == "guest"
    assert status["target"] == status["targets"][0]
    assert status["limits"] == wanted["limits"]
    key = playground_target(workspace.data_dir).auth
    assert key.partition(":")[2] not in json.dumps(status)


def test_many_threads_share_one_workspace(workspace: Workspace) -> None:
    put(workspace, GREET, "shared")
    results: list[Any] = []

    def call(number: int) -> None:
        results.append(workspace.invoke("shared", {"name": str(number)}).result["hello"])

    threads = [threading.Thread(target=call, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(50)
    assert sorted(results) == [str(number) for number in range(8)]


def test_reading_does_not_start_a_stopped_playground(alone: Workspace) -> None:
    for read in (alone.functions, alone.activations, lambda: alone.activation("a" * 32)):
        with pytest.raises(TargetNotReachable, match=r"not running\.\n.*playground start"):
            read()
    status = alone.status()
    assert status["target"]["state"] == "stopped"
    assert_same_shape({**status, "targets": []}, {**sample("status"), "targets": []})
    assert status["limits"] == sample("status")["limits"]


def test_deploying_starts_the_playground_and_invoking_starts_it_again(alone: Workspace) -> None:
    said: list[str] = []
    made = alone.package(function_request(GREET, "greet"), run_cell(GREET))
    assert alone.status()["target"]["state"] == "stopped"
    alone.deploy(made.record.id, progress=said.append)
    assert said[0] == "Starting the local playground…"
    assert alone.status()["target"]["state"] == "running"
    alone.playground.stop()
    assert alone.invoke("greet", {}).result == {"hello": "you"}


def test_a_package_can_be_carried_to_another_disk(
    workspace: Workspace, deployed_iris: Packaged, tmp_path: Path
) -> None:
    other = Workspace.open(tmp_path, target="playground")
    record = deployed_iris.record
    with pytest.raises(PackageNotFound):
        other.deploy(record.id)
    other.packages.put_record(record.id, json.loads(json.dumps(record.to_json())))
    with pytest.raises(BundleNotFound):
        other.deploy(record.id)
    other.packages.put_bundle(record.bundle, workspace.bundle(record.bundle).data)
    assert other.package_record(record.id) == record
    assert other.bundle(record.bundle).sha256 == record.bundle
    assert other.data_dir_id != workspace.data_dir_id
    other.playground.stop()


def test_what_was_changed_on_the_way_is_refused(
    workspace: Workspace, deployed_iris: Packaged
) -> None:
    data = workspace.bundle(deployed_iris.bundle).data
    with pytest.raises(BundleDamaged, match=r"instead of ffffffffffff"):
        workspace.packages.put_bundle("f" * 64, data)
    with pytest.raises(BundleDamaged):
        workspace.packages.put_bundle(deployed_iris.bundle, data[:-10])
    record = deployed_iris.record.to_json()
    with pytest.raises(BundleDamaged, match="instead of ffffffffffffffff"):
        workspace.packages.put_record("f" * 16, record)
    with pytest.raises(BundleDamaged):
        workspace.packages.put_record(record["id"], {**record, "memory_mb": 1})


def test_a_forecast_is_measured_for_a_stored_package(
    workspace: Workspace, deployed_iris: Packaged
) -> None:
    found = workspace.forecast(deployed_iris.record.id)
    assert found.state == "measured", found.message
    assert_same_shape(found.to_json(), sample("forecast"))
    with pytest.raises(PackageNotFound):
        workspace.forecast("0" * 16)


def test_a_target_chosen_during_the_measurement_does_not_change_the_forecast(
    workspace: Workspace, deployed_iris: Packaged, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "wskprops"
    path.write_text(f"APIHOST=http://127.0.0.1:{closed_port()}\nAUTH=a:{SECRET}\n")
    monkeypatch.setenv("WSK_CONFIG_FILE", str(path))
    monkeypatch.delenv("JUPYTER_FAAS_TARGET", raising=False)
    notebook = Workspace.open(workspace.data_dir)
    measure = notebook.clean_rooms.forecast
    package = deployed_iris.record.id

    def measure_and_switch(package_id: str) -> Forecast:
        notebook.target_registry.notebook = "wskprops"
        return measure(package_id)

    monkeypatch.setattr(notebook.clean_rooms, "forecast", measure_and_switch)
    assert not notebook.forecast(package).note
    assert "to send" in notebook.forecast(package).note
    assert not notebook.forecast(package, "playground").note


def test_a_target_that_is_down_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "wskprops"
    path.write_text(f"APIHOST=http://127.0.0.1:{closed_port()}\nAUTH=a:{SECRET}\n")
    monkeypatch.setenv("WSK_CONFIG_FILE", str(path))
    workspace = Workspace.open(tmp_path / "data", target="wskprops")
    with pytest.raises(TargetNotReachable, match="is not reachable") as caught:
        workspace.functions()
    assert SECRET not in str(caught.value)
    status = workspace.status()
    assert status["target"]["state"] == "unreachable"
    assert [one["name"] for one in status["targets"]] == ["playground", "wskprops"]
    assert SECRET not in json.dumps(status)


def test_a_target_that_does_not_exist_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(TargetNotConfigured, match="Unknown target 'moon'"):
        Workspace.open(tmp_path, target="moon")


def test_the_choice_of_a_target_is_shared_and_lasts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JUPYTER_FAAS_TARGET", raising=False)
    monkeypatch.setenv("WSK_CONFIG_FILE", str(tmp_path / "wskprops"))
    (tmp_path / "wskprops").write_text("APIHOST=lab.example\nAUTH=a:b\n")
    kernel, server = Workspace.open(tmp_path), Workspace.open(tmp_path)
    assert server.target.name == "playground"
    kernel.use_target("wskprops")
    assert server.target.name == "wskprops"
    assert Workspace.open(tmp_path).target.label == "lab.example"


def test_opening_a_workspace_makes_no_folder_and_loads_no_room(tmp_path: Path) -> None:
    code = """
import sys
from tests.workspace.helpers.requests import function_request
from jupyter_faas.workspace import Workspace
Workspace.open()
heavy = {"requests", "numpy", "onnx", "sklearn", "pandas", "IPython", "jupyter_server"}
print(sorted(heavy & set(sys.modules)))
"""
    said = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "JUPYTER_FAAS_DATA_DIR": str(tmp_path / "faas")},
    )
    assert said.stdout.strip() == "[]"
    assert not (tmp_path / "faas").exists()
