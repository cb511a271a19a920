"""Capture of a cell, or of a composition's inline functions, with all dependencies."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from jupyter_faas.capture.analysis.names import NameRead, Names, Usage, usages
from jupyter_faas.capture.analysis.scopes import set_by_main_blocks
from jupyter_faas.capture.analysis.visitor import find_names
from jupyter_faas.capture.attribute_reads import reads_of_entries
from jupyter_faas.capture.captured_names import (
    CapturedItem,
    CapturedName,
    array_bytes,
    array_files,
    data_files,
    reached,
)
from jupyter_faas.capture.closure import Closure
from jupyter_faas.capture.composition_closure import InlineClosure, InlineFunction
from jupyter_faas.capture.context import CaptureContext
from jupyter_faas.capture.dependencies.environment_reads import (
    EnvironmentRead,
    environment_reads,
)
from jupyter_faas.capture.dependencies.file_reads import FileReads, loaded_modules, paths_in
from jupyter_faas.capture.dependencies.folder_reads import include_reads
from jupyter_faas.capture.dependencies.includes import Includes, read_includes
from jupyter_faas.capture.dependencies.modules import NeededModules
from jupyter_faas.capture.dependencies.path_patterns import PathPatterns
from jupyter_faas.capture.dependencies.requirements import ModuleIndex, Requirement
from jupyter_faas.capture.library_schemas import Schema
from jupyter_faas.capture.model_code import ModelCode
from jupyter_faas.capture.model_values import named
from jupyter_faas.capture.refusals import lost_path, move_line
from jupyter_faas.capture.render import render
from jupyter_faas.capture.result_schema import error_lines
from jupyter_faas.capture.schema import has_image
from jupyter_faas.capture.signature import (
    TYPED,
    Handler,
    ParameterStyle,
    Signature,
    find_handler,
    read_signature,
)
from jupyter_faas.capture.source.cells import join_cell, parse, parse_body
from jupyter_faas.capture.source.objects import FUTURE_ANNOTATIONS, core_function
from jupyter_faas.errors import CaptureError


@dataclass(frozen=True, kw_only=True)
class CapturedFunctions:
    """A composition's inline functions and their dependencies, ready to be packaged.

    ``captured_source`` is the text of captured.py, which binds each function to its name.
    ``arrays`` maps names to live arrays. ``data`` maps the names of the files of data objects
    (``df.json``) to their contents. ``includes`` maps paths in the package to file contents.
    ``usage_paths`` maps each captured name to all chains of uses that lead to the name. ``images``
    is true when a function reads or creates images.
    """

    items: tuple[CapturedItem, ...]
    captured_source: str
    requirements: tuple[Requirement, ...]
    arrays: Mapping[str, Any]
    data: Mapping[str, bytes]
    includes: Mapping[str, bytes]
    images: bool = False
    usage_paths: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)

    def array_files(self) -> dict[str, bytes]:
        """Return the bytes of each array's .npy file, by name."""
        return {name: array_bytes(array) for name, array in self.arrays.items()}


@dataclass(frozen=True, kw_only=True)
class CapturedFunction(CapturedFunctions):
    """A cell's function and its dependencies, ready to be packaged.

    ``cell_text`` is the cell as it was executed. ``source`` is the cell without the magic line.
    ``requirements`` does not include the libraries that converted models need. ``models`` maps
    names to live models. ``attributes_read`` maps each model's name to the attributes that the
    captured code reads. ``objects`` is true when objects, such as frames or dates, are made of the
    parameters. ``model_code`` has the notebook's code inside a model, by the model's name, for
    models that hold such code. ``environment_reads`` are the environment variables that the code
    reads.
    """

    name: str
    source: str
    cell_text: str
    handler: str
    signature: str
    doc: str
    schema: Schema
    parameter_style: ParameterStyle
    objects: bool
    models: Mapping[str, object]
    attributes_read: Mapping[str, frozenset[str]]
    model_code: Mapping[str, ModelCode] = field(default_factory=dict)
    environment_reads: tuple[EnvironmentRead, ...] = ()


