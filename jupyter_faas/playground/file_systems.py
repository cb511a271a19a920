"""The file system of a folder: its kind, its locks, and whether files can be mapped into memory.

SQLite's WAL needs shared memory, and the playground needs a lock that other machines respect. Not
all network file systems have both.
"""

from __future__ import annotations

import mmap
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

# Names of network file systems on Linux and macOS, without the prefix ``fuse.`` of FUSE.
_NETWORK = frozenset(
    {
        *("nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "afpfs", "webdav", "davfs"),
        *("afs", "ceph", "coda", "glusterfs", "lustre", "gpfs", "beegfs", "ocfs2", "orangefs"),
        *("9p", "virtiofs", "vboxsf", "prl_fs", "vmhgfs", "vmhgfs-fuse", "drvfs"),
        *("sshfs", "osxfuse", "macfuse", "s3fs", "rclone", "gcsfuse", "blobfuse", "blobfuse2"),
        *("mount-s3", "davfs2", "curlftpfs", "juicefs", "seaweedfs", "grpcfuse"),
    }
)
_NFS = ("nfs", "nfs4")
# NFS mounts with one of these options have locks that other machines do not see; see nfs(5).
_LOCAL_LOCKS = frozenset({"nolock", "local_lock=all", "local_lock=flock"})

_MOUNTS = Path("/proc/self/mountinfo")


class _Mount(NamedTuple):
    point: Path
    kind: str
    options: frozenset[str] = frozenset()


def is_network(kind: str | None) -> bool:
    """Return whether a file system of this kind may be on another machine."""
    return kind is not None and kind.removeprefix("fuse.") in _NETWORK


def file_system_of(path: Path) -> str | None:
    """Return the kind of the file system at ``path`` (``ext4``, ``nfs4`` …), or None if unknown.

    The path does not have to exist.
    """
    found = _mount_of(path)
    return None if found is None else found.kind


def shares_locks(path: Path) -> bool:
    """Return whether all machines that can open the file at ``path`` see its locks.

    False if this is not certain.
    """
    found = _mount_of(path)
    if found is None or not is_network(found.kind):
        return True
    return found.kind in _NFS and not found.options & _LOCAL_LOCKS


def maps_memory(folder: Path) -> bool:
    """Return whether processes can share memory that is mapped from a file in ``folder``.

    A few bytes are written to the folder for a moment. True if that is not possible.
    """
    path = folder / f".mmap.{os.getpid()}"
    try:
        path.write_bytes(b"\0" * mmap.PAGESIZE)
        with path.open("r+b") as file:
            try:
                mmap.mmap(file.fileno(), mmap.PAGESIZE).close()
            except OSError:
                return False
        return True
    except OSError:
        # The folder has another problem, such as a full disk.
        return True
    finally:
        path.unlink(missing_ok=True)


def _mount_of(path: Path) -> _Mount | None:
    real = path.resolve()
    try:
        mounts = list(_linux_mounts(_MOUNTS.read_text()) if _MOUNTS.exists() else _other_mounts())
    except OSError:
        return None
    found = [each for each in mounts if real.is_relative_to(each.point)]
    # The file is below the deepest matching mount point. If two file systems are mounted at the
    # same point, the later mount hides the earlier one.
    best = max(enumerate(found), key=lambda each: (len(each[1].point.parts), each[0]), default=None)
    return None if best is None else best[1]


def _linux_mounts(text: str) -> Iterator[_Mount]:
    """Yield the mounts of mountinfo; see proc(5).

    The mount point is field 5. After the dash, there are the kind, the source and the options of
    the file system.
    """
    for line in text.splitlines():
        before, _, after = line.partition(" - ")
        # The kernel escapes spaces and a few other characters in paths as octal numbers: ``\040``.
        point = re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), before.split()[4])
        kind, *rest = after.split()
        yield _Mount(Path(point), kind, frozenset(rest[-1].split(",") if rest else ()))


def _other_mounts() -> Iterator[_Mount]:
    """Yield the mounts on macOS and BSD, which have no mountinfo."""
    # Imported here, because psutil is not needed on Linux and its import would delay every start.
    import psutil

    for each in psutil.disk_partitions(all=True):
        yield _Mount(Path(each.mountpoint), each.fstype, frozenset(each.opts.split(",")))
