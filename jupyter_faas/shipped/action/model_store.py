"""Brings the models of a package that lie in a model store: once per container, and checked.

This file leaves the house: it travels as ``faas_store.py`` in packages with such models. Standard
library only, Python 3.9 and up.

Where each model lies is told by the deploy, not by the package: the environment (or else a
parameter) ``FAAS_MODELS`` holds ``{sha256: URL}``. A URL is http, https, file, or a path on the
host that runs the action. It may hold a signature: no message shows more of it than the host.
"""

from __future__ import annotations

import contextlib
import json
import os

from faas_download import PIECE, ModelUnavailable, download, megabytes

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs a cold start some milliseconds, and nothing here needs it then.
    from collections.abc import Iterator, Mapping
    from typing import Any

LOCATIONS = "FAAS_MODELS"
CACHE = "FAAS_MODEL_CACHE"

# Taken out of the environment: what the function starts or prints needs no signed addresses.
_told: dict[str, str] = {}
_own_cache: list[str] = []


def locate(locations: Any) -> None:
    """Take ``{sha256: URL}``, as JSON or read already, unless it is known where models lie."""
    if _told:
        return
    with contextlib.suppress(ValueError):
        found = json.loads(locations) if isinstance(locations, str) else locations
        if isinstance(found, dict):
            _told.update((str(sha256), str(url)) for sha256, url in found.items())


locate(os.environ.pop(LOCATIONS, "{}"))


def model_path(name: str, stored: Mapping[str, Any]) -> str:
    """The file with the ONNX form of the model ``name``; ``stored`` tells its ``sha256`` and
    ``size`` in bytes.

    Containers that share a disk share the file: one of them downloads, and all check what they
    read. Raises ModelUnavailable; a later call tries again.
    """
    sha256 = stored["sha256"]
    folder = _cache_folder()
    path = os.path.join(folder, f"{sha256}.onnx")
    bad = None
    while True:
        # Outside of the lock, so that twenty containers check at the same time.
        seen = _identity(path)
        if seen not in (None, bad):
            if _sha256_of(path) == sha256:
                return path
            bad = seen
        with _alone(path) as part:
            if _identity(path) in (None, bad):
                _bring(name, stored, part)
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
                piece = file.read(PIECE)
                if not piece:
                    return found.hexdigest()
                found.update(piece)
    except OSError:
        return ""  # Somebody tidied up meanwhile.


@contextlib.contextmanager
def _alone(path: str) -> Iterator[str]:
    """Where to write what shall become ``path``, while no other container does so.

    A lock goes with its process, however that ends: what lies there then is of nobody.
    """
    lock = None
    part = f"{path}.part"
    try:
        try:
            import fcntl

            lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(lock, fcntl.LOCK_EX)
        except (ImportError, OSError):
            # A disk without locks: then each downloads for itself, to a file of its own.
            part = f"{path}.{os.getpid()}.part"
        yield part
    finally:
        with contextlib.suppress(OSError):
            os.unlink(part)
        if lock is not None:
            os.close(lock)


def _bring(name: str, stored: Mapping[str, Any], part: str) -> None:
    what = f"Model {name!r} ({megabytes(stored['size'])})"
    url = _told.get(stored["sha256"])
    if url is None:
        raise ModelUnavailable(
            f"{what} lies in a model store, and this action was not told in which. "
            "Deploy the function with jupyter_faas, which tells it."
        )
    if url.startswith("/"):
        url = os.environ.get("__OW_API_HOST", "") + url
    download(what, url, stored, part)


def _cache_folder() -> str:
    """A folder that nobody but this user can write to; else one of this container's own."""
    import stat
    import tempfile

    user = os.getuid() if hasattr(os, "getuid") else 0
    given = os.environ.get(CACHE) or (_own_cache[0] if _own_cache else "")
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
    if not _own_cache:
        _own_cache.append(tempfile.mkdtemp(prefix="faas-models-"))
    return _own_cache[0]
