"""Model stores: the playground's own store, a directory, and storage that fsspec supports.

This machine writes models to a store, and actions download them with a plain GET request. Any
storage that fsspec can write to is suitable, and an action needs only Python's standard library.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote, urlsplit

from jupyter_faas.errors import FaasError, ModelStoreError
from jupyter_faas.workspace.targets.model_store_setting import ModelStoreSetting, no_secrets

if TYPE_CHECKING:
    from jupyter_faas.client import Target

_SUFFIX = ".onnx"
# Uploads read and write this many bytes at a time, and report progress after each piece.
_PIECE = 1 << 22
# Object stores do not have directories. For these schemes, fsspec's makedirs would create the
# bucket.
_BUCKETS = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oci", "oss"})
# Signed URLs are valid for this many seconds, the maximum that S3 allows.
_SIGNED_S = 7 * 24 * 3600

# A Sent callback receives the number of bytes that have been sent so far.
Sent = Callable[[int], None]


@dataclass(frozen=True)
class Kept:
    """A model in a store. ``size`` is in bytes.

    ``downloads`` is the number of downloads, or None if the store does not count them.
    """

    sha256: str
    size: int
    downloads: int | None = None


class ModelStore(Protocol):
    """A store for models, identified by their sha256.

    ``label`` is the name of the store in messages. After ``put``, ``warning`` describes a possible
    problem, or is empty. All methods may raise ModelStoreError or TargetError.
    """

    label: str
    warning: str

    def put(self, sha256: str, path: Path, sent: Sent, *, anew: bool = False) -> str:
        """Upload a file unless the store has it, and return the URL from which actions download it.

        With ``anew``, the file is uploaded even if the store has it, because some stores cannot
        verify an existing file.
        """

    def list(self) -> list[Kept]:
        """Return the models in the store."""

    def remove(self, sha256: str) -> None:
        """Delete a model from the store."""


def open_store(setting: ModelStoreSetting, target: Target) -> ModelStore:
    """Open the store of a target.

    Raises ModelStoreError if the target cannot use the store or the store cannot be opened.
    """
    if not setting.url:
        return BuiltInStore(target)
    if urlsplit(setting.url).scheme == "file":
        if not setting.public and target.kind != "playground":
            raise ModelStoreError(
                f"The model store {setting.url} is a folder on this machine, which actions on "
                f"{target.label} cannot read.",
                hint="Use a store that actions can read (s3://…, gs://…, abfs://…), or set "
                "the HTTPS address of that folder (--model-store-url URL or "
                "JUPYTER_FAAS_MODEL_STORE_URL).",
            )
        return FolderStore(setting)
    return FsspecStore(setting)


class BuiltInStore:
    """The store that is built into the playground."""

    def __init__(self, target: Target) -> None:
        from jupyter_faas.client import ModelsClient

        self.label = f"model store of the {target.label[0].lower()}{target.label[1:]}"
        self.warning = ""
        self._client = ModelsClient(target)

    def put(self, sha256: str, path: Path, sent: Sent, *, anew: bool = False) -> str:
        # The playground verifies the digest of its file before it returns a URL.
        there = None if anew else self._client.address(sha256)
        return there or self._client.put(sha256, path, sent)

    def list(self) -> list[Kept]:
        return [Kept(each.sha256, each.size, each.downloads) for each in self._client.list()]

    def remove(self, sha256: str) -> None:
        self._client.remove(sha256)


class FolderStore:
    """A store in a directory of this machine, for the playground or behind a web server."""

    def __init__(self, setting: ModelStoreSetting) -> None:
        self.label = f"model store {setting.url}"
        self.warning = ""
        self._public = setting.public
        self._folder = Path(unquote(urlsplit(setting.url).path))

    def put(self, sha256: str, path: Path, sent: Sent, *, anew: bool = False) -> str:
        from jupyter_faas.bundle import sha256_of

        there = self._path(sha256)
        # Actions may read a file at any time, so it gets its final name only when it is complete.
        part = there.with_name(f".{sha256}.{os.getpid()}.part")
        try:
            if anew or not there.exists() or sha256_of(there) != sha256:
                there.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, part)
                part.replace(there)
        except OSError as error:
            raise _failed(self.label, error) from error
        finally:
            with suppress(OSError):  # the file was renamed or never created
                part.unlink()
        sent(path.stat().st_size)
        return f"{self._public}/{there.name}" if self._public else there.absolute().as_uri()

    def list(self) -> list[Kept]:
        found = sorted(self._folder.glob(f"{'[0-9a-f]' * 64}{_SUFFIX}"))
        return [Kept(path.stem, path.stat().st_size) for path in found]

    def remove(self, sha256: str) -> None:
        try:
            self._path(sha256).unlink()
        except OSError as error:
            raise _failed(self.label, error) from error

    def _path(self, sha256: str) -> Path:
        return self._folder / f"{sha256}{_SUFFIX}"


class FsspecStore:
    """A store that fsspec writes to. The libraries behind fsspec look up their credentials."""

    def __init__(self, setting: ModelStoreSetting) -> None:
        self.label = f"model store {setting.url}"
        self.warning = ""
        self._url = setting.url
        self._public = setting.public
        try:
            import fsspec
        except ImportError as error:
            raise ModelStoreError(
                f"The {self.label} needs fsspec, which is not installed here.",
                hint="Install fsspec and the library for this store: pip install fsspec s3fs\n"
                "(For gs://, use gcsfs instead of s3fs. For abfs://, use adlfs.)",
            ) from error
        try:
            self._files, self._root = fsspec.core.url_to_fs(setting.url)
        except Exception as error:  # fsspec and its libraries do not have a common error class.
            raise ModelStoreError(
                f"The {self.label} cannot be opened: {no_secrets(str(error))}",
                hint="Install the library for this store (s3fs for s3://, gcsfs for gs://, adlfs "
                "for abfs://), and store the keys where that library looks for them.",
            ) from error

    def put(self, sha256: str, path: Path, sent: Sent, *, anew: bool = False) -> str:
        there = self._path(sha256)
        size = path.stat().st_size
        with _StoreErrors(self.label):
            # A file of the same size is complete, because object stores list a file only after its
            # upload. The digest is not compared, because that would require a download.
            if anew or not (self._files.exists(there) and self._files.size(there) == size):
                self._write(path, there, sent)
        if self._public:
            return f"{self._public}/{sha256}{_SUFFIX}"
        return self._signed(there)

    def _write(self, path: Path, there: str, sent: Sent) -> None:
        if urlsplit(self._url).scheme not in _BUCKETS:
            self._files.makedirs(self._root, exist_ok=True)
        with path.open("rb") as source, self._files.open(there, "wb") as file:
            count = 0
            while piece := source.read(_PIECE):
                file.write(piece)
                count += len(piece)
                sent(count)

    def _signed(self, there: str) -> str:
        try:
            url = self._files.sign(there, expiration=_SIGNED_S)
        # fsspec raises NotImplementedError, and its libraries raise other errors.
        except Exception as error:
            raise ModelStoreError(
                f"The {self.label} cannot create signed URLs, so actions cannot read its models.",
                hint="Set the HTTPS address of the same files with JUPYTER_FAAS_MODEL_STORE_URL. "
                "If the store is a setting of the target, remove the target and add it again with "
                "--model-store-url URL.",
            ) from error
        self.warning = (
            "The action reads its model from a signed URL, which expires after at most 7 "
            "days. Deploy again before that, or set an HTTPS address for the store "
            "(--model-store-url URL)."
        )
        return str(url)

    def list(self) -> list[Kept]:
        with _StoreErrors(self.label):
            if not self._files.exists(self._root):
                return []
            entries: list[dict[str, Any]] = self._files.ls(self._root, detail=True)
        found = [(str(each["name"]).rpartition("/")[2], each.get("size")) for each in entries]
        return [
            Kept(name.removesuffix(_SUFFIX), int(size or 0))
            for name, size in sorted(found)
            if name.endswith(_SUFFIX)
        ]

    def remove(self, sha256: str) -> None:
        with _StoreErrors(self.label):
            self._files.rm_file(self._path(sha256))

    def _path(self, sha256: str) -> str:
        return f"{self._root.rstrip('/')}/{sha256}{_SUFFIX}"


class _StoreErrors:
    """A context manager that translates errors of fsspec into ModelStoreError, without secrets."""

    def __init__(self, label: str) -> None:
        self._label = label

    def __enter__(self) -> None:
        """Do nothing, because only errors need handling."""

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, FaasError):
            raise _failed(self._label, error) from error


def _failed(label: str, error: Exception) -> ModelStoreError:
    words = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return ModelStoreError(
        f"The request to the {label} failed: {no_secrets(words) or type(error).__name__}",
        hint="Check that the store exists, and that your keys allow reading and writing.",
    )
