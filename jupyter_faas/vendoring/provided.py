"""Constraints for distributions that the target's image already contains.

The installers have no option for "this is installed over there". Each such distribution is
therefore replaced by a wheel without content, and a constraint that names the wheel's file. The
resolver then chooses versions that work with the image's versions, downloads none of them, and does
not follow their requirements, which the image contains as well. A distribution that has no wheel
for the target, because the image compiles it, is no obstacle either.
"""

from __future__ import annotations

import base64
import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path


def write_constraints(folder: Path, provided: Mapping[str, str]) -> Path:
    """Write a wheel without content for each distribution, and return the constraints file.

    ``provided`` maps canonical names to versions. The files are written to ``folder``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        f"{name} @ {_write_wheel(folder, name, version).as_uri()}\n"
        for name, version in sorted(provided.items())
    ]
    path = folder / "constraints.txt"
    path.write_text("".join(lines), "utf-8")
    return path


def _write_wheel(folder: Path, name: str, version: str) -> Path:
    module = name.replace("-", "_")
    info = f"{module}-{version}.dist-info"
    members = {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},{_digest(text)},{len(text)}\n" for path, text in members.items())
    path = (folder / f"{module}-{version}-py3-none-any.whl").absolute()
    with zipfile.ZipFile(path, "w") as archive:
        for member, text in members.items():
            archive.writestr(member, text)
        archive.writestr(f"{info}/RECORD", f"{record}{info}/RECORD,,\n")
    return path


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return "sha256=" + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
