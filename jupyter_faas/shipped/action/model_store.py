"""Download and cache the models of a package that are in a model store, once per container.

In packages with such models it is ``faas_store.py``. Standard library only, Python 3.9 and up.

The locations are set by the deployment, not by the package: the environment variable (or else the
parameter) ``FAAS_MODELS`` holds ``{sha256: URL}``. A URL is http, https, file, or a path on the
host that runs the action. It may contain a signature, so messages only show its host.
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

# Removed from the environment: the function's subprocesses and logs must not see signed URLs.
_locations: dict[str, str] = {}
_private_cache: list[str] = []


def locate(locations: Any) -> None:
    """Set the locations, ``{sha256: URL}`` as JSON or a dictionary, unless they are set already."""
    if _locations:
        return
    with contextlib.suppress(ValueError):
        found = json.loads(locations) if isinstance(locations, str) else locations
        if isinstance(found, dict):
            _locations.update((str(sha256), str(url)) for sha256, url in found.items())


locate(os.environ.pop(LOCATIONS, "{}"))


def model_path(name: str, stored: Mapping[str, Any]) -> str:
    """Return the file with the ONNX form of the model ``name``.

    ``stored``: its ``sha256`` and its ``size`` in bytes. Containers that share a disk share the
    file: one of them downloads it, and all of them check it. Raises ModelUnavailable; a later call
    tries again.
    """
    sha256 = stored["sha256"]
    folder = _cache_folder()
    path = os.path.join(folder, f"{sha256}.onnx")
    bad = None
    while True:
        # Outside of the lock, so that many containers can check at the same time.
        seen = _identity(path)
        if seen not in (None, bad):
            if _sha256_of(path) == sha256:
                return path
            bad = seen
        with _download_lock(path) as part:
            if _identity(path) in (None, bad):
                _download(name, stored, part)
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
        return ""  # It was deleted in the meantime.


@contextlib.contextmanager
def _download_lock(path: str) -> Iterator[str]:
    """Yield the file to download to, while no other container downloads the same model.

    The lock is released when its process ends, in whatever way. A file left by such a process is
    overwritten.
    """
    lock = None
    part = f"{path}.part"
    try:
        try:
            import fcntl

            lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(lock, fcntl.LOCK_EX)
        except (ImportError, OSError):
            # The file system has no locks: each container downloads to a file of its own.
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
    if url.startswith("/"):
        url = os.environ.get("__OW_API_HOST", "") + url
    download(what, url, stored, part)


def _cache_folder() -> str:
    """Return a folder that only this user can write to, or else a new one of this process."""
    import stat
    import tempfile

    user = os.getuid() if hasattr(os, "getuid") else 0
    given = os.environ.get(CACHE) or (_private_cache[0] if _private_cache else "")
    folder = given or os.path.join(tempfile.gettempdir(), f"faas-models-{user}")
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
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
