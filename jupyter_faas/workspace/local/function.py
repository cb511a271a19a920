"""LocalFunction: a function that is called on this machine with the code that an action uses."""

from __future__ import annotations

import base64
import inspect
import mimetypes
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path, PurePosixPath
from types import CodeType, MappingProxyType, ModuleType
from typing import Any

from jupyter_faas.errors import InputError, ParametersRejected, ResultRejected
from jupyter_faas.images import FORMAT
from jupyter_faas.workspace.local.typed_values import typed_value
from jupyter_faas.workspace.naming import check_parameter_names, did_you_mean

_MAIN = "action/action_main.py"


class LocalFunction:
    """A wrapper that calls ``function`` as the action would.

    Calls check the parameters and convert the result to JSON types.

    ``spec``: the manifest, or a mapping with its keys ``name``, ``parameter_style``, ``schema``
    and, optionally, ``signature``.
    ``action_main``: the module of the actions' entry point, if it is already loaded.
    ``defaults``: preset parameters (``--param``), which a call can override.
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

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function with Python arguments and return the result as JSON data.

        A number, a list or another result that an action boxes is returned without the box. Raises
        the same errors as ``invoke``.
        """
        answer = self.invoke(self.parameters(*args, **kwargs))
        return self._main.unbox(self._spec["schema"], answer)

    def invoke(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Call the function with JSON parameters and return the action's answer.

        A result that is not an object is boxed as ``{"value": result}``. Raises ParametersRejected,
        which names each invalid parameter. Raises ResultRejected, which names the key whose value
        cannot be converted to JSON. Errors of the function are not caught.
        """
        try:
            result: dict[str, Any] = self._main.call(
                self._function,
                self._spec,
                {
                    **self._defaults,
                    **json_parameters(self.as_sent(params), self._main, self._spec["schema"]),
                },
            )
        except self._main.ParametersRejected as exc:
            raise ParametersRejected(f"{exc}.", hint=self._usage()) from exc
        except self._main.ResultRejected as exc:
            raise ResultRejected(f"{exc}.") from exc
        return result

    def answer(self, params: Mapping[str, Any]) -> tuple[Any, bool]:
        """Return the action's answer, and whether the call succeeded.

        The answer to a failed call is ``{"error": message}``.
        """
        try:
            return self.invoke(params), True
        except (ParametersRejected, ResultRejected) as error:
            return {"error": str(error.__cause__ or error.message)}, False
        except Exception as error:  # The user's function may raise anything.
            return {"error": str(error) or type(error).__name__}, False

    def as_sent(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return parameters as they are sent to an action, with images as data URLs."""
        return as_sent(self._spec["schema"], params)

    def parameters(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Return the action's parameters for Python arguments.

        Raises ParametersRejected if the arguments do not match the function's signature.
        """
        if self._spec["parameter_style"] == "dictionary":
            if len(args) == 1 and isinstance(args[0], Mapping) and not kwargs:
                return dict(args[0])
            if not args:
                return kwargs
            raise ParametersRejected(
                f"{self._spec['name']} takes either one dictionary or named parameters.",
                hint=self._usage(),
            )
        try:
            bound = inspect.signature(self._function).bind_partial(*args, **kwargs)
        except TypeError as exc:
            known = self._spec["schema"].get("properties", {})
            unknown = [name for name in kwargs if name not in known]
            raise ParametersRejected(
                f"{self._spec['name']}: {exc}.",
                hint=f"{did_you_mean(unknown, known)}{self._usage()}",
            ) from exc
        params = dict(bound.arguments)
        # Arguments for ``**kwargs`` are also parameters of the action.
        for name, parameter in bound.signature.parameters.items():
            if parameter.kind is parameter.VAR_KEYWORD:
                params |= params.pop(name, {})
        return params

    def check_names(self, params: Mapping[str, Any]) -> None:
        """Raise ParametersRejected if the function does not take one of the parameters."""
        spec = self._spec
        check_parameter_names(
            spec["name"], spec["schema"], params, str(spec.get("signature") or "")
        )

    def _usage(self) -> str:
        signature = self._spec.get("signature")
        return f"The signature is {signature}" if signature else ""


# What a kernel, whose own calls are on the stack as well, can convert.
MOST_LEVELS = "A value can have at most about 400 levels."


def json_parameters(
    params: Mapping[str, Any], action_main: ModuleType, schema: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return parameters with their values, such as numpy arrays, converted to JSON types.

    ``schema`` is the schema of the function's parameters, or None if it is unknown. Raises
    ParametersRejected, which names the parameter whose value cannot be converted.
    """
    name = ""
    try:
        return {
            (name := str(key)): action_main.to_json(value, name) for key, value in params.items()
        }
    except action_main.ResultRejected as exc:
        # The converter's advice is for results, and these are inputs.
        told, colon, advice = str(exc).rpartition(": return ")
        if not _accepts_null(schema, name):
            advice = advice.replace("None or a finite number", "a finite number")
        words = f"{told}: pass {advice}" if colon else advice
        raise ParametersRejected(f"{words}.") from exc
    except RecursionError:
        raise ParametersRejected(f"{name} is nested too deeply.", hint=MOST_LEVELS) from None


def _accepts_null(schema: Mapping[str, Any] | None, name: str) -> bool:
    """Return whether a parameter may be null. Without a type, any value is accepted."""
    wanted = (schema or {}).get("properties", {}).get(name, {})
    options = wanted.get("anyOf", [wanted])
    return any("null" in option.get("type", "null") for option in options)


def load_action_main() -> ModuleType:
    """Load the entry point of actions as a module, from the files that are put into packages."""
    from jupyter_faas.bundle import GLUE, IMAGES, OBJECTS

    def made(name: str, file: str) -> ModuleType:
        module = ModuleType(name)
        exec(_compiled(file), module.__dict__)  # noqa: S102 - our own text
        return module

    glue = {**GLUE, **IMAGES, **OBJECTS}
    try:
        for name, file in glue.items():
            sys.modules[name] = made(name, file)
        # action_main loads the package next to its __file__. This module has no __file__, so no
        # package is loaded.
        main = made("jupyter_faas_action_main", _MAIN)
        vars(main)["faas_images"] = sys.modules["faas_images"]
        vars(main)["faas_objects"] = sys.modules["faas_objects"]
        vars(sys.modules["faas_results"])["library_values"] = sys.modules["faas_library_values"]
        return main
    finally:
        # In an action, the helper modules can be imported by name. In the notebook, they must not
        # be visible.
        for name in glue:
            sys.modules.pop(name, None)


def compile_action_main() -> None:
    """Compile the files of the entry point now, to save some milliseconds on the first call."""
    from jupyter_faas.bundle import GLUE, IMAGES, OBJECTS

    for file in (*GLUE.values(), *IMAGES.values(), *OBJECTS.values(), _MAIN):
        _compiled(file)


@cache
def _compiled(file: str) -> CodeType:
    from jupyter_faas.bundle import shipped_text

    code: CodeType = compile(
        shipped_text(file), PurePosixPath(file).name, "exec", dont_inherit=True
    )
    return code


# Image parameters


@cache
def _shipped() -> ModuleType:
    found: ModuleType = load_action_main().faas_images
    return found


def png(image: Any) -> str:
    """Return an image as a data URL, for a result: ``{"crop": faas.png(photo[10:90, 20:60])}``.

    ``image`` is an array of shape (height, width), optionally with a third dimension of length 1, 3
    (RGB) or 4 (RGBA). Its values are uint8, bool, floats from 0 to 1, or integers from 0 to 255.
    The function works in the notebook and in the action. Raises ValueError for other arrays.
    """
    url: str = _shipped().png(image)
    return url


def is_image(schema: Any) -> bool:
    """Return whether a parameter's schema describes an image, which may be optional."""
    if not isinstance(schema, Mapping):
        return False
    options = schema.get("anyOf")
    if isinstance(options, list):
        return any(map(is_image, options))
    return schema.get("format") == FORMAT


def file_url(path: Path, parameter: str) -> str:
    """Read a file and return it as a data URL. Raises InputError, which names the parameter."""
    try:
        data = path.expanduser().read_bytes()
    except OSError as error:
        raise InputError(
            f"{parameter} cannot be read from {path}: {error.strerror or type(error).__name__}.",
            hint=f"Paths are relative to {Path.cwd().name or Path.cwd()}, the current folder.",
        ) from error
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def as_sent(schema: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``params`` with images as data URLs, and frames and arrays in the form of JSON.

    An image may be a numpy array, a Pillow image, the bytes of a file, or a ``Path``. Other values
    are returned unchanged. Raises InputError if a file cannot be read, an array is not an image, or
    a frame has an index, which JSON records do not have.
    """
    known = schema.get("properties", {})
    return {name: _sent(known.get(name), value, name) for name, value in params.items()}


def _sent(schema: Any, value: Any, name: str) -> Any:
    if not isinstance(schema, Mapping):
        return value
    if (found := typed_value(schema, value, name)) is not value:
        return found
    if isinstance(value, list):
        options = (schema, *schema.get("anyOf", ()))
        items = next((option["items"] for option in options if "items" in option), None)
        return [_sent(items, item, f"{name}[{index}]") for index, item in enumerate(value)]
    if not is_image(schema):
        return value
    if isinstance(value, Path):
        return file_url(value, name)
    if isinstance(value, bytes | bytearray):
        return f"data:;base64,{base64.b64encode(value).decode()}"
    if _is_pillow(value):
        value = _array_of(value)
    if not _is_array(value):
        return value
    try:
        return png(value)
    except ValueError as error:
        raise InputError(f"{name} is not a valid image: {error}.") from error


def _is_array(value: Any) -> bool:
    # If numpy is not loaded, no value can be an array, so numpy is not imported here. The same
    # applies to Pillow below.
    numpy: Any = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, numpy.ndarray)


def _is_pillow(value: Any) -> bool:
    pillow: Any = sys.modules.get("PIL.Image")
    return pillow is not None and isinstance(value, pillow.Image)


def _array_of(value: Any) -> Any:
    import numpy

    # A palette image may have transparency without having an alpha band.
    has_alpha = "A" in value.getbands() or "transparency" in value.info
    return numpy.asarray(value.convert("RGBA" if has_alpha else "RGB"))
