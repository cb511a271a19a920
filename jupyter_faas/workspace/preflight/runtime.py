"""Preflight checks of kind and Python version against a target's runtimes."""

from __future__ import annotations

import ast
import shutil
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from jupyter_faas.errors import KindNotSupported
from jupyter_faas.whisk import resolve_kind
from jupyter_faas.whisk.kinds import runtimes_with_python
from jupyter_faas.whisk.runtime_images import runtime_image
from jupyter_faas.workspace.preflight.report import Check
from jupyter_faas.workspace.settings import PLAYGROUND
from jupyter_faas.workspace.targets.kind_images import kind_python

if TYPE_CHECKING:
    from jupyter_faas.bundle import Bundle, PackageRecord
    from jupyter_faas.whisk.kinds import Runtime, Runtimes
    from jupyter_faas.workspace.targets.capabilities import TargetCapabilities

# The modules of shipped/action run on this version of Python 3 and later.
_OLDEST_MINOR = 9
_OWN_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


def runtime_checks(
    record: PackageRecord, bundle: Bundle, target: TargetCapabilities
) -> Iterator[Check]:
    """Check that the target has the kind and that its Python version can run the code.

    For a package with an image, only the Python version is checked.
    """
    if record.image:
        yield Check(
            "Image", record.image, "the function runs in it; the host must be able to pull it"
        )
        yield from _python(record.kind, kind_python(record.kind, target), bundle)
        return
    runtimes = _runtimes(target)
    # The host did not respond, so its kinds are unknown. The host checks the kind on upload.
    if runtimes is None:
        yield Check("Kind", record.kind, "checked when you deploy")
        yield from _python(record.kind, kind_python(record.kind, target), bundle)
        return
    try:
        resolved = resolve_kind(record.kind, runtimes)
    except KindNotSupported:
        nearest = nearest_python(record.kind, runtimes)
        family = record.kind.partition(":")[0]
        kinds = [_named(each) for each in runtimes.get(family) or runtimes.get("python", ())]
        yield Check(
            "Kind",
            record.kind,
            "not available on this target",
            ok=False,
            says=f"it does not have the kind {record.kind}",
            hint=f"{target.label} has {', '.join(kinds) or 'no Python kind'}.",
            fix=f"--kind {nearest}" if nearest else "",
        )
        return
    family, _, version = resolved.partition(":")
    here = (
        family != "python"
        or version == _OWN_VERSION
        or shutil.which(f"python{version}") is not None
    )
    if target.name == PLAYGROUND and not here:
        # The playground lists all OpenWhisk kinds but needs their Python versions on this machine.
        yield Check(
            "Kind",
            record.kind,
            f"there is no python{version} on this machine",
            ok=False,
            says=f"there is no python{version} on this machine",
            fix=f"--kind python:{_OWN_VERSION}",
        )
        return
    yield Check("Kind", record.kind, "available on this target")
    yield from _python(resolved, kind_python(record.kind, target), bundle)


def _runtimes(target: TargetCapabilities) -> Runtimes | None:
    if target.info is not None:
        return target.info.runtimes
    # Once started, the playground will have the kind of the running Python version.
    return runtimes_with_python(_OWN_VERSION) if target.name == PLAYGROUND else None


def _named(runtime: Runtime) -> str:
    """Return a kind, with the Python version of its image if the kind's name does not tell it."""
    image = runtime_image(runtime.kind, runtime.image)
    hidden = image is not None and not runtime.kind.endswith(f":{image.python}")
    return f"{runtime.kind} (Python {image.python})" if image and hidden else runtime.kind


def python_kinds(runtimes: Runtimes) -> list[str]:
    """Return the Python kinds of a host."""
    return [each.kind for each in runtimes.get("python", ())]


def nearest_python(kind: str, runtimes: Runtimes) -> str:
    """Return the Python kind whose version is nearest to ``kind``.

    If two versions are equally near, return the older version. Return an empty string if ``kind``
    has no Python 3 version or the host has no Python kind.
    """
    wanted = minor_of(kind)
    found = [(minor, each) for each in python_kinds(runtimes) if (minor := minor_of(each))]
    if wanted is None or not found:
        return ""
    return min(found, key=lambda pair: (abs(pair[0] - wanted), pair[0]))[1]


def minor_of(kind: str) -> int | None:
    """Return the minor version of a Python 3 kind or version, or None for any other text.

    It is 11 for ``python:3.11`` and for ``3.11.7``.
    """
    parts = kind.removeprefix("python:").split(".")
    return int(parts[1]) if len(parts) > 1 and parts[0] == "3" and parts[1].isdigit() else None


def _python(kind: str, python: str, bundle: Bundle) -> Iterator[Check]:
    """Compare the notebook's Python version with ``python``, the version of ``kind``.

    Yields nothing if they match or if one is unknown.
    """
    packaged, runs = minor_of(bundle.manifest.python), minor_of(python)
    if packaged is None or runs is None or packaged == runs:
        return
    value = f"3.{runs}"
    if runs < _OLDEST_MINOR:
        yield Check(
            "Python",
            value,
            f"in {kind}; packages need Python 3.{_OLDEST_MINOR} or newer",
            ok=False,
            says=f"its {kind} has Python {value}, but packages need Python 3.{_OLDEST_MINOR} or "
            "newer",
            hint="Ask the operator for a newer Python kind, or use an image with a newer Python: "
            "--image NAME",
        )
        return
    # Newer Python versions can parse nearly all older code, so only older versions are checked.
    location = newer_syntax(bundle, runs) if runs < packaged else ""
    if location:
        yield Check(
            "Python",
            value,
            f"packaged with 3.{packaged}",
            ok=False,
            says=f"{location} does not work in Python {value}",
            hint=f"Use the syntax of Python {value}, or choose a newer kind with --kind.",
        )
        return
    yield Check(
        "Python",
        value,
        f"packaged with 3.{packaged}; results may differ between the versions",
        warn=True,
        says=f"it runs on Python {value}, but was packaged with 3.{packaged}",
    )


def newer_syntax(bundle: Bundle, minor: int) -> str:
    """Return where the code uses syntax that is newer than Python ``3.minor``.

    The result is text such as ``function.py, line 3,``, or an empty string. Only syntax that
    ``ast.parse`` distinguishes by version is found: ``match``, ``except*`` and type parameters.
    """
    for path, data in bundle.readable().items():
        if not path.endswith(".py"):
            continue
        try:
            ast.parse(data, path, feature_version=(3, minor))
        except SyntaxError as error:
            return f"{path}, line {error.lineno},"
    return ""
