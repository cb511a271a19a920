"""Package a function, from a cell that has run to a stored package and its card.

The pipeline, in the order of ``package``:

1. check the options (context.py);
2. ``capture`` the function and what it uses from the notebook's namespace (capture/);
3. run --test or a sample here, for the examples on the card (workspace/local/examples.py) and the
   sample of each model (model_samples.py);
4. convert each captured model to ONNX, or keep it as skops, with a parity check (serialization/);
5. lay out the files, write the manifest, pack the zip (bundle/); models over the threshold go to
   the model store, and requirements become wheels, a requirements.txt or nothing (dependencies.py);
6. store the bundle, its record and the reasons for each name, and continue the clean-room test;
7. build the card with the preflight checks (card.py).

The same cell with the same values yields the same bytes, so the sha256 identifies the bundle.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, cast

from jupyter_faas.bundle import Bundle, FunctionFiles, Manifest, lay_out, model_reference, pack
from jupyter_faas.capture import CapturedFunction, capture, split_cell
from jupyter_faas.capture.captured_names import CapturedItem
from jupyter_faas.capture.signature import TYPED
from jupyter_faas.errors import ConversionError
from jupyter_faas.serialization import ONNX_NEEDS, SKOPS, ModelArtifact, is_estimator, is_model
from jupyter_faas.serialization.model_detection import is_native_booster
from jupyter_faas.workspace.local.comparison import closeness_for
from jupyter_faas.workspace.local.examples import ExampleRecorder
from jupyter_faas.workspace.local.model_calls import ModelCalls
from jupyter_faas.workspace.options import AUTO
from jupyter_faas.workspace.packaging.card import card
from jupyter_faas.workspace.packaging.contents import reasons_of
from jupyter_faas.workspace.packaging.context import (
    PackagingContext,
    check_model_format,
    check_options,
    make_record,
    requirement_entries,
    with_requirements,
)
from jupyter_faas.workspace.packaging.dependencies import check_secrets, check_sendable
from jupyter_faas.workspace.packaging.environment import given_variables, unset_variables
from jupyter_faas.workspace.packaging.frames import libraries_of, with_live_types
from jupyter_faas.workspace.packaging.model_samples import choose_samples, name_inputs
from jupyter_faas.workspace.packaging.models import (
    adapt_to_cell,
    check_model_attributes,
    code_for_helper,
    each_model,
    pack_within,
    schema_with_models,
)
from jupyter_faas.workspace.request import PackageRequest
from jupyter_faas.workspace.results import Packaged
from jupyter_faas.workspace.settings import this_kind
from jupyter_faas.workspace.targets.capabilities import capabilities_of


def package(
    request: PackageRequest, namespace: Mapping[str, object], context: PackagingContext
) -> Packaged:
    """Package a cell that has just run in ``namespace``.

    Raises InputError, CaptureError, ConversionError, ParityError, ExampleFailed and BundleError.
    """
    options = request.options
    check_options(options)
    check_model_format(options)
    variables = given_variables(options.variables, os.environ)
    # ``split_cell`` returns None for source without a ``%%function`` line.
    magic_line, body = split_cell(request.cell_text) or ("", request.cell_text)
    context.progress(f"Capturing {options.name}…")
    captured_with = partial(
        capture,
        body,
        namespace,
        name=options.name,
        is_model=is_model,
        magic_line=options.shown_magic_line(magic_line),
        includes=[Path(path) for path in options.includes],
        requires=options.requires,
        root=request.root,
        modules_of_models=_modules(options.trust),
    )
    captured = captured_with(takes_code=is_estimator)
    inputs = [test.params for test in request.tests]
    spec: dict[str, Any] = {
        "name": captured.name,
        "signature": captured.signature,
        "parameter_style": captured.parameter_style,
        "schema": with_live_types(captured.schema, inputs, request.sample),
    }
    check_secrets(options.secrets, captured.name, captured.schema)
    # When a cell is packaged again, its name in the notebook is bound to the handle, not to the
    # function.
    function = context.function or cast("Callable[..., Any]", namespace.get(captured.handler))
    recorder = ExampleRecorder(function, spec, request, ModelCalls(captured.models))
    examples = recorder.examples()
    try:
        models = _convert(captured, recorder, context) if captured.models else []
    except ConversionError:
        has_booster = any(map(is_native_booster, captured.models.values()))
        if options.model_format != AUTO or not has_booster:
            raise
        # Without an ONNX form that does, a booster is captured as a data object, in the format of
        # its own library.
        captured_with = partial(captured_with, is_model=_is_other_model)
        captured = captured_with(takes_code=is_estimator)
        recorder = ExampleRecorder(function, spec, request, ModelCalls(captured.models))
        examples = recorder.examples()
        models = _convert(captured, recorder, context) if captured.models else []
    if any(model.onnx and model.name in captured.model_code for model in models):
        # The ONNX form needs none of the notebook's code, such as the scorer of a search.
        kept = [captured.models[model.name] for model in models if model.skops]
        captured = captured_with(takes_code=lambda model: any(model is each for each in kept))
    recorder.check(examples, closeness_for([model.to_json() for model in models]))
    schema = spec["schema"] = schema_with_models(spec["schema"], models)
    context.progress(f"Packing {options.name}…")
    setting = context.models.setting() if context.models else None
    bundle, stored = pack_within(
        models,
        threshold=context.models.threshold() if context.models and setting else None,
        most=capabilities_of(context.target, context.info).limits.max_code_bytes,
        # The size limit covers everything that is uploaded, so each attempt packs the requirements
        # too.
        packed=lambda stored: with_requirements(
            _bundle(captured, models, request, stored, schema, examples, variables),
            options,
            context,
        ),
    )
    for model in models:
        if model.name in stored and context.models:
            context.models.files.put(model.data)
    check_sendable(bundle)
    record = make_record(
        bundle,
        request,
        context.now_ms,
        examples=examples,
        clean_room=options.clean_room,
        unset=unset_variables(
            captured.environment_reads, {*options.variables, *options.secrets}, os.environ
        ),
    )
    context.store.put(bundle)
    context.store.put_package(record)
    # The prestarted process tests the package in the background. A deploy waits for the result.
    if context.clean_rooms is not None:
        context.clean_rooms.run_prestarted(record, bundle)
    names = [item.name for item in captured.items]
    origins = request.origins(names) if request.origins else {}
    context.store.put_reasons(record.id, reasons_of(captured, origins))
    target, info, error = context.target, context.info, context.host_error
    shown = card(record, bundle, target, info, setting, error, origins)
    return Packaged(
        record=record,
        bundle=bundle.sha256,
        size=len(bundle.data),
        handler=captured.handler,
        spec=spec,
        card=shown,
    )


def _is_other_model(value: object) -> bool:
    """Return whether ``value`` is a model, but not a native booster of XGBoost or LightGBM."""
    return is_model(value) and not is_native_booster(value)


def _prestart_clean_room(
    captured: CapturedFunction, request: PackageRequest, context: PackagingContext
) -> None:
    """Start the clean-room process, which imports its libraries while a model is converted.

    The process expects ONNX, which most models become. The libraries that a skops model needs are
    not known before the conversion.
    """
    if context.clean_rooms is None or request.options.model_format == SKOPS:
        return
    names = {each.distribution for each in captured.requirements} | {*ONNX_NEEDS}
    context.clean_rooms.prestart(names, ONNX_NEEDS, request.options.secrets)


def _modules(trust: Sequence[str]) -> dict[str, str]:
    """Return the modules that must be importable to load the model, with the reason for each."""
    modules = {}
    for name in trust:
        module = name.removeprefix("only:").rpartition(".")[0]
        while module not in sys.modules and "." in module:
            # The type may be nested in a class, whose name is not the name of a module.
            module = module.rpartition(".")[0]
        modules[module] = f"--trust {name} needs"
    return modules


def _convert(
    captured: CapturedFunction, recorder: ExampleRecorder, context: PackagingContext
) -> list[ModelArtifact]:
    from jupyter_faas.serialization import ConversionHelper

    request = recorder.request
    samples = choose_samples(recorder)
    helper = context.helper or ConversionHelper()

    def saying(words: str) -> None:
        # The helper process is converting the model now, so this process has time to start another
        # one.
        _prestart_clean_room(captured, request, context)
        context.progress(words)

    def converted(name: str, model: object) -> ModelArtifact:
        sample = samples.rows[name]
        made = helper.convert(
            name,
            model,
            sample=sample,
            accept_parity=request.options.accept_parity,
            model_format=request.options.model_format,
            trust=request.options.trust,
            attributes=captured.attributes_read[name],
            **code_for_helper(captured.model_code.get(name)),
            progress=saying,
        )
        made = samples.told(adapt_to_cell(made, captured))
        check_model_attributes(made, captured, sample, helper)
        return made

    try:
        return each_model(captured.models, converted)
    except ConversionError as error:
        name_inputs(error, recorder)
        raise
    finally:
        # If the context has a helper, it belongs to the session, which closes it.
        if helper is not context.helper:
            helper.close()


def _bundle(
    captured: CapturedFunction,
    models: list[ModelArtifact],
    request: PackageRequest,
    stored: frozenset[str],
    schema: Mapping[str, object],
    examples: Sequence[Mapping[str, Any]],
    variables: Mapping[str, str],
) -> Bundle:
    requirements = {each.distribution: each.version for each in captured.requirements}
    for name in {name for model in models for name in model.requirements}:
        requirements[name] = _installed_version(name)
    for name in libraries_of(schema) - requirements.keys():
        requirements[name] = _installed_version(name)
    files = lay_out(
        FunctionFiles(
            cell_text=captured.cell_text,
            captured_source=captured.captured_source,
            models={model.name: (model.onnx, model.spec) for model in models if model.onnx},
            estimators={model.name: (model.skops, model.spec) for model in models if model.skops},
            arrays=captured.array_files(),
            data=captured.data,
            includes=captured.includes,
            requirements=requirements,
            stored=stored,
            images=captured.images,
            objects=bool(schema.get(TYPED)),
            variables=variables,
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
        requirements=requirement_entries(requirements),
        captured=tuple(
            {
                "name": item.name,
                "kind": item.kind,
                "why": item.why,
                "size": model_sizes.get(item.name, item.size),
            }
            for item in (*captured.items, *_variable_items(variables))
        ),
        models=tuple(
            {**model.to_json(), "stored": model_reference(model.data)}
            if model.name in stored
            else model.to_json()
            for model in models
        ),
        # The notebook's answers are left out, because answers that depend on time or chance would
        # change the sha256.
        tests=tuple(
            {key: one[key] for key in ("params", "expect") if key in one}
            for one in examples
            if one["source"] == "test"
        ),
        secrets=tuple(sorted(request.options.secrets)),
    )
    return pack(files, manifest)


def _variable_items(variables: Mapping[str, str]) -> list[CapturedItem]:
    # The card shows the size of the value, and not the value.
    return [
        CapturedItem(name, "environment variable", "added by --env", len(value))
        for name, value in variables.items()
    ]


def _installed_version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        # Another distribution, such as onnxruntime-gpu, may provide the same module.
        version: str = importlib.import_module(name).__version__
        return version
