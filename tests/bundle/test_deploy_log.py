"""Deploy records on disk, with several processes at once."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.bundle import DeployLog, DeployRecord
from jupyter_faas.errors import BundleDamaged

PLACE = ("playground", "guest", "iris")


def record(version: str = "0.0.1", **changes: Any) -> DeployRecord:
    given: dict[str, Any] = {
        "name": "iris",
        "target": "playground",
        "place": "playground",
        "namespace": "guest",
        "version": version,
        "bundle": "a" * 64,
        "package": "b" * 16,
        "size": 62792,
        "deployed": 1795565990000,
        "updated": 1795565989990,
        "user": "ana",
    }
    return DeployRecord(**{**given, **changes})


def versions(log: DeployLog, place: tuple[str, str, str] = PLACE) -> list[str]:
    return [each.version for each in log.of(*place)]


def test_the_latest_comes_first(tmp_path: Path) -> None:
    log = DeployLog(tmp_path)
    for version in ("0.0.1", "0.0.2", "0.0.3"):
        log.add(record(version))
    assert versions(DeployLog(tmp_path)) == ["0.0.3", "0.0.2", "0.0.1"]


def test_a_record_comes_back_whole(tmp_path: Path) -> None:
    kept = record(notebook="n.ipynb", cell_id="7a1d", commit="c" * 40, rollback_to="0.0.1")
    DeployLog(tmp_path).add(kept)
    assert list(DeployLog(tmp_path).of(*PLACE)) == [kept]


def test_what_is_not_known_is_left_out() -> None:
    assert not {"notebook", "cell_id", "commit", "rollback_to"} & record().to_json().keys()


def test_actions_places_and_namespaces_are_apart(tmp_path: Path) -> None:
    log = DeployLog(tmp_path)
    log.add(record("0.0.1"))
    log.add(record("0.0.2", name="models/iris"))
    log.add(record("0.0.3", place="https://lab.example"))
    log.add(record("0.0.4", namespace="team"))
    assert versions(log) == ["0.0.1"]
    assert versions(log, ("playground", "guest", "models/iris")) == ["0.0.2"]
    latest = {(each.namespace, each.name) for each in log.latest("playground")}
    assert latest == {("guest", "iris"), ("team", "iris"), ("guest", "models/iris")}
    assert list(log.latest("https://other.example")) == []


def test_records_are_private(tmp_path: Path) -> None:
    DeployLog(tmp_path).add(record())
    (path,) = (tmp_path / "deploys").glob("*/*.json")
    assert path.stat().st_mode & 0o077 == 0
    assert (tmp_path / "deploys").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("spoiled", [b"", b"{", b"[]", b'{"version": 3}'])
def test_a_spoiled_record_hides_no_other(tmp_path: Path, spoiled: bytes) -> None:
    log = DeployLog(tmp_path)
    log.add(record("0.0.1"))
    log.add(record("0.0.2"))
    (path,) = (tmp_path / "deploys").glob("*/00000002.json")
    path.write_bytes(spoiled)
    assert versions(log) == ["0.0.1"]
    log.add(record("0.0.3"))
    assert versions(log) == ["0.0.3", "0.0.1"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("version", 3), ("bundle", "a"), ("package", None), ("deployed", True), ("commit", 1)],
)
def test_a_field_of_another_type_is_refused(name: str, value: object) -> None:
    data = json.loads(json.dumps({**record().to_json(), name: value}))
    with pytest.raises(BundleDamaged, match=f"does not have a valid value for '{name}'"):
        DeployRecord.from_json(data)


def _add_many(root: str, writer: int, count: int) -> None:
    log = DeployLog(Path(root))
    for number in range(count):
        log.add(record(f"{writer}.0.{number}"))


def test_processes_that_add_at_once_lose_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [
        context.Process(target=_add_many, args=(str(tmp_path), writer, 25)) for writer in range(3)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    found = versions(DeployLog(tmp_path))
    assert sorted(found) == sorted(f"{w}.0.{n}" for w in range(3) for n in range(25))
    for number in range(3):
        mine = [int(each.split(".")[2]) for each in found if each.startswith(f"{number}.")]
        assert mine == sorted(mine, reverse=True)


def _count_up(root: str, path: str, times: int) -> None:
    log = DeployLog(Path(root))
    for _ in range(times):
        with log.held(*PLACE):
            count = int(Path(path).read_text())
            Path(path).write_text(str(count + 1))


def test_an_action_is_held_by_one_process_at_a_time(tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    counter.write_text("0")
    context = multiprocessing.get_context("spawn")
    arguments = (str(tmp_path), str(counter), 200)
    holders = [context.Process(target=_count_up, args=arguments) for _ in range(2)]
    for holder in holders:
        holder.start()
    for holder in holders:
        holder.join()
        assert holder.exitcode == 0
    assert counter.read_text() == "400"
