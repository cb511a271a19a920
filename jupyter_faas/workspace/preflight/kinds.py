"""Whether a target has a package's kind, and whether that Python reads its code."""

from __future__ import annotations

import ast
import shutil
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from jupyter_faas.errors import KindNotSupported
from jupyter_faas.whisk import resolve_kind
from jupyter_faas.whisk.kinds import runtimes_with_python
from jupyter_faas.workspace.preflight.report import Check
from jupyter_faas.workspace.targets.targets import PLAYGROUND

if TYPE_CHECKING:
    from jupyter_faas.bundle import Bundle, PackageRecord
    from jupyter_faas.whisk.kinds import Runtimes
    from jupyter_faas.workspace.preflight.preflight import Place

_OWN_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


def kind_checks(record: PackageRecord, bundle: Bundle, place: Place) -> Iterator[Check]:
    """The row on the kind, and one on its Python where that is not the package's."""
    if record.image:
        yield Check("Image", record.image, "runs it; the host must be able to pull it")
        yield from _python(record.kind, bundle)
        return
    runtimes = _runtimes(place)
    if runtimes is None:
        yield Check("Kind", record.kind, "checked when it is deployed")
        yield from _python(record.kind, bundle)
        return
    try:
        resolved = resolve_kind(record.kind, runtimes)
    except KindNotSupported:
        nearest = nearest_python(record.kind, runtimes)
        family = record.kind.partition(":")[0]
        kinds = [each.kind for each in runtimes.get(family) or runtimes.get("python", ())]
        yield Check(
            "Kind",
            record.kind,
            "not available on this target",
            ok=False,
            says=f"it has no kind {record.kind}",
            hint=f"It has {', '.join(kinds) or 'no Python kind'}.",
            fix=f"--kind {nearest}" if nearest else "",
        )
        return
    family, _, version = resolved.partition(":")
    here = (
        family != "python"
        or version == _OWN_VERSION
        or shutil.which(f"python{version}") is not None
    )
    if place.name == PLAYGROUND and not here:
        # The playground lists every kind that OpenWhisk has, and runs those it finds.
        yield Check(
            "Kind",
            record.kind,
            f"this machine has no python{version}",
            ok=False,
            says=f"this machine has no python{version}",
            fix=f"--kind python:{_OWN_VERSION}",
        )
        return
    yield Check("Kind", record.kind, "available on this target")
    yield from _python(resolved, bundle)


def _runtimes(place: Place) -> Runtimes | None:
    if place.info is not None:
        return place.info.runtimes
    return runtimes_with_python(_OWN_VERSION) if place.name == PLAYGROUND else None


def python_kinds(runtimes: Runtimes) -> list[str]:
    """The kinds of a host that run Python."""
    return [each.kind for each in runtimes.get("python", ())]


def nearest_python(kind: str, runtimes: Runtimes) -> str:
    """The kind of a host whose Python is nearest: an older one first, which any code may meet."""
    wanted = minor_of(kind)
    found = [(minor, each) for each in python_kinds(runtimes) if (minor := minor_of(each))]
    if wanted is None or not found:
        return ""
    return min(found, key=lambda pair: (abs(pair[0] - wanted), pair[0]))[1]


def minor_of(kind: str) -> int | None:
    """11 of ``python:3.11`` or ``3.11.7``."""
    parts = kind.removeprefix("python:").split(".")
    return int(parts[1]) if len(parts) > 1 and parts[0] == "3" and parts[1].isdigit() else None


def _python(kind: str, bundle: Bundle) -> Iterator[Check]:
    """The notebook's Python against the kind's. Nothing to say where they are the same."""
    packaged, runs = minor_of(bundle.manifest.python), minor_of(kind)
    if packaged is None or runs is None or packaged == runs:
        return
    value = f"3.{runs}"
    trouble = syntax_trouble(bundle, runs) if runs < packaged else ""
    if trouble:
        yield Check(
            "Python",
            value,
            f"packaged with 3.{packaged}",
            ok=False,
            says=f"{trouble} is not Python {value}",
            hint=f"Write it as Python {value} has it, or choose a newer kind with --kind.",
        )
        return
    yield Check(
        "Python",
        value,
        f"packaged with 3.{packaged}; answers may differ where the two do",
        warn=True,
        says=f"it runs on Python {value} and was packaged with 3.{packaged}",
    )


def syntax_trouble(bundle: Bundle, minor: int) -> str:
    """``function.py, line 3`` where the code needs a newer Python than ``3.minor``, else empty.

    As far as Python's own parser tells versions apart: match, ``except*``, type parameters.
    """
    for path, data in bundle.readable().items():
        if not path.endswith(".py"):
            continue
        try:
            ast.parse(data, path, feature_version=(3, minor))
        except SyntaxError as error:
            return f"{path}, line {error.lineno},"
    return ""
