"""Errors for values that cannot be packaged, which describe the value and suggest a solution."""

from __future__ import annotations

import builtins
import difflib
import functools
import io
import re
import types
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import PurePath
from typing import Any

from jupyter_faas.capture.analysis.names import Usage
from jupyter_faas.capture.values.literals import NotLiteral
from jupyter_faas.errors import CaptureError

# Classes are listed by name, because their libraries (pandas, polars, pyarrow) might not be
# installed.
_TO_PANDAS = {
    "pyarrow": "to_pandas()",
    "xarray": "to_dataframe()",
    "dask": "compute()",
    "modin": "_to_pandas()",
    "pyspark": "toPandas()",
    "geopandas": "to_wkb()",
}
_FRAMES = {"DataFrame", "Series", "LazyFrame", "GeoDataFrame", "Dataset", "DataArray", "Table"}
_NAMED_LIBRARIES = {
    *("sklearn", "scipy", "torch", "keras", "tensorflow", "xgboost", "lightgbm", "catboost"),
    *("onnx", "onnxruntime", "transformers", "spacy", *_TO_PANDAS),
}
_OF_THE_MACHINE = ("socket", "ssl", "sqlite3", "requests", "threading", "_thread")
_PLAIN = (dict, list, tuple, set, str, int, float)
_KNOWN: Mapping[Any, str] = {
    types.FunctionType: "is a function",
    types.GeneratorType: "is a generator",
    types.AsyncGeneratorType: "is a generator",
    types.ModuleType: "is a module that cannot be imported by its name",
    types.MethodType: "is a method of an object",
    types.BuiltinMethodType: "is a method of an object",
    functools.partial: "is a functools.partial",
}
_OF_HANDLES = frozenset({"activations", "deploy", "invoke", "remove", "replay"})
_NOTEBOOK_ONLY = frozenset({"get_ipython", "In", "Out"})


# For a function whose source the notebook does not have.
DEFINE_IN_A_CELL = "Define it in a separate cell, without exec or eval."


def create_inside(*names: str) -> str:
    """Return the hint to move the statements that create the values to the code that uses them.

    This works for every value. ``names`` may have a place in a value, such as ``v[1]``, of which
    only the variable is named.
    """
    return f"Create {' and '.join(map(_variable, names))} inside the function."


def _variable(name: str) -> str:
    return re.split(r"[.\[]", name, maxsplit=1)[0]


def move_line(usage: Usage) -> str:
    """Return the hint to move the first line that uses a name, which may be in a helper's cell."""
    line = usage.places[0][1][0]
    if usage.through is None:
        return f"Move line {line} to a separate cell, before this one."
    return f"Move line {line} of {usage.helper}'s cell to a separate cell, before that one."


def is_notebook_only(name: str) -> bool:
    """Return whether IPython provides the name, such as ``get_ipython`` or ``_12``."""
    # IPython stores inputs and outputs in ``_``, ``__``, ``_12`` and ``_i12``.
    return name in _NOTEBOOK_ONLY or name.strip("_") == "" or name.lstrip("_")[:1].isdigit()


def notebook_only(name: str, usage: Usage) -> CaptureError:
    if name == "get_ipython":
        hint = move_line(usage)
    else:
        hint = f"Write result = {name} in a cell above, and write result instead of {name}."
    return CaptureError(f"{name} exists only in a notebook: {usage.sentence(name)}.", hint=hint)


def unknown(name: str, usage: Usage, known: Iterable[str]) -> CaptureError:
    """Return the error for a name that is not defined, or no longer defined, in the notebook."""
    user, lines = usage.places[0]
    where = f"line {lines[0]}"
    if usage.through is not None:
        where += f" of {usage.helper}'s cell"
    elif user:
        where += f", in {user},"
    # A function that calls itself by mistake would not end.
    possible = [one for one in known if _may_be_meant(one) and one not in (user, usage.helper)]
    close = difflib.get_close_matches(name, possible, 1)
    return CaptureError(
        f"{name} is used on {where} and is not defined in the notebook.",
        hint=f"Did you mean {close[0]}?"
        if close
        else "Define it, or run the cell that defines it. Then run this cell again.",
    )


