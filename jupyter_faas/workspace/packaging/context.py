"""The context, option checks and record that functions and compositions have in common."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from jupyter_faas.bundle import Bundle, BundleStore, PackageRecord
from jupyter_faas.errors import BundleError, InputError, KindNotSupported, VendoringFailed
from jupyter_faas.whisk import RUNTIMES, check_name
from jupyter_faas.workspace.options import MODEL_FORMATS, ActionOptions, FunctionOptions, Options
from jupyter_faas.workspace.packaging.dependencies import (
    check_either,
    with_wheels,
    without_installing,
)
from jupyter_faas.workspace.packaging.host_requirements import fit_requirements
from jupyter_faas.workspace.packaging.provenance import commit_of
from jupyter_faas.workspace.request import CellRequest
from jupyter_faas.workspace.settings import this_environment, this_kind
from jupyter_faas.workspace.targets.capabilities import capabilities_of
from jupyter_faas.workspace.targets.kind_images import kind_python

if TYPE_CHECKING:
    from jupyter_faas.client import HostInfo
    from jupyter_faas.serialization import ConversionHelper
    from jupyter_faas.vendoring import VendorCache
    from jupyter_faas.workspace.cleanroom.manager import CleanRoomManager
    from jupyter_faas.workspace.model_stores.service import ModelService
    from jupyter_faas.workspace.results import TargetState


@dataclass(frozen=True)
class PackagingContext:
    """The services and the state of the workspace that packaging uses.

    ``function`` is the handler that the cell defined. If it is None, the namespace is searched.
    ``info`` is None if the host info is not available, and ``host_error`` may say why. Without
    ``models``, every model is stored in its package. ``clean_rooms`` tests the package, in a
    process that may start before the package exists.
    """

    store: BundleStore
    target: TargetState
    info: HostInfo | None
    now_ms: int
    progress: Callable[[str], None]
    helper: ConversionHelper | None = None
    function: Callable[..., Any] | None = None
    models: ModelService | None = None
    clean_rooms: CleanRoomManager | None = None
    wheels: VendorCache | None = None
    host_error: str = ""


def requirement_entries(requirements: Mapping[str, str]) -> tuple[Mapping[str, str], ...]:
    """Return the manifest's entries for distributions and their versions, sorted by name."""
    return tuple(
        {"name": name, "version": version}
        # The order must not depend on the order of imports, so that the same cell yields the same
        # bytes.
        for name, version in sorted(requirements.items(), key=lambda item: item[0].lower())
    )


def with_requirements(bundle: Bundle, options: ActionOptions, context: PackagingContext) -> Bundle:
    """Return the bundle, with its requirements provided as the options and the target need them.

    The requirements are added as wheels (``--vendor``), omitted (``--image``), or whatever the
    target in use lacks is added as wheels. If these cannot be fetched, the card says what is
    missing.
    """
    if options.image is not None:
        return without_installing(bundle)
    if context.wheels is None:
        return bundle
    kind = bundle.manifest.kind
    capabilities = capabilities_of(context.target, context.info, context.host_error)
    if options.vendor:
        python = kind_python(kind, capabilities)
        return with_wheels(bundle, kind, context.wheels, context.progress, python)
    try:
        return fit_requirements(bundle, kind, capabilities, context.wheels, context.progress)
    # A cell must run without a network, and a deploy tries again and reports the error.
    except (VendoringFailed, BundleError) as error:
        context.progress(error.message)
        return bundle


def make_record(
    bundle: Bundle,
    request: CellRequest[Options],
    now_ms: int,
    *,
    examples: tuple[Mapping[str, Any], ...] = (),
    clean_room: bool = False,
    unset: tuple[Mapping[str, Any], ...] = (),
) -> PackageRecord:
    """Return the package record, which says how to deploy the bundle and where it came from."""
    options = request.options
    notebook = PurePath(request.notebook) if request.notebook else None
    return PackageRecord(
        name=options.path,
        bundle=bundle.sha256,
        source=bundle.manifest.source_sha256,
        kind=bundle.manifest.kind,
        memory_mb=options.memory_mb,
        timeout_ms=options.timeout_ms,
        environment=this_environment(),
        created=now_ms,
        parameters=dict(options.parameters),
        annotations=options.all_annotations,
        # The directory is left out, because its path may contain the user's name.
        notebook=notebook.name if notebook else None,
        cell_id=request.cell_id,
        image=options.image or "",
        commit=commit_of(request.root or Path.cwd()) if notebook else None,
        examples=examples,
        clean_room=clean_room,
        unset=unset,
        folder=str(notebook.parent) if notebook and notebook.is_absolute() else None,
    )


# The options are checked before any other work.


def check_options(options: ActionOptions, family: str = "python") -> None:
    """Raise InputError for an invalid option. ``family`` is the runtime family of the code."""
    check_name(options.name)
    if options.package is not None:
        check_name(options.package, "package")
    for what, value in (("memory", options.memory_mb), ("timeout", options.timeout_ms)):
        if value < 1:
            raise InputError(f"The {what} of {options.name!r} must be greater than 0.")
    _check_kind(options.kind, family)
    check_either(options.name, vendor=options.vendor, image=options.image)
    for what, values in (("parameter", options.parameters), ("annotation", options.annotations)):
        for key in (key for key, value in values.items() if not _is_json(value)):
            # The message leaves out the value, which may be a secret. A magic's line cannot have
            # such a value.
            raise InputError(f"The {what} {key!r} of {options.name!r} is not JSON.")


def check_model_format(options: FunctionOptions) -> None:
    """Raise InputError for an unknown model format, which the magic does not accept either."""
    if options.model_format not in MODEL_FORMATS:
        raise InputError(
            f"Unknown model format {options.model_format!r}. The formats are "
            f"{', '.join(MODEL_FORMATS)}."
        )


def _check_kind(kind: str | None, wanted: str) -> None:
    # A host may have runtimes that this package does not know, so an unknown family is accepted.
    family = (kind or "").lower().partition(":")[0]
    if family not in RUNTIMES or family == wanted:
        return
    if wanted != "python":
        raise KindNotSupported(
            f"The kind {kind!r} does not run JavaScript, but this composition contains "
            "JavaScript functions.",
            hint="Leave --kind out, or name a Node.js kind: --kind nodejs:20",
        )
    raise KindNotSupported(
        f"The kind {kind!r} does not run Python, but the notebook's functions are Python.",
        hint=f"Leave --kind out, or name a Python kind: --kind {this_kind()}",
    )


def _is_json(value: object) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return False
    return True
