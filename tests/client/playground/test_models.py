from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_faas.client import ModelsClient
from jupyter_faas.client.playground.models import RemoteModel
from jupyter_faas.errors import ModelNotFound, ModelStoreError, NotAuthorized, TargetNotReachable
from tests.client.conftest import target_at
from tests.client.helpers.server import Answer, serving

SHA256 = "0" * 64
GONE = Answer(404, {"error": "The requested resource could not be found."})


def ignore(_: int) -> None:
    """Nobody looks at how it goes."""


def test_a_file_goes_out_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(b"x" * 100_000)
    sent: list[int] = []
    with serving(lambda _: Answer(body={"url": "/faas/stored/0"})) as host:
        url = ModelsClient(target_at(host.url)).put(SHA256, path, sent.append)
    (asked,) = host.asked
    assert (asked.method, asked.path) == ("PUT", f"/faas/models/{SHA256}")
    assert asked.headers["content-type"] == "application/octet-stream"
    assert asked.headers["content-length"] == "100000"
    assert asked.body == path.read_bytes()
    assert url == "/faas/stored/0"
    assert sent[-1] == 100_000


def test_models_are_listed() -> None:
    entry = {"sha256": SHA256, "size": 3, "downloads": 1}
    with serving(lambda _: Answer(body=[entry])) as host:
        assert ModelsClient(target_at(host.url)).list() == [RemoteModel(SHA256, 3, 1)]


def test_a_model_that_is_not_there_has_no_address() -> None:
    with serving(lambda _: GONE) as host:
        client = ModelsClient(target_at(host.url))
        assert client.address(SHA256) is None
        with pytest.raises(ModelNotFound, match="The model 000000000000… is not in the store"):
            client.remove(SHA256)


def test_a_playground_of_an_earlier_version_is_told(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"x")
    with serving(lambda _: GONE) as host:
        client = ModelsClient(target_at(host.url))
        with pytest.raises(ModelStoreError, match="it runs an older version") as caught:
            client.put(SHA256, tmp_path / "model.onnx", ignore)
        with pytest.raises(ModelStoreError, match="it runs an older version"):
            client.list()
    assert "%faas playground stop" in caught.value.hint


def test_a_key_that_is_refused_is_told() -> None:
    with (
        serving(lambda _: Answer(401, {"error": "no"})) as host,
        pytest.raises(NotAuthorized),
    ):
        ModelsClient(target_at(host.url)).address(SHA256)


def test_an_answer_that_is_none_is_told() -> None:
    with (
        serving(lambda _: Answer(body=[])) as host,
        pytest.raises(TargetNotReachable, match="not return a valid model store response"),
    ):
        ModelsClient(target_at(host.url)).address(SHA256)
