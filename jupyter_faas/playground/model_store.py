"""The playground's model store: the model files of each namespace, by sha256.

A model that is too large for a package is uploaded here with the namespace's API key. The action
downloads the model from a URL with a token that is valid for this model only. The action does not
get the API key, which grants all rights of the user. The sha256 alone would not protect a model,
because model cards and manifests contain it.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import os
import re
import secrets
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO, NamedTuple
from urllib.parse import quote

from jupyter_faas.errors import ModelNotFound
from jupyter_faas.playground.data_dir import DataDirectory, write_private
from jupyter_faas.playground.errors import Malformed, TooLarge

# Protocol buffers, in which ONNX is encoded, are limited to 2 GB.
MAX_BYTES = 2**31 - 1

_SHA256 = re.compile(r"[0-9a-f]{64}")
_PIECE = 1 << 20
_SUFFIX = ".onnx"


class StoredModel(NamedTuple):
    """A stored model, with its size in bytes and its downloads since the playground started."""

    sha256: str
    size: int
    downloads: int


class ModelStore:
    """The model files below ``models/<namespace>``, and the tokens that grant access to them."""

    def __init__(self, folder: DataDirectory) -> None:
        """Open the store and delete the download cache of the previous process. Blocking."""
        self._root = folder.models
        self._cache = folder.model_cache
        shutil.rmtree(self._cache, ignore_errors=True)
        self._cache.mkdir(mode=0o700)
        self._secret = _secret(folder.model_key)
        # Delete the uploads that the previous process did not finish.
        for left in self._root.glob("*/.*.part"):
            left.unlink()
        self._downloads: Counter[tuple[str, str]] = Counter()

    def list(self, namespace: str) -> list[StoredModel]:
        """Return all models of a namespace. Blocking."""
        return [
            StoredModel(path.stem, path.stat().st_size, self._downloads[namespace, path.stem])
            for path in sorted(self._folder(namespace).glob(f"*{_SUFFIX}"))
        ]

    def query(self, namespace: str, sha256: str) -> dict[str, str]:
        """Return the query parameters of a model's URL, including the token that grants access."""
        signed = f"{namespace}/{sha256}".encode()
        token = hmac.new(self._secret, signed, hashlib.sha256).hexdigest()
        return {"namespace": namespace, "token": token}

    def may_read(self, namespace: str, sha256: str, token: str) -> bool:
        """Return whether ``token`` is the token that ``query`` returns for this model."""
        expected = self.query(namespace, sha256)["token"]
        # Compare in constant time, so that the duration does not reveal how much of a guessed token
        # is correct.
        return hmac.compare_digest(token.encode(), expected.encode())

    async def is_intact(self, namespace: str, sha256: str) -> bool:
        """Return whether the model exists and its content has this sha256."""
        path = self._path(namespace, sha256)
        return await asyncio.to_thread(_sha256_of, path) == sha256

    def download(self, namespace: str, sha256: str) -> Path:
        """Return the path of a model file and count a download.

        The content is not verified here, because the action verifies it after the download. Raises
        ModelNotFound if the model is not in the store.
        """
        path = self._path(namespace, sha256)
        if not path.is_file():
            raise ModelNotFound("The model is not in this store.")
        self._downloads[namespace, sha256] += 1
        return path

    async def upload(self, namespace: str, sha256: str, pieces: AsyncIterator[bytes]) -> None:
        """Store a model; return once the file is synced to the disk.

        Raises Malformed if the content has another sha256, and TooLarge if it exceeds MAX_BYTES.
        """
        # The file gets its final name only when it is complete, so that no action reads an
        # incomplete model.
        path = self._path(namespace, sha256)
        part = path.with_name(f".{secrets.token_hex(8)}.part")
        found, size, buffered = hashlib.sha256(), 0, bytearray()

        def write(file: IO[bytes], data: bytes) -> None:
            found.update(data)
            file.write(data)

        try:
            with await asyncio.to_thread(_begin, part) as file:
                async for piece in pieces:
                    size += len(piece)
                    if size > MAX_BYTES:
                        raise TooLarge("Model", size, MAX_BYTES)
                    # Collect 1 MB before each write, because the pieces of a request are small and
                    # calling a function in a thread is slow.
                    buffered += piece
                    if len(buffered) >= _PIECE:
                        await asyncio.to_thread(write, file, bytes(buffered))
                        buffered.clear()
                await asyncio.to_thread(write, file, bytes(buffered))
                await asyncio.to_thread(_finish, file)
            if found.hexdigest() != sha256:
                raise Malformed("The sha256 of the model does not match its address.")
            await asyncio.to_thread(part.replace, path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                part.unlink()

    def remove(self, namespace: str, sha256: str) -> None:
        """Delete a model. Raises ModelNotFound if it is not in the store. Blocking."""
        try:
            self._path(namespace, sha256).unlink()
        except FileNotFoundError:
            raise ModelNotFound("The model is not in this store.") from None
        # All namespaces share the workers' cache. If another namespace has the same model, its
        # workers download it again.
        with contextlib.suppress(FileNotFoundError):
            (self._cache / f"{sha256}{_SUFFIX}").unlink()

    def _path(self, namespace: str, sha256: str) -> Path:
        if not _SHA256.fullmatch(sha256):
            raise Malformed(
                "The name of a model must be its sha256, which has 64 hexadecimal digits."
            )
        return self._folder(namespace) / f"{sha256}{_SUFFIX}"

    def _folder(self, namespace: str) -> Path:
        # A namespace's name may have characters that a file system does not allow. The name never
        # begins with a dot, so it cannot refer to a parent directory.
        return self._root / quote(namespace, safe="")


def _secret(path: Path) -> bytes:
    try:
        found = bytes.fromhex(path.read_text().strip())
    except (FileNotFoundError, ValueError):
        found = b""
    # If the file is missing or damaged, create a new secret. The tokens of deployed actions then
    # become invalid.
    if len(found) < 32:
        found = secrets.token_bytes(32)
        write_private(path, f"{found.hex()}\n")
    return found


def _begin(part: Path) -> IO[bytes]:
    part.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return part.open("wb")


def _finish(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


def _sha256_of(path: Path) -> str:
    # Read the file in pieces, because it may be larger than the memory.
    found = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                found.update(piece)
    except FileNotFoundError:
        return ""
    return found.hexdigest()
