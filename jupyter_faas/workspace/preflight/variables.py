"""Warnings about environment variables that are set in the notebook, but not on targets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_faas.workspace.local.redaction import SECRET_NAME
from jupyter_faas.workspace.preflight.credentials import looks_like_credential
from jupyter_faas.workspace.preflight.report import Check

if TYPE_CHECKING:
    from jupyter_faas.bundle import Bundle, PackageRecord

_PACKAGED = "The package then contains the value, which must not be a password or key."
_PACKAGED_VALUES = "The package then contains the values, which must not be passwords or keys."


def variable_checks(record: PackageRecord, bundle: Bundle) -> Iterator[Check]:
    """Yield a warning for each variable that the function reads and that no option sets."""
    for one in missing_variables(record, bundle.manifest.secrets):
        name = one["name"]
        yield Check(
            f"Variable {name}",
            "not set",
            "set in the notebook, but not on targets",
            warn=True,
            says=f"the function reads the environment variable {name}, which is not set on targets",
            hint="" if one.get("secret") else _PACKAGED,
            fix=option_for(one),
        )


def missing_variables(
    record: PackageRecord, secrets: tuple[str, ...] = ()
) -> list[Mapping[str, Any]]:
    """Return the variables in ``record.unset`` that a deploy does not set.

    ``secrets`` are the names of the package's secrets. A container image may set any variable, so
    for a package with an image, the result is empty.
    """
    return [] if record.image else [one for one in record.unset if one["name"] not in secrets]


def variables_warning(record: PackageRecord, secrets: tuple[str, ...]) -> str:
    """Return the warning of a deploy about variables that targets do not have, or an empty text."""
    missing = missing_variables(record, secrets)
    if not missing:
        return ""
    return (
        f"{record.name} reads {variables_are(missing)} set in the notebook, but not on targets. "
        f"{variable_hint(*missing)}"
    )


def variables_are(variables: Sequence[Mapping[str, Any]]) -> str:
    """Return ``the environment variable A, which is`` or the same for several variables."""
    names = " and ".join(one["name"] for one in variables)
    if len(variables) == 1:
        return f"the environment variable {names}, which is"
    return f"the environment variables {names}, which are"


def is_credential(name: str, value: str) -> bool:
    """Return whether a variable's name or value looks like a password or key."""
    return bool(SECRET_NAME.search(name)) or looks_like_credential(name, value)


def option_for(variable: Mapping[str, Any]) -> str:
    """Return the cell option that sets a variable: ``--env NAME``, or ``--secret NAME``."""
    return f"--{'secret' if variable.get('secret') else 'env'} {variable['name']}"


def variable_hint(*variables: Mapping[str, Any]) -> str:
    """Return what the user can do about variables that are not set on targets."""
    options = " ".join(map(option_for, variables))
    add = (
        f"To set {'it' if len(variables) == 1 else 'them'}, add {options} to the cell's first line."
    )
    if any(one.get("secret") for one in variables):
        return add
    return f"{add} {_PACKAGED if len(variables) == 1 else _PACKAGED_VALUES}"