def capture(
    source: str,
    namespace: Mapping[str, object],
    *,
    name: str,
    is_model: Callable[[object], bool],
    magic_line: str = "",
    includes: Sequence[Path] = (),
    requires: Sequence[str] = (),
    root: Path | None = None,
    modules_of_models: Mapping[str, str] = MappingProxyType({}),
    takes_code: Callable[[object], bool] = lambda _: False,
) -> CapturedFunction:
    """Capture the dependencies of the cell body ``source``, which has just run in ``namespace``.

    Lines are numbered as in the cell, in which ``magic_line``, if any, is line 1. ``includes``
    contains paths of files and directories relative to ``root``, the notebook's directory.
    ``requires`` contains required distributions that are not imported by any statement.
    ``modules_of_models`` maps each module that an unconverted model imports to the start of the
    error message for that module. ``takes_code`` returns whether the functions and classes that a
    model holds are captured too, for models that may be packaged as they are. Raises CaptureError
    when something cannot be packaged. The message names the variable and the lines that use it, and
    says what to do.
    """
    tree = parse_body(source, first_line=2 if magic_line else 1)
    handler = find_handler(tree, name)
    future = _ran_with_future(namespace, handler.name)
    names = find_names(tree, future_annotations=future, namespace=namespace)
    _check(names)
    signature = read_signature(handler, name, namespace)
    names = _with_classes(names, handler, signature)
    files = read_includes(includes, root)
    modules = NeededModules(files, ModuleIndex())
    context = CaptureContext(namespace, is_model, modules, takes_code)
    closure = Closure(context)
    # Only the first reason for a requirement is kept. The cell's imports are therefore processed
    # first, because users recognize that reason on the card.
    modules.need_imports(tree, "the cell")
    modules.require(requires)
    for module, where in modules_of_models.items():
        modules.need(module, where, "needed by a model in the skops format")
    for parameter, wanted in signature.schema.get("properties", {}).items():
        if has_image(wanted):
            modules.need_images(f"The image {parameter}")
    for distribution, parameter in signature.libraries.items():
        modules.need(distribution, f"The parameter {parameter}", f"needed to create {parameter}")
    closure.collect(names)
    entries = closure.entries
    models = {
        entry.name: entry.value
        for entry in entries.values()
        if entry.kind == "model" and not entry.same_as
    }
    arrays = array_files(entries.values())
    trees = _code(files, name, tree, entries.values())
    _include_named_files(files, trees, entries.values())
    if arrays:
        modules.need("numpy", "The package imports", "needed to load arrays")
    return CapturedFunction(
        name=name,
        source=source,
        cell_text=join_cell(magic_line, source),
        handler=handler.name,
        signature=signature.text,
        doc=signature.doc,
        schema=signature.schema,
        parameter_style=signature.parameter_style,
        objects=bool(signature.schema.get(TYPED)),
        items=(
            *(entry.item() for entry in entries.values()),
            *_notes(names, tree, handler),
            *file_items(files),
        ),
        captured_source=render(
            name,
            entries,
            context,
            future_annotations=closure.future_annotations,
        ),
        requirements=modules.requirements(),
        models=models,
        arrays=arrays,
        data=data_files(entries),
        includes=files.contents(),
        attributes_read={
            name: closure.attributes_read(name) | reads_of_entries(name, tree, entries)
            for name in models
        },
        model_code={
            entry.name: _model_code(entry, closure, context)
            for entry in entries.values()
            if entry.code or entry.values
        },
        images=modules.images or has_image(signature.schema),
        usage_paths={
            name: tuple(tuple(usage.steps()) for usage in closure.usages[name]) for name in entries
        },
        environment_reads=environment_reads(
            ((one.owner, one.tree, not one.is_module) for one in trees),
            {one.name: one.value for one in entries.values() if isinstance(one.value, str)},
        ),
    )


