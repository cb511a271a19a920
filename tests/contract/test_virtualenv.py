"""Contract §5.3: a virtual environment that an action brings in its archive."""

from __future__ import annotations

import base64
import io
import subprocess
import tarfile
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from tests.contract.helpers.api import Api, python, zipped
from tests.contract.helpers.distributions import write_wheel

MAIN = """
import os, brought
def main(args):
    return {"word": brought.word, "file": brought.__file__, "env": os.environ["VIRTUAL_ENV"]}
"""
ACTIVATE = "virtualenv/bin/activate_this.py"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A real virtual environment with one package in it, as ``zip -r`` packs it."""
    uv = pytest.importorskip("uv").find_uv_bin()
    folder: Path = tmp_path_factory.mktemp("brought")
    write_wheel(folder, "brought")
    virtualenv = folder / "virtualenv"
    for command in (
        ("venv", "--quiet", "--offline", str(virtualenv)),
        ("pip", "install", "--quiet", "--offline", "--no-index", "--find-links", str(folder)),
    ):
        where = ("--python", str(virtualenv), "brought") if command[0] == "pip" else ()
        subprocess.run([uv, *command, *where], check=True)
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in virtualenv.rglob("*")
        if path.is_file() and not path.is_symlink()
    }


def run(api: Api, name: str, archive: str) -> dict[str, Any]:
    assert api.put(name, python(archive)).status_code == 200
    return api.record(api.invoke(name, blocking=False).json()["activationId"])


def failure(record: dict[str, Any]) -> tuple[Any, str]:
    assert record["response"]["status"] == "action developer error", record
    return record["response"]["result"]["error"], "".join(record["logs"])


def test_virtualenv_in_the_archive_is_activated(
    api: Api, name: str, files: dict[str, bytes]
) -> None:
    record = run(api, name, zipped({"__main__.py": MAIN, **files}))
    result = record["response"]["result"]
    assert result["word"] == "brought", record
    assert "/virtualenv/lib/python" in result["file"]
    assert result["env"].endswith("/virtualenv")


def test_virtualenv_in_the_archive_comes_before_requirements(
    api: Api, name: str, files: dict[str, bytes]
) -> None:
    members: dict[str, str | bytes] = {"__main__.py": MAIN, **files}
    members["requirements.txt"] = "no_such_thing==9"
    assert run(api, name, zipped(members))["response"]["result"]["word"] == "brought"


def test_virtualenv_in_a_tar_with_its_links(
    api: Api, name: str, files: dict[str, bytes], ours: None
) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        folders = {str(each) for path in files for each in PurePosixPath(path).parents}
        for path in sorted(folders - {"."}):
            folder = tarfile.TarInfo(path)
            folder.type, folder.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(folder)
        for path, data in {"__main__.py": MAIN.encode(), **files}.items():
            member = tarfile.TarInfo(path)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
        link = tarfile.TarInfo("virtualenv/bin/python")
        link.type, link.linkname = tarfile.SYMTYPE, "/usr/bin/python3"
        tar.addfile(link)
    code = base64.b64encode(buffer.getvalue()).decode()
    assert run(api, name, code)["response"]["result"]["word"] == "brought"


def test_virtualenv_of_windows(api: Api, name: str) -> None:
    activate = "import sys; sys.path.insert(0, __file__[:-len('activate_this.py')] + '../Lib')"
    members = {
        "__main__.py": "import brought\ndef main(args):\n    return {'word': brought.word}\n",
        "virtualenv/Scripts/activate_this.py": activate,
        "virtualenv/Lib/brought.py": "word = 'windows'",
    }
    assert run(api, name, zipped(members))["response"]["result"] == {"word": "windows"}


def test_virtualenv_that_cannot_be_activated(api: Api, name: str, files: dict[str, bytes]) -> None:
    members = {path: data for path, data in files.items() if path != ACTIVATE}
    error, logs = failure(run(api, name, zipped({"__main__.py": MAIN, **members})))
    assert error == "The action failed to generate or locate a binary. See logs for details."
    assert "Invalid virtualenv. Zip file does not include 'activate_this.py'." in logs
    assert "Traceback" not in logs


def test_virtualenv_whose_activation_fails(api: Api, name: str) -> None:
    members = {"__main__.py": MAIN, ACTIVATE: "raise ValueError('not today')"}
    error, logs = failure(run(api, name, zipped(members)))
    assert error == "The action failed to generate or locate a binary. See logs for details."
    assert "not today" in logs
