"""Local copies of the models that packages refer to and model stores provide, by sha256."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_faas.bundle.atomic_files import write_atomically
from jupyter_faas.bundle.manifest import Manifest
from jupyter_faas.bundle.package_record import SHA256
from jupyter_faas.errors import ModelNotFound

_PIECE = 1 << 20
_SUFFIX = ".onnx"


@dataclass(frozen=True)
class StoredModel:
    """A reference from the package of ``function`` to a model in a model store.

    ``size`` is in bytes.
    """

    name: str
    sha256: str
    size: int
    function: str


def model_reference(onnx: bytes) -> dict[str, Any]:
    """Return ``{"sha256", "size"}``, which identifies a model in a store. The size is in bytes."""
    return {"sha256": hashlib.sha256(onnx).hexdigest(), "size": len(onnx)}


def stored_models(manifest: Manifest) -> tuple[StoredModel, ...]:
    """Return the models that a package refers to in a model store."""
    found = ((str(model.get("name")), model.get("stored")) for model in manifest.models)
    return tuple(
        StoredModel(name, str(stored["sha256"]), int(stored["size"]), manifest.name)
        for name, stored in found
        if stored
    )


class ModelFiles:
    """Models that are stored outside their packages, as ``models/<sha256>.onnx`` below ``root``.

    Files are written atomically. Any number of processes may read and write at the same time.
    """

    def __init__(self, root: Path) -> None:
        self._folder = root / "models"

    def put(self, onnx: bytes) -> Path:
        """Store a model unless an undamaged copy exists, and return the path of the file."""
        sha256 = hashlib.sha256(onnx).hexdigest()
        path = self._folder / f"{sha256}{_SUFFIX}"
        # Hash an existing file, so that packaging again repairs a damaged file.
        if not path.exists() or sha256_of(path) != sha256:
            write_atomically(path, onnx)
        return path

    def path(self, model: StoredModel) -> Path:
        """Return a model's path. Raises ModelNotFound when the file is missing or damaged."""
        path = self._folder / f"{model.sha256}{_SUFFIX}"
        # The sha256 comes from a manifest and could contain ``../``, so its format is checked.
        if SHA256.fullmatch(model.sha256) is None or not path.exists():
            raise ModelNotFound(
                f"The model {model.name!r} of this package is not on this machine.",
                hint="Run the function's cell again. If the notebook's kernel runs on another "
                f"machine, deploy from the notebook: %faas deploy {model.function}",
            )
        if sha256_of(path) != model.sha256:
            raise ModelNotFound(
                f"The file of the model {model.name!r} has changed since it was packaged.",
                hint="Run the function's cell again.",
            )
        return path

    def sizes(self) -> Iterator[tuple[str, int]]:
        """Yield ``(sha256, size in bytes)`` for every stored model."""
        for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
            yield path.stem, path.stat().st_size

    def remove(self, sha256: str) -> bool:
        """Delete a model. Return whether the model existed."""
        path = self._folder / f"{sha256}{_SUFFIX}"
        if SHA256.fullmatch(sha256) is None or not path.exists():
            return False
        path.unlink(missing_ok=True)
        return True


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file, read in chunks because a model might not fit into memory."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            found.update(piece)
    return found.hexdigest()