def _notes(cell: Names, tree: ast.Module, handler: Handler) -> Iterator[CapturedItem]:
    """Yield an item for each place at which an action may differ from the notebook.

    These are the sets whose order the cell reads, results that OpenWhisk takes for errors, and the
    variables of the cell that its main block sets again.
    """
    for note in dict.fromkeys(read.note for read in cell.set_reads):
        reads = [
            NameRead(read.text, read.line, read.user, immediate=False)
            for read in cell.set_reads
            if read.note == note
        ]
        for text, usage in usages(reads).items():
            yield CapturedItem(text, "note", f"{usage.why()}; {note}", 0)
    lines = dict.fromkeys(error_lines(handler.node))
    if lines:
        where = f"line{'' if len(lines) == 1 else 's'} {', '.join(map(str, lines))}"
        why = f"returned on {where}; a call whose result has the key 'error' counts as failed"
        yield CapturedItem("{'error': …}", "note", why, 0)
    for name, line in set_by_main_blocks(tree).items():
        why = f"set again on line {line} in a block that does not run in an action"
        yield CapturedItem(name, "note", why, 0)


def _model_code(model: CapturedName, closure: Closure, context: CaptureContext) -> ModelCode:
    """Return the source of a model's code with all dependencies, except for other models."""
    entries = closure.entries
    needs = {name: {*one.needs_now, *one.needs_later} for name, one in entries.items()}
    wanted = reached(needs, model.name)
    chosen = {name: one for name, one in entries.items() if name in wanted and one.kind != "model"}
    source = render(model.name, chosen, context, future_annotations=closure.future_annotations)
    arrays = array_files(chosen.values())
    files = {f"{name}.npy": array_bytes(value) for name, value in arrays.items()}
    files |= data_files(chosen)
    paths = {f"data/{path}": data for path, data in files.items()}
    return ModelCode(source, model.code, paths, named(model.values))


@dataclass(frozen=True)
class _Code:
    """Source code of the package. ``file`` is a module's path, relative to the root."""

    owner: str
    tree: ast.Module
    is_module: bool = False
    file: str = ""
    is_constant: bool = False


def _code(
    files: Includes, name: str, cell: ast.Module, entries: Iterable[CapturedName]
) -> list[_Code]:
    """Return the code of the cell, of the captured names and of the included modules."""
    captured = [
        _Code(one.name, parse(one.text), is_constant=one.kind == "constant")
        for one in entries
        if one.text
    ]
    modules = [_Code(owner, tree, True, file) for owner, tree, file in files.modules()]
    return [_Code(name, cell), *captured, *modules]


