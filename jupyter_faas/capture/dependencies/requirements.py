"""Find the installed distribution of a module; read ``--require``."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import re
import site
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from packaging.requirements import InvalidRequirement
from packaging.requirements import Requirement as Spec
from packaging.utils import canonicalize_name

from jupyter_faas.errors import CaptureError


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
class ModuleLocation:
    """The origin of a module: standard library, a distribution, the user's own file, or missing.

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
        self._homes: dict[str, ModuleLocation] = {}
        self._site_folders = _site_folders()

    def find(self, module: str) -> ModuleLocation:
        """``module`` may be dotted: distributions can share a top-level package."""
        if module not in self._homes:
            self._homes[module] = self._locate(module)
        return self._homes[module]

    def _locate(self, module: str) -> ModuleLocation:
        top = module.partition(".")[0]
        if top in sys.stdlib_module_names:
            return ModuleLocation(module, "stdlib")
        file = _file_of(module) or _file_of(top)
        if file is None:
            return ModuleLocation(module, "missing")
        for folder in file.parents:
            if folder in self._site_folders or folder.name in ("site-packages", "dist-packages"):
                found = _distribution(folder, file, top)
                if found is not None:
                    version = found.version
                    return ModuleLocation(
                        module, "installed", Requirement(found.metadata["Name"], version, module)
                    )
        return ModuleLocation(module, "local", path=_top_path(file, module))


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
    for info in _candidate_folders(folder, top):
        if _lists_file(info, relative):
            return importlib.metadata.Distribution.at(info)
    # Distributions that old tools installed have no RECORD.
    for name in importlib.metadata.packages_distributions().get(top, ()):
        return importlib.metadata.distribution(name)
    return None


def _candidate_folders(folder: Path, top: str) -> Iterator[Path]:
    """The metadata folders, that of the distribution named like the module before the others."""
    infos = sorted(folder.glob("*.dist-info"))
    same = [info for info in infos if _normalized(info.name.partition("-")[0]) == _normalized(top)]
    yield from same
    yield from (info for info in infos if info not in same)


def _normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _lists_file(info: Path, relative: str) -> bool:
    """Whether the distribution's RECORD lists the file (or, for a folder, something in it)."""
    try:
        record = b"\n" + (info / "RECORD").read_bytes()
    except OSError:
        return False
    name = b"\n" + relative.encode()
    return name + b"," in record or name + b"/" in record


# Distributions that ``--require`` names, for what no import statement names


def read_required(texts: Sequence[str]) -> list[Requirement]:
    """The installed distributions of ``openpyxl`` or ``pandas[excel]``, pinned.

    An extra is replaced by what it adds, each by its name: hosts that check requirements know no
    extras. Raises CaptureError for what is not installed, has no such extra, or lies on no index.
    """
    return [one for text in texts for one in _read(text)]


def _read(text: str) -> Iterator[Requirement]:
    try:
        spec = Spec(text)
    except InvalidRequirement:
        raise CaptureError(
            f"--require {text}: that is no requirement.",
            hint="Write a distribution's name, with extras or without: openpyxl, pandas[excel].",
        ) from None
    found = _installed(spec.name, f"--require {text}: {spec.name}")
    if spec.specifier and not spec.specifier.contains(found.version, prereleases=True):
        raise CaptureError(
            f"--require {text}: {spec.name} {found.version} is installed here.",
            hint="Install a version that fits; what is installed here is what travels.",
        )
    why = f"given by --require {text}"
    yield Requirement(found.metadata["Name"], found.version, spec.name, why)
    known = {canonicalize_name(one) for one in found.metadata.get_all("Provides-Extra") or ()}
    for extra in sorted(spec.extras):
        if canonicalize_name(extra) not in known:
            raise CaptureError(
                f"--require {text}: {spec.name} has no extra {extra}.",
                hint=f"It has {', '.join(sorted(known))}." if known else "It has none at all.",
            )
        for needed in _added_by(found, extra):
            what = f"--require {text}: {needed.name}, which the extra {extra} adds,"
            one = _installed(needed.name, what)
            yield Requirement(one.metadata["Name"], one.version, needed.name, why)


def _added_by(found: importlib.metadata.Distribution, extra: str) -> Iterator[Spec]:
    for text in found.requires or ():
        spec = Spec(text)
        if spec.marker is None or spec.marker.evaluate({"extra": ""}):
            continue
        if spec.marker.evaluate({"extra": extra}):
            yield spec


def _installed(name: str, what: str) -> importlib.metadata.Distribution:
    try:
        found = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        raise CaptureError(
            f"{what} is not installed here.", hint=f"Install it: pip install {name}"
        ) from None
    origin = json.loads(found.read_text("direct_url.json") or "{}")
    if origin.get("dir_info", {}).get("editable"):
        raise CaptureError(
            f"{what} is installed in place, for development, and no index has it.",
            hint="Leave it out: its modules travel as files when the cell imports them.",
        )
    return found
