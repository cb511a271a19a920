"""Check that the types in a skops archive are trusted by default or listed with ``--trust``."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_faas.errors import ConversionError
from jupyter_faas.serialization.estimators import steps

# scikit-learn, and the libraries whose objects its estimators contain. The package pins their
# versions.
_TRUSTED_LIBRARIES = ("sklearn", "numpy", "scipy")
# Containers are trusted, because the types of their contents are checked separately.
_CONTAINERS = ("functools.partial", "collections.OrderedDict", "collections.defaultdict")
_NOTEBOOK = "__main__"
IMPORTABLE = (
    "Functions and classes that a model holds must be importable from a module: no lambda, no "
    "method of a built-in type, nothing of this notebook."
)


@dataclass(frozen=True)
class Types:
    """The types and functions in an archive that skops does not trust by default.

    ``granted`` has all of these types, and is passed to skops as ``trusted``. ``foreign`` has the
    types that the user must list. ``unlisted`` has the foreign types that the user did not list.
    """

    granted: tuple[str, ...]
    foreign: tuple[str, ...]
    unlisted: tuple[str, ...]


def types_of(archive: bytes, listed: Sequence[str]) -> Types:
    """Return the types in an archive that skops does not trust by default.

    ``listed``: the types that the user trusts, as full names from any module that provides them.
    """
    import skops.io

    found = skops.io.get_untrusted_types(data=archive)
    foreign = [name for name in found if not _is_trusted(name)]
    accepted = {spelling for name in listed for spelling in (name, _own_name(name))}
    unlisted = tuple(name for name in foreign if name not in accepted)
    return Types(tuple(found), tuple(foreign), unlisted)


def check_trust(name: str, types: Types) -> None:
    """Raise ConversionError unless all foreign types can be imported and are listed.

    The message names the types that fail.
    """
    own = [each.rpartition(".")[2] for each in types.foreign if module_of(each) == _NOTEBOOK]
    if own:
        raise notebook_class_error(name, own)
    lost = [each for each in types.foreign if _imported(each) is None]
    if lost:
        raise ConversionError(
            f"{name!r} holds {' and '.join(lost)}, which no module gives.", hint=IMPORTABLE
        )
    if types.unlisted:
        raise ConversionError(
            f"{name!r} holds types outside scikit-learn: {', '.join(types.unlisted)}.",
            hint=f"List those that the action may load: {options(types.unlisted)}",
        )


def options(names: Sequence[str]) -> str:
    """Return the options that trust some types, such as ``--trust a.B --trust c.D``."""
    return " ".join(f"--trust {name}" for name in names)


def module_of(name: str) -> str:
    return name.rpartition(".")[0]


def _is_trusted(name: str) -> bool:
    return name.partition(".")[0] in _TRUSTED_LIBRARIES or name in _CONTAINERS


def _own_name(name: str) -> str:
    """Return the full name of a type in the module that defines it.

    Users may import a type from another module. If it cannot be imported, ``name`` is returned.
    """
    found = _imported(name)
    module, _, attribute = name.rpartition(".")
    return f"{getattr(found, '__module__', module)}.{getattr(found, '__name__', attribute)}"


def _imported(name: str) -> Any:
    """Import an object by its full name, as skops does. Return None if the import fails."""
    module, _, attribute = name.rpartition(".")
    try:
        return getattr(importlib.import_module(module), attribute, None)
    except (ImportError, ValueError):
        return None


def check_importable(name: str, model: object) -> None:
    """Raise ConversionError for classes that the notebook defines.

    Other processes cannot import such classes.
    """
    kinds = {step.kind for step in steps(name, model) if _module(step.estimator) == _NOTEBOOK}
    if kinds:
        raise notebook_class_error(name, sorted(kinds))


def _module(estimator: object) -> str:
    return type(estimator).__module__


def notebook_class_error(name: str, names: Sequence[str]) -> ConversionError:
    """Return the error for classes and functions that only the notebook defines."""
    return ConversionError(
        f"{name!r} holds {' and '.join(names)} of this notebook, which an action cannot load.",
        hint="Put that code into a module beside the notebook, import it from there, fit again, "
        "and take it along: --include MODULE.py --trust MODULE.NAME",
    )
