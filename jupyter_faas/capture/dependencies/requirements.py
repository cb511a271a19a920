"""Lookup of the installed distributions for modules and for ``--require`` options."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
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

# What follows the name of a distribution in a requirement.
_AFTER_NAME = re.compile(r"[^\w.-].*", re.DOTALL)


@dataclass(frozen=True)
class Requirement:
    """An installed distribution, such as ``scikit-learn`` ``1.9.1``, and the module to import.

    ``why`` is the reason for the requirement, as shown on the card. Comparisons ignore ``why``.
    """

    distribution: str
    version: str
    module: str
    why: str = field(default="", compare=False)


@dataclass(frozen=True)
class ModuleLocation:
    """The origin of a module: standard library, a distribution, the user's own file, or missing.

    An ``installed`` module has a ``requirement``. A ``local`` module, which is next to the notebook
    or in an editable install, has a ``path``: the module's file, or the directory of its top-level
    package.
    """

    module: str
    kind: Literal["stdlib", "installed", "local", "missing"]
    requirement: Requirement | None = None
    path: Path | None = None

    @property
    def top(self) -> str:
        return self.module.partition(".")[0]


class ModuleIndex:
    """A cache of module locations, which finds modules without importing them."""

    def __init__(self) -> None:
        self._homes: dict[str, ModuleLocation] = {}
        self._site_folders = _site_folders()

    def find(self, module: str) -> ModuleLocation:
        """Return the location of ``module``, which may be a dotted name."""
        # The full name is the key, because several distributions can share a top-level package,
        # such as ``google``.
        if module not in self._homes:
            self._homes[module] = self._locate(module)
        return self._homes[module]

    def _locate(self, module: str) -> ModuleLocation:
        top = module.partition(".")[0]
        if top in sys.stdlib_module_names:
            return ModuleLocation(module, "stdlib")
        # A submodule that is not loaded yet cannot be found without importing its parent.
        file = _file_of(module) or _file_of(top)
        if file is None:
            return ModuleLocation(module, "missing")
        for folder in file.parents:
            # The directory names cover environments that the interpreter does not list, such as an
            # environment that was added to ``sys.path``.
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
    """Return the module's file, or the directory of a package without ``__init__.py``.

    Returns None for a module that is not found and for a submodule that is not loaded.
    """
    loaded = sys.modules.get(module)
    spec = getattr(loaded, "__spec__", None)
    if spec is None and loaded is None and "." not in module:
        # For a dotted name, find_spec would import the parent package and thus run its code.
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
    """Return the directory of a module's top-level package, or ``file`` if there is none."""
    top = module.partition(".")[0]
    for folder in (file, *file.parents):
        if folder.name == top:
            return folder
    return file


def _distribution(folder: Path, file: Path, top: str) -> importlib.metadata.Distribution | None:
    # The RECORD is used because names may differ: cv2 belongs to opencv-python, and sklearn to
    # scikit-learn.
    relative = file.relative_to(folder).as_posix()
    for info in _candidate_folders(folder, top):
        if _lists_file(info, relative):
            return importlib.metadata.Distribution.at(info)
    # Old installers did not write a RECORD. This second search is slow, because it reads all
    # metadata.
    for name in importlib.metadata.packages_distributions().get(top, ()):
        return importlib.metadata.distribution(name)
    return None


# Common modules whose distribution has another name. Without them, the RECORD of each distribution
# would be read.
_OTHER_NAMES = {
    "PIL": "pillow",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "imblearn": "imbalanced-learn",
    "jwt": "pyjwt",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}


def distribution_of(module: str) -> str:
    """Return the distribution that probably has a module that is not installed."""
    top = module.partition(".")[0]
    return _OTHER_NAMES.get(top, top)


def _candidate_folders(folder: Path, top: str) -> Iterator[Path]:
    """Yield the metadata directories, starting with distributions that have the module's name."""
    try:
        infos = sorted(name for name in os.listdir(folder) if name.endswith(".dist-info"))
    except OSError:  # a module in an archive
        return
    names = {_normalized(name) for name in (top, _OTHER_NAMES.get(top, top))}
    same = [info for info in infos if _normalized(info.partition("-")[0]) in names]
    yield from (folder / info for info in same)
    yield from (folder / info for info in infos if info not in same)


def _normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _lists_file(info: Path, relative: str) -> bool:
    """Return whether the distribution's RECORD lists ``relative`` or a file inside it."""
    # The bytes are searched directly, because parsing every RECORD as CSV would be slow.
    try:
        record = b"\n" + (info / "RECORD").read_bytes()
    except OSError:
        return False
    name = b"\n" + relative.encode()
    return name + b"," in record or name + b"/" in record


# The following functions handle distributions that ``--require`` names.


def read_required(texts: Sequence[str]) -> list[Requirement]:
    """Return pinned requirements for options such as ``openpyxl`` or ``pandas[excel]``.

    An extra is replaced by the distributions that it adds, because hosts that check requirements do
    not support extras. Raises CaptureError for a distribution that is not installed or does not
    have the extra, and for an editable install, which is not available from a package index.
    """
    return [one for text in texts for one in _read(text)]


def _read(text: str) -> Iterator[Requirement]:
    try:
        spec = Spec(text)
    except InvalidRequirement:
        raise CaptureError(
            f"--require {text} is not a valid requirement.",
            hint=f"Write --require {_AFTER_NAME.sub('', text) or 'openpyxl'} instead of --require "
            f"{text}.",
        ) from None
    found = _installed(spec.name, f"--require {text}: {spec.name}")
    if spec.specifier and not spec.specifier.contains(found.version, prereleases=True):
        raise CaptureError(
            f"--require {text} does not match the installed version, {spec.name} {found.version}.",
            hint=f"Write --require {spec.name} instead of --require {text}.",
        )
    why = f"added by --require {text}"
    yield Requirement(found.metadata["Name"], found.version, spec.name, why)
    known = {canonicalize_name(one) for one in found.metadata.get_all("Provides-Extra") or ()}
    for extra in sorted(spec.extras):
        if canonicalize_name(extra) not in known:
            others = f" {spec.name} has these extras: {', '.join(sorted(known))}" if known else ""
            raise CaptureError(
                f"--require {text}: {spec.name} does not have an extra named {extra}.",
                hint=f"Write --require {spec.name} instead of --require {text}.{others}",
            )
        for needed in _added_by(found, extra):
            what = f"--require {text}: {needed.name}, which the extra {extra} adds,"
            one = _installed(needed.name, what)
            yield Requirement(one.metadata["Name"], one.version, needed.name, why)


def _added_by(found: importlib.metadata.Distribution, extra: str) -> Iterator[Spec]:
    for text in found.requires or ():
        spec = Spec(text)
        # This distribution is also required without the extra, so pip installs it anyway.
        if spec.marker is None or spec.marker.evaluate({"extra": ""}):
            continue
        if spec.marker.evaluate({"extra": extra}):
            yield spec


def _installed(name: str, what: str) -> importlib.metadata.Distribution:
    try:
        found = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        raise CaptureError(
            f"{what} is not installed here.", hint=f"Install it in a cell: %pip install {name}"
        ) from None
    # According to PEP 610, installers write this file for distributions that do not come from an
    # index.
    origin = json.loads(found.read_text("direct_url.json") or "{}")
    if origin.get("dir_info", {}).get("editable"):
        raise CaptureError(
            f"{what} is an editable installation, which is not available from a package index.",
            hint=f"Leave --require {name} out: its modules are packaged as files when the cell "
            "imports them.",
        )
    return found
