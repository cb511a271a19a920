"""Distributions that ``--require`` names, for what no import statement tells of."""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Iterator, Sequence

from packaging.requirements import InvalidRequirement
from packaging.requirements import Requirement as Spec
from packaging.utils import canonicalize_name

from jupyter_faas.capture.requirements import Requirement
from jupyter_faas.errors import CaptureError


def read_required(texts: Sequence[str]) -> list[Requirement]:
    """The installed distributions of ``openpyxl`` or ``pandas[excel]``, pinned.

    An extra stands for what it adds, each by its own name: hosts that check requirements know no
    extras. Raises CaptureError for what is not installed, has no such extra, or lies on no index.
    """
    return [one for text in texts for one in _read(text)]


def _read(text: str) -> Iterator[Requirement]:
    try:
        spec = Spec(text)
    except InvalidRequirement:
        raise CaptureError(
            f"--require {text}: that is no requirement.",
            hint="Write a distribution's name, with extras or without: openpyxl, pandas[excel].",
        ) from None
    found = _installed(spec.name, f"--require {text}: {spec.name}")
    if spec.specifier and not spec.specifier.contains(found.version, prereleases=True):
        raise CaptureError(
            f"--require {text}: {spec.name} {found.version} is installed here.",
            hint="Install a version that fits; what is installed here is what travels.",
        )
    why = f"given by --require {text}"
    yield Requirement(found.metadata["Name"], found.version, spec.name, why)
    known = {canonicalize_name(one) for one in found.metadata.get_all("Provides-Extra") or ()}
    for extra in sorted(spec.extras):
        if canonicalize_name(extra) not in known:
            raise CaptureError(
                f"--require {text}: {spec.name} has no extra {extra}.",
                hint=f"It has {', '.join(sorted(known))}." if known else "It has none at all.",
            )
        for needed in _added_by(found, extra):
            what = f"--require {text}: {needed.name}, which the extra {extra} adds,"
            one = _installed(needed.name, what)
            yield Requirement(one.metadata["Name"], one.version, needed.name, why)


def _added_by(found: importlib.metadata.Distribution, extra: str) -> Iterator[Spec]:
    for text in found.requires or ():
        spec = Spec(text)
        if spec.marker is None or spec.marker.evaluate({"extra": ""}):
            continue
        if spec.marker.evaluate({"extra": extra}):
            yield spec


def _installed(name: str, what: str) -> importlib.metadata.Distribution:
    try:
        found = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        raise CaptureError(
            f"{what} is not installed here.", hint=f"Install it: pip install {name}"
        ) from None
    origin = json.loads(found.read_text("direct_url.json") or "{}")
    if origin.get("dir_info", {}).get("editable"):
        raise CaptureError(
            f"{what} is installed in place, for development, and no index has it.",
            hint="Leave it out: its modules travel as files when the cell imports them.",
        )
    return found
