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
from jupyter_faas.workspace.preflight.remedies import run_in_an_image
from jupyter_faas.workspace.preflight.report import NOT_CHECKED, Check
from jupyter_faas.workspace.settings import PLAYGROUND, this_kind
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

    What an image contains is not known, so nothing is checked for a package with an image.
    """
    if record.image:
        yield Check(
            "Image", record.image, "the function runs in it; the host must be able to pull it"
        )
        return
    runtimes = _runtimes(target)
    # The host did not respond, so its kinds are unknown. The host checks the kind on upload.
    if runtimes is None:
        yield Check("Kind", record.kind, NOT_CHECKED, unknown=True)
        yield from _python(record, record.kind, target, bundle)
        return
    try:
        resolved = resolve_kind(record.kind, runtimes)
    except KindNotSupported:
        better = kind_instead(record.kind, target)
        family = record.kind.partition(":")[0]
        kinds = [_named(each) for each in runtimes.get(family) or runtimes.get("python", ())]
        there = f"{target.label} has {', '.join(kinds)}." if kinds else ""
        yield Check(
            "Kind",
            record.kind,
            "not available on this target",
            ok=False,
            says=f"the target does not have the kind {record.kind}",
            hint=there if better else " ".join(filter(None, (there, run_in_an_image(bundle)))),
            fix=f"--kind {better}" if better else "",
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
    yield from _python(record, resolved, target, bundle)


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


def kind_instead(kind: str, target: TargetCapabilities) -> str:
    """Return the kind of the target to use instead of ``kind``, which it lacks.

    Returns an empty string if the target has no kind of this language that packages can use.
    """
    runtimes = _runtimes(target) or {}
    family = kind.partition(":")[0]
    if family != "python" and family in runtimes:
        return runtimes[family][-1].kind
    usable = [
        each
        for each in runtimes.get("python", ())
        if (minor_of(kind_python(each.kind, target)) or _OLDEST_MINOR) >= _OLDEST_MINOR
    ]
    if not usable:
        return ""
    # The package was made with this version, so that it is the safest choice.
    own = next((each.kind for each in usable if each.kind == this_kind()), "")
    return own or nearest_python(kind, {"python": tuple(usable)}) or usable[-1].kind


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


def newer_kind(target: TargetCapabilities, least: int, wanted: int) -> str:
    """Return the target's kind whose Python is nearest to ``3.wanted``, and at least ``3.least``.

    Returns an empty string if the target is not known to have such a kind.
    """
    runtimes = _runtimes(target) or {}
    found = [
        (minor, each)
        for each in python_kinds(runtimes)
        if (minor := minor_of(kind_python(each, target))) is not None and minor >= least
    ]
    return min(found, key=lambda pair: abs(pair[0] - wanted))[1] if found else ""


def _python(
    record: PackageRecord, kind: str, target: TargetCapabilities, bundle: Bundle
) -> Iterator[Check]:
    """Compare the notebook's Python version with the version of ``kind``.

    Yields nothing if they match or if one is unknown.
    """
    python = kind_python(record.kind, target)
    packaged, runs = minor_of(bundle.manifest.python), minor_of(python)
    if packaged is None or runs is None or packaged == runs:
        return
    value = f"3.{runs}"
    least = packaged if runs >= _OLDEST_MINOR else _OLDEST_MINOR
    better = newer_kind(target, least, packaged)
    fix = f"--kind {better}" if better else ""
    if runs < _OLDEST_MINOR:
        yield Check(
            "Python",
            value,
            f"in {kind}; packages need Python 3.{_OLDEST_MINOR} or newer",
            ok=False,
            says=f"its {kind} has Python {value}, but packages need Python 3.{_OLDEST_MINOR} or "
            "newer",
            hint="" if fix else run_in_an_image(bundle),
            fix=fix,
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
            hint="" if fix else run_in_an_image(bundle),
            fix=fix,
        )
        return
    yield Check(
        "Python",
        value,
        f"packaged with 3.{packaged}; results may differ between the versions",
        warn=True,
        says=f"it runs on Python {value}, but was packaged with 3.{packaged}",
        fix=f"--kind {better}" if better.endswith(f":3.{packaged}") else "",
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
