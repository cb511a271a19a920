"""Download a model from a model store to a file, and check its size and SHA-256 digest.

Packages contain this module as ``faas_download.py`` if they contain ``faas_store.py``. It supports
Python 3.9 and later, and uses only the standard library.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
from urllib.parse import unquote, urlsplit

TYPE_CHECKING = False
if TYPE_CHECKING:  # importing typing would add milliseconds to each cold start
    from collections.abc import Iterator, Mapping
    from typing import IO, Any

CHUNK_BYTES = 1 << 20
# A download fails if no data arrives for this many seconds.
READ_TIMEOUT_S = 30.0
_ATTEMPTS = 2
_AGAIN = "Deploy the function again to upload the model."


class ModelUnavailable(Exception):
    """An exception for a model that cannot be downloaded. The message is shown to the caller."""


class _Interrupted(Exception):
    """An exception for a failed connection, after which the download may be retried."""


def download(what: str, url: str, stored: Mapping[str, Any], part: str) -> None:
    """Download a model to the file ``part``, and check its size and digest.

    ``what``: the model's name and size for messages. ``url``: an http, https or file URL.
    ``stored``: the model's ``size`` in bytes and its ``sha256``. If the connection fails, the
    download is retried once. Raises ModelUnavailable if the download or the check fails.
    """
    where = place(url)
    started = time.time()
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            _copy(what, where, url, stored, part)
        except _Interrupted as error:  # noqa: PERF203 - the loop is the retry
            if attempt == _ATTEMPTS:
                raise ModelUnavailable(
                    f"{what} could not be downloaded from the model store {where}: {error}. Call "
                    "the function again when the store is reachable."
                ) from None
        else:
            break
    seconds = time.time() - started
    # This message appears in the activation's logs and explains why the first call was slow.
    sys.stderr.write(f"{what} was downloaded from the model store {where} in {seconds:.1f} s.\n")


def _copy(what: str, where: str, url: str, stored: Mapping[str, Any], part: str) -> None:
    import hashlib

    found, size = hashlib.sha256(), 0
    source = _open(what, where, url)
    with contextlib.closing(source), _open_for_writing(what, part) as file:
        while True:
            chunk = _next_chunk(source)
            if not chunk:
                break
            size += len(chunk)
            found.update(chunk)
            # The content is too long, so it cannot be correct, and the rest could fill the disk.
            if size > stored["size"]:
                break
            try:
                file.write(chunk)
            except OSError as error:
                raise _write_error(what, part, error) from None
    # The download is retried only after a broken connection, because the store would send the same
    # wrong content again.
    announced = getattr(source, "headers", {}).get("Content-Length")
    if announced == str(stored["size"]) and size < stored["size"]:
        raise _Interrupted(f"the connection broke after {megabytes(size)}")
    if size != stored["size"] or found.hexdigest() != stored["sha256"]:
        raise ModelUnavailable(
            f"{what} in the model store {where} is not the model that was packaged: its sha256 "
            "differs. Deploy the function again with --force to upload the model again."
        )


def _open(what: str, where: str, url: str) -> Any:
    parts = urlsplit(url)
    if parts.scheme == "file":
        try:
            return open(unquote(parts.path), "rb")
        except OSError as error:
            raise _not_found_error(what, where, error.strerror or "it cannot be read") from None
    if parts.scheme not in ("http", "https"):
        raise ModelUnavailable(f"{what} is stored in {where}, which an action cannot read.")
    # Imported late, because these modules are slow to import and local files do not need them.
    import http.client
    import urllib.error
    import urllib.request

    loopback = parts.hostname in ("127.0.0.1", "localhost", "::1")
    # A proxy cannot reach this machine's loopback interface.
    handlers = [urllib.request.ProxyHandler({})] if loopback else []
    request = urllib.request.Request(url, headers={"User-Agent": "jupyter_faas"})  # noqa: S310
    try:
        return urllib.request.build_opener(*handlers).open(request, timeout=READ_TIMEOUT_S)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code in (404, 410):
            raise _not_found_error(what, where, "") from None
        if error.code in (401, 403):
            raise ModelUnavailable(
                f"{what}: the model store {where} does not let this action read it (status "
                f"{error.code}). The signed URL may have expired. Deploy the function again to "
                "create a new URL."
            ) from None
        raise _Interrupted(f"it responded with status {error.code}") from None
    except (OSError, http.client.HTTPException) as error:
        raise _Interrupted(_reason(error)) from None


def _next_chunk(source: Any) -> bytes:
    import http.client

    try:
        chunk: bytes = source.read(CHUNK_BYTES)
    except (OSError, http.client.HTTPException) as error:
        raise _Interrupted(_reason(error)) from None
    return chunk


@contextlib.contextmanager
def _open_for_writing(what: str, part: str) -> Iterator[IO[bytes]]:
    try:
        file = open(part, "wb")  # noqa: SIM115 - closed below, because close() may fail too
    except OSError as error:
        raise _write_error(what, part, error) from None
    try:
        yield file
    finally:
        try:
            file.close()
        except OSError as error:
            raise _write_error(what, part, error) from None


def _not_found_error(what: str, where: str, reason: str) -> ModelUnavailable:
    reason = f" ({reason})" if reason else ""
    return ModelUnavailable(f"{what} is not in the model store {where}{reason}. {_AGAIN}")


def _write_error(what: str, part: str, error: OSError) -> ModelUnavailable:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    reason = "the disk is full" if full else error.strerror
    do = "Free space there, or set" if full else "Set"
    return ModelUnavailable(
        f"{what} cannot be stored in {os.path.dirname(part)}: {reason}. {do} the variable "
        "FAAS_MODEL_CACHE to another folder."
    )


def _reason(error: Exception) -> str:
    """Return the reason for a failure without the URL, which may contain a secret.

    Messages of the operating system do not contain URLs, but those of urllib may.
    """
    cause = getattr(error, "reason", error)
    if isinstance(cause, TimeoutError) or "timed out" in str(cause):
        return f"no data for {READ_TIMEOUT_S:g} s"
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror.lower()
    return f"the connection broke ({type(cause).__name__})"


def place(url: str) -> str:
    """Return a URL's scheme, host and port, or a file URL's directory, for messages.

    The user, the path and the query are omitted, because they may be secrets.
    """
    try:
        parts = urlsplit(url)
        if parts.scheme == "file":
            return f"file://{os.path.dirname(unquote(parts.path))}"
        port = f":{parts.port}" if parts.port else ""
        return f"{parts.scheme}://{parts.hostname or ''}{port}"
    except ValueError:
        return "with an invalid URL"


def megabytes(size: int) -> str:
    return f"{size / 1048576:.1f} MB"
