"""A disk cache for the files of fetched wheels."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zipfile
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from jupyter_faas.vendoring.collect import vendor
from jupyter_faas.vendoring.files import Vendored
from jupyter_faas.vendoring.platform import PLATFORM
from jupyter_faas.vendoring.unused_files import RULES

_INDEX = "vendored.json"


class VendorCache:
    """A cache directory with one ``<digest>.zip`` file per set of requirements and Python version.

    Several processes may use the directory at the same time. The same request always returns the
    same files, even after the package index has received newer versions. Running a cell again
    therefore builds the same package.
    """

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self._folder = folder
        self._environ = environ

    def vendor(
        self,
        requirements: Mapping[str, str],
        python: str,
        *,
        loose: Mapping[str, str] | None = None,
        provided: Mapping[str, str] | None = None,
        exact: Collection[str] = (),
        progress: Callable[[str], None],
    ) -> Vendored:
        """Return the cached files, or fetch them with :func:`jupyter_faas.vendoring.vendor`.

        The parameters are those of that function. ``loose`` and ``exact`` are not part of the cache
        key, because they are used only to fetch wheels. Raises VendoringFailed if the wheels cannot
        be fetched.
        """
        path = self._folder / f"{_digest(requirements, python, provided or {})}.zip"
        kept = _read(path)
        if kept is not None:
            return kept
        found = vendor(
            requirements,
            python,
            environ=self._environ,
            loose=loose,
            provided=provided,
            exact=exact,
            progress=progress,
        )
        _write(path, found)
        return found


def _digest(requirements: Mapping[str, str], python: str, provided: Mapping[str, str]) -> str:
    asked = [RULES, PLATFORM, python, sorted(requirements.items()), sorted(provided.items())]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:32]


def _read(path: Path) -> Vendored | None:
    """Return the content of a cached zip file, or None if the file is missing or damaged."""
    try:
        with zipfile.ZipFile(path) as archive:
            index = json.loads(archive.read(_INDEX))
            files = {name: archive.read(name) for name in archive.namelist() if name != _INDEX}
        return Vendored.from_json(index, files)
    except (OSError, zipfile.BadZipFile, ValueError, KeyError, TypeError):
        return None


def _write(path: Path, vendored: Vendored) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, aside = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    try:
        # The files are stored uncompressed, because they are read each time a cell runs.
        with os.fdopen(descriptor, "wb") as file, zipfile.ZipFile(file, "w") as archive:
            archive.writestr(_INDEX, json.dumps(vendored.to_json()))
            for name, data in vendored.files.items():
                archive.writestr(name, data)
        os.replace(aside, path)
    # BaseException includes KeyboardInterrupt, which must not leave a temporary file behind.
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise
