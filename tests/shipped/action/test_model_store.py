"""Models that lie in a store: brought once, checked, and missed in words."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.shipped.helpers import stores
from tests.shipped.helpers.stores import MODEL, SHA256, Container, Store, finish, write_package

FOUND = {"bytes": len(MODEL), "got": {}}
MISSING = "Model 'model' (0.1 MB) is not in the model store http://127.0.0.1:"


@pytest.fixture
def store() -> Iterator[Store]:
    with stores.serving() as store:
        yield store


@pytest.fixture
def container(tmp_path: Path, store: Store) -> Container:
    return Container(write_package(tmp_path / "package"), tmp_path / "cache", store.url)


def left(container: Container) -> list[str]:
    """What lies in the cache besides the lock."""
    return sorted(path.name for path in container.cache.iterdir() if path.suffix != ".lock")


def error_of(container: Container) -> str:
    """The error of one call, which is one sentence or two, here and in the logs."""
    (answer,), logs = container.call()
    assert list(answer) == ["error"]
    assert "Traceback" not in logs
    assert "s3cr3t" not in logs + str(answer)
    assert answer["error"] in logs
    return str(answer["error"])


def test_a_container_downloads_its_model_once(container: Container, store: Store) -> None:
    answers, logs = container.call({}, {})
    assert answers == [FOUND, FOUND]
    assert store.asked == 1
    assert "Model 'model' (0.1 MB) was downloaded from the model store http://127.0.0.1:" in logs
    assert "s3cr3t" not in logs


def test_containers_of_one_disk_share_the_file(container: Container, store: Store) -> None:
    container.call()
    (answer,), logs = container.call()
    assert (answer, logs) == (FOUND, "")
    assert store.asked == 1


def test_twenty_cold_containers_at_once_download_once(container: Container, store: Store) -> None:
    processes = [container.start() for _ in range(20)]
    answers = [finish(process, [{}])[0] for process in processes]
    assert answers == [[FOUND]] * 20
    assert store.asked == 1
    assert left(container) == [f"{SHA256}.onnx"]


def test_a_container_that_is_killed_leaves_nothing_in_the_way(
    container: Container, store: Store
) -> None:
    store.gate.clear()
    process = container.start()
    assert process.stdin is not None
    process.stdin.write('{"value": {}}\n')
    process.stdin.flush()
    part = container.cache / f"{SHA256}.onnx.part"
    assert store.waiting.wait(20)
    while not part.exists():  # the test's own timeout ends this
        os.sched_yield()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert left(container) == [part.name]
    store.gate.set()
    assert container.call()[0] == [FOUND]
    assert left(container) == [f"{SHA256}.onnx"]


def test_a_missing_model_is_told_and_a_later_call_recovers(
    container: Container, store: Store
) -> None:
    store.status = 404
    assert error_of(container).startswith(MISSING)
    store.status = 200
    assert container.call()[0] == [FOUND]


def test_one_container_recovers_too(container: Container, store: Store) -> None:
    store.status = 404
    process = container.start()
    assert process.stdin is not None and process.stdout is not None
    for expected in ("error", "bytes"):
        process.stdin.write('{"value": {}}\n')
        process.stdin.flush()
        while not (line := process.stdout.readline()).startswith(f'{{"{expected}"'):
            assert line == '{"ok":true}\n', line
        store.status = 200
    process.communicate()


def test_a_corrupted_model_is_told_and_never_used(container: Container, store: Store) -> None:
    store.data = b"x" + MODEL[1:]
    assert (
        "is not the model that was packaged: its sha256 differs. Deploy the function again"
        in error_of(container)
    )
    assert left(container) == []
    store.data = MODEL
    assert container.call()[0] == [FOUND]


def test_more_than_the_model_is_not_read_to_its_end(container: Container, store: Store) -> None:
    store.data = MODEL * 50
    assert "is not the model that was packaged" in error_of(container)


def test_a_connection_that_breaks_is_tried_again_and_told(
    container: Container, store: Store
) -> None:
    store.data, store.announced = MODEL[:4096], len(MODEL)
    assert (
        "the connection broke after 0.0 MB. Call the function again when the store is reachable."
        in error_of(container)
    )
    assert store.asked == 2


@pytest.mark.parametrize("status", [401, 403])
def test_an_address_that_ran_out_is_told(container: Container, store: Store, status: int) -> None:
    store.status = status
    error = error_of(container)
    assert f"does not let this action read it (status {status})" in error
    assert "Deploy the function again to create a new URL." in error


def test_a_store_that_fails_is_told(container: Container, store: Store) -> None:
    store.status = 500
    assert "it responded with status 500" in error_of(container)


def test_a_store_that_is_not_there_is_told(container: Container) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}/x?token=s3cr3t"
        error = error_of(Container(container.folder, container.cache, url))
    assert ": connection refused. Call the function again when the store is reachable." in error


def test_a_cached_file_that_was_damaged_is_fetched_anew(container: Container, store: Store) -> None:
    container.call()
    (container.cache / f"{SHA256}.onnx").write_bytes(b"damaged")
    assert container.call()[0] == [FOUND]
    assert store.asked == 2


def test_a_file_is_read_from_a_folder(container: Container, tmp_path: Path) -> None:
    path = tmp_path / "a store" / f"{SHA256}.onnx"
    there = Container(container.folder, container.cache, path.as_uri())
    error = error_of(there)
    assert f"file://{path.parent} (No such file or directory)" in error
    path.parent.mkdir()
    path.write_bytes(MODEL)
    assert there.call()[0] == [FOUND]


def test_a_path_is_of_the_host_that_runs_the_action(container: Container, store: Store) -> None:
    host, _, rest = store.url.partition("/models/")
    environment = {"__OW_API_HOST": host, "http_proxy": "http://127.0.0.1:9"}
    there = Container(container.folder, container.cache, f"/models/{rest}", environment)
    assert there.call()[0] == [FOUND]


def test_other_kinds_of_address_are_refused(container: Container) -> None:
    url = "ftp://example.com/s3cr3t"
    there = Container(container.folder, container.cache, url)
    assert "is stored in ftp://example.com, which an action cannot read." in error_of(there)


def test_an_action_that_was_told_nothing_says_so(container: Container) -> None:
    there = Container(container.folder, container.cache, None)
    assert "its URL is not set. Deploy the function with jupyter_faas" in error_of(there)


def test_a_host_without_init_parameters_gives_a_parameter(
    container: Container, store: Store
) -> None:
    there = Container(container.folder, container.cache, None)
    told = {"FAAS_MODELS": {SHA256: store.url}, "a": 1}
    answers, _ = there.call(told, {"a": 2})
    assert answers == [{**FOUND, "got": {}}, {**FOUND, "got": {}}]


def test_a_caller_cannot_name_another_store(container: Container, store: Store) -> None:
    there = {"FAAS_MODELS": {SHA256: "http://127.0.0.1:9/x"}}
    assert container.call(there)[0] == [FOUND]


def test_a_web_request_is_answered_with_a_status(container: Container, store: Store) -> None:
    store.status = 404
    (answer,), _ = container.call({"__ow_method": "get", "__ow_headers": {}, "__ow_path": ""})
    assert answer["error"]["statusCode"] == 503
    assert answer["error"]["body"]["error"].startswith(MISSING)


def test_a_cell_that_fails_is_run_again_at_the_next_call(tmp_path: Path, store: Store) -> None:
    captured = f"{stores.CAPTURED}import faas_store\nfaas_store.n = 1 + getattr(faas_store, 'n', 0)"
    captured += "\nassert faas_store.n > 1, 'not yet'\n"
    folder = write_package(tmp_path / "package", captured)
    answers, logs = Container(folder, tmp_path / "cache", store.url).call({}, {})
    assert answers == [{"error": "not yet"}, FOUND]
    assert "captured.py" in logs


def test_a_cache_that_others_can_write_to_is_not_used(container: Container, store: Store) -> None:
    container.cache.mkdir()
    container.cache.chmod(0o777)
    (container.cache / f"{SHA256}.onnx").write_bytes(MODEL)
    for _ in range(2):
        assert container.call()[0] == [FOUND]
    assert store.asked == 2


def test_a_cache_that_cannot_be_is_told(container: Container, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    there = Container(container.folder, tmp_path / "file" / "cache", container.url)
    error = error_of(there)
    assert error.startswith(
        f"Models cannot be stored in {tmp_path}/file/cache (set with the variable"
    )


def test_the_cache_is_in_the_temporary_folder_by_default(
    container: Container, tmp_path: Path
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    environment = {"TMPDIR": str(temporary), "FAAS_MODEL_CACHE": ""}
    there = Container(container.folder, container.cache, container.url, environment)
    assert there.call()[0] == [FOUND]
    (folder,) = temporary.iterdir()
    assert folder.name.startswith("faas-models-")
    assert folder.stat().st_mode & 0o777 == 0o700


def test_the_addresses_are_not_in_the_environment_of_the_function(
    tmp_path: Path, store: Store
) -> None:
    captured = f"{stores.CAPTURED}import os, json\nprint(json.dumps(dict(os.environ)))\n"
    folder = write_package(tmp_path / "package", captured)
    answers, logs = Container(folder, tmp_path / "cache", store.url).call()
    assert "s3cr3t" not in json.dumps(answers) + logs


def test_a_full_disk_is_told(container: Container, tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists() or shutil.which("sh") is None:
        pytest.skip("this machine has no /dev/full")
    container.cache.mkdir(mode=0o700)
    (container.cache / f"{SHA256}.onnx.part").symlink_to(full)
    assert f"cannot be stored in {container.cache}: the disk is full. Free space" in error_of(
        container
    )
