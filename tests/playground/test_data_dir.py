from __future__ import annotations

import errno
import fcntl
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_faas.errors import PlaygroundError
from jupyter_faas.playground.data_dir import DataDirectory, new_key


def folder(tmp_path: Path) -> DataDirectory:
    made = DataDirectory(tmp_path)
    made.create()
    return made


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_new_key() -> None:
    assert re.fullmatch(r"[0-9a-f-]{36}:[0-9A-Za-z]{64}", new_key())
    assert new_key() != new_key()


def test_key_is_made_once_and_private(tmp_path: Path) -> None:
    key = folder(tmp_path).auth()
    assert folder(tmp_path).auth() == key
    assert mode(tmp_path / "playground/key") == 0o600
    assert mode(tmp_path / "playground") == 0o700


def test_key_file_that_is_damaged(tmp_path: Path) -> None:
    made = folder(tmp_path)
    made.key.write_text("nonsense")
    with pytest.raises(PlaygroundError, match="does not contain a key"):
        made.auth()


def test_wskprops(tmp_path: Path) -> None:
    made = folder(tmp_path)
    made.write_wskprops("http://127.0.0.1:3233", "uuid:key")
    assert made.wskprops.read_text() == "APIHOST=http://127.0.0.1:3233\nAUTH=uuid:key\n"
    assert mode(made.wskprops) == 0o600


def test_state_when_there_is_none_or_it_is_damaged(tmp_path: Path) -> None:
    made = folder(tmp_path)
    assert made.read_state() == {}
    made.state.write_text("{")
    assert made.read_state() == {}
    made.write_state({"port": 1})
    assert made.read_state() == {"port": 1}


def test_lock_is_held_once(tmp_path: Path) -> None:
    made = folder(tmp_path)
    assert made.lock_holder() is None
    descriptor = made.acquire_lock()
    assert descriptor is not None
    assert made.lock_holder() == os.getpid()
    assert DataDirectory(tmp_path).acquire_lock() is None
    os.close(descriptor)
    assert made.lock_holder() is None


def test_lock_goes_with_its_process(tmp_path: Path) -> None:
    made = folder(tmp_path)
    code = "from pathlib import Path; import time\n"
    code += f"from {DataDirectory.__module__} import DataDirectory\n"
    code += f"DataDirectory(Path({str(tmp_path)!r})).acquire_lock()\n"
    code += "print('held', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        assert made.lock_holder() == process.pid
        process.kill()
        process.wait()
    assert made.lock_holder() is None


def test_file_for_workers_is_written_when_it_is_another(tmp_path: Path) -> None:
    made = folder(tmp_path)
    path = made.copy_worker_file("launcher.py")
    text = path.read_text()
    os.utime(path, (1, 1))
    assert made.copy_worker_file("launcher.py").stat().st_mtime == 1
    path.write_text("another")
    assert made.copy_worker_file("launcher.py").read_text() == text


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PlaygroundError, match="cannot be used"):
        DataDirectory(tmp_path / "file").create()


def test_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As NFS version 3 is without its lock server. FUSE and local disks always have locks."""
    made = folder(tmp_path)

    def no_locks(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    made.lock.touch()
    monkeypatch.setattr(fcntl, "flock", no_locks)
    for call in (made.acquire_lock, made.lock_holder):
        with pytest.raises(PlaygroundError, match="cannot be locked: No locks available") as caught:
            call()
        assert "to a folder on a local disk" in caught.value.hint
