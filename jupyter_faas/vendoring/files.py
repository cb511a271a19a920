"""Data classes for vendored distributions and their files, with conversion to and from JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Distribution:
    """A vendored distribution.

    ``paths`` are the directories and files that no other distribution shares. ``size`` is the
    uncompressed size of its files in bytes.
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
    """A distribution whose version ``taken`` is packaged instead of the pinned version ``wanted``.

    Versions are replaced when a pinned version has no wheel for the target.
    """

    name: str
    wanted: str
    taken: str

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "wanted": self.wanted, "taken": self.taken}


@dataclass(frozen=True)
class ProvidedVersion:
    """A distribution that the target's image contains, in ``version``, and that does not travel.

    ``wanted`` is the pinned version, or an empty string for a dependency, which is not pinned.
    """

    name: str
    wanted: str
    version: str

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "wanted": self.wanted, "version": self.version}


@dataclass(frozen=True)
class Vendored:
    """The vendored distributions for one Python version and platform.

    ``files`` maps paths to file contents. ``provided`` lists the distributions that are needed but
    left out, because the target has them.
    """

    python: str
    platform: str
    distributions: tuple[Distribution, ...]
    files: Mapping[str, bytes] = field(repr=False)
    replaced: tuple[ReplacedVersion, ...] = ()
    provided: tuple[ProvidedVersion, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the manifest's ``vendored`` field, which describes everything but the contents."""
        shown: dict[str, Any] = {
            "python": self.python,
            "platform": self.platform,
            "distributions": [each.to_json() for each in self.distributions],
        }
        if self.replaced:
            shown["replaced"] = [each.to_json() for each in self.replaced]
        if self.provided:
            shown["provided"] = [each.to_json() for each in self.provided]
        return shown

    @classmethod
    def from_json(cls, data: Mapping[str, Any], files: Mapping[str, bytes]) -> Vendored:
        """Create an instance from the result of ``to_json`` and the file contents.

        Raises KeyError or TypeError if ``data`` is malformed.
        """
        return cls(
            python=data["python"],
            platform=data["platform"],
            distributions=tuple(
                Distribution(each["name"], each["version"], tuple(each["paths"]), each["size"])
                for each in data["distributions"]
            ),
            files=files,
            replaced=tuple(ReplacedVersion(**each) for each in data.get("replaced", ())),
            provided=tuple(ProvidedVersion(**each) for each in data.get("provided", ())),
        )
