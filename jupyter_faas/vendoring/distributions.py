"""The distributions in an installation directory: their files and requirements."""

from __future__ import annotations

import csv
import email.parser
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name


@dataclass(frozen=True)
class InstalledDistribution:
    """A distribution in an installation directory.

    ``paths`` are the paths of its files, relative to that directory. ``required`` contains the
    canonical names of the distributions that it depends on.
    """

    name: str
    version: str
    paths: tuple[str, ...]
    required: frozenset[str]


def read_folder(folder: Path, python: str) -> dict[str, InstalledDistribution]:
    """Return the distributions in ``folder`` by canonical name.

    Environment markers are evaluated for the Python version ``python``, such as ``3.11``.
    """
    found = (_read(info, folder, python) for info in sorted(folder.glob("*.dist-info")))
    return {each.name: each for each in found}


def _read(info: Path, folder: Path, python: str) -> InstalledDistribution:
    metadata = email.parser.HeaderParser().parsestr(
        (info / "METADATA").read_text("utf-8", "replace")
    )
    with (info / "RECORD").open(encoding="utf-8", newline="") as file:
        paths = {row[0] for row in csv.reader(file) if row}
    return InstalledDistribution(
        name=canonicalize_name(metadata["Name"]),
        version=metadata["Version"],
        # Scripts are installed outside the directory. Their paths begin with ``..``.
        paths=tuple(
            sorted(p for p in paths if not p.startswith(("..", "/")) and (folder / p).is_file())
        ),
        required=frozenset(_required(metadata.get_all("Requires-Dist") or (), python)),
    )


def _required(lines: Iterable[str], python: str) -> Iterable[str]:
    # Markers must be evaluated for the target, because this machine may be a Mac.
    environment = {
        **{key: str(value) for key, value in default_environment().items()},
        "extra": "",
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "platform_machine": "x86_64",
        "os_name": "posix",
    }
    for line in lines:
        # Old distributions may have requirements with an invalid syntax. They can be skipped,
        # because the installer has already resolved them.
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue
        if requirement.marker is None or requirement.marker.evaluate(environment):
            yield canonicalize_name(requirement.name)
