"""Names of actions as a composition holds them: always with a namespace."""

from __future__ import annotations

from jupyter_faas.composer.messages import Place, kind_of, shown
from jupyter_faas.errors import NameNotAllowed
from jupyter_faas.whisk import FullName

_HINT = "Write it as name, package/name, /namespace/name or /namespace/package/name."


def qualified(name: object, place: Place) -> str:
    """A name as users write it, with its namespace; ``_`` stands for the deployer's own.

    ``iris`` -> ``/_/iris``; ``models/iris`` -> ``/_/models/iris``; ``/guest/iris`` stays. Raises
    CompositionError for what OpenWhisk does not allow as a name.
    """
    if not isinstance(name, str):
        raise place.error(f"{shown(name)} is {kind_of(name)}, and no name of an action.")
    try:
        return f"/{FullName.parse(name.strip()).path}"
    except NameNotAllowed as error:
        text = error.message
        if not text.startswith(repr(name)):
            text = f"{shown(name)}: {text}"
        raise place.error(text, hint=error.hint) from None


def qualified_loosely(name: object, place: Place) -> str:
    """As npm's Composer does it, which looks at the number of parts only: for what others wrote."""
    if not isinstance(name, str):
        raise place.error(f"{shown(name)} is {kind_of(name)}, and no name of an action.")
    parts = name.strip().split("/")
    absolute = parts[0] == "" and len(parts) > 1
    fits = len(parts) in ((3, 4) if absolute else (1, 2, 3))
    if not fits or not all(part.strip() for part in parts[absolute:]):
        raise place.error(f"{shown(name)} is not the name of an action.", hint=_HINT)
    named = "/".join(parts[absolute:])
    return f"/_/{named}" if not absolute and len(parts) < 3 else f"/{named}"


def local_name(name: object, place: Place) -> str:
    """The name that a composition is deployed under: ``name`` or ``package/name``."""
    full = qualified(name, place)
    if not full.startswith("/_/") or str(name).strip().startswith("/"):
        raise place.error(
            f"'{name}' names a namespace, and a composition is deployed to one's own.",
            hint="Write it as name or package/name.",
        )
    return full.removeprefix("/_/")
