"""What the packaging of a function and that of a composition have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from jupyter_faas.bundle import Bundle, BundleStore, PackageRecord
from jupyter_faas.workspace.adapting import without_installing
from jupyter_faas.workspace.commit import commit_of
from jupyter_faas.workspace.environment import this_environment
from jupyter_faas.workspace.preflight import place_for
from jupyter_faas.workspace.request import CompositionRequest, PackageRequest
from jupyter_faas.workspace.requirements import are_there
from jupyter_faas.workspace.wheels import with_wheels

if TYPE_CHECKING:
    from jupyter_faas.client import HostInfo
    from jupyter_faas.serialization import ConversionHelper
    from jupyter_faas.vendoring import VendorCache
    from jupyter_faas.workspace.models import Models
    from jupyter_faas.workspace.rooms import Rooms
    from jupyter_faas.workspace.views import TargetState


@dataclass(frozen=True)
class Surroundings:
    """What packaging takes from the workspace.

    ``function`` is the handler as the cell defined it; else what bears its name in the namespace.
    ``info`` None: the target was not asked, or gave no answer and ``trouble`` is why.
    ``models`` None: every model travels in its package. ``rooms``: where the package is run as soon
    as it is made, which can begin before.
    """

    store: BundleStore
    target: TargetState
    info: HostInfo | None
    now_ms: int
    progress: Callable[[str], None]
    helper: ConversionHelper | None = None
    function: Callable[..., Any] | None = None
    models: Models | None = None
    rooms: Rooms | None = None
    wheels: VendorCache | None = None
    trouble: str = ""


def listed(requirements: Mapping[str, str]) -> tuple[Mapping[str, str], ...]:
    """The manifest's entries for distributions and their versions."""
    return tuple(
        {"name": name, "version": version}
        for name, version in sorted(requirements.items(), key=lambda item: item[0].lower())
    )


def fitted(
    bundle: Bundle, request: PackageRequest | CompositionRequest, around: Surroundings
) -> Bundle:
    """With or without what its requirements are installed from, as its options say."""
    if request.image is not None:
        return without_installing(bundle)
    if request.vendor and around.wheels is not None:
        return with_wheels(bundle, bundle.manifest.kind, around.wheels, around.progress)
    names = [str(each["name"]) for each in bundle.manifest.requirements]
    if are_there(names, bundle.manifest.kind, place_for(around.target, around.info)):
        return without_installing(bundle)
    return bundle


def record_of(
    bundle: Bundle,
    request: PackageRequest | CompositionRequest,
    now_ms: int,
    *,
    examples: tuple[Mapping[str, Any], ...] = (),
    clean_room: bool = False,
) -> PackageRecord:
    """How the bundle is to be deployed, and where it came from."""
    return PackageRecord(
        name=request.path,
        bundle=bundle.sha256,
        source=bundle.manifest.source_sha256,
        kind=bundle.manifest.kind,
        memory_mb=request.memory_mb,
        timeout_ms=request.timeout_ms,
        environment=this_environment(),
        created=now_ms,
        parameters=dict(request.parameters),
        annotations=request.all_annotations,
        # A folder would tell where, and perhaps who, the user is.
        notebook=PurePath(request.notebook).name if request.notebook else None,
        cell_id=request.cell_id,
        image=request.image or "",
        commit=commit_of(request.root or Path.cwd()) if request.notebook else None,
        examples=examples,
        clean_room=clean_room,
    )
