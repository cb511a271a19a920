"""Find the types outside scikit-learn that a skops archive holds, and where they come from.

The archive was just written from the live model, so its types are those that the notebook uses. The
package lists them, and an action loads no other types. ``--trust only:…`` restricts them further.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_faas.errors import ConversionError
from jupyter_faas.serialization.artifact import ForeignType

# scikit-learn, and the libraries whose objects its estimators contain. The package pins their
# versions.
_TRUSTED_LIBRARIES = ("sklearn", "numpy", "scipy")
# Containers are trusted, because the types of their contents are checked separately.
_CONTAINERS = ("functools.partial", "collections.OrderedDict", "collections.defaultdict")
# The module in which an action defines what the notebook defines. The model's own code is trusted.
_NOTEBOOK = "function"
_INSTALLED = ("site-packages", "dist-packages")
# The prefix of a value of ``--trust`` that restricts the foreign types to the listed ones.
ONLY = "only:"


@dataclass(frozen=True)
class Types:
    """The types and functions in an archive that skops does not trust by default.

    ``granted`` has all of these types, and is passed to skops as ``trusted``. ``foreign`` has the
    types outside scikit-learn. ``refused`` has the foreign types that ``--trust only:…`` excludes.
    """

    granted: tuple[str, ...]
    foreign: tuple[str, ...]
    refused: tuple[str, ...]


def types_of(archive: bytes, trust: Sequence[str]) -> Types:
    """Return the types in an archive that skops does not trust by default.

    ``trust`` has the values of ``--trust``: full names of types, from any module that provides
    them. A name without the prefix ``only:`` permits what is permitted anyway.
    """
    import skops.io

    found = skops.io.get_untrusted_types(data=archive)
    foreign = [name for name in found if not _is_trusted(name)]
    if not any(name.startswith(ONLY) for name in trust):
        return Types(tuple(found), tuple(foreign), ())
    listed = [name.removeprefix(ONLY) for name in trust]
    accepted = {spelling for name in listed for spelling in (name, _own_name(name))}
    refused = tuple(name for name in foreign if name not in accepted)
    return Types(tuple(found), tuple(foreign), refused)


def check_trust(name: str, types: Types) -> None:
    """Raise ConversionError unless all foreign types can be imported and are permitted.

    The message names the types that fail.
    """
    lost = [each for each in types.foreign if _imported(each) is None]
    if lost:
        raise ConversionError(
            f"{name!r} contains {' and '.join(lost)}, which cannot be imported from a module.",
            hint=f"Create {name} inside the function.",
        )
    if types.refused:
        more = " ".join(f"--trust {ONLY}{each}" for each in types.refused)
        raise ConversionError(
            f"{name!r} contains types that --trust {ONLY}… does not list: "
            f"{', '.join(types.refused)}.",
            hint=f"Add them: {more}",
        )


def foreign_types(names: Sequence[str]) -> Iterator[ForeignType]:
    """Yield where each type comes from: a distribution, or a module of the user."""
    distributions = importlib.metadata.packages_distributions() if names else {}
    for name in names:
        module = sys.modules.get(_module_of(name))
        file = getattr(module, "__file__", None)
        owners = distributions.get(name.partition(".")[0], ())
        # An editable install has a distribution too, but its files are the user's own.
        if owners and file and any(part in _INSTALLED for part in Path(file).parts):
            installed = importlib.metadata.distribution(owners[0])
            record = installed.read_text("RECORD") or ""
            yield ForeignType(
                name, installed.metadata["Name"], installed.version, _sha256(record.encode())
            )
        else:
            yield ForeignType(name, sha256=_sha256(Path(file).read_bytes()) if file else "")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _module_of(name: str) -> str:
    """Return the loaded module of a type, whose name may be nested in a class."""
    module = name.rpartition(".")[0]
    while module not in sys.modules and "." in module:
        module = module.rpartition(".")[0]
    return module


def _is_trusted(name: str) -> bool:
    top = name.partition(".")[0]
    return top in (*_TRUSTED_LIBRARIES, _NOTEBOOK) or name in _CONTAINERS


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
