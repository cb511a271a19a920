"""Settings of libraries that the notebook has changed, such as the precision of decimals.

An action that starts with the default settings would return another answer than the notebook. The
package therefore sets them again, for the libraries that it imports.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

# Tools for notebooks, such as jedi, raise Python's limit of 1,000 to 3,000.
_USUAL_RECURSION = 3000
# How matplotlib shows figures. An action does not have a screen.
_SCREEN = ("backend", "backend_fallback", "interactive", "toolbar", "webagg.", "tk.", "keymap.")

Write = Callable[[Any], str | None]


@dataclass(frozen=True)
class Setting:
    """Changed settings of one library: ``text`` sets them, and the card shows ``values``.

    ``name`` is the place of the settings, such as ``pandas.options``, and ``module`` the module
    that ``text`` refers to. ``libraries`` are further modules that it refers to.
    """

    name: str
    module: str
    text: str
    values: Mapping[str, str]
    libraries: tuple[str, ...] = ()


def changed_settings(
    needed: Set[str], library: Callable[[str], str], write: Write
) -> Iterator[Setting]:
    """Yield the changed settings of the modules that the package imports.

    ``needed`` contains the top-level modules. ``library`` returns the name by which the text refers
    to a module. ``write`` returns the expression for a value, or None for a value that cannot be
    written, whose setting is left out.
    """
    if sys.getrecursionlimit() > _USUAL_RECURSION:
        limit = str(sys.getrecursionlimit())
        text = f"{library('sys')}.setrecursionlimit({limit})"
        yield Setting("sys.setrecursionlimit", "sys", text, {"limit": limit})
    for module, readers in _READERS.items():
        loaded = sys.modules.get(module)
        for read in readers if loaded is not None and module in needed else ():
            found = _read(read, loaded, library(module), write)
            if found is not None:
                yield found


def _read(
    read: Callable[[Any, str, Write], Setting | None], module: Any, name: str, write: Write
) -> Setting | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return read(module, name, write)
    # Some readers use private parts of a library, which may change in a later version.
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _decimal(decimal: Any, name: str, write: Write) -> Setting | None:
    # The defaults of Python's documentation. ``DefaultContext`` may be changed, too.
    usual = {"prec": 28, "rounding": "ROUND_HALF_EVEN", "Emin": -999999, "Emax": 999999}
    trapped = ("InvalidOperation", "DivisionByZero", "Overflow")
    context = decimal.getcontext()
    changed = {
        key: repr(getattr(context, key))
        for key, value in (*usual.items(), ("capitals", 1), ("clamp", 0))
        if getattr(context, key) != value
    }
    # A new thread starts with a copy of ``DefaultContext``.
    both = f"{name}.DefaultContext.{{0}} = {name}.getcontext().{{0}} = {{1}}"
    lines = [both.format(key, value) for key, value in changed.items()]
    for signal, value in context.traps.items():
        if value != (signal.__name__ in trapped):
            at = f"traps[{name}.{signal.__name__}]"
            lines.append(both.format(at, bool(value)))
            changed[signal.__name__] = str(bool(value))
    return _setting("decimal.getcontext()", "decimal", lines, changed)


def _numpy_errors(numpy: Any, name: str, write: Write) -> Setting | None:
    usual = {"divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn"}
    changed = _changed(numpy.geterr(), usual, write)
    return _setting("numpy.seterr", "numpy", [_call(f"{name}.seterr", changed)], changed)


def _numpy_printing(numpy: Any, name: str, write: Write) -> Setting | None:
    usual = {
        "edgeitems": 3,
        "threshold": 1000,
        "floatmode": "maxprec",
        "precision": 8,
        "sign": "-",
        "suppress": False,
        "linewidth": 75,
        "nanstr": "nan",
        "infstr": "inf",
        "legacy": False,
    }
    options = {key: numpy.get_printoptions().get(key, value) for key, value in usual.items()}
    changed = _changed(options, usual, write)
    lines = [_call(f"{name}.set_printoptions", changed)]
    return _setting("numpy.set_printoptions", "numpy", lines, changed)


def _pandas(pandas: Any, name: str, write: Write) -> Setting | None:
    known = sys.modules["pandas._config.config"]._registered_options
    options = {key: pandas.get_option(key) for key in known}
    changed = _changed(options, {key: known[key].defval for key in known}, write)
    lines = [f"{name}.set_option({key!r}, {value})" for key, value in changed.items()]
    return _setting("pandas.options", "pandas", lines, changed)


def _sklearn(sklearn: Any, name: str, write: Write) -> Setting | None:
    changed = _changed(sklearn.get_config(), sys.modules["sklearn._config"]._global_config, write)
    return _setting(
        "sklearn.set_config", "sklearn", [_call(f"{name}.set_config", changed)], changed
    )


def _matplotlib(matplotlib: Any, name: str, write: Write) -> Setting | None:
    usual = {
        key: value
        for key, value in matplotlib.rcParamsDefault.items()
        if not key.startswith(_SCREEN)
    }
    current = {key: value for key, value in dict.items(matplotlib.rcParams) if key in usual}

    def written(value: Any) -> str | None:
        # The colours of lines are an object of the library ``cycler``.
        if type(value).__name__ == "Cycler":
            return f"{name}.cycler(**{value.by_key()!r})"
        return write(value)

    changed = _changed(current, usual, written)
    lines = [f"{name}.rcParams[{key!r}] = {value}" for key, value in changed.items()]
    return _setting("matplotlib.rcParams", "matplotlib", lines, changed)


def _torch(torch: Any, name: str, write: Write) -> Setting | None:
    kind = str(torch.get_default_dtype()).removeprefix("torch.")
    changed = {} if kind == "float32" else {"dtype": kind}
    lines = [f"{name}.set_default_dtype({name}.{kind})"]
    return _setting("torch.set_default_dtype", "torch", lines, changed)


_READERS: Mapping[str, tuple[Callable[[Any, str, Write], Setting | None], ...]] = {
    "decimal": (_decimal,),
    "numpy": (_numpy_errors, _numpy_printing),
    "pandas": (_pandas,),
    "sklearn": (_sklearn,),
    "matplotlib": (_matplotlib,),
    "torch": (_torch,),
}


def _changed(values: Mapping[str, Any], usual: Mapping[str, Any], write: Write) -> dict[str, str]:
    """Return the expressions of the values that differ from ``usual``."""
    found = {}
    for key, value in values.items():
        if key in usual and not (value is usual[key] or bool(value == usual[key])):
            text = write(value)
            if text is not None:
                found[key] = text
    return found


def _call(function: str, arguments: Mapping[str, str]) -> str:
    return f"{function}({', '.join(f'{key}={text}' for key, text in arguments.items())})"


def _setting(name: str, module: str, lines: list[str], values: Mapping[str, str]) -> Setting | None:
    return Setting(name, module, "\n".join(lines), values) if values else None
