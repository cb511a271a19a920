"""Definitions of actions inside a composition, from code, a file or a sequence of names."""

from __future__ import annotations

import base64
import difflib
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from jupyter_faas.composer.messages import Place, kind_of, shown
from jupyter_faas.composer.nodes import Json
from jupyter_faas.composer.tasks import qualified
from jupyter_faas.errors import FaasError
from jupyter_faas.whisk import ActionLimits

_KINDS = {".py": "python:3", ".js": "nodejs:default"}


def definition(
    *,
    sequence: Sequence[str] | None,
    filename: str | Path | None,
    code: str | None,
    kind: str | None,
    limits: Mapping[str, int] | None,
    place: Place,
) -> Json | None:
    """Return ``{"exec": …, "limits"?: …}`` for ``sequence``, ``filename`` or ``code``.

    Returns None when no argument except ``place`` is given. Raises CompositionError when several
    sources are given, when ``kind`` or ``limits`` is given without a source, or when an argument is
    invalid.
    """
    given = {"sequence": sequence, "filename": filename, "code": code}
    ways = [name for name, value in given.items() if value is not None]
    if len(ways) > 1:
        raise place.error(
            f"{' and '.join(ways)} cannot be combined.", hint=f"Leave {ways[-1]} out."
        )
    if not ways:
        # A sequence does not have a kind.
        for name, value, sources in (
            ("kind", kind, "code or filename"),
            ("limits", limits, "code, filename or sequence"),
        ):
            if value is not None:
                raise place.error(
                    f"{name} can be set only together with {sources}.",
                    hint=f"Leave {name} out if the action already exists on the target. Otherwise, "
                    f"add {sources}.",
                )
        return None
    # A sequence does not have a kind, but a file or code does.
    if sequence is not None:
        made: dict[str, Json] = {"exec": _sequence(sequence, kind, place)}
    elif filename is not None:
        made = {"exec": _file(filename, kind, place)}
    else:
        made = {"exec": _code(code, kind, place)}
    if limits is not None:
        made["limits"] = _limits(limits, place)
    return made


def _sequence(names: object, kind: str | None, place: Place) -> Json:
    if isinstance(names, str) or not isinstance(names, Sequence):
        raise place.error(f"sequence is {kind_of(names)}, but must be a list of action names.")
    if kind is not None:
        raise place.error("a sequence does not have a kind.", hint="Leave kind out.")
    return {"kind": "sequence", "components": [qualified(name, place) for name in names]}


def _file(filename: object, kind: str | None, place: Place) -> Json:
    if not isinstance(filename, str | Path):
        raise place.error(f"filename is {kind_of(filename)}, but must be a file name.")
    path = Path(filename)
    found = kind or _KINDS.get(path.suffix)
    if found is None:
        raise place.error(
            f"the runtime for {path.name} is unknown.",
            hint='Add its runtime, such as kind="python:3".',
        )
    try:
        data = path.read_bytes()
    except OSError as error:
        raise place.error(f"{path} cannot be read: {error.strerror}.") from error
    try:
        code = data.decode()
    except UnicodeDecodeError:
        if not zipfile.is_zipfile(path):
            runtime = "" if found == _KINDS[".py"] else f", kind={found!r}"
            raise place.error(
                f"{path.name} is not UTF-8 text.",
                hint=f"Write code=open({filename!r}, encoding='latin-1').read(){runtime} instead "
                f"of filename={filename!r}.",
            ) from None
        # OpenWhisk recognizes an archive by its base64.
        code = base64.b64encode(data).decode()
    return {"kind": found, "code": code}


def _code(code: object, kind: str | None, place: Place) -> Json:
    if not isinstance(code, str):
        raise place.error(
            f"code is {kind_of(code)}, but must be a string.",
            hint="Package the notebook's function as an action with %%function, and call it by "
            "name."
            if callable(code)
            else "",
        )
    return {"kind": kind or _KINDS[".py"], "code": code}


def _limits(limits: object, place: Place) -> Json:
    if not isinstance(limits, Mapping):
        raise place.error(f"limits is {kind_of(limits)}, but must be a dictionary.")
    known = ActionLimits._fields
    for name in limits:
        if name not in known:
            raise place.error(
                f"{shown(name)} is not a limit. The limits are {', '.join(sorted(known))}.",
                hint=f"Write {close[0]!r} instead of {name!r}."
                if (close := difflib.get_close_matches(str(name), known, 1))
                else f"Leave {name!r} out.",
            )
    try:
        # ``to_json`` adds default values. Only the user's limits are returned below, so that the
        # host chooses the other limits.
        checked = ActionLimits.from_json(limits).to_json()
    except FaasError as error:
        raise place.error(f"limits: {error.message}.", hint=error.hint) from None
    return {name: checked[name] for name in limits if name in checked}