def _include_named_files(
    files: Includes, code: Sequence[_Code], entries: Iterable[CapturedName]
) -> None:
    """Include the files next to the notebook whose paths the code contains.

    Raises CaptureError if the code reads files that cannot be included without ``--include``.
    """
    entries = list(entries)
    patterns = PathPatterns(files.inside)
    for one in code:
        # The value of a constant is added below, and its text may be long.
        if not one.is_constant:
            patterns.add(one.owner, one.tree, file=one.file, is_used=not one.is_module)
        for path in () if one.is_module else loaded_modules(one.tree):
            files.add_named(path, f"loaded by {one.owner}", code=True)
        for node in ast.walk(one.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                files.add_named(node.value, f"path used in {one.owner}")
    for entry in entries:
        if entry.kind in ("constant", "object"):
            patterns.add_value(entry.name, entry.value)
    # The first error names the variable that holds the path.
    own = [one.tree for one in code if not one.is_module and not one.is_constant]
    _check_files(files, own, entries)
    include_reads(files, patterns.reads())


def _check_files(
    files: Includes, trees: Iterable[ast.Module], entries: Iterable[CapturedName]
) -> None:
    """Raise CaptureError if the code opens an existing file that is not in the package."""
    reads = FileReads()
    for tree in trees:
        reads.add(tree)
    passed = reads.passed()
    for entry in entries:
        if entry.kind not in ("constant", "object"):
            continue
        for place, path in paths_in(entry.name, entry.value, passed):
            hint = files.left_behind(path, place)
            if hint is not None:
                raise lost_path(place, Path(path), entry.usage, hint)
    for path, line in reads.texts.items():
        hint = files.left_behind(path)
        if hint is not None:
            raise CaptureError(
                f"The code opens {path} on line {line}, but the file is not in the package.",
                hint=hint,
            )


def _ran_with_future(namespace: Mapping[str, object], handler: str) -> bool:
    """Return whether the cell ran with ``from __future__ import annotations``."""
    # In IPython, this import in one cell also affects all later cells, so it might not be in the
    # text of this cell.
    live = core_function(namespace.get(handler))
    return live is not None and bool(live.__code__.co_flags & FUTURE_ANNOTATIONS)


def _with_classes(names: Names, handler: Handler, signature: Signature) -> Names:
    """Return the names with the classes of the parameters, which the action finds by name.

    Quoted annotations and those under ``from __future__ import annotations`` read no names.
    """
    read = {use.name for use in names.uses} | names.bound
    more = [
        NameRead(name, handler.line, handler.name, immediate=False)
        for name in sorted(signature.classes - read)
    ]
    return replace(names, uses=(*names.uses, *more))


def _check(names: Names) -> None:
    if names.top_level_await is not None:
        raise CaptureError(
            f"Line {names.top_level_await} of the cell uses await outside a function, which works "
            "only in a notebook.",
            hint=move_line(Usage((("", (names.top_level_await,)),))),
        )
    # ``x = x + 1`` in the cell needs the value of ``x`` from before the cell ran, which is lost.
    rebound = [use for use in names.rebound if not hasattr(builtins, use.name)]
    for name, usage in usages(rebound).items():
        raise CaptureError(
            f"The original value of {name} is lost, because {usage.sentence(name)} and changes it "
            "afterwards.",
            hint=move_line(usage),
        )


def file_items(files: Includes) -> list[CapturedItem]:
    """Return the card's items for the user's files in the package."""
    found = [
        CapturedItem(path, "folder" if path.endswith("/") else "file", why, size)
        for path, why, size in files.found
    ]
    given = [CapturedItem(path, "file", "added by --include", size) for path, size in files.given]
    return found + given


# The following functions capture the inline functions of a composition.


def capture_functions(
    functions: Sequence[InlineFunction],
    namespace: Mapping[str, object],
    *,
    name: str,
    is_model: Callable[[object], bool],
    cell_file: str = "composition.py",
    includes: Sequence[Path] = (),
    requires: Sequence[str] = (),
    root: Path | None = None,
) -> CapturedFunctions:
    """Capture the dependencies of ``functions`` from ``namespace``, in which the cell has just run.

    Names are followed in the same way as for a cell's function, but models are rejected.
    ``includes``, ``requires`` and ``root`` have the same meaning as in ``capture``. Raises
    CaptureError when something cannot be packaged. The message names the variable and the place in
    the composition that uses it (``root[1] uses df on line 3``), and says what to do.
    """
    files = read_includes(includes, root)
    modules = NeededModules(files, ModuleIndex())
    # The functions are added to the namespace under generated names, so that they are captured
    # like other functions of the notebook.
    names = {**namespace, **{one.name: one.function for one in functions}}
    context = CaptureContext(names, is_model, modules, takes_code=lambda _: False)
    closure = InlineClosure(context, functions)
    modules.require(requires)
    closure.collect_functions()
    arrays = array_files(closure.entries.values())
    if arrays:
        modules.need("numpy", "The package imports", "needed to load arrays")
    trees = _code(files, name, ast.Module([], []), closure.entries.values())
    _include_named_files(files, trees, closure.entries.values())
    items = tuple(closure.items())
    return CapturedFunctions(
        items=(*items, *file_items(files)),
        captured_source=render(
            name,
            closure.entries,
            context,
            future_annotations=closure.future_annotations,
            cell_file=cell_file,
        ),
        requirements=modules.requirements(),
        arrays=arrays,
        data=data_files(closure.entries),
        includes=files.contents(),
        images=modules.images,
        usage_paths={
            item.name: tuple(tuple(usage.steps()) for usage in closure.usages[item.name])
            for item in items
        },
    )
