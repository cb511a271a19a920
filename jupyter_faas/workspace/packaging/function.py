"""From a cell to a stored package: capture, convert, lay out, zip, record, card."""

from __future__ import annotations

import importlib
import importlib.metadata
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from jupyter_faas.bundle import Bundle, FunctionFiles, Manifest, lay_out, model_reference, pack
from jupyter_faas.capture import CapturedFunction, capture, split_cell
from jupyter_faas.serialization import ONNX, ONNX_NEEDS, ModelArtifact, is_model
from jupyter_faas.workspace.local.comparison import closeness_for
from jupyter_faas.workspace.local.examples import ExampleRecorder
from jupyter_faas.workspace.packaging.card import card
from jupyter_faas.workspace.packaging.contents import reasons_of
from jupyter_faas.workspace.packaging.context import (
    Surroundings,
    check_model_format,
    check_options,
    fitted,
    listed,
    record_of,
)
from jupyter_faas.workspace.packaging.dependencies import check_sendable
from jupyter_faas.workspace.packaging.models import (
    as_used,
    check_asked,
    check_literal_files,
    pack_within,
    schema_with_models,
)
from jupyter_faas.workspace.request import PackageRequest
from jupyter_faas.workspace.results import Packaged
from jupyter_faas.workspace.settings import this_kind
from jupyter_faas.workspace.targets.capabilities import capabilities_of


def package(
    request: PackageRequest, namespace: Mapping[str, object], around: Surroundings
) -> Packaged:
    """Package a cell that has just run in ``namespace``. The same cell gives the same bundle."""
    check_options(request.options)
    check_model_format(request.options)
    magic_line, body = split_cell(request.cell_text) or ("", request.cell_text)
    around.progress(f"Capturing {request.options.name}…")
    captured = capture(
        body,
        namespace,
        name=request.options.name,
        is_model=is_model,
        magic_line=request.options.shown_magic_line(magic_line),
        includes=[Path(path) for path in request.options.includes],
        requires=request.options.requires,
        root=request.root,
        modules_of_models=_modules(request.options.trust),
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
    examples = ExampleRecorder(function, spec, request, closeness_for(facts)).examples()
    around.progress(f"Packing {request.options.name}…")
    setting = around.models.setting() if around.models else None
    bundle, stored = pack_within(
        models,
        threshold=around.models.threshold() if around.models and setting else None,
        most=capabilities_of(around.target, around.info).limits.max_code_bytes,
        packed=lambda stored: fitted(
            _bundle(captured, models, request, stored, schema, examples), request.options, around
        ),
    )
    for model in models:
        if model.name in stored and around.models:
            around.models.files.put(model.data)
    check_sendable(bundle)
    record = record_of(
        bundle, request, around.now_ms, examples=examples, clean_room=request.options.clean_room
    )
    around.store.put(bundle)
    around.store.put_package(record)
    if around.rooms is not None:
        around.rooms.run_prestarted(record, bundle)
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


def _begin_room(captured: CapturedFunction, request: PackageRequest, around: Surroundings) -> None:
    """While a model becomes ONNX, a process of its own imports what that will need to answer."""
    if around.rooms is None or request.options.model_format != ONNX:
        return
    names = {each.distribution for each in captured.requirements} | {*ONNX_NEEDS}
    around.rooms.prestart(names, ONNX_NEEDS)


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

    def saying(words: str) -> None:
        # The helper has begun: from here on this process only waits.
        _begin_room(captured, request, around)
        around.progress(words)

    try:
        models = [
            helper.convert(
                name,
                model,
                sample=request.sample,
                accept_parity=request.options.accept_parity,
                model_format=request.options.model_format,
                trust=request.options.trust,
                progress=saying,
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
        kind=request.options.kind or this_kind(),
        limits={"memory_mb": request.options.memory_mb, "timeout_ms": request.options.timeout_ms},
        python=platform.python_version(),
        requirements=listed(requirements),
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
            {**model.to_json(), "stored": model_reference(model.data)}
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


def _installed_version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        # A variant of another name (onnxruntime-gpu) gives the same module.
        version: str = importlib.import_module(name).__version__
        return version