def _may_be_meant(name: str) -> bool:
    # IPython adds some Python builtins, such as ``open``, to the namespace.
    return name[:1] != "_" and not hasattr(builtins, name)


def refuse(name: str, value: object, usage: Usage) -> CaptureError:
    """Return the error for a value of a type that cannot be packaged."""
    what, hint = _describe(name, value)
    return CaptureError(f"{name} {what}: {usage.sentence(name)}.", hint=hint)


@contextmanager
def collected(refused: dict[str, CaptureError], name: str) -> Iterator[None]:
    """Add a CaptureError to ``refused``, so that one error lists all such names."""
    try:
        yield
    except CaptureError as error:
        refused[name] = error


def all_of(errors: list[CaptureError]) -> CaptureError:
    """Return one error for several names. A single error is returned unchanged."""
    if len(errors) == 1:
        return errors[0]
    messages = [f"{number}. {error.message}" for number, error in enumerate(errors, 1)]
    hints = [f"{number}. {error.hint}" for number, error in enumerate(errors, 1)]
    if len({error.hint for error in errors}) == 1:
        hints = [errors[0].hint]
    return CaptureError(
        "\n".join([f"{len(errors)} names cannot be packaged:", *messages]), hint="\n".join(hints)
    )


def is_composition(value: object) -> bool:
    """Return whether ``value`` is a handle that code in an action cannot call.

    It is the handle of a named composition, or of a function that is only deployed.
    """
    # The attribute is checked instead of the class, because this package must not import the
    # composer.
    kind = type(value)
    return hasattr(kind, "__faas_action__") and not hasattr(value, "__wrapped__")


def refuse_composition(name: str, value: object, usage: Usage) -> CaptureError:
    # The handle of a deployed function has a signature, and a composition does not.
    is_function = hasattr(value, "__signature__")
    what = "the handle of a deployed function" if is_function else "a composition"
    return CaptureError(
        f"{name} is {what}, which an action's code cannot call: {usage.sentence(name)}.",
        hint=_step_hint(name, usage.through or usage),
    )


def _step_hint(name: str, usage: Usage) -> str:
    user = usage.first_user()
    if user.startswith("root["):
        return (
            f"In the composition, write {name} instead of the function at {user}, which calls it."
        )
    return (
        f"Return the input for {name} from {user}, and call both in a composition: "
        f"sequence({user}, {name})"
    )


def refuse_because(name: str, what: str, usage: Usage, hint: str) -> CaptureError:
    return CaptureError(f"{name} {what}: {usage.sentence(name)}.", hint=hint)


def refuse_content(name: str, error: NotLiteral, usage: Usage) -> CaptureError:
    """Return the error for a container with an item that cannot be packaged."""
    if not error.where:
        return refuse(name, error.value, usage)
    what, hint = _describe(f"{name}{error.where}", error.value)
    return CaptureError(
        f"{name} cannot be packaged, because {name}{error.where} {what}: {usage.sentence(name)}.",
        hint=hint,
    )


def refuse_kept(name: str, part: str, error: NotLiteral, usage: Usage) -> CaptureError:
    """Return the error for a function whose closed-over value or default cannot be packaged."""
    what, _ = _describe(f"{part}{error.where}", error.value)
    return CaptureError(
        f"{name} cannot be packaged, because it stores {part}, and {part}{error.where} {what}: "
        f"{usage.sentence(name)}.",
        hint=f"Define {name} with def at the top level of a cell, and create {part} inside {name}.",
    )


