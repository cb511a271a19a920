"""What kind of file system a file is on: databases must know of networks."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

# As Linux and macOS call them. FUSE puts its own word before.
_NETWORK = frozenset(
    {
        *("nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "afpfs", "webdav", "davfs"),
        *("afs", "ceph", "coda", "glusterfs", "lustre", "gpfs", "beegfs", "ocfs2", "orangefs"),
        *("9p", "virtiofs", "vboxsf", "prl_fs", "vmhgfs", "vmhgfs-fuse", "drvfs"),
        *("sshfs", "osxfuse", "macfuse", "s3fs", "rclone", "gcsfuse", "blobfuse", "blobfuse2"),
        *("mount-s3", "davfs2", "curlftpfs", "juicefs", "seaweedfs", "grpcfuse"),
    }
)

_MOUNTS = Path("/proc/self/mountinfo")


def is_network(kind: str | None) -> bool:
    """Whether files of that kind may be on another machine, by the name that the kernel gives."""
    return kind is not None and kind.removeprefix("fuse.") in _NETWORK


def file_system_of(path: Path) -> str | None:
    """Such as ``ext4`` or ``nfs4``; None where it cannot be told. The file need not be there."""
    real = path.resolve()
    try:
        mounts = list(_linux(_MOUNTS.read_text()) if _MOUNTS.exists() else _others())
    except (OSError, subprocess.SubprocessError):
        return None
    found = [(point, kind) for point, kind in mounts if real.is_relative_to(point)]
    # Of two at the same place, the later one lies above.
    best = max(enumerate(found), key=lambda each: (len(each[1][0].parts), each[0]), default=None)
    return None if best is None else best[1][1]


def _linux(text: str) -> Iterator[tuple[Path, str]]:
    """See proc(5): the mount point is the fifth field, the kind the first behind the dash."""
    for line in text.splitlines():
        before, _, after = line.partition(" - ")
        point = re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), before.split()[4])
        yield Path(point), after.split()[0]


def _others() -> Iterator[tuple[Path, str]]:
    """What ``mount`` prints on macOS and BSD: ``//me@host/share on /Volumes/share (smbfs, …)``."""
    listed = subprocess.run(["mount"], capture_output=True, text=True, timeout=5, check=True)
    for line in listed.stdout.splitlines():
        found = re.fullmatch(r".* on (/.*) \((\w+)[,)].*", line)
        if found:
            yield Path(found[1]), found[2]
