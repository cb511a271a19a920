"""Which types an archive may be built of: scikit-learn's own, and those that the user lists."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_faas.errors import ConversionError
from jupyter_faas.serialization.estimators import steps

# scikit-learn and what its estimators are made of; both are pinned beside the archive.
_FOUNDATION = ("sklearn", "numpy", "scipy")
# They only hold other things, which are looked at themselves.
_HOLDERS = ("functools.partial", "collections.OrderedDict", "collections.defaultdict")
_NOTEBOOK = "__main__"
IMPORTABLE = (
    "Functions and classes that a model holds must be importable from a module: no lambda, no "
    "method of a built-in type, nothing of this notebook."
)


@dataclass(frozen=True)
class Types:
    """The types (and functions) of an archive that skops does not trust by itself.

    ``granted``: all that loading is to be told. ``foreign``: those of them that only the user
    can vouch for. ``unlisted``: those of these that the user has not.
    """

    granted: tuple[str, ...]
    foreign: tuple[str, ...]
    unlisted: tuple[str, ...]


def types_of(archive: bytes, listed: Sequence[str]) -> Types:
    """``listed``: names as users write them, ``package.Class`` or ``package.module.Class``."""
    import skops.io

    found = skops.io.get_untrusted_types(data=archive)
    foreign = [name for name in found if not _is_of_foundation(name)]
    vouched = {spelling for name in listed for spelling in (name, _own_name(name))}
    unlisted = tuple(name for name in foreign if name not in vouched)
    return Types(tuple(found), tuple(foreign), unlisted)


def check_trust(name: str, types: Types) -> None:
    """Raise ConversionError, which names the types, when the user has not listed them all."""
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
    """``--trust a.B --trust c.D``"""
    return " ".join(f"--trust {name}" for name in names)


def module_of(name: str) -> str:
    return name.rpartition(".")[0]


def _is_of_foundation(name: str) -> bool:
    return name.partition(".")[0] in _FOUNDATION or name in _HOLDERS


def _own_name(name: str) -> str:
    """What the type itself says it is called: users know it by where they import it from."""
    found = _imported(name)
    module, _, attribute = name.rpartition(".")
    return f"{getattr(found, '__module__', module)}.{getattr(found, '__name__', attribute)}"


def _imported(name: str) -> Any:
    """What the name stands for, found as skops finds it; None when there is no such thing."""
    module, _, attribute = name.rpartition(".")
    try:
        return getattr(importlib.import_module(module), attribute, None)
    except (ImportError, ValueError):
        return None


def check_importable(name: str, model: object) -> None:
    """Refuse models with classes of the notebook, which no other process can be given."""
    kinds = {step.kind for step in steps(name, model) if _module(step.estimator) == _NOTEBOOK}
    if kinds:
        raise notebook_class_error(name, sorted(kinds))


def _module(estimator: object) -> str:
    return type(estimator).__module__


def notebook_class_error(name: str, names: Sequence[str]) -> ConversionError:
    """The refusal of what only the notebook defines."""
    return ConversionError(
        f"{name!r} holds {' and '.join(names)} of this notebook, which an action cannot load.",
        hint="Put that code into a module beside the notebook, import it from there, fit again, "
        "and take it along: --include MODULE.py --trust MODULE.NAME",
    )
