"""A package that brings its requirements along, and what each of them takes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from jupyter_faas.bundle import MANIFEST, add_vendored, pack
from jupyter_faas.errors import BundleError
from jupyter_faas.whisk import SystemLimits
from jupyter_faas.workspace import text
from jupyter_faas.workspace.sizes import dependency_lines, sent_bytes

if TYPE_CHECKING:
    from jupyter_faas.bundle import Bundle
    from jupyter_faas.vendoring import VendorCache

# The stand-ins of models answer alike with all of these, so another one may be taken where the
# notebook's own has no wheel for the target's Python.
_LOOSE: Mapping[str, str] = MappingProxyType({"numpy": "1.26", "onnxruntime": "1.20"})


def with_wheels(
    bundle: Bundle, kind: str, cache: VendorCache, progress: Callable[[str], None]
) -> Bundle:
    """``bundle`` with its requirements as wheels for the Python of ``kind``.

    The bundle itself when it has no requirements or has their wheels already. Raises
    VendoringFailed, and BundleError for a kind that names no Python.
    """
    from jupyter_faas.vendoring import VENDORED_PYTHONS, python_of

    manifest = bundle.manifest
    python = python_of(kind)
    if python not in VENDORED_PYTHONS:
        raise BundleError(
            f"Wheels cannot travel to the kind {kind!r}: it names no Python version.",
            hint="Choose one with --kind, such as --kind python:3.11",
        )
    if not manifest.requirements:
        return bundle
    if manifest.vendored is not None and manifest.vendored.get("python") == python:
        return bundle
    wanted = {str(each["name"]): str(each["version"]) for each in manifest.requirements}
    loose = _LOOSE if manifest.models and kind != _own_kind(manifest.python) else None
    vendored = cache.vendor(wanted, python, loose=loose, progress=progress)
    progress(f"Packing {manifest.name} with {len(vendored.distributions)} distributions…")
    own = {
        path: data
        for path, data in bundle.contents().items()
        if path != MANIFEST and manifest.owner_of(path) is None
    }
    return pack(
        add_vendored(own, vendored.files), replace(manifest, kind=kind, vendored=vendored.to_json())
    )


def wheel_versions(
    wanted: Mapping[str, str], python: str, cache: VendorCache, progress: Callable[[str], None]
) -> dict[str, str]:
    """``wanted`` in versions that have wheels for that Python. Raises VendoringFailed."""
    found = cache.vendor(wanted, python, loose=_LOOSE, progress=progress)
    taken = {each.name: each.taken for each in found.replaced}
    return {name: taken.get(name, version) for name, version in wanted.items()}


def _own_kind(version: str) -> str:
    return f"python:{'.'.join(version.split('.')[:2])}"


def check_sendable(bundle: Bundle) -> None:
    """Raises BundleError for wheels that no OpenWhisk takes as it is delivered, before a card
    promises anything. What else is too large, the card says."""
    if bundle.manifest.vendored is None:
        return
    sent, most = sent_bytes(len(bundle.data)), SystemLimits().max_code_bytes
    if sent > most:
        raise BundleError(
            f"{bundle.manifest.name!r} is too large with its requirements: {text.size(sent)} as "
            f"it is sent (base64), {text.size(most)} are the most that OpenWhisk takes.",
            hint="\n".join(
                (
                    *dependency_lines(bundle),
                    "Import less, or use an image that has them: --image NAME "
                    "(jupyter faas image writes its Dockerfile).",
                )
            ),
        )
