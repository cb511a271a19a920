"""Distributions made on the spot, so that installations need no registry."""

from __future__ import annotations

import io
import os
import tarfile
import zipfile
from pathlib import Path

# A build that waits until a file is there: only then does the installation go on.
_BACKEND = """
import os, time, zipfile

def build_wheel(directory, config_settings=None, metadata_directory=None):
    while not os.path.exists({gate!r}):
        time.sleep(0.02)
    name = "{name}-{version}-py3-none-any.whl"
    info = "{name}-{version}.dist-info"
    with zipfile.ZipFile(os.path.join(directory, name), "w") as wheel:
        wheel.writestr("{name}.py", "word = {name!r}\\n")
        wheel.writestr(info + "/METADATA", {metadata!r})
        wheel.writestr(info + "/WHEEL", {wheel!r})
        wheel.writestr(info + "/RECORD", "")
    return name
"""
_WHEEL = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def _metadata(name: str, version: str) -> str:
    return f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"


def wheel(name: str, version: str = "1.0") -> bytes:
    """A module ``name`` in which ``word`` is its name and ``version`` its version."""
    buffer = io.BytesIO()
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(f"{name}.py", f"word = {name!r}\nversion = {version!r}\n")
        archive.writestr(f"{info}/METADATA", _metadata(name, version))
        archive.writestr(f"{info}/WHEEL", _WHEEL)
        archive.writestr(f"{info}/RECORD", "")
    return buffer.getvalue()


def write_wheel(folder: Path, name: str, version: str = "1.0") -> None:
    (folder / f"{name}-{version}-py3-none-any.whl").write_bytes(wheel(name, version))


def write_slow(folder: Path, name: str, gate: Path, version: str = "1.0") -> None:
    """A source distribution that is built as soon as ``gate`` is there."""
    root = f"{name}-{version}"
    backend = _BACKEND.format(
        gate=os.fspath(gate),
        name=name,
        version=version,
        metadata=_metadata(name, version),
        wheel=_WHEEL,
    )
    project = '[build-system]\nrequires = []\nbuild-backend = "slow"\nbackend-path = ["."]\n'
    project += f'[project]\nname = "{name}"\nversion = "{version}"\n'
    files = {"pyproject.toml": project, "slow.py": backend, "PKG-INFO": _metadata(name, version)}
    with tarfile.open(folder / f"{root}.tar.gz", "w:gz") as archive:
        for path, text in files.items():
            member = tarfile.TarInfo(f"{root}/{path}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
