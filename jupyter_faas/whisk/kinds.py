"""Runtime kinds: the kinds that hosts advertise, and the resolution of aliases."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from jupyter_faas.errors import KindNotSupported

# Some clients still send these kinds, whose versions no longer exist. Actions with such a kind run
# on the current default of the family.
ALIASES = MappingProxyType(
    {
        "python:2": "python",
        "python:3": "python",
        "nodejs:6": "nodejs",
        "nodejs:8": "nodejs",
        "nodejs:10": "nodejs",
        "nodejs:12": "nodejs",
        "nodejs:14": "nodejs",
        "nodejs:16": "nodejs",
    }
)

# The kind of an action that specifies its own container image.
BLACKBOX = "blackbox"
# The kinds that need no runtime of their own.
_WITHOUT_RUNTIME = (BLACKBOX, "sequence")

# Python versions that the machine may have in addition to the version that runs the playground.
PYTHON_VERSIONS = ("3.9", "3.10", "3.11", "3.12", "3.13", "3.14")


_PYTHON_KIND = re.compile(r"python:3(?:\.(?=\d)|(?=\d\d))(\d+)[a-z]*")
_PYTHON_IMAGE = re.compile(r"[-:]v(3\.\d+)(?![\d.])")


class Runtime(NamedTuple):
    """A runtime kind and its container image."""

    kind: str
    image: str
    default: bool = False
    require_main: bool = False

    @property
    def family(self) -> str:
        return self.kind.partition(":")[0]

    @property
    def python(self) -> str:
        """The Python version of a Python kind, such as ``3.12``, or an empty string if unknown.

        It is in the kind, or in the name of the image: ``python:3`` is Python 3.7 or 3.12 depending
        on the host. ``python:310``, a kind of OpenServerless, is Python 3.10.
        """
        if self.family != "python":
            return ""
        named = _PYTHON_KIND.fullmatch(self.kind)
        if named:
            return f"3.{named[1]}"
        imaged = _PYTHON_IMAGE.search(self.image)
        return imaged[1] if imaged else ""

    def to_json(self) -> dict[str, Any]:
        """Return the entry for this kind in the response to ``GET /``."""
        return {
            "kind": self.kind,
            "image": self.image,
            "default": self.default,
            "deprecated": False,
            "attached": True,
            "requireMain": self.require_main,
        }


Runtimes = Mapping[str, tuple[Runtime, ...]]


def _upstream(
    kind: str, image: str, *, default: bool = False, require_main: bool = False
) -> Runtime:
    return Runtime(kind, f"openwhisk/{image}:nightly", default, require_main)


# The kinds in Apache OpenWhisk's current runtimes manifest (contract §2.1), by family. They are all
# listed, because wskdeploy rejects a manifest with a kind that the host does not advertise.
RUNTIMES: Runtimes = MappingProxyType(
    {
        "nodejs": (
            _upstream("nodejs:18", "action-nodejs-v18"),
            _upstream("nodejs:20", "action-nodejs-v20", default=True),
        ),
        "python": (
            _upstream("python:3.10", "action-python-v3.10", default=True),
            _upstream("python:3.11", "action-python-v3.11"),
        ),
        "swift": (
            _upstream("swift:5.3", "action-swift-v5.3", default=True),
            _upstream("swift:5.7", "action-swift-v5.7"),
        ),
        "java": (_upstream("java:8", "java8action", default=True, require_main=True),),
        "php": (_upstream("php:8.1", "action-php-v8.1", default=True),),
        "ruby": (_upstream("ruby:2.5", "action-ruby-v2.5", default=True),),
        "go": (_upstream("go:1.20", "action-golang-v1.20", default=True),),
        "dotnet": (
            _upstream("dotnet:3.1", "action-dotnet-v3.1", default=True, require_main=True),
            _upstream("dotnet:6.0", "action-dotnet-v6.0", require_main=True),
        ),
        "rust": (_upstream("rust:1.34", "action-rust-v1.34", default=True),),
    }
)


def runtimes_with_python(version: str) -> Runtimes:
    """Return RUNTIMES with ``version``, such as ``3.11``, as the default Python version.

    The result also contains the other versions in PYTHON_VERSIONS. Actions of these kinds run if
    the machine has the interpreter.
    """
    versions = sorted({*PYTHON_VERSIONS, version}, key=lambda text: int(text.split(".")[1]))
    python = tuple(
        _upstream(f"python:{each}", f"action-python-v{each}", default=each == version)
        for each in versions
    )
    return MappingProxyType({**RUNTIMES, "python": python})


def with_node(runtimes: Runtimes, major: int) -> Runtimes:
    """Return ``runtimes`` with the newest kind that Node.js ``major`` can run as Node's default.

    If ``major`` is older than all Node.js kinds, ``runtimes`` is returned unchanged.
    """
    versions = [int(each.kind.partition(":")[2]) for each in runtimes["nodejs"]]
    fit = [version for version in versions if version <= major]
    if not fit:
        return runtimes
    node = tuple(
        each._replace(default=each.kind == f"nodejs:{max(fit)}") for each in runtimes["nodejs"]
    )
    return MappingProxyType({**runtimes, "nodejs": node})


def runtimes_json(runtimes: Runtimes = RUNTIMES) -> dict[str, list[dict[str, Any]]]:
    """Return the ``runtimes`` field of the response to ``GET /``."""
    return {family: [each.to_json() for each in kinds] for family, kinds in runtimes.items()}


def runtimes_from_info(runtimes: Mapping[str, Any]) -> Runtimes:
    """Parse the runtimes that a host advertises at ``GET /``. Missing flags count as false."""
    return MappingProxyType(
        {
            family: tuple(
                Runtime(
                    kind=str(each["kind"]),
                    image=str(each.get("image", "")),
                    default=bool(each.get("default", False)),
                    require_main=bool(each.get("requireMain", False)),
                )
                for each in kinds
            )
            for family, kinds in runtimes.items()
        }
    )


def resolve_kind(kind: str, runtimes: Runtimes = RUNTIMES) -> str:
    """Resolve ``kind`` to the kind that is stored, such as ``python:3.10`` for ``Python:default``.

    The case and spaces around it are ignored. ``family:default`` stands for the default kind of a
    family, and ALIASES are replaced. Raises KindNotSupported with OpenWhisk's message, which lists
    the valid kinds.
    """
    wanted = kind.strip().lower()
    known = [each for family in runtimes.values() for each in family]
    known_kinds = [each.kind for each in known]
    if wanted in known_kinds:
        return wanted
    family, _, version = wanted.partition(":")
    family = family if version == "default" else ALIASES.get(wanted, "")
    for each in runtimes.get(family, ()):
        if each.default:
            return each.kind
    valid = ", ".join(f"'{each}'" for each in sorted({*_WITHOUT_RUNTIME, *known_kinds}))
    raise KindNotSupported(
        f"The specified runtime '{wanted}' is not supported by this platform. "
        f"Valid values are: {valid}."
    )
