"""Environments in which a library is really missing, or that have one that is too large for all.

They hold hard links to the files of the environment of the tests, so that one takes a few seconds
and little space, and what is installed in it does not change the others.
"""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from importlib import metadata
from pathlib import Path

from tests.clients.helpers.cache import installed
from tests.clients.helpers.terminal import tool
from tests.serialization.helpers.frameworks import TORCH, environment_with

_WITH = {"torch": TORCH, "dask": ("dask[dataframe]",)}


def interpreter(environment: str) -> str:
    """The interpreter for ``without pillow,pip``, ``with torch``, or, if empty, this one."""
    word, _, names = environment.partition(" ")
    if names.startswith("torch-"):
        # As "with torch", and without what follows.
        return str(_environment_without(names.split("-")[1:], Path(interpreter("with torch"))))
    if not word:
        return sys.executable
    if word == "with":
        return str(environment_with(names, *_WITH[names]))
    return str(_environment_without(names.split(",")))


def _environment_without(names: list[str], base: Path | None = None) -> Path:
    """Make an environment with all that this one, or that of ``base``, has, except ``names``."""
    purelib = Path(sysconfig.get_path("purelib"))
    if base is not None:
        (purelib,) = base.parents[1].glob("lib/python*/site-packages")

    def install(folder: Path) -> None:
        tool(sys.executable, "-m", "venv", folder, cwd=folder.parent)
        (site,) = folder.glob("lib/python*/site-packages")
        left_out = {entry for name in names for entry in _entries(name, purelib)}
        if "pip" in names:
            shutil.rmtree(site)
            site.mkdir()
        for entry in purelib.iterdir():
            target = site / entry.name
            if entry.name in left_out or entry.name == "__pycache__" or target.exists():
                continue
            if entry.is_dir():
                shutil.copytree(entry, target, symlinks=True, copy_function=_link)
            else:
                _link(str(entry), str(target))

    # The folder is made for each run, because a case installs what is missing.
    contents = "\n".join((sys.version, str(purelib), *names, str(os.getpid())))
    return installed(f"without-{'-'.join(names)}", contents, install) / "bin" / "python"


def _entries(name: str, purelib: Path) -> set[str]:
    """The entries of site-packages that a distribution consists of; none if it is not installed."""
    found = metadata.distributions(name=name, path=[str(purelib)])
    files = [file for one in found for file in one.files or ()]
    return {file.parts[0] for file in files if file.parts[0] != ".."}


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy2(source, target)
