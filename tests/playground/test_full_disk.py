"""The disk is full: what is not kept is refused, what was acknowledged stays, and it goes on."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_faas.errors import PlaygroundError
from jupyter_faas.playground import start, stop
from jupyter_faas.playground.storage.journal import Journal
from tests.contract.helpers.api import Api, Target, python
from tests.playground.helpers.disks import Disk, SizeLimit, Tmpfs, files_end_at, small_tmpfs
from tests.playground.helpers.loop import eventually, in_loop, wait_until
from tests.playground.storage.test_activations import activation, opened


@pytest.mark.parametrize("room", range(1, 14))
def test_entry_after_a_torn_one_is_whole(tmp_path: Path, room: int) -> None:
    path = tmp_path / "journal"
    journal = Journal(path)
    journal.append(b"R{1}")
    with files_end_at(journal.size + room):
        for _ in range(2):
            with pytest.raises(PlaygroundError, match="The journal cannot be written"):
                journal.append(b"R{2}")
    journal.append(b"R{3}")
    assert list(journal.entries()) == [b"R{1}", b"R{3}"]
    journal.close()


def test_rotation_that_fails_changes_nothing(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    journal.append(b"R{1}")
    (tmp_path / "journal.new").mkdir()  # in the way
    with pytest.raises(OSError, match=r"journal\.new"):
        journal.rotate()
    journal.append(b"R{2}")
    assert list(journal.entries()) == [b"R{1}", b"R{2}"]
    (tmp_path / "journal.new").rmdir()
    assert journal.rotate()
    journal.append(b"R{3}")
    assert list(journal.entries()) == [b"R{1}", b"R{2}", b"R{3}"]
    journal.close()


@in_loop
async def test_record_of_an_accepted_run_waits_for_room(tmp_path: Path) -> None:
    with opened(tmp_path) as parts:
        parts.records.accept(activation(1))
        await eventually(lambda: parts.journal.size == 0)
        with files_end_at(0):
            with pytest.raises(PlaygroundError, match="The journal cannot be written"):
                await parts.records.add(activation(2))
            with pytest.raises(PlaygroundError, match="The journal cannot be written"):
                parts.records.accept(activation(3))
            doc = await parts.records.add(activation(1))
            assert await parts.records.get(activation(1).activation_id, "guest") == doc
        await eventually(lambda: parts.store.record(activation(1).activation_id) == doc)
        await parts.records.close()
    with opened(tmp_path) as parts:
        assert parts.store.record(activation(1).activation_id) == doc


@in_loop
async def test_close_does_not_wait_for_room(tmp_path: Path) -> None:
    with opened(tmp_path) as parts:
        await parts.records.add(activation(1))
        with files_end_at(0):
            await parts.records.close()
    with opened(tmp_path) as parts:
        assert parts.store.record(activation(1).activation_id) is not None


@pytest.fixture(params=[SizeLimit, Tmpfs], ids=["limit", "tmpfs"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    kind: type[Disk] = request.param
    folder = tmp_path / "disk"
    folder.mkdir()
    if kind is not Tmpfs:
        yield kind(folder)
        stop(folder)
        return
    mounted = small_tmpfs(folder, "16m")
    try:
        mounted.__enter__()
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("a tmpfs may not be mounted here")
    yield kind(folder)
    stop(folder)
    mounted.__exit__(None, None, None)


def test_playground_on_a_full_disk(disk: Disk) -> None:
    info = start(disk.folder, port=0, wait_s=30)
    auth = info.wskprops.read_text().splitlines()[1].removeprefix("AUTH=")
    api = Api(Target(info.apihost, auth, is_playground=True))
    assert api.put("kept", python()).status_code == 200
    kept = [api.invoke("kept").json()["activationId"] for _ in range(3)]
    slow = python("import time\ndef main(args):\n    time.sleep(0.5)\n    return {}\n")
    assert api.put("slow", slow).status_code == 200
    assert api.invoke("slow").status_code == 200
    accepted = api.invoke("slow", blocking=False).json()["activationId"]
    disk.fill(info.pid)
    refused = [api.put("more", python("#" * 100_000)), api.delete("kept")]
    for blocking in (True, False):
        # The last page of a file may still have room for some.
        for _ in range(100):
            answer = api.invoke("kept", blocking=blocking)
            if answer.status_code == 500:
                break
            assert answer.status_code in (200, 202)
            kept.append(answer.json()["activationId"])
        refused.append(answer)
    assert [answer.status_code for answer in refused] == [500] * len(refused)
    assert all("cannot be" in answer.json()["error"] for answer in refused)
    assert api.get("kept").status_code == 200
    assert api.get("more").status_code == 404
    disk.make_room(info.pid)
    assert api.record(accepted)["response"]["status"] == "success"
    wait_until(lambda: api.invoke("kept").status_code == 200)
    assert api.put("more", python()).status_code == 200
    stop(disk.folder)
    info = start(disk.folder, port=0, wait_s=30)
    api = Api(Target(info.apihost, auth, is_playground=True))
    assert {each["name"] for each in api.request("GET", "actions").json()} == {
        "kept",
        "more",
        "slow",
    }
    for activation_id in (*kept, accepted):
        assert api.activation(activation_id).json()["response"]["status"] == "success"
