"""``Vendored``: the files of wheels that were fetched for a package, by distribution."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Distribution:
    """``name`` and ``version`` of what travels, and the ``paths`` (folders or files) it owns.

    ``size`` is that of its files in bytes, before they are compressed.
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
    """A version that the notebook has and that has no wheel for the target's Python."""

    name: str
    wanted: str
    taken: str

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "wanted": self.wanted, "taken": self.taken}


@dataclass(frozen=True)
class Vendored:
    """The distributions for one Python (``3.11``) on one platform, with their files by path."""

    python: str
    platform: str
    distributions: tuple[Distribution, ...]
    files: Mapping[str, bytes] = field(repr=False)
    replaced: tuple[ReplacedVersion, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The manifest's field ``vendored``: all but the files."""
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
        """Read what ``to_json`` returned. KeyError or TypeError for anything else."""
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
