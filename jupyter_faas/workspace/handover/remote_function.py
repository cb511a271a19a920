"""RemoteFunction: what ``faas.function("iris")`` returns, a callable for a deployed function."""

from __future__ import annotations

import ast
import difflib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Protocol

from jupyter_faas.errors import ParametersRejected
from jupyter_faas.workspace.local.function import as_sent, json_parameters

_TYPES: Mapping[str, Any] = {
    "number": float,
    "integer": int,
    "string": str,
    "boolean": bool,
    "array": list,
    "object": dict,
    "null": None,
}


@dataclass(frozen=True)
class Callee:
    """The interface of a deployed action. ``schema`` is None for actions of other tools.

    ``signature`` is the text of the function's signature, or empty. ``preset`` are the names of
    preset parameters. ``where`` is the label of the target.
    """

    name: str
    where: str
    schema: Mapping[str, Any] | None = None
    signature: str = ""
    doc: str = ""
    preset: frozenset[str] = field(default_factory=frozenset)


class Run(Protocol):
    """An activation that has ended, as ``invoke`` returns it."""

    @property
    def ok(self) -> bool: ...

    @property
    def result(self) -> Any: ...


class RemoteFunction:
    """A deployed function: calling it runs it on the target and returns its result.

    ``inspect.signature`` returns the signature that was deployed when the handle was made. A
    parameter with the default ``...`` may be left out; its real default is not known here.
    """

    def __init__(
        self,
        callee: Callee,
        run: Callable[[Mapping[str, Any]], Run | None],
        action_main: ModuleType,
    ) -> None:
        self._callee = callee
        self._run = run
        self._main = action_main
        self.__name__ = callee.name.rpartition("/")[2]
        self.__qualname__ = self.__name__
        self.__doc__ = callee.doc or f"The function {callee.name} on {callee.where}."
        self.__signature__ = signature_of(callee)

    @property
    def __faas_action__(self) -> str:
        """Name of the action, which a composition calls when this handle is one of its tasks."""
        return self._callee.name

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Run it on the target, wait, and return its result. Raises the errors of ``invoke``."""
        __tracebackhide__ = True  # IPython leaves this frame out of what it shows
        run = self.invoke(*args, **kwargs)
        return None if run is None else run.result

    def invoke(self, /, *args: Any, **kwargs: Any) -> Any:
        """Run it on the target, wait, and return the run with ``ok``, ``result`` and its cost.

        Returns None when the notebook runs only for its packages. Raises ParametersRejected, which
        names each invalid parameter, before anything is sent, and ActivationFailed.
        """
        return self._run(self.parameters(*args, **kwargs))

    def parameters(self, /, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Return the checked JSON parameters of a call. Raises ParametersRejected."""
        callee = self._callee
        if callee.schema is None or not _is_named(callee.schema):
            return json_parameters(self._dictionary(args, kwargs), self._main)
        try:
            # Missing parameters are accepted here: ``bind`` below reports them together with
            # invalid ones.
            bound = self.__signature__.bind_partial(*args, **kwargs)
        except TypeError as error:
            raise ParametersRejected(
                f"{callee.name}: {error}.", hint=self._usage(kwargs)
            ) from error
        params = dict(bound.arguments)
        params |= params.pop(_rest(self.__signature__), {})
        params = json_parameters(as_sent(callee.schema, params), self._main)
        # Callers need not pass preset parameters: the host adds them.
        required = [name for name in callee.schema.get("required", ()) if name not in callee.preset]
        spec = {
            "name": callee.name,
            "parameter_style": "named",
            "schema": {**callee.schema, "required": required},
        }
        try:
            # The same code checks the parameters in the action, so an error has the same words in
            # both places.
            self._main.bind(spec, params)
        except self._main.ParametersRejected as error:
            raise ParametersRejected(f"{error}.", hint=self._usage({})) from error
        return params

    def _dictionary(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        if len(args) == 1 and isinstance(args[0], Mapping) and not kwargs:
            return dict(args[0])
        if args:
            raise ParametersRejected(
                f"{self._callee.name} takes one dictionary, or named parameters.",
                hint=self._usage({}),
            )
        return kwargs

    def _usage(self, given: Mapping[str, Any]) -> str:
        known = self.__signature__.parameters
        near = [
            f"Is {name} meant to be {close[0]}? "
            for name in given
            if name not in known and (close := difflib.get_close_matches(name, known, 1))
        ]
        return f"{''.join(near)}It is {self.__name__}{self.__signature__}"

    def __repr__(self) -> str:
        return f"<{self.__name__}{self.__signature__} on {self._callee.where}>"


def signature_of(callee: Callee) -> inspect.Signature:
    """Return the Python signature for a schema, in the parameter order of the deployed function."""
    schema = callee.schema
    if schema is None or not _is_named(schema):
        return inspect.Signature(
            [inspect.Parameter("params", inspect.Parameter.VAR_KEYWORD)], return_annotation=dict
        )
    properties = schema.get("properties", {})
    needed = set(schema.get("required", ())) - callee.preset
    names = [name for name in _ordered(properties, callee.signature) if name.isidentifier()]
    parameters: list[inspect.Parameter] = []
    # Preset parameters are optional for callers, so a required parameter may follow an optional
    # one.
    optional = by_name = False
    for name in names:
        default = inspect.Parameter.empty if name in needed else _default(name, callee)
        # Once a parameter is optional, all later ones count as following an optional one.
        optional |= default is not inspect.Parameter.empty
        # A required parameter may not follow an optional one, unless it is keyword-only.
        by_name |= optional and default is inspect.Parameter.empty
        kind = (
            inspect.Parameter.KEYWORD_ONLY if by_name else inspect.Parameter.POSITIONAL_OR_KEYWORD
        )
        annotation = _type(properties[name])
        parameters.append(inspect.Parameter(name, kind, default=default, annotation=annotation))
    if schema.get("additionalProperties", False) is not False:
        # The name of the ``**`` parameter must not be the name of a parameter of the function.
        rest = "others" if "others" not in names else "more_parameters"
        parameters.append(inspect.Parameter(rest, inspect.Parameter.VAR_KEYWORD))
    return inspect.Signature(parameters, return_annotation=dict)


def _is_named(schema: Mapping[str, Any]) -> bool:
    """Return whether the parameters have names; else the function takes one dictionary."""
    return isinstance(schema.get("properties"), Mapping)


def _default(name: str, callee: Callee) -> Any:
    # The value of a preset parameter may be secret, so it is never a visible default.
    known = {} if name in callee.preset else (callee.schema or {})["properties"][name]
    return known["default"] if isinstance(known, Mapping) and "default" in known else ...


def _ordered(properties: Mapping[str, Any], text: str) -> list[str]:
    """Return the parameters in the order of the signature ``text``.

    Hosts may reorder the keys of an annotation, so the order in the schema is not reliable.
    """
    try:
        tree = ast.parse(f"def _{text[text.index('(') :]}: ...")
    except (ValueError, SyntaxError):
        return list(properties)
    (function,) = tree.body
    assert isinstance(function, ast.FunctionDef)  # noqa: S101  as it was written above
    named = [each.arg for each in (*function.args.args, *function.args.kwonlyargs)]
    return [name for name in named if name in properties] + [
        name for name in properties if name not in named
    ]


def _type(schema: Any) -> Any:
    """Return the Python annotation for a JSON schema."""
    kinds = schema.get("type") if isinstance(schema, Mapping) else None
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if not isinstance(kinds, list) or not kinds or not all(kind in _TYPES for kind in kinds):
        return Any
    found = _TYPES[kinds[0]]
    for kind in kinds[1:]:
        found = found | _TYPES[kind]
    return found


def _rest(signature: inspect.Signature) -> str:
    """Return the name of the ``**`` parameter, or an empty string."""
    kinds = {each.kind: name for name, each in signature.parameters.items()}
    return kinds.get(inspect.Parameter.VAR_KEYWORD, "")
