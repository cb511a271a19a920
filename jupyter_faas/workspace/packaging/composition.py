"""Package a composition: capture inline functions, compile states, write and store the zip.

A composition in Python gets our conductor (shipped/conductor) and ``composition.json``, which holds
the syntax tree and the compiled states. A composition with JavaScript functions gets the conductor
of the npm package ``openwhisk-composer`` if that package is installed. Without the npm package,
such a composition can be displayed but not deployed.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import platform
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from jupyter_faas.bundle import Bundle, CompositionFiles, Manifest, lay_out_composition, pack
from jupyter_faas.capture import CapturedFunctions, InlineFunction, capture_functions
from jupyter_faas.errors import CompositionError
from jupyter_faas.serialization import is_model
from jupyter_faas.workspace.compositions.dependencies import CalledAction, calls, check_cycle
from jupyter_faas.workspace.compositions.npm_composer import find_npm_composer, make_conductor
from jupyter_faas.workspace.packaging.card import card
from jupyter_faas.workspace.packaging.contents import reasons_of
from jupyter_faas.workspace.packaging.context import (
    PackagingContext,
    check_options,
    make_record,
    requirement_entries,
    with_requirements,
)
from jupyter_faas.workspace.packaging.dependencies import check_sendable
from jupyter_faas.workspace.results import Forecast, Packaged
from jupyter_faas.workspace.settings import this_kind

if TYPE_CHECKING:
    from jupyter_faas.composer import Composition
    from jupyter_faas.workspace.request import CompositionRequest


# The names that each ``let`` around a node declares, with the innermost last. None stands for a
# ``mask``.
_Frames = tuple[frozenset[str] | None, ...]


def inline_functions_of(node: Composition) -> list[InlineFunction]:
    """Return the Python functions in a composition, numbered as the conductor numbers them."""
    from jupyter_faas.composer import inline_functions, inline_name

    # Names that an enclosing ``let`` declares come from the conductor at run time, so they must not
    # be captured from the notebook.
    visible = dict(_visible(node, "", ()))
    return [
        InlineFunction(inline_name(index), f"root{path}", function, visible[path])
        for index, (path, function) in enumerate(inline_functions(node))
    ]


def _visible(node: Composition, path: str, frames: _Frames) -> Iterator[tuple[str, frozenset[str]]]:
    yield path, _names(frames)
    if node.type == "let":
        frames = (*frames, frozenset(cast("dict[str, object]", node.arguments["declarations"])))
    elif node.type == "mask":
        frames = (*frames, None)
    for step, child in node.children():
        yield from _visible(child, path + step, frames)


def _names(frames: _Frames) -> frozenset[str]:
    """Return the ``let`` names that are visible inside the innermost frame.

    Each ``mask`` hides the nearest enclosing ``let`` that is not hidden yet.
    """
    names: set[str] = set()
    hidden = 0
    for frame in reversed(frames):
        if frame is None:
            hidden += 1
        elif hidden:
            hidden -= 1
        else:
            names |= frame
    return frozenset(names)


_NODEJS = "nodejs:default"
# composition.json contains a syntax tree in the format of this version of OpenWhisk Composer.
VERSION = "0.12.0"
# A composition accepts any dictionary, because only the actions that it calls define parameters.
_SCHEMA: Mapping[str, Any] = {"type": "object"}


@dataclass(frozen=True)
class _Compiled:
    """The files of a composition, its runtime kind, and the captures of its functions."""

    files: CompositionFiles
    captured: CapturedFunctions | None
    kind: str


def package_composition(
    request: CompositionRequest,
    node: Composition,
    namespace: Mapping[str, object],
    context: PackagingContext,
    called: Callable[[Composition], list[CalledAction]],
    parts: Mapping[str, Packaged] | None = None,
) -> Packaged:
    """Package a composition from a cell that has just run, or from a file.

    ``namespace`` has the names that inline functions use.

    ``called`` returns the actions that a composition calls, with their state on the target.
    ``parts`` are the included named compositions, which are already packaged. The same cell yields
    the same bundle.

    Raises CaptureError and CompositionError, which name the node in the composition, and InputError
    for invalid options.
    """
    from jupyter_faas.composer import (
        called_actions,
        inline_functions,
        javascript_functions,
        least_calls,
        with_live_functions,
    )

    # A composition from JSON has only the source of its functions.
    node = with_live_functions(node, namespace)
    # Without the target, this check finds only a composition that calls itself directly. A deploy
    # checks for longer cycles.
    check_cycle(request.options.path, called_actions(node), lambda _: (), "_")
    context.progress(f"Capturing {request.options.name}…")
    compiled = _compiled(request, node, namespace)
    context.progress(f"Packing {request.options.name}…")
    bundle = with_requirements(_bundle(request, compiled), request.options, context)
    check_sendable(bundle)
    parts = parts or {}
    record = make_record(bundle, request, context.now_ms)
    if parts:
        # The id is derived from the content. An empty id is computed again.
        record = replace(record, parts=tuple(one.record.id for one in parts.values()), id="")
    context.store.put(bundle)
    context.store.put_package(record)
    items = compiled.captured.items if compiled.captured else ()
    origins = request.origins([item.name for item in items]) if request.origins else {}
    if compiled.captured:
        context.store.put_reasons(record.id, reasons_of(compiled.captured, origins))
    shown = card(record, bundle, context.target, context.info, None, context.host_error, origins)
    actions = [each.to_json() for each in called(node)]
    facts = {
        "graph": node.to_json(),
        "functions": len(inline_functions(node)) + len(javascript_functions(node)),
        "least_calls": least_calls(node),
        "actions": actions,
    }
    own = [each["name"] for each in actions]
    inner = {name: None for part in parts.values() for name in calls(part.card)}
    if further := [name for name in inner if name not in own]:
        facts["parts_call"] = further
    manifest = bundle.manifest
    return Packaged(
        record=record,
        bundle=bundle.sha256,
        size=len(bundle.data),
        handler=manifest.handler,
        spec={
            "name": manifest.name,
            "signature": manifest.signature,
            "parameter_style": manifest.parameter_style,
            "schema": manifest.schema,
        },
        card={**shown, "forecast": Forecast("unmeasured").to_json(), "composition": facts},
        parts=parts,
    )


def _compiled(
    request: CompositionRequest, node: Composition, namespace: Mapping[str, object]
) -> _Compiled:
    from jupyter_faas.composer import javascript_functions

    javascript = javascript_functions(node)
    check_options(request.options, "nodejs" if javascript else "python")
    if javascript:
        return _with_javascript(request, node, javascript[0])
    return _with_python(request, node, namespace)


def _with_python(
    request: CompositionRequest, node: Composition, namespace: Mapping[str, object]
) -> _Compiled:
    from jupyter_faas.composer import compile_fsm, composed_json, lower

    lowered = lower(node)
    document = {**composed_json(node, lowered), "version": VERSION, "fsm": compile_fsm(lowered)}
    functions = inline_functions_of(node)
    captured = capture_functions(
        functions,
        namespace,
        name=request.options.name,
        is_model=is_model,
        includes=[Path(path) for path in request.options.includes],
        requires=request.options.requires,
        root=request.root,
    )
    files = CompositionFiles(
        document=document,
        cell_text=_shown_text(request),
        captured_source=captured.captured_source if functions else "",
        arrays=captured.array_files(),
        data=captured.data,
        includes=captured.includes,
        requirements={each.distribution: each.version for each in captured.requirements},
        images=captured.images,
    )
    return _Compiled(files, captured, request.options.kind or this_kind())


def _with_javascript(request: CompositionRequest, node: Composition, path: str) -> _Compiled:
    from jupyter_faas.composer import composed_json, inline_functions

    for python, _ in inline_functions(node):
        raise CompositionError(
            f"root{path} is a JavaScript function and root{python} is a Python function, but a "
            "runtime can run only one of these languages.",
            hint="Write the Python function in a separate cell, which begins with %%function step "
            f"and defines step(params). Then write 'step' instead of root{python}.",
        )
    tree, package = node.to_json(), find_npm_composer(request.root or Path.cwd(), os.environ)
    document: dict[str, Any] = {**composed_json(node, node), "version": VERSION}
    code = ""
    if package is not None:
        made = make_conductor(package, tree, f"/_/{request.options.path}", os.environ)
        document, code = {**document, **made.document, "ast": tree}, made.code
    files = CompositionFiles(document, _shown_text(request), javascript=code)
    return _Compiled(files, None, request.options.kind or _NODEJS)


def _bundle(request: CompositionRequest, compiled: _Compiled) -> Bundle:
    items = compiled.captured.items if compiled.captured else ()
    manifest = Manifest(
        name=request.options.name,
        handler="main",
        signature=f"{request.options.variable or request.options.name}(params)",
        schema=_SCHEMA,
        doc=_doc(request.cell_text),
        parameter_style="dictionary",
        source_sha256=_source(request, compiled.files),
        kind=compiled.kind,
        limits={"memory_mb": request.options.memory_mb, "timeout_ms": request.options.timeout_ms},
        python=platform.python_version(),
        requirements=requirement_entries(compiled.files.requirements),
        captured=tuple(
            {"name": item.name, "kind": item.kind, "why": item.why, "size": item.size}
            for item in items
        ),
    )
    return pack(lay_out_composition(compiled.files), manifest)


def _source(request: CompositionRequest, files: CompositionFiles) -> str:
    """Return the sha256 of the source, which is the cell or the syntax tree from a file."""
    if request.cell_text:
        return request.source
    return hashlib.sha256(json.dumps(files.document["ast"]).encode()).hexdigest()


def _shown_text(request: CompositionRequest) -> str:
    """Return the cell's text without the values of ``--param``, which may be secrets."""
    first, newline, rest = request.cell_text.lstrip("\n").partition("\n")
    return (
        f"{request.options.shown_magic_line(first)}{newline}{rest}"
        if first.startswith("%%")
        else (request.cell_text)
    )


def _doc(cell_text: str) -> str:
    """Return the docstring at the beginning of the cell, or an empty string."""
    first, _, rest = cell_text.lstrip("\n").partition("\n")
    body = rest if first.startswith("%%") else cell_text
    # A cell may contain IPython syntax, which Python cannot parse.
    with suppress(SyntaxError, ValueError):
        return ast.get_docstring(ast.parse(body)) or ""
    return ""
