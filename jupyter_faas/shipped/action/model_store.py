"""Download a package's models from a model store, and cache them.

Packages contain this module as ``faas_store.py`` if they have models in a model store. It supports
Python 3.9 and later, and uses only the standard library.

The package does not contain the models' URLs, which the deployment passes as ``{sha256: URL}`` in
the environment variable ``FAAS_MODELS`` or a parameter with this name. The scheme of a URL is http,
https or file. A URL that begins with ``/`` is on the OpenWhisk host that runs the action. A URL may
contain a signature, so messages show only its scheme and host.
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

# The URLs are removed from the environment, because the function's subprocesses and logs must not
# contain signed URLs.
_locations: dict[str, str] = {}
_private_cache: list[str] = []


def locate(locations: Any) -> None:
    """Set the URLs of the models, unless they are already set.

    ``locations``: ``{sha256: URL}`` as a dictionary or a JSON string. Other values are ignored,
    because a missing URL makes the download fail with a clear message.
    """
    if _locations:
        return
    with contextlib.suppress(ValueError):
        found = json.loads(locations) if isinstance(locations, str) else locations
        if isinstance(found, dict):
            _locations.update((str(sha256), str(url)) for sha256, url in found.items())


locate(os.environ.pop(LOCATIONS, "{}"))


def model_path(name: str, stored: Mapping[str, Any]) -> str:
    """Return the path of a model's file, which is downloaded unless it is cached.

    ``name``: the model's name for messages. ``stored``: the model's ``sha256`` and ``size`` in
    bytes. Containers that share a disk share the file. One of them downloads it, and all of them
    check the digest. Raises ModelUnavailable if the download fails. A later call retries it.
    """
    sha256 = stored["sha256"]
    folder = _cache_folder()
    path = os.path.join(folder, f"{sha256}.onnx")
    bad = None
    while True:
        # The digest is computed without the lock, so that containers can do this concurrently. A
        # file with a wrong digest is not checked again until another container has replaced it.
        seen = _identity(path)
        if seen not in (None, bad):
            if _sha256_of(path) == sha256:
                return path
            bad = seen
        with _download_lock(path) as part:
            # Another container may have downloaded the file while this one waited for the lock.
            if _identity(path) in (None, bad):
                _download(name, stored, part)
                # Renaming is atomic, so other containers never see an incomplete file.
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
        # The file may have been deleted in the meantime.
        return ""


@contextlib.contextmanager
def _download_lock(path: str) -> Iterator[str]:
    """Prevent concurrent downloads of a model, and yield the temporary path to download to.

    ``path``: the final path of the model. The operating system releases the lock even if the
    process is killed. The next download overwrites the incomplete file of such a process.
    """
    lock = None
    part = f"{path}.part"
    try:
        try:
            import fcntl

            lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(lock, fcntl.LOCK_EX)
        except (ImportError, OSError):
            # On Windows and some file systems, files cannot be locked. Each process then downloads
            # to its own temporary file.
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
            f"{what} is in a model store, but its URL is not set. Deploy the function with "
            "jupyter_faas, which sets the URL."
        )
    # Only the action knows the URL at which it can reach its OpenWhisk host.
    if url.startswith("/"):
        url = os.environ.get("__OW_API_HOST", "") + url
    download(what, url, stored, part)


def _cache_folder() -> str:
    """Return a cache directory that only this user can write to, which is created if necessary.

    If the usual directory is not safe, a temporary directory is used instead. Raises
    ModelUnavailable if the directory in ``FAAS_MODEL_CACHE`` cannot be created.
    """
    import stat
    import tempfile

    user = os.getuid() if hasattr(os, "getuid") else 0
    given = os.environ.get(CACHE) or (_private_cache[0] if _private_cache else "")
    folder = given or os.path.join(tempfile.gettempdir(), f"faas-models-{user}")
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        # Another user could have created this directory, or a symbolic link, in the shared
        # temporary directory, and could replace a model after its digest has been checked.
        status = os.lstat(folder)
        safe = stat.S_ISDIR(status.st_mode) and not status.st_mode & 0o022
        if not hasattr(os, "getuid") or (safe and status.st_uid == user):
            return folder
    except OSError as error:
        if given:
            raise ModelUnavailable(
                f"Models cannot be stored in {folder} (set with the variable {CACHE}): "
                f"{error.strerror}."
            ) from None
    if not _private_cache:
        _private_cache.append(tempfile.mkdtemp(prefix="faas-models-"))
    return _private_cache[0]
