"""Model files outside of packages, by sha256: for models that go to a model store."""

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
    """A model of a package that is in a model store. ``size`` in bytes."""

    name: str
    sha256: str
    size: int


def model_reference(onnx: bytes) -> dict[str, Any]:
    """The reference to a model in a store: ``{"sha256", "size"}``."""
    return {"sha256": hashlib.sha256(onnx).hexdigest(), "size": len(onnx)}


def stored_models(manifest: Manifest) -> tuple[StoredModel, ...]:
    """The models of a package that are in a model store."""
    found = ((str(model.get("name")), model.get("stored")) for model in manifest.models)
    return tuple(
        StoredModel(name, str(stored["sha256"]), int(stored["size"]))
        for name, stored in found
        if stored
    )


class ModelFiles:
    """``models/<sha256>.onnx`` below ``root``: what packages made here do not hold themselves.

    Every file appears whole or not at all. Any number of processes may put and get at once.
    """

    def __init__(self, root: Path) -> None:
        self._folder = root / "models"

    def put(self, onnx: bytes) -> Path:
        """Store a model, unless an intact copy exists."""
        sha256 = hashlib.sha256(onnx).hexdigest()
        path = self._folder / f"{sha256}{_SUFFIX}"
        if not path.exists() or sha256_of(path) != sha256:
            write_atomically(path, onnx)
        return path

    def path(self, model: StoredModel) -> Path:
        """The file of a model. ModelNotFound when it is not here, or not what was put."""
        path = self._folder / f"{model.sha256}{_SUFFIX}"
        if SHA256.fullmatch(model.sha256) is None or not path.exists():
            raise ModelNotFound(
                f"The model {model.name!r} of this package is not on this disk.",
                hint="Run the function's cell again. Where the notebook's kernel does not share "
                "its disk with this server, deploy from the notebook: %faas deploy NAME",
            )
        if sha256_of(path) != model.sha256:
            raise ModelNotFound(
                f"The file of the model {model.name!r} is not what it was when it was packaged.",
                hint="Run the function's cell again.",
            )
        return path

    def sizes(self) -> Iterator[tuple[str, int]]:
        """``(sha256, bytes)`` of every model here."""
        for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
            yield path.stem, path.stat().st_size

    def remove(self, sha256: str) -> bool:
        """Forget a model; False when it is not here."""
        path = self._folder / f"{sha256}{_SUFFIX}"
        if SHA256.fullmatch(sha256) is None or not path.exists():
            return False
        path.unlink(missing_ok=True)
        return True


def sha256_of(path: Path) -> str:
    """Hash a file in pieces, because a model may be larger than the free memory."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            found.update(piece)
    return found.hexdigest()
