"""A package as it stands, made fit for a target that lacks what it imports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from jupyter_faas.bundle import MANIFEST, pack
from jupyter_faas.errors import InputError
from jupyter_faas.workspace.image import check_image_name
from jupyter_faas.workspace.wheels import check_sendable, with_wheels

if TYPE_CHECKING:
    from jupyter_faas.bundle import Bundle, PackageRecord
    from jupyter_faas.vendoring import VendorCache


def adapted(
    record: PackageRecord,
    bundle: Bundle,
    *,
    wheels: VendorCache | None,
    image: str | None,
    progress: Callable[[str], None],
) -> tuple[PackageRecord, Bundle]:
    """With its requirements as wheels (``wheels`` fetches them), or to run in ``image``.

    Raises InputError for both at once, VendoringFailed, BundleError (too large).
    """
    check_either(record.name, vendor=wheels is not None, image=image)
    if image is not None:
        bundle = without_installing(bundle)
        return replace(record, image=image, bundle=bundle.sha256, id=""), bundle
    if wheels is not None:
        bundle = with_wheels(bundle, record.kind, wheels, progress)
        check_sendable(bundle)
    return replace(record, bundle=bundle.sha256, id=""), bundle


def check_either(name: str, *, vendor: bool, image: str | None) -> None:
    """Raises InputError when both are asked for, or the image's name is none."""
    if image is None:
        return
    check_image_name(image)
    if vendor:
        raise InputError(
            f"{name!r} cannot have --vendor and --image at once.",
            hint="An image has the requirements: leave --vendor out. "
            "A host without your image gets them with --vendor alone.",
        )


def without_installing(bundle: Bundle) -> Bundle:
    """Without the requirements.txt that OpenWhisk's runtime would install: the image has it all."""
    contents = bundle.contents()
    if "requirements.txt" not in contents:
        return bundle
    kept = {p: data for p, data in contents.items() if p not in (MANIFEST, "requirements.txt")}
    return pack(kept, bundle.manifest)
