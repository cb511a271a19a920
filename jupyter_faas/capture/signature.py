"""The handler of a cell, which is the function that an action calls, and its signature."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from jupyter_faas.capture.docstrings import parameter_descriptions
from jupyter_faas.capture.library_schemas import NotJson, Schema, json_default
from jupyter_faas.capture.result_schema import own_nodes, result_entries
from jupyter_faas.capture.schema import (
    TypeSchemas,
    answer_schema,
    has_kinds,
    is_json,
    kinds_in,
    nullable,
)
from jupyter_faas.capture.source.cells import statements
from jupyter_faas.capture.source.objects import core_function
from jupyter_faas.errors import CaptureError
from jupyter_faas.whisk.names import action_name

ParameterStyle = Literal["dictionary", "named"]

_WHOLE_DICTIONARY = ("params", "args", "event")
# OpenWhisk calls ``main`` by default, and other platforms often call ``handler``.
_FALLBACKS = ("main", "handler")
# True in a schema if the action makes objects of the parameters.
TYPED = "x-faas-typed"


@dataclass(frozen=True)
class Handler:
    """The definition of the handler in the cell: a ``def`` or a named lambda (``node``)."""

    name: str
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    line: int


@dataclass(frozen=True)
class Signature:
    """The handler's signature as text and as a JSON schema.

    ``text`` looks like ``iris(sepal_length: float, width: int = 512) -> dict``. ``schema`` is the
    JSON schema of the parameters, in source order. The schema has ``additionalProperties`` when the
    handler takes ``**kwargs``. It describes the result with ``x-faas-result`` and ``x-faas-boxed``
    (see result_schema.py), which JSON Schema and OpenAPI ignore like all keys that they do not
    define. ``doc`` is the first paragraph of the docstring, on one line. ``classes`` contains the
    names of the notebook's classes that the parameters need. ``libraries`` maps each library that
    makes parameters, such as pandas, to the first of them.
    """

    text: str
    doc: str
    schema: Schema
    parameter_style: ParameterStyle
    classes: frozenset[str] = frozenset()
    libraries: Mapping[str, str] = field(default_factory=dict)


def find_handler(tree: ast.Module, action: str) -> Handler:
    """Return the function that handles calls of ``action``.

    This is the function with the action's name, else ``main``, else ``handler``, else the only
    public function. A function ``my_action`` matches the actions ``my-action`` and
    ``package/my-action``. Raises CaptureError when there is no public function, or when several
    functions could be the handler.
    """
    # A later definition replaces an earlier definition of the same name, as when the cell runs.
    found = {handler.name: handler for handler in _functions(tree)}
    base = action.rpartition("/")[2]
    wanted = re.sub(r"\W", "_", base)
    # The action of a function whose name is not in ASCII has another name.
    same = (name for name in found if _is_ascii_form(base, name))
    for name in (wanted, *same, *_FALLBACKS):
        if name in found:
            return found[name]
    public = [handler for name, handler in found.items() if not name.startswith("_")]
    if len(public) == 1:
        return public[0]
    if not public:
        raise CaptureError(
            "The cell does not define a function that can be deployed.",
            hint=f"Define one: def {wanted}(…), with a return statement.",
        )
    names = ", ".join(f"{handler.name} (line {handler.line})" for handler in public)
    raise CaptureError(
        f"The cell defines several functions, so it is not clear which one to deploy: {names}.",
        hint=f"To deploy {public[-1].name}, rename it to {wanted}.",
    )


def _functions(tree: ast.Module) -> Iterator[Handler]:
    for node in statements(tree.body):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield Handler(node.name, node, node.lineno)
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    yield Handler(target.id, node.value, node.lineno)


def read_signature(handler: Handler, action: str, namespace: Mapping[str, object]) -> Signature:
    """Return the handler's signature, with annotations evaluated in ``namespace``.

    Raises CaptureError for parameters that cannot be passed as JSON: ``*args``, positional-only
    parameters and types that JSON cannot represent. Also raises CaptureError for a generator,
    because it does not return a result.
    """
    _check(handler)
    arguments = handler.node.args
    defaults = _defaults(handler, namespace)
    types = TypeSchemas(namespace)
    described = parameter_descriptions(_docstring(handler))
    parameters = [*arguments.args, *arguments.kwonlyargs]
    properties: dict[str, Schema] = {}
    required: list[str] = []
    for parameter in parameters:
        schema = _parameter_schema(handler, parameter, namespace, types)
        if parameter.arg in described:
            schema.setdefault("description", described[parameter.arg])
        if parameter.arg not in defaults:
            required.append(parameter.arg)
        # A default that is not JSON, such as an array, is omitted because a form cannot show it.
        elif is_json(default := json_default(defaults[parameter.arg])):
            if default is None:
                # ``width: int = None`` is common, so the schema must allow the default.
                schema = nullable(schema)
            schema = {**schema, "default": default}
        properties[parameter.arg] = schema
    style: ParameterStyle = "named"
    full: Schema = {"type": "object", "properties": properties, "required": required}
    if arguments.kwarg:
        full["additionalProperties"] = (
            _parameter_schema(handler, arguments.kwarg, namespace, types) or True
        )
    elif len(parameters) == 1 and parameters[0].arg in _WHOLE_DICTIONARY:
        only = {**properties[parameters[0].arg]}
        only.pop("default", None)
        # A parameter such as ``args: list[float]`` only happens to have this name, and is passed
        # like any other parameter.
        if (not only or only.get("type") == "object") and not has_kinds(only):
            style, full = "dictionary", {"type": "object", **only}
    if has_kinds(full):
        full[TYPED] = True
    if types.definitions:
        full["$defs"] = types.definitions
    full |= result_entries(_result_schema(handler, namespace), handler.node)
    return Signature(
        _text(handler, action),
        _doc(handler),
        full,
        style,
        classes=frozenset(types.class_names),
        libraries=_libraries(properties),
    )


def _libraries(properties: Mapping[str, Schema]) -> dict[str, str]:
    """Return numpy and pandas, if parameters are made with them, with the first such parameter."""
    found: dict[str, str] = {}
    for name, schema in properties.items():
        for library in kinds_in(schema):
            if library in ("numpy", "pandas"):
                found.setdefault(library, name)
    return found


def _check(handler: Handler) -> None:
    arguments, name = handler.node.args, handler.name
    if arguments.vararg:
        raise CaptureError(
            f"{name} takes *{arguments.vararg.arg} (line {handler.line}), but JSON parameters "
            "have names.",
            hint=f"Write {arguments.vararg.arg}: list instead of *{arguments.vararg.arg}.",
        )
    if arguments.posonlyargs:
        raise CaptureError(
            f"{name} has positional-only parameters (line {handler.line}), but JSON parameters "
            "have names.",
            hint="Remove the / from its parameters.",
        )
    if any(isinstance(node, ast.Yield | ast.YieldFrom) for node in own_nodes(handler.node)):
        raise CaptureError(
            f"{name} is a generator (line {handler.line}), but an action returns a single result.",
            hint="Collect the yielded values in a list, and return the list.",
        )


def _parameter_schema(
    handler: Handler, parameter: ast.arg, namespace: Mapping[str, object], types: TypeSchemas
) -> Schema:
    if parameter.annotation is None:
        return {}
    annotation = _evaluate(parameter.annotation, namespace)
    # A quoted annotation (``x: "float"``) evaluates to a string, which is then evaluated.
    if isinstance(annotation, str):
        annotation = _evaluate_text(annotation, namespace)
    try:
        return types.of(annotation)
    except NotJson as error:
        raise CaptureError(
            f"Parameter {parameter.arg} of {handler.name} (line {parameter.lineno}) is "
            f"annotated as {error.type_name}, which cannot be created from JSON data.",
            hint=_annotation_hint(parameter.arg, ast.unparse(parameter.annotation), annotation),
        ) from None


def _annotation_hint(name: str, written: str, annotation: object) -> str:
    """Return the hint to receive plain data and create the annotated type from it."""
    if not isinstance(annotation, type) or not re.fullmatch(r"[\w.]+", written):
        # It cannot be called, such as ``bytes | None`` or ``list[bytes]``.
        return f"Write {name} instead of {name}: {written}."
    top = str(getattr(annotation, "__module__", "")).partition(".")[0]
    if top == "__main__":
        sent, value = "dict", f"**{name}"
    else:
        sent, value = ("str" if top in sys.stdlib_module_names else "list"), name
    made = f"{written}({value})"
    if annotation in (bytes, bytearray):
        made = f"{written}({name}.encode())"
    elif annotation is re.Pattern:
        made = f"{written.replace('Pattern', 'compile')}({name})"
    return (
        f"Write {name}: {sent} instead of {name}: {written}, and begin the function with "
        f"{name} = {made}."
    )


def _result_schema(handler: Handler, namespace: Mapping[str, object]) -> Schema:
    """Return the schema of the return annotation, or an empty schema if it describes no type."""
    returns = getattr(handler.node, "returns", None)
    if returns is None:
        return {}
    annotation = _evaluate(returns, namespace)
    if isinstance(annotation, str):
        annotation = _evaluate_text(annotation, namespace)
    try:
        types = TypeSchemas(namespace, result=True)
        found = types.of(annotation)
        # The schema of the answer is a part of another schema, whose ``$defs`` it cannot use.
        return {} if types.definitions else answer_schema(found)
    except NotJson:
        # Unlike for a parameter, such a type is not an error, because the action converts results
        # of many types to JSON. The JSON type, however, is not known here.
        return {}


def _evaluate_text(text: str, namespace: Mapping[str, object]) -> Any:
    try:
        return _evaluate(ast.parse(text.strip(), mode="eval").body, namespace)
    except SyntaxError:
        # The string is a remark such as ``"length in cm"``, so any value is allowed.
        return Any


def _evaluate(node: ast.expr, namespace: Mapping[str, object]) -> Any:
    """Return the value of an annotation, or Any if the annotation cannot be evaluated."""
    # Without ``dont_inherit``, this module's ``from __future__`` import would apply to the code.
    code = compile(ast.Expression(node), "<annotation>", "eval", dont_inherit=True)
    try:
        return eval(code, dict(namespace))  # noqa: S307 - the cell has already run
    except (NameError, AttributeError, TypeError, KeyError, ValueError):
        return Any


def _defaults(handler: Handler, namespace: Mapping[str, object]) -> dict[str, object]:
    """Return the current defaults of the live function, by parameter name."""
    arguments = handler.node.args
    nodes: dict[str, ast.expr] = {}
    if arguments.defaults:
        # Positional defaults belong to the last positional parameters.
        with_default = arguments.args[-len(arguments.defaults) :]
        nodes.update(
            (parameter.arg, node)
            for parameter, node in zip(with_default, arguments.defaults, strict=True)
        )
    for parameter, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default is not None:
            nodes[parameter.arg] = default
    live = core_function(namespace.get(handler.name))
    known = inspect.signature(live).parameters if live is not None else {}
    return {name: _default(node, known.get(name)) for name, node in nodes.items()}


def _default(node: ast.expr, live: inspect.Parameter | None) -> object:
    if live is not None and live.default is not live.empty:
        return live.default
    try:
        return ast.literal_eval(node)
    except ValueError:
        # Ellipsis is not JSON, so the parameter is optional but its schema has no default.
        return ...


def _text(handler: Handler, action: str) -> str:
    arguments = handler.node.args
    parts = []
    required = len(arguments.args) - len(arguments.defaults)
    for index, parameter in enumerate(arguments.args):
        default = arguments.defaults[index - required] if index >= required else None
        parts.append(_parameter_text(parameter, default))
    if arguments.kwonlyargs:
        parts.append("*")
    for parameter, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        parts.append(_parameter_text(parameter, default))
    if arguments.kwarg:
        parts.append("**" + _parameter_text(arguments.kwarg, None))
    returns = getattr(handler.node, "returns", None)
    tail = f" -> {ast.unparse(returns)}" if returns is not None else ""
    name = action.rpartition("/")[2]
    return (
        f"{handler.name if _is_ascii_form(name, handler.name) else name}({', '.join(parts)}){tail}"
    )


def _is_ascii_form(action: str, name: str) -> bool:
    """Return whether an action has another name only because ``name`` is not in ASCII."""
    return not name.isascii() and action_name(name) == action


def _parameter_text(parameter: ast.arg, default: ast.expr | None) -> str:
    text = parameter.arg
    if parameter.annotation is not None:
        text += f": {ast.unparse(parameter.annotation)}"
    if default is None:
        return text
    equals = " = " if parameter.annotation is not None else "="
    return f"{text}{equals}{ast.unparse(default)}"


def _docstring(handler: Handler) -> str:
    return "" if isinstance(handler.node, ast.Lambda) else ast.get_docstring(handler.node) or ""


def _doc(handler: Handler) -> str:
    # The card and the action's annotation only have room for the first paragraph.
    return " ".join(_docstring(handler).split("\n\n")[0].split())
