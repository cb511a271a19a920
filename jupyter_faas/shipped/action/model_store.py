"""Download and cache the models of a package that are in a model store, once per container.

In packages with such models it is ``faas_store.py``. Python 3.9 and later, standard library only.

The deployment sets the locations, not the package: the environment variable ``FAAS_MODELS``, or the
parameter with this name, holds ``{sha256: URL}``. The scheme of a URL is http, https or file. A URL
without scheme and host is on the OpenWhisk host that runs the action. A URL may contain a
signature, so messages only show its host.
"""

from __future__ import annotations

import contextlib
import json
import os

from faas_download import CHUNK_BYTES, ModelUnavailable, download, megabytes

TYPE_CHECKING = False
if TYPE_CHECKING:  # importing typing would add milliseconds to each cold start
    from collections.abc import Iterator, Mapping
    from typing import Any

LOCATIONS = "FAAS_MODELS"
CACHE = "FAAS_MODEL_CACHE"

# Read from the environment and removed there, because the subprocesses and logs of the function
# must not see signed URLs.
_locations: dict[str, str] = {}
_private_cache: list[str] = []


def locate(locations: Any) -> None:
    """Set the locations, unless they are set already.

    ``locations``: ``{sha256: URL}`` as JSON or as a dictionary. Other values are ignored; the
    missing location then fails the download with its own message.
    """
    if _locations:
        return
    with contextlib.suppress(ValueError):
        found = json.loads(locations) if isinstance(locations, str) else locations
        if isinstance(found, dict):
            _locations.update((str(sha256), str(url)) for sha256, url in found.items())


locate(os.environ.pop(LOCATIONS, "{}"))


def model_path(name: str, stored: Mapping[str, Any]) -> str:
    """Return the path of the file with the ONNX form of the model ``name``.

    ``stored``: its ``sha256`` and its ``size`` in bytes. Containers that share a disk share the
    file. One of them downloads it, and all of them check it. Raises ModelUnavailable; a later call
    tries again.
    """
    sha256 = stored["sha256"]
    folder = _cache_folder()
    path = os.path.join(folder, f"{sha256}.onnx")
    bad = None
    while True:
        # Checked without the lock, so that many containers can do it at the same time. A file that
        # failed the check is not checked again until another container has replaced it.
        seen = _identity(path)
        if seen not in (None, bad):
            if _sha256_of(path) == sha256:
                return path
            bad = seen
        with _download_lock(path) as part:
            # Another container may have finished its download while this one waited for the lock.
            if _identity(path) in (None, bad):
                _download(name, stored, part)
                # Renaming is atomic, so other containers never see half of a file.
                os.replace(part, path)
                return path


def _identity(path: str) -> tuple[int, int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _sha256_of(path: str) -> str:
    import hashlib

    found = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            while True:
                chunk = file.read(CHUNK_BYTES)
                if not chunk:
                    return found.hexdigest()
                found.update(chunk)
    except OSError:
        # The file was deleted in the meantime.
        return ""


@contextlib.contextmanager
def _download_lock(path: str) -> Iterator[str]:
    """Lock a model against other containers that download it; yield the path to download to.

    The operating system releases the lock even if the process is killed. The next download
    overwrites the file that such a process leaves.
    """
    lock = None
    part = f"{path}.part"
    try:
        try:
            import fcntl

            lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(lock, fcntl.LOCK_EX)
        except (ImportError, OSError):
            # Without locks (on Windows and some file systems), each process downloads to its own
            # file.
            part = f"{path}.{os.getpid()}.part"
        yield part
    finally:
        with contextlib.suppress(OSError):
            os.unlink(part)
        if lock is not None:
            os.close(lock)


def _download(name: str, stored: Mapping[str, Any], part: str) -> None:
    what = f"Model {name!r} ({megabytes(stored['size'])})"
    url = _locations.get(stored["sha256"])
    if url is None:
        raise ModelUnavailable(
            f"{what} lies in a model store, and this action was not told in which. "
            "Deploy the function with jupyter_faas, which tells it."
        )
    # Only the action knows the address under which it can reach its OpenWhisk host.
    if url.startswith("/"):
        url = os.environ.get("__OW_API_HOST", "") + url
    download(what, url, stored, part)


def _cache_folder() -> str:
    """Return a folder that only this user can write to; make a new one if there is none.

    Raises ModelUnavailable if the folder that the user has set cannot be created.
    """
    import stat
    import tempfile

    user = os.getuid() if hasattr(os, "getuid") else 0
    given = os.environ.get(CACHE) or (_private_cache[0] if _private_cache else "")
    folder = given or os.path.join(tempfile.gettempdir(), f"faas-models-{user}")
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        # Another user could have created this folder, or a link in its place, in the shared
        # temporary folder, and could replace a model after the check of its sha256.
        status = os.lstat(folder)
        safe = stat.S_ISDIR(status.st_mode) and not status.st_mode & 0o022
        if not hasattr(os, "getuid") or (safe and status.st_uid == user):
            return folder
    except OSError as error:
        if given:
            raise ModelUnavailable(
                f"Models cannot be kept in {folder}, which the variable {CACHE} names: "
                f"{error.strerror}."
            ) from None
    if not _private_cache:
        _private_cache.append(tempfile.mkdtemp(prefix="faas-models-"))
    return _private_cache[0]
