"""Network file systems for tests, mounted with sshfs and an SFTP server on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_SERVERS = ("/usr/lib/openssh/sftp-server", "/usr/libexec/openssh/sftp-server")


@contextmanager
def sshfs(there: Path, here: Path, *options: str) -> Iterator[Path]:
    """Mount the folder ``there`` at ``here``, without a network. Skips where FUSE is missing."""
    server = next((each for each in _SERVERS if os.path.exists(each)), None)
    if server is None or shutil.which("sshfs") is None or not os.access("/dev/fuse", os.W_OK):
        pytest.skip("needs sshfs, an SFTP server and /dev/fuse")
    there.mkdir(exist_ok=True)
    here.mkdir(exist_ok=True)
    # sshfs runs this command instead of ssh, with arguments that an SFTP server does not know.
    command = there.parent / "ssh"
    command.write_text(f"#!/bin/sh\nexec {server}\n")
    command.chmod(0o700)
    mount = [
        "sshfs",
        f"there:{there}",
        str(here),
        "-o",
        ",".join((f"ssh_command={command}", *options)),
    ]
    subprocess.run(mount, check=True, timeout=30)
    try:
        yield here
    finally:
        subprocess.run(["fusermount3", "-u", here], check=True, timeout=30)
