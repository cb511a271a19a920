"""The callable for a deployed function that ``faas.function("iris")`` returns."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Literal, Protocol

from jupyter_faas.errors import InputError, ParametersRejected
from jupyter_faas.workspace.calls import Calls, ManyCalls
from jupyter_faas.workspace.local.function import as_sent, json_parameters
from jupyter_faas.workspace.naming import did_you_mean

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

    ``signature`` is the function's signature as text, or empty. ``preset`` contains the names of
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


class RemoteFunction(ManyCalls):
    """A handle of a deployed function. A call of the handle runs the function on the target.

    ``inspect.signature`` returns the signature of the version that was deployed when the handle was
    created. A parameter with the default ``...`` is optional, but its real default is unknown.
    """

    def __init__(
        self,
        callee: Callee,
        run: Callable[[Mapping[str, Any]], Run | None],
        action_main: ModuleType,
        calls: Calls | None = None,
    ) -> None:
        self._callee = callee
        self._run = run
        self._calls = calls
        self._main = action_main
        self.__name__ = callee.name.rpartition("/")[2]
        self.__qualname__ = self.__name__
        self.__doc__ = callee.doc or f"The function {callee.name} on {callee.where}."
        self.__signature__ = signature_of(callee)

    @property
    def __faas_action__(self) -> str:
        """The name of the action that a composition calls if this handle is one of its tasks."""
        return self._callee.name

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Run the function on the target, wait, and return its result.

        If the function does not return a dictionary, the action wraps its result as
        ``{"value": …}``. Like a local call, this call returns the value itself. Raises the errors
        of ``invoke``. Returns None while a notebook is only packaged, not run.
        """
        __tracebackhide__ = True  # IPython omits this frame from tracebacks
        run = self.invoke(*args, **kwargs)
        return None if run is None else self._main.unbox(self._callee.schema, run.result)

    def invoke(self, /, *args: Any, **kwargs: Any) -> Any:
        """Run the function on the target, wait, and return the run with ``ok`` and ``result``.

        Before sending the request, raises ParametersRejected, which names each invalid parameter.
        Raises ActivationFailed if the run fails. Returns None while a notebook is only packaged,
        not run.
        """
        return self._run(self.parameters(*args, **kwargs))

    def _batch_calls(self) -> tuple[Calls, str]:
        if self._calls is None:
            raise InputError(f"{self._callee.name} is not deployed, so it cannot be called.")
        return self._calls, self._callee.name

    def _call_parameters(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        return self.parameters(*args, **kwargs)

    def parameters(self, /, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Return the checked JSON parameters of a call. Raises ParametersRejected."""
        callee = self._callee
        if callee.schema is None or not _is_named(callee.schema):
            return json_parameters(self._dictionary(args, kwargs), self._main)
        try:
            # Missing parameters are accepted here, because ``bind`` below reports missing and
            # invalid parameters together.
            bound = self.__signature__.bind_partial(*args, **kwargs)
        except TypeError as error:
            raise ParametersRejected(
                f"{callee.name}: {error}.", hint=self._usage(kwargs)
            ) from error
        params = dict(bound.arguments)
        params |= params.pop(_rest(self.__signature__), {})
        params = json_parameters(as_sent(callee.schema, params), self._main, callee.schema)
        # Callers need not pass preset parameters, because the host adds them.
        required = [name for name in callee.schema.get("required", ()) if name not in callee.preset]
        spec = {
            "name": callee.name,
            "parameter_style": "named",
            "schema": {**callee.schema, "required": required},
        }
        try:
            # The same code checks the parameters in the action, so error messages are the same in
            # both places.
            self._main.bind(spec, params, self._main.converter(callee.schema))
        except self._main.ParametersRejected as error:
            raise ParametersRejected(f"{error}.", hint=self._usage({})) from error
        return params

    def _dictionary(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        if len(args) == 1 and isinstance(args[0], Mapping) and not kwargs:
            return dict(args[0])
        if args:
            raise ParametersRejected(
                f"{self._callee.name} takes either one dictionary or named parameters.",
                hint=self._usage({}),
            )
        return kwargs

    def _usage(self, given: Mapping[str, Any]) -> str:
        known = self.__signature__.parameters
        unknown = [name for name in given if name not in known]
        return f"{did_you_mean(unknown, known)}The signature is {self.__name__}{self.__signature__}"

    def __repr__(self) -> str:
        return f"<{self.__name__}{self.__signature__} on {self._callee.where}>"


def signature_of(callee: Callee) -> inspect.Signature:
    """Return the Python signature for a callee, in the parameter order of the deployed function."""
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
    # parameter.
    optional = by_name = False
    for name in names:
        default = inspect.Parameter.empty if name in needed else _default(name, callee)
        # Once a parameter is optional, every later parameter follows an optional parameter.
        optional |= default is not inspect.Parameter.empty
        # A required parameter must not follow an optional parameter, unless it is keyword-only.
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
    return inspect.Signature(parameters, return_annotation=_result_type(schema))


def _result_type(schema: Mapping[str, Any]) -> Any:
    """Return the annotation of the result, which is Any if it may be boxed and is not known."""
    if not schema.get("x-faas-boxed"):
        return dict
    known = schema.get("x-faas-result")
    properties = known.get("properties") if isinstance(known, Mapping) else None
    return _type(properties.get("value")) if isinstance(properties, Mapping) else Any


def _is_named(schema: Mapping[str, Any]) -> bool:
    """Return whether the parameters have names. Otherwise the function takes one dictionary."""
    return isinstance(schema.get("properties"), Mapping)


def _default(name: str, callee: Callee) -> Any:
    # The value of a preset parameter may be secret, so it must not be a visible default.
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
    assert isinstance(function, ast.FunctionDef)  # noqa: S101  the source is one ``def``
    named = [each.arg for each in (*function.args.args, *function.args.kwonlyargs)]
    return [name for name in named if name in properties] + [
        name for name in properties if name not in named
    ]


def _type(schema: Any) -> Any:
    """Return the Python annotation for a JSON schema, or Any if the schema has no simple type."""
    if not isinstance(schema, Mapping):
        return Any
    if "x-faas-type" in schema:
        # The caller may have neither the library nor the class, so its name is the annotation.
        name = schema.get("x-faas-class", schema["x-faas-type"])
        return str(name).rpartition(":")[2]
    if "enum" in schema and isinstance(schema["enum"], list):
        return Literal[tuple(schema["enum"])]
    options = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    if len(options) == 1:
        found = _type(options[0])
        if isinstance(found, str):
            return f"{found} | None"
        return Any if found is Any else found | None
    kinds = schema.get("type")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if not isinstance(kinds, list) or not kinds or not all(kind in _TYPES for kind in kinds):
        return Any
    found = _TYPES[kinds[0]]
    for kind in kinds[1:]:
        found = found | _TYPES[kind]
    return found


def _rest(signature: inspect.Signature) -> str:
    """Return the name of the ``**`` parameter, or an empty string if there is none."""
    kinds = {each.kind: name for name, each in signature.parameters.items()}
    return kinds.get(inspect.Parameter.VAR_KEYWORD, "")
