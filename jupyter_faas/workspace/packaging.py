"""From a cell to a stored package: capture, convert, lay out, zip, record, card."""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, cast

from jupyter_faas.bundle import (
    Bundle,
    BundleStore,
    FunctionFiles,
    Manifest,
    PackageRecord,
    lay_out,
    pack,
    stored_at,
)
from jupyter_faas.capture import CapturedFunction, capture, split_cell
from jupyter_faas.errors import InputError, KindNotSupported
from jupyter_faas.serialization import ModelArtifact, is_model
from jupyter_faas.whisk import RUNTIMES, check_name
from jupyter_faas.workspace.adapting import check_either, without_installing
from jupyter_faas.workspace.asked import check_asked
from jupyter_faas.workspace.card import card
from jupyter_faas.workspace.cleanroom import closeness
from jupyter_faas.workspace.commit import commit_of
from jupyter_faas.workspace.described import as_used, schema_with_models
from jupyter_faas.workspace.environment import this_environment, this_kind
from jupyter_faas.workspace.examples import Tried
from jupyter_faas.workspace.insides import reasons_of
from jupyter_faas.workspace.literalfiles import check_literal_files
from jupyter_faas.workspace.preflight import place_for
from jupyter_faas.workspace.request import MODEL_FORMATS, PackageRequest
from jupyter_faas.workspace.requirements import are_there
from jupyter_faas.workspace.storing import pack_within
from jupyter_faas.workspace.views import Packaged
from jupyter_faas.workspace.wheels import check_sendable, with_wheels

if TYPE_CHECKING:
    from jupyter_faas.client import HostInfo
    from jupyter_faas.serialization import ConversionHelper
    from jupyter_faas.vendoring import VendorCache
    from jupyter_faas.workspace.models import Models
    from jupyter_faas.workspace.views import TargetState


@dataclass(frozen=True)
class Surroundings:
    """What packaging takes from the workspace.

    ``function`` is the handler as the cell defined it; else what bears its name in the namespace.
    ``info`` None: the target was not asked, or gave no answer and ``trouble`` is why.
    ``models`` None: every model travels in its package.
    """

    store: BundleStore
    target: TargetState
    info: HostInfo | None
    now_ms: int
    progress: Callable[[str], None]
    helper: ConversionHelper | None = None
    function: Callable[..., Any] | None = None
    models: Models | None = None
    wheels: VendorCache | None = None
    trouble: str = ""


def package(
    request: PackageRequest, namespace: Mapping[str, object], around: Surroundings
) -> Packaged:
    """Package a cell that has just run in ``namespace``. The same cell gives the same bundle."""
    _check(request)
    magic_line, body = split_cell(request.cell_text) or ("", request.cell_text)
    around.progress(f"Capturing {request.name}…")
    captured = capture(
        body,
        namespace,
        name=request.name,
        is_model=is_model,
        magic_line=request.shown_magic_line(magic_line),
        includes=[Path(path) for path in request.includes],
        requires=request.requires,
        root=request.root,
        modules_of_models=_modules(request.trust),
    )
    check_literal_files(
        body, captured.includes, request.root or Path.cwd(), first_line=2 if magic_line else 1
    )
    models = _convert(captured, request, around) if captured.models else []
    schema = schema_with_models(captured.schema, models)
    spec = {
        "name": captured.name,
        "signature": captured.signature,
        "parameter_style": captured.parameter_style,
        "schema": schema,
    }
    function = around.function or cast("Callable[..., Any]", namespace.get(captured.handler))
    facts = [model.to_json() for model in models]
    examples = Tried(function, spec, request, closeness(facts)).examples()
    around.progress(f"Packing {request.name}…")
    setting = around.models.setting() if around.models else None
    bundle, stored = pack_within(
        models,
        threshold=around.models.threshold() if around.models and setting else None,
        most=place_for(around.target, around.info).limits.max_code_bytes,
        packed=lambda stored: _fitted(
            _bundle(captured, models, request, stored, schema, examples), request, around
        ),
    )
    for model in models:
        if model.name in stored and around.models:
            around.models.files.put(model.data)
    check_sendable(bundle)
    record = _record(bundle, request, examples, around.now_ms)
    around.store.put(bundle)
    around.store.put_package(record)
    names = [item.name for item in captured.items]
    origins = request.origins(names) if request.origins else {}
    around.store.put_reasons(record.id, reasons_of(captured, origins))
    return Packaged(
        record=record,
        bundle=bundle.sha256,
        size=len(bundle.data),
        handler=captured.handler,
        spec=spec,
        card=card(
            record,
            bundle,
            around.target,
            around.info,
            setting,
            around.trouble,
            origins,
        ),
    )


