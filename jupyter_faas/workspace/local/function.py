"""A function called in the notebook, with the very code that calls it in an action."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import PurePosixPath
from types import CodeType, MappingProxyType, ModuleType
from typing import Any

from jupyter_faas.errors import ParametersRejected, ResultRejected
from jupyter_faas.workspace.local.image_parameters import as_sent

_MAIN = "action/action_main.py"


class LocalFunction:
    """Calls ``function`` as the action would: parameters coerced and checked, the result JSON.

    ``spec`` is the manifest or its part: ``name``, ``parameter_style``, ``schema``, ``signature``.
    ``action_main`` is the shipped entry point, when it is loaded already. ``defaults`` are the
    parameters that every call gets unless it brings its own (``--param``).
    """

    def __init__(
        self,
        function: Callable[..., Any],
        spec: Mapping[str, Any],
        action_main: ModuleType | None = None,
        defaults: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        self._function = function
        self._spec = spec
        self._main = action_main or load_action_main()
        self._defaults = defaults

    def __call__(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Call with arguments as Python writes them; see ``invoke`` for the errors."""
        return self.invoke(self.parameters(*args, **kwargs))

    def invoke(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Call with JSON parameters.

        ``ParametersRejected`` names each one that does not fit, ``ResultRejected`` the key of the
        result that JSON does not have. What the function raises comes as it is.
        """
        try:
            result: dict[str, Any] = self._main.call(
                self._function,
                self._spec,
                {**self._defaults, **json_parameters(self.as_sent(params), self._main)},
            )
        except self._main.ParametersRejected as exc:
            raise ParametersRejected(f"{exc}.", hint=self._usage()) from exc
        except self._main.ResultRejected as exc:
            raise ResultRejected(f"{exc}.") from exc
        return result

    def answer(self, params: Mapping[str, Any]) -> tuple[Any, bool]:
        """What the action would answer, and whether that is a result: errors are answers too."""
        try:
            return self.invoke(params), True
        except (ParametersRejected, ResultRejected) as error:
            return {"error": str(error.__cause__ or error.message)}, False
        except Exception as error:  # the seam to the user's function
            return {"error": str(error) or type(error).__name__}, False

    def as_sent(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Parameters as they are sent: pictures that the notebook holds become data URLs."""
        return as_sent(self._spec["schema"], params)

    def parameters(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The JSON parameters that Python's arguments amount to."""
        if self._spec["parameter_style"] == "dictionary":
            if len(args) == 1 and isinstance(args[0], Mapping) and not kwargs:
                return dict(args[0])
            if not args:
                return kwargs
            raise ParametersRejected(
                f"{self._spec['name']} takes one dictionary, or named parameters.",
                hint=self._usage(),
            )
        try:
            bound = inspect.signature(self._function).bind_partial(*args, **kwargs)
        except TypeError as exc:
            raise ParametersRejected(f"{self._spec['name']}: {exc}.", hint=self._usage()) from exc
        params = dict(bound.arguments)
        for name, parameter in bound.signature.parameters.items():
            if parameter.kind is parameter.VAR_KEYWORD:
                params |= params.pop(name, {})
        return params

    def _usage(self) -> str:
        signature = self._spec.get("signature")
        return f"It is {signature}" if signature else ""


def json_parameters(params: Mapping[str, Any], action_main: ModuleType) -> dict[str, Any]:
    """Parameters as they travel: numpy's numbers, arrays and the like become JSON's types.

    ``ParametersRejected`` names the one that has no JSON form.
    """
    try:
        return {str(name): action_main.to_json(value, str(name)) for name, value in params.items()}
    except action_main.ResultRejected as exc:
        raise ParametersRejected(f"{exc}.") from exc


def load_action_main() -> ModuleType:
    """The shipped entry point as a module of its own, made from the texts that travel."""
    from jupyter_faas.bundle import GLUE, IMAGES

    def made(name: str, file: str) -> ModuleType:
        module = ModuleType(name)
        exec(_compiled(file), module.__dict__)  # noqa: S102 - our own text
        return module

    glue = {**GLUE, **IMAGES}
    try:
        for name, file in glue.items():
            sys.modules[name] = made(name, file)
        # Without a __file__ it finds no package beside it, and so loads none.
        main = made("jupyter_faas_action_main", _MAIN)
        vars(main)["faas_images"] = sys.modules["faas_images"]
        return main
    finally:
        # It knows them by now; what a notebook imports shall not find them.
        for name in glue:
            sys.modules.pop(name, None)


def compile_action_main() -> None:
    """What ``load_action_main`` would do the first time, which takes some milliseconds."""
    from jupyter_faas.bundle import GLUE, IMAGES

    for file in (*GLUE.values(), *IMAGES.values(), _MAIN):
        _compiled(file)


@cache
def _compiled(file: str) -> CodeType:
    from jupyter_faas.bundle import shipped_text

    code: CodeType = compile(
        shipped_text(file), PurePosixPath(file).name, "exec", dont_inherit=True
    )
    return code