def check_handle(name: str, attributes: frozenset[str], usage: Usage) -> None:
    """Raise CaptureError if the code uses a method of a packaged function's handle.

    In an action, the name refers to the plain function, which does not have methods such as
    ``deploy`` and ``invoke``.
    """
    for method in sorted(attributes & _OF_HANDLES):
        raise refuse_because(
            f"{name}.{method}",
            "works only in a notebook",
            usage,
            f"Write {name}(…) instead of {name}.{method}(…): the code of {name} is packaged too."
            if method == "invoke"
            else f"Call {name}.{method}(…) in a separate cell.",
        )


def refuse_changed(name: str, changed: str, usage: Usage) -> CaptureError:
    return refuse_because(
        name,
        f"was defined before {changed} changed",
        usage,
        f"Run the cell that defines {name} again.",
    )


def refuse_changed_implementation(
    name: str, implementation: str, changed: str, usage: Usage
) -> CaptureError:
    """Return the error for a singledispatch function, an implementation of which has changed."""
    return refuse_because(
        name,
        f"has the implementation {implementation}, which was defined before {changed} changed",
        usage,
        f"Run the cell that defines {implementation} again.",
    )


def refuse_old_class(model: str, kind: str, usage: Usage) -> CaptureError:
    """Return the error for a model that holds a class as it was before its cell changed."""
    return refuse_because(
        model,
        f"contains an old version of the class {kind}",
        usage,
        f"Run the cell that creates and fits {model} again.",
    )


def refuse_shared(name: str, shared: str, other: str, usage: Usage) -> CaptureError:
    """Return the error for functions that share a closed-over variable which one of them sets."""
    return refuse_because(
        name,
        f"shares {shared} with {other}, and one of them changes it",
        usage,
        create_inside(name, other),
    )


def refuse_functions(name: str, function: str, usage: Usage) -> CaptureError:
    """Return the error for a connection whose SQL function no statement of a cell adds."""
    return refuse_because(
        name,
        f"has the SQL function {function}, which no statement at the top level of a cell adds",
        usage,
        create_inside(name),
    )


def refuse_circle(name: str, usage: Usage) -> CaptureError:
    """Return the error for values that contain each other, so that none can be created first."""
    return refuse_because(
        name,
        "contains a reference to itself",
        usage,
        create_inside(name),
    )


def lost_path(name: str, path: PurePath, usage: Usage, hint: str) -> CaptureError:
    """Return the error for a path to an existing file that is not in the package."""
    owner = name.partition("[")[0].partition(".")[0]
    shown = path.name if path.is_absolute() else path.as_posix()
    return CaptureError(
        f"{name} is a path to {shown}, which is not in the package: {usage.sentence(owner)}.",
        hint=hint,
    )


def too_long(name: str, usage: Usage) -> CaptureError:
    return refuse_because(
        name,
        "has more than a million characters when written as Python code",
        usage,
        create_inside(name),
    )


def too_large(name: str, value: object, size: int, usage: Usage) -> CaptureError:
    """Return the error for a data object over the size limit. ``size`` is in bytes."""
    rows = _rows(value)
    # The size may be that of a part, such as the columns of one type.
    size = max(size, int(getattr(value, "nbytes", 0)))
    keeps = max(1, int(rows * 40e6 / size))
    return refuse_because(
        name,
        f"takes up {size / 1e6:.0f} MB, but data objects are limited to 50 MB",
        usage,
        f"Keep only what the function needs, such as the first rows: {name} = {name}[:{keeps}]"
        if rows
        else create_inside(name),
    )


def _rows(value: object) -> int:
    """Return the number of rows of a value that a slice can shorten, or 0."""
    shape = getattr(value, "shape", None)
    if shape and hasattr(value, "__getitem__"):
        return int(shape[0])
    return len(value) if isinstance(value, list | tuple | str | bytes) else 0


def _describe(name: str, value: object) -> tuple[str, str]:
    """Return what a value is, as a predicate, and the hint. ``name`` may have a place in it."""
    return _what(value), _hint(name, value)


