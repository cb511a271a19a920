"""A model that does not travel in its package, with the parts that a user has."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.bundle import BundleStore, stored_models
from jupyter_faas.errors import ModelNotFound, ModelStoreError
from jupyter_faas.serialization import ConversionHelper
from jupyter_faas.workspace import Packaged, Workspace
from tests.workspace.helpers.cells import IRIS, run_cell
from tests.workspace.helpers.requests import function_request

PARAMS = {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}


@pytest.fixture
def workspace(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Workspace]:
    """A workspace of a user for whom every model is large."""
    monkeypatch.setenv("JUPYTER_FAAS_MODEL_THRESHOLD", "0")
    monkeypatch.delenv("JUPYTER_FAAS_MODEL_STORE", raising=False)
    workspace = Workspace.open(tmp_path_factory.mktemp("models"))
    yield workspace
    workspace.playground.stop()


@pytest.fixture
def made(workspace: Workspace, helper: ConversionHelper, iris_model: tuple[Any, Any]) -> Packaged:
    model, data = iris_model
    request = function_request(cell_text=IRIS, name="iris", sample=data)
    namespace = run_cell(IRIS, model=model, X=data)
    return workspace.package(request, namespace, helper=helper)


def downloads(workspace: Workspace) -> list[int | None]:
    return [each.downloads for each in workspace.models.store().list()]


def test_the_package_says_which_model_and_does_not_hold_it(
    workspace: Workspace, made: Packaged
) -> None:
    bundle = BundleStore(workspace.data_dir).get(made.bundle)
    (model,) = stored_models(bundle.manifest)
    assert "models/model.onnx" not in bundle.manifest.files
    description = json.loads(bundle.contents()["models/model.json"])
    assert description["stored"] == {"sha256": model.sha256, "size": model.size}
    assert made.card["models"][0]["stored"] == description["stored"]
    assert made.card["models"][0]["size"] == model.size
    row = made.card["preflight"][-1]
    assert (row["check"], row["ok"]) == ("Model", True)
    assert row["note"] == "→ model store of the playground"


def test_the_same_cell_gives_the_same_bytes(
    workspace: Workspace, made: Packaged, helper: ConversionHelper, iris_model: tuple[Any, Any]
) -> None:
    model, data = iris_model
    request = function_request(cell_text=IRIS, name="iris", sample=data)
    again = workspace.package(request, run_cell(IRIS, model=model, X=data), helper=helper)
    assert again.bundle == made.bundle


def test_the_forecast_fetches_the_model_from_this_disk(
    workspace: Workspace, made: Packaged
) -> None:
    forecast = workspace.forecast(made.record.id)
    assert forecast.state == "measured", forecast.message
    assert forecast.model_ms
    assert forecast.clean_room is not None
    assert forecast.clean_room.state == "passed", forecast.clean_room.message


def test_a_model_is_downloaded_once_missed_in_words_and_mended(
    workspace: Workspace, made: Packaged
) -> None:
    said: list[str] = []
    workspace.playground.start(port=0)
    workspace.deploy(made.record.id, progress=said.append)
    assert any(
        line.startswith("Storing the model model in the model store of the local") for line in said
    )
    answers = [workspace.invoke("iris", PARAMS).result for _ in range(3)]
    assert answers[0]["species"] == "setosa"
    assert answers == answers[:1] * 3
    assert downloads(workspace) == [1]
    # A new version's containers find the model on this disk.
    workspace.deploy(made.record.id, force=True)
    assert workspace.invoke("iris", PARAMS).result == answers[0]
    assert downloads(workspace) == [1]
    # The store loses it, and what is cached goes too.
    (kept,) = workspace.models.store().list()
    workspace.deploy(made.record.id, force=True)
    workspace.models.store().remove(kept.sha256)
    record = workspace.invoke("iris", PARAMS)
    assert not record.ok
    assert record.result["error"].startswith("Model 'model' (0.0 MB) is not in the model store")
    assert "Deploy the function again" in record.result["error"]
    assert "token=" not in json.dumps(record.to_json())
    assert "Traceback" not in "".join(record.logs)
    # The damaged file in the store is told, and mended by a deploy.
    workspace.models.put(BundleStore(workspace.data_dir).get(made.bundle))
    store = workspace.data_dir / "playground" / "models" / "guest" / f"{kept.sha256}.onnx"
    whole = store.read_bytes()
    store.write_bytes(b"x" + whole[1:])
    record = workspace.invoke("iris", PARAMS)
    assert "is not the model that was packaged: its sha256 differs" in record.result["error"]
    assert workspace.deploy(made.record.id).unchanged
    assert store.read_bytes() == whole
    assert workspace.invoke("iris", PARAMS).result == answers[0]


def test_an_action_is_given_no_more_than_an_address(workspace: Workspace, made: Packaged) -> None:
    workspace.playground.start(port=0)
    workspace.deploy(made.record.id)
    client = workspace._services.connect().client  # what is on the host, as wsk shows it
    action = client.get_action("iris", code=True)
    (parameter,) = action.parameters
    assert (parameter.key, parameter.init) == ("FAAS_MODELS", True)
    assert client.target.auth.partition(":")[2] not in str(action)
    (model,) = stored_models(BundleStore(workspace.data_dir).get(made.bundle).manifest)
    assert action.annotation("faas-models") == [model.sha256]


def test_a_model_that_is_not_on_this_disk_cannot_be_deployed(
    workspace: Workspace, made: Packaged
) -> None:
    (path,) = (workspace.data_dir / "models").iterdir()
    path.write_bytes(b"x")
    workspace.playground.start(port=0)
    with pytest.raises(ModelNotFound, match="has changed since it was packaged"):
        workspace.deploy(made.record.id)
    path.unlink()
    with pytest.raises(ModelNotFound, match="'model' of this package is not on this machine"):
        workspace.deploy(made.record.id)


def test_a_folder_of_the_users_is_the_store(
    workspace: Workspace, made: Packaged, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_FAAS_MODEL_STORE", (tmp_path / "store").as_uri())
    workspace.playground.start(port=0)
    workspace.deploy(made.record.id)
    record = workspace.invoke("iris", PARAMS)
    assert record.result["species"] == "setosa"
    assert f"was downloaded from the model store file://{tmp_path}/store" in "".join(record.logs)


def test_a_target_without_a_store_refuses_before_anything_is_sent(
    workspace: Workspace, made: Packaged, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.playground.start(port=0)
    wskprops = workspace.data_dir / "playground" / "wskprops"
    monkeypatch.setenv("WSK_CONFIG_FILE", str(wskprops))
    workspace.use_target("wskprops")
    with pytest.raises(ModelStoreError, match="has no model store, and the model 'model'"):
        workspace.deploy(made.record.id)
    assert workspace.functions() == []
