"""Downloads one model to a file, and says in a sentence what stands in the way.

This file leaves the house: it travels as ``faas_download.py`` beside ``faas_store.py``. Standard
library only, Python 3.9 and up.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
from urllib.parse import unquote, urlsplit

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs a cold start some milliseconds, and nothing here needs it then.
    from collections.abc import Iterator, Mapping
    from typing import IO, Any

PIECE = 1 << 20
# Without a byte for so long, a download is given up.
SILENCE_S = 30.0
_ATTEMPTS = 2
_AGAIN = "Deploy the function again: that puts the model there."


class ModelUnavailable(Exception):
    """Raised when a model cannot be had now; the message is for who called the action."""


class _Interrupted(Exception):
    """The network failed; the message says how."""


def download(what: str, url: str, stored: Mapping[str, Any], part: str) -> None:
    """Write to ``part`` what lies at ``url`` (http, https or file), once it is what was stored.

    ``what``: the model in words. Raises ModelUnavailable.
    """
    where = place(url)
    began = time.time()
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            _copy(what, where, url, stored, part)
        except _Interrupted as error:  # noqa: PERF203 - the loop is the retry
            if attempt == _ATTEMPTS:
                raise ModelUnavailable(
                    f"{what} could not be had from the model store {where}: {error}. "
                    "Call again when it is reachable."
                ) from None
        else:
            break
    seconds = time.time() - began
    sys.stderr.write(f"{what} came from the model store {where} in {seconds:.1f} s.\n")


def _copy(what: str, where: str, url: str, stored: Mapping[str, Any], part: str) -> None:
    import hashlib

    found, size = hashlib.sha256(), 0
    source = _opened(what, where, url)
    with contextlib.closing(source), _writing(what, part) as file:
        while True:
            piece = _next_piece(source)
            if not piece:
                break
            size += len(piece)
            found.update(piece)
            if size > stored["size"]:
                break
            try:
                file.write(piece)
            except OSError as error:
                raise _no_room(what, part, error) from None
    announced = getattr(source, "headers", {}).get("Content-Length")
    if announced == str(stored["size"]) and size < stored["size"]:
        raise _Interrupted(f"the connection broke after {megabytes(size)}")
    if size != stored["size"] or found.hexdigest() != stored["sha256"]:
        raise ModelUnavailable(
            f"{what} in the model store {where} is not what was packaged: its sha256 differs. "
            "Deploy the function again with --force: that puts the model there anew."
        )


def _opened(what: str, where: str, url: str) -> Any:
    parts = urlsplit(url)
    if parts.scheme == "file":
        try:
            return open(unquote(parts.path), "rb")
        except OSError as error:
            raise _missing(what, where, error.strerror or "it cannot be read") from None
    if parts.scheme not in ("http", "https"):
        raise ModelUnavailable(f"{what} lies in {where}, which an action cannot read.")
    # Slow to import, and not needed where the model is in the cache.
    import http.client
    import urllib.error
    import urllib.request

    loopback = parts.hostname in ("127.0.0.1", "localhost", "::1")
    # A proxy of the environment does not reach this machine's own loopback.
    handlers = [urllib.request.ProxyHandler({})] if loopback else []
    request = urllib.request.Request(url, headers={"User-Agent": "jupyter_faas"})  # noqa: S310
    try:
        return urllib.request.build_opener(*handlers).open(request, timeout=SILENCE_S)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code in (404, 410):
            raise _missing(what, where, "") from None
        if error.code in (401, 403):
            raise ModelUnavailable(
                f"{what}: the model store {where} does not let this action read it (status "
                f"{error.code}); the address it was given may have run out. "
                "Deploy the function again: that gives it a new one."
            ) from None
        raise _Interrupted(f"it answers with status {error.code}") from None
    except (OSError, http.client.HTTPException) as error:
        raise _Interrupted(_words(error)) from None


def _next_piece(source: Any) -> bytes:
    import http.client

    try:
        piece: bytes = source.read(PIECE)
    except (OSError, http.client.HTTPException) as error:
        raise _Interrupted(_words(error)) from None
    return piece


@contextlib.contextmanager
def _writing(what: str, part: str) -> Iterator[IO[bytes]]:
    try:
        file = open(part, "wb")  # noqa: SIM115 - closed below, where it may fail too
    except OSError as error:
        raise _no_room(what, part, error) from None
    try:
        yield file
    finally:
        try:
            file.close()
        except OSError as error:
            raise _no_room(what, part, error) from None


def _missing(what: str, where: str, reason: str) -> ModelUnavailable:
    reason = f" ({reason})" if reason else ""
    return ModelUnavailable(f"{what} is not in the model store {where}{reason}. {_AGAIN}")


def _no_room(what: str, part: str, error: OSError) -> ModelUnavailable:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    reason = "the disk is full" if full else error.strerror
    return ModelUnavailable(
        f"{what} cannot be kept in {os.path.dirname(part)}: {reason}. Make room there, or name "
        f"another folder in the variable FAAS_MODEL_CACHE."
    )


def _words(error: Exception) -> str:
    """What went wrong in the system's words, which hold no address."""
    cause = getattr(error, "reason", error)
    if isinstance(cause, TimeoutError) or "timed out" in str(cause):
        return f"it sent nothing for {SILENCE_S:g} s"
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror.lower()
    return f"the connection broke ({type(cause).__name__})"


def place(url: str) -> str:
    """Where a URL leads, without what may be secret: its user, its path and its query."""
    try:
        parts = urlsplit(url)
        if parts.scheme == "file":
            return f"file://{os.path.dirname(unquote(parts.path))}"
        port = f":{parts.port}" if parts.port else ""
        return f"{parts.scheme}://{parts.hostname or ''}{port}"
    except ValueError:
        return "at an address that is none"


def megabytes(size: int) -> str:
    return f"{size / 1048576:.1f} MB"
