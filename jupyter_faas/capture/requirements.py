"""Which installed distribution a module comes from."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import site
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class Requirement:
    """An installed distribution (``scikit-learn`` ``1.9.1``) and the module that asks for it.

    ``why`` is what led to the module, for people.
    """

    distribution: str
    version: str
    module: str
    why: str = field(default="", compare=False)


@dataclass(frozen=True)
class ModuleHome:
    """Where a module lies.

    ``installed`` has its ``requirement``; ``local`` (beside the notebook, or installed in place
    for development) has its ``path``: the module's file, or its top-level package's folder.
    """

    module: str
    kind: Literal["stdlib", "installed", "local", "missing"]
    requirement: Requirement | None = None
    path: Path | None = None

    @property
    def top(self) -> str:
        return self.module.partition(".")[0]


class ModuleIndex:
    """Looks modules up, each once. It imports nothing."""

    def __init__(self) -> None:
        self._homes: dict[str, ModuleHome] = {}
        self._site_folders = _site_folders()

    def find(self, module: str) -> ModuleHome:
        """``module`` may be dotted: distributions can share a top-level package."""
        if module not in self._homes:
            self._homes[module] = self._look_up(module)
        return self._homes[module]

    def _look_up(self, module: str) -> ModuleHome:
        top = module.partition(".")[0]
        if top in sys.stdlib_module_names:
            return ModuleHome(module, "stdlib")
        file = _file_of(module) or _file_of(top)
        if file is None:
            return ModuleHome(module, "missing")
        for folder in file.parents:
            if folder in self._site_folders or folder.name in ("site-packages", "dist-packages"):
                found = _distribution(folder, file, top)
                if found is not None:
                    version = found.version
                    return ModuleHome(
                        module, "installed", Requirement(found.metadata["Name"], version, module)
                    )
        return ModuleHome(module, "local", path=_top_path(file, module))


def _site_folders() -> frozenset[Path]:
    paths = sysconfig.get_paths()
    folders = {paths["purelib"], paths["platlib"], *site.getsitepackages()}
    folders.add(site.getusersitepackages())
    return frozenset(Path(folder) for folder in folders)


def _file_of(module: str) -> Path | None:
    """The module's file, or the folder of a package without ``__init__.py``."""
    loaded = sys.modules.get(module)
    spec = getattr(loaded, "__spec__", None)
    if spec is None and loaded is None and "." not in module:
        try:
            spec = importlib.util.find_spec(module)
        except (ImportError, ValueError):
            return None
    if spec is None:
        return None
    if spec.has_location and spec.origin:
        return Path(spec.origin).absolute()
    for folder in spec.submodule_search_locations or ():
        return Path(folder).absolute()
    return None


def _top_path(file: Path, module: str) -> Path:
    """The file of a plain module; for a package, the folder that bears the top-level name."""
    top = module.partition(".")[0]
    for folder in (file, *file.parents):
        if folder.name == top:
            return folder
    return file


def _distribution(folder: Path, file: Path, top: str) -> importlib.metadata.Distribution | None:
    relative = file.relative_to(folder).as_posix()
    for info in _likely_first(folder, top):
        if _records(info, relative):
            return importlib.metadata.Distribution.at(info)
    # Distributions that old tools installed have no RECORD.
    for name in importlib.metadata.packages_distributions().get(top, ()):
        return importlib.metadata.distribution(name)
    return None


def _likely_first(folder: Path, top: str) -> Iterator[Path]:
    """The metadata folders, that of the distribution named like the module before the others."""
    infos = sorted(folder.glob("*.dist-info"))
    same = [info for info in infos if _normal(info.name.partition("-")[0]) == _normal(top)]
    yield from same
    yield from (info for info in infos if info not in same)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _records(info: Path, relative: str) -> bool:
    """Whether the distribution's RECORD lists the file (or, for a folder, something in it)."""
    try:
        record = b"\n" + (info / "RECORD").read_bytes()
    except OSError:
        return False
    name = b"\n" + relative.encode()
    return name + b"," in record or name + b"/" in record
