"""The files of the wheels for a package, by distribution, and their description as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Distribution:
    """A distribution in the package, with the ``paths`` (folders or files) that it owns.

    ``size`` is the size of its files in bytes, before compression.
    """

    name: str
    version: str
    paths: tuple[str, ...]
    size: int

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "version": self.version,
            "size": self.size,
            "paths": list(self.paths),
        }


@dataclass(frozen=True)
class ReplacedVersion:
    """A replaced version: ``wanted`` has no wheel for the target, so ``taken`` is packaged."""

    name: str
    wanted: str
    taken: str

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "wanted": self.wanted, "taken": self.taken}


@dataclass(frozen=True)
class Vendored:
    """The distributions for one Python (``3.11``) and one platform, with their files by path."""

    python: str
    platform: str
    distributions: tuple[Distribution, ...]
    files: Mapping[str, bytes] = field(repr=False)
    replaced: tuple[ReplacedVersion, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the field ``vendored`` of the manifest: everything except the files."""
        shown: dict[str, Any] = {
            "python": self.python,
            "platform": self.platform,
            "distributions": [each.to_json() for each in self.distributions],
        }
        if self.replaced:
            shown["replaced"] = [each.to_json() for each in self.replaced]
        return shown

    @classmethod
    def from_json(cls, data: Mapping[str, Any], files: Mapping[str, bytes]) -> Vendored:
        """Read the result of ``to_json``. Raises KeyError or TypeError for anything else."""
        return cls(
            python=data["python"],
            platform=data["platform"],
            distributions=tuple(
                Distribution(each["name"], each["version"], tuple(each["paths"]), each["size"])
                for each in data["distributions"]
            ),
            files=files,
            replaced=tuple(ReplacedVersion(**each) for each in data.get("replaced", ())),
        )
