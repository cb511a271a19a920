"""Storage of bundles and package records on disk, by hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from jupyter_faas.bundle.archive import Bundle
from jupyter_faas.bundle.atomic_files import write_atomically
from jupyter_faas.bundle.package_record import ID, SHA256, PackageRecord
from jupyter_faas.errors import BundleDamaged, BundleNotFound, PackageNotFound


class BundleStore:
    """A store of bundles and package records, which only the current user can read.

    The files are ``bundles/<sha256>.zip``, ``packages/<id>.json`` and ``reasons/<id>.json`` below
    ``root``. Files are written atomically. When ``put`` or ``put_package`` returns, the file has
    been flushed to disk. Any number of processes may read and write at the same time.
    """

    def __init__(self, root: Path) -> None:
        self._bundles = root / "bundles"
        self._packages = root / "packages"
        self._reasons = root / "reasons"

    def put(self, bundle: Bundle) -> Path:
        """Store a bundle unless an undamaged copy exists, and return the path of the file."""
        path = self._bundles / f"{bundle.sha256}.zip"
        # Hash an existing file, so that packaging again repairs a damaged file.
        if not self._is_there(path, bundle.sha256):
            write_atomically(path, bundle.data)
        return path

    def _is_there(self, path: Path, sha256: str) -> bool:
        try:
            return _sha256(path.read_bytes()) == sha256
        except FileNotFoundError:
            return False

    def has(self, sha256: str) -> bool:
        """Return whether a bundle with this sha256 exists, without checking its content."""
        # ``sha256`` may come from a request and becomes part of a path, so its format is checked.
        return SHA256.fullmatch(sha256) is not None and (self._bundles / f"{sha256}.zip").exists()

    def get(self, sha256: str) -> Bundle:
        """Return a bundle.

        Raises BundleNotFound when it does not exist, and BundleDamaged when its content is invalid.
        """
        if not self.has(sha256):
            raise BundleNotFound(
                f"The package {sha256[:12]}… is not on this machine.",
                hint="Run the function's cell again.",
            )
        data = (self._bundles / f"{sha256}.zip").read_bytes()
        if _sha256(data) != sha256:
            raise BundleDamaged(
                f"The package {sha256[:12]}… is damaged.",
                hint="Run the function's cell again.",
            )
        return Bundle.from_bytes(data)

    def put_package(self, record: PackageRecord) -> str:
        """Store a record and return its id.

        Raises BundleDamaged when the id does not match the content.
        """
        if record.id != record.content_id():
            raise BundleDamaged(f"The package record {record.id} does not match its ID.")
        text = json.dumps(record.to_json(), indent=1)
        write_atomically(self._packages / f"{record.id}.json", f"{text}\n".encode())
        return record.id

    def put_reasons(self, package_id: str, reasons: Mapping[str, Any]) -> None:
        """Store the reasons why each item is in a package.

        The package itself does not contain the reasons, because they include cell numbers, which
        differ each time the notebook runs. The reasons may be lost after a power failure.
        """
        data = f"{json.dumps(reasons, indent=1)}\n".encode("utf-8", "replace")
        write_atomically(self._reasons / f"{package_id}.json", data, lasting=False)

    def get_reasons(self, package_id: str) -> Mapping[str, Any]:
        """Return the reasons that ``put_reasons`` stored.

        Returns an empty dictionary if the reasons are missing or damaged, for example because the
        function was packaged on another machine.
        """
        # A package can be used without its reasons, so damaged reasons are not an error.
        try:
            data = json.loads((self._reasons / f"{package_id}.json").read_bytes())
        except (OSError, ValueError):
            return {}
        return data if isinstance(data, dict) else {}

    def get_package(self, package_id: str) -> PackageRecord:
        """Return a package record.

        Raises PackageNotFound when it does not exist, and BundleDamaged when it is invalid.
        """
        path = self._packages / f"{package_id}.json"
        if ID.fullmatch(package_id) is None or not path.exists():
            raise PackageNotFound(
                f"The package record {package_id[:16]} is not on this machine.",
                hint="Run the function's cell again.",
            )
        try:
            return PackageRecord.from_json(json.loads(path.read_bytes()))
        except ValueError as error:
            raise BundleDamaged(
                f"The package record {package_id} is not JSON: {error}.",
                hint="Run the function's cell again.",
            ) from error

    def latest_package(self, name: str) -> PackageRecord | None:
        """Return the newest undamaged record with this name, or None if there is none."""
        found: list[PackageRecord] = []
        for path in self._packages.glob("*.json"):
            # Another process may delete a record during the loop.
            with suppress(PackageNotFound, BundleDamaged):
                found.append(self.get_package(path.stem))
        named = (record for record in found if record.name == name)
        return max(named, key=lambda record: record.created, default=None)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