def _check(request: PackageRequest) -> None:
    check_name(request.name)
    if request.package is not None:
        check_name(request.package, "package")
    for what, value in (("memory", request.memory_mb), ("timeout", request.timeout_ms)):
        if value < 1:
            raise InputError(f"The {what} of {request.name!r} must be more than nothing.")
    _check_kind(request.kind)
    check_either(request.name, vendor=request.vendor, image=request.image)
    if request.model_format not in MODEL_FORMATS:
        raise InputError(
            f"There is no model format {request.model_format!r}.",
            hint=f"Write --model-format {' or '.join(MODEL_FORMATS)}.",
        )
    for what, values in (("parameter", request.parameters), ("annotation", request.annotations)):
        for key in (key for key, value in values.items() if not _is_json(value)):
            # Without the value, which may be a secret.
            raise InputError(
                f"The {what} {key!r} of {request.name!r} is not JSON.",
                hint="Use text, numbers, true, false, null, lists and dictionaries.",
            )


def _check_kind(kind: str | None) -> None:
    # A family that nobody has heard of may be one of the host's own.
    family = (kind or "").lower().partition(":")[0]
    if family in RUNTIMES and family != "python":
        raise KindNotSupported(
            f"The kind {kind!r} does not run Python, and a notebook's function is Python.",
            hint=f"Leave --kind out, or name a Python kind: --kind {this_kind()}",
        )


def _is_json(value: object) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def _modules(trust: Sequence[str]) -> dict[str, str]:
    """What has to be importable where the model is read: module → the words that say why."""
    modules = {}
    for name in trust:
        module = name.rpartition(".")[0]
        while module not in sys.modules and "." in module:
            # The type may be nested in a class.
            module = module.rpartition(".")[0]
        modules[module] = f"--trust {name} needs"
    return modules


def _convert(
    captured: CapturedFunction, request: PackageRequest, around: Surroundings
) -> list[ModelArtifact]:
    from jupyter_faas.serialization import ConversionHelper

    helper = around.helper or ConversionHelper()
    try:
        models = [
            helper.convert(
                name,
                model,
                sample=request.sample,
                accept_parity=request.accept_parity,
                model_format=request.model_format,
                trust=request.trust,
                progress=around.progress,
            )
            for name, model in captured.models.items()
        ]
        models = [as_used(made, captured) for made in models]
        for made in models:
            check_asked(made, captured, request, helper)
        return models
    finally:
        if helper is not around.helper:
            helper.close()


def _bundle(
    captured: CapturedFunction,
    models: list[ModelArtifact],
    request: PackageRequest,
    stored: frozenset[str],
    schema: Mapping[str, object],
    examples: Sequence[Mapping[str, Any]],
) -> Bundle:
    requirements = {each.distribution: each.version for each in captured.requirements}
    for name in {name for model in models for name in model.requirements}:
        requirements[name] = _installed_version(name)
    files = lay_out(
        FunctionFiles(
            cell_text=captured.cell_text,
            captured_source=captured.captured_source,
            models={model.name: (model.onnx, model.spec) for model in models if model.onnx},
            estimators={model.name: (model.skops, model.spec) for model in models if model.skops},
            arrays=captured.array_files(),
            includes=captured.includes,
            requirements=requirements,
            stored=stored,
            images=captured.images,
        )
    )
    model_sizes = {model.name: len(model.data) for model in models}
    manifest = Manifest(
        name=captured.name,
        handler=captured.handler,
        signature=captured.signature,
        schema=schema,
        doc=captured.doc,
        parameter_style=captured.parameter_style,
        source_sha256=request.source,
        kind=request.kind or this_kind(),
        limits={"memory_mb": request.memory_mb, "timeout_ms": request.timeout_ms},
        python=platform.python_version(),
        requirements=tuple(
            {"name": name, "version": version}
            for name, version in sorted(requirements.items(), key=lambda item: item[0].lower())
        ),
        captured=tuple(
            {
                "name": item.name,
                "kind": item.kind,
                "why": item.why,
                "size": model_sizes.get(item.name, item.size),
            }
            for item in captured.items
        ),
        models=tuple(
            {**model.to_json(), "stored": stored_at(model.data)}
            if model.name in stored
            else model.to_json()
            for model in models
        ),
        # The notebook's answers are not in it: they may depend on time or chance.
        tests=tuple(
            {key: one[key] for key in ("params", "expect") if key in one}
            for one in examples
            if one["source"] == "test"
        ),
    )
    return pack(files, manifest)


def _fitted(bundle: Bundle, request: PackageRequest, around: Surroundings) -> Bundle:
    """With or without what its requirements are installed from, as its options say."""
    if request.image is not None:
        return without_installing(bundle)
    if request.vendor and around.wheels is not None:
        return with_wheels(bundle, bundle.manifest.kind, around.wheels, around.progress)
    names = [str(each["name"]) for each in bundle.manifest.requirements]
    if are_there(names, bundle.manifest.kind, place_for(around.target, around.info)):
        return without_installing(bundle)
    return bundle


def _installed_version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        # A variant of another name (onnxruntime-gpu) gives the same module.
        version: str = importlib.import_module(name).__version__
        return version


def _record(
    bundle: Bundle,
    request: PackageRequest,
    examples: tuple[Mapping[str, Any], ...],
    now_ms: int,
) -> PackageRecord:
    return PackageRecord(
        name=request.path,
        bundle=bundle.sha256,
        source=request.source,
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
        clean_room=request.clean_room,
    )
