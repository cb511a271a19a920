"""What a target's runtime kinds contain, as far as it is published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_faas.errors import KindNotSupported
from jupyter_faas.whisk.kinds import Runtime
from jupyter_faas.whisk.runtime_images import RuntimeImage, runtime_image
from jupyter_faas.workspace.settings import PLAYGROUND

if TYPE_CHECKING:
    from jupyter_faas.workspace.targets.capabilities import TargetCapabilities


def resolved_kind(kind: str, target: TargetCapabilities) -> str:
    """Return the host's own name of a kind, or ``kind`` if the host is unknown or lacks the kind.

    A kind such as ``python:default`` has no version until the host resolves it.
    """
    try:
        return target.info.resolve(kind) if target.info is not None else kind
    except KindNotSupported:
        return kind


def image_name(kind: str, target: TargetCapabilities) -> str:
    """Return the name of the kind's image as the host advertises it, or an empty string."""
    if target.info is None:
        return ""
    resolved = resolved_kind(kind, target)
    found = (each for family in target.info.runtimes.values() for each in family)
    return next((each.image for each in found if each.kind == resolved), "")


def kind_image(kind: str, target: TargetCapabilities) -> RuntimeImage | None:
    """Return what the kind's image contains, or None if nothing is published about the image.

    The playground has no images: it runs a function in the environment that packaged it.
    """
    if target.name == PLAYGROUND:
        return None
    return runtime_image(resolved_kind(kind, target), image_name(kind, target), target.profile)


def kind_python(kind: str, target: TargetCapabilities) -> str:
    """Return the Python version of a kind, such as ``3.11``, or an empty string if it is unknown.

    The name of a kind may not tell it: ``python:3`` is Python 3.7 where OpenWhisk's Helm chart
    installed it, and 3.12 on OpenServerless.
    """
    image = kind_image(kind, target)
    if image is not None:
        return image.python
    return Runtime(resolved_kind(kind, target).lower(), image_name(kind, target)).python
