"""Choose how a package's requirements reach a host: in the kind's image, as wheels, or both.

What the image lacks travels as wheels, in versions that work with what the image has
(vendoring/provided.py). If there are no such versions, all requirements travel. This is done for
the target in use when a cell is packaged, and again when the package is deployed to another target,
so the user does not have to know what each host has. A package that the user made with --vendor or
--image stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

from jupyter_faas.bundle import MANIFEST, add_vendored, pack
from jupyter_faas.bundle.layout import requirements_text
from jupyter_faas.errors import VendoringFailed
from jupyter_faas.whisk.runtime_images import UNPINNED
from jupyter_faas.workspace.packaging.dependencies import AUTOMATIC, LOOSE, is_automatic
from jupyter_faas.workspace.settings import PLAYGROUND, is_linux_x86
from jupyter_faas.workspace.targets.kind_images import kind_image

if TYPE_CHECKING:
    from jupyter_faas.bundle import Bundle, Manifest
    from jupyter_faas.vendoring import VendorCache, Vendored
    from jupyter_faas.whisk.runtime_images import RuntimeImage
    from jupyter_faas.workspace.targets.capabilities import TargetCapabilities


def fit_requirements(
    bundle: Bundle,
    kind: str,
    target: TargetCapabilities,
    wheels: VendorCache,
    progress: Callable[[str], None],
) -> Bundle:
    """Return the bundle with the requirements that the kind lacks on this target as wheels.

    The manifest's ``vendored`` then lists both: what travels, and what the image has. The bundle is
    returned unchanged if the user chose its wheels, if nothing is known about the
    kind's image, or if no wheels exist for its Python version. Wheels for another host are removed.
    Raises VendoringFailed, and BundleError if a wheel's file conflicts with a file of the package.
    """
    from jupyter_faas.vendoring import VENDORED_PYTHONS

    manifest = bundle.manifest
    # The wheels of --vendor are for Linux on x86-64, and the playground does not need them: it runs
    # functions with the notebook's libraries.
    if manifest.vendored and target.name == PLAYGROUND and not is_linux_x86():
        return without_wheels(bundle)
    if not manifest.requirements or (manifest.vendored and not is_automatic(manifest)):
        return bundle
    image = kind_image(kind, target)
    if image is None or image.python not in VENDORED_PYTHONS:
        return without_wheels(bundle)
    there = versions_there(manifest, image)
    wanted = {str(each["name"]): str(each["version"]) for each in manifest.requirements}
    if _is_for(manifest, image.python, there):
        return bundle
    vendored = _vendored(manifest, wanted, image.python, there, wheels, progress)
    described = {**vendored.to_json(), AUTOMATIC: True}
    return pack(
        add_vendored(_own_members(bundle), vendored.files), replace(manifest, vendored=described)
    )


def versions_there(manifest: Manifest, image: RuntimeImage) -> dict[str, str]:
    """Return the distributions of an image that the package can use, with their versions.

    An estimator in the skops format can be read only by the version of scikit-learn that fitted it.
    """
    wanted = {
        str(canonicalize_name(str(each["name"]))): str(each["version"])
        for each in manifest.requirements
    }
    exact = exact_requirements(manifest)
    there = {
        name: version
        for name, version in image.distributions.items()
        if name not in exact or wanted.get(name) == version
    }
    if exact & there.keys():
        # The image has these as well, because its scikit-learn needs them. Which version it has is
        # not published, so only the estimator may rely on them, and it needs no certain version.
        there |= {name: wanted[name] for name in UNPINNED if name in wanted}
    return there


def exact_requirements(manifest: Manifest) -> frozenset[str]:
    """Return the distributions that the package needs in exactly the notebook's versions."""
    estimators = [model for model in manifest.models if model.get("route") == "skops"]
    if not estimators:
        return frozenset()
    foreign = (each for model in estimators for each in model.get("foreign_types", ()))
    names = {canonicalize_name(str(each.get("distribution") or "")) for each in foreign}
    # A type of the user's own module has no distribution.
    return frozenset({*names, "scikit-learn"} - {""})


def _is_for(manifest: Manifest, python: str, there: Mapping[str, str]) -> bool:
    """Return whether the package has the wheels for this Python and these distributions already."""
    vendored: Mapping[str, Any] = manifest.vendored or {}
    return (
        vendored.get("python") == python
        and not any(each["name"] in there for each in vendored["distributions"])
        and all(there.get(each["name"]) == each["version"] for each in vendored.get("provided", ()))
    )


def _vendored(
    manifest: Manifest,
    wanted: Mapping[str, str],
    python: str,
    there: Mapping[str, str],
    wheels: VendorCache,
    progress: Callable[[str], None],
) -> Vendored:
    from jupyter_faas.vendoring import nothing_vendored

    if {canonicalize_name(name) for name in wanted} <= there.keys():
        return nothing_vendored(wanted, python, there)
    loose = LOOSE if manifest.models else None
    try:
        exact = exact_requirements(manifest)
        return wheels.vendor(
            wanted, python, loose=loose, provided=there, exact=exact, progress=progress
        )
    except VendoringFailed:
        # Libraries that do not work with the image's versions bring versions of their own.
        if not there:
            raise
        return wheels.vendor(wanted, python, loose=loose, progress=progress)


def without_wheels(bundle: Bundle) -> Bundle:
    """Return the bundle as it was before wheels were added to it.

    The requirements.txt that the wheels replaced is written again.
    """
    manifest = bundle.manifest
    if manifest.vendored is None:
        return bundle
    wanted = {str(each["name"]): str(each["version"]) for each in manifest.requirements}
    own = _own_members(bundle)
    own["requirements.txt"] = requirements_text(wanted).encode()
    return pack(own, replace(manifest, vendored=None))


def _own_members(bundle: Bundle) -> dict[str, bytes]:
    """Return the members that are not from wheels, without the manifest, which is rewritten."""
    return {
        path: data
        for path, data in bundle.contents().items()
        if path != MANIFEST and bundle.manifest.owner_of(path) is None
    }