# Specific checks come first. The later, general checks would match the same types but be less
# precise.
def _what(value: object) -> str:
    kind = type(value)
    library = kind.__module__.partition(".")[0]
    article = "an" if kind.__name__[:1] in "AEIOUaeiou" else "a"
    what = f"is {article} {kind.__name__}"
    if isinstance(value, io.IOBase):
        return "is an open file"
    if isinstance(value, type):
        maker, is_local, _ = value.__qualname__.partition(".<locals>")
        where = (
            f"was created inside {maker}" if is_local else "is no longer defined in the notebook"
        )
        return f"needs the class {value.__name__}, which {where}"
    for known, words in _KNOWN.items():
        if isinstance(value, known):
            return words
    if library == "numpy":
        dtype = getattr(value, "dtype", None)
        if getattr(dtype, "hasobject", False):
            return "is an array of Python objects"
        return f"is a numpy {kind.__name__}" + ("" if dtype is None else f" of {dtype}")
    if library in _NAMED_LIBRARIES:
        return f"{what} of {library}"
    is_plain = isinstance(value, _PLAIN) or hasattr(value, "__next__")
    return what if is_plain or library in _OF_THE_MACHINE else f"is an instance of {kind.__name__}"


def _hint(name: str, value: object) -> str:
    kind = type(value)
    library = kind.__module__.partition(".")[0]
    if isinstance(value, io.IOBase):
        return f"{create_inside(name)} Files whose paths appear in the code are packaged too."
    if isinstance(value, type):
        define = f"Define {value.__name__} with class at the top level of a cell."
        again = f"Run the cell that defines {value.__name__} again, then the cell that creates "
        return define if "<locals>" in value.__qualname__ else f"{again}{_variable(name)}."
    # A part of a value cannot always be replaced, and a variable can.
    if name.isidentifier():
        if kind.__name__ in _FRAMES and library in _TO_PANDAS:
            convert = _TO_PANDAS[library]
            if kind.__name__ == "DataArray" and getattr(value, "name", None) is None:
                convert = 'to_dataframe("value")'
            return f"Convert it to pandas: {name} = {name}.{convert}"
        if kind.__name__.startswith("dok_") and library == "scipy":
            return f"Convert it to CSR format: {name} = {name}.tocsr()"
        if kind.__name__ == "Row" and library == "sqlite3":
            return f"Convert it to a plain dictionary: {name} = dict({name})"
        plain = next((one for one in _PLAIN if isinstance(value, one) and kind is not one), None)
        if plain is not None:
            return f"Convert it to a plain {plain.__name__}: {name} = {plain.__name__}({name})"
        # An iterator with a length ends, and so does a generator expression, as a rule. A generator
        # function may be endless, so that ``list`` would fill the memory.
        is_expression = isinstance(value, types.GeneratorType) and value.__name__ == "<genexpr>"
        if is_expression or hasattr(kind, "__length_hint__"):
            return f"Convert it to a list: {name} = list({name})"
    return create_inside(name)


# The following function recognizes names that Python provides in a notebook and in an action.


def is_python_builtin(name: str, namespace: Mapping[str, object]) -> bool:
    """Return whether the name is a Python builtin that the notebook has not replaced."""
    # IPython adds ``display`` to the builtins.
    if not hasattr(builtins, name) or is_notebook_only(name) or name == "display":
        return False
    value = namespace.get(name, getattr(builtins, name))
    if value is getattr(builtins, name):
        return True
    # IPython replaces ``open``, ``exit`` and ``quit`` in the namespace. IPython's ``open`` copies
    # the attributes of the builtin, so only its globals show that it comes from IPython.
    code_lives_in = getattr(value, "__globals__", {}).get("__name__", "")
    return "IPython" in (
        str(code_lives_in).partition(".")[0],
        type(value).__module__.partition(".")[0],
    )
