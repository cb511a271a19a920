"""Names: of a notebook's functions, of a call's parameters, and of secrets.

``iris`` may mean the function ``models/iris``.
"""

from __future__ import annotations

import copy
import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from jupyter_faas.errors import FaasError, InputError, ParametersRejected
from jupyter_faas.whisk.names import action_name


def matching_functions(name: str, names: Iterable[str]) -> list[str]:
    """Return the full names in ``names`` that ``name`` may refer to.

    An exact match is returned alone. Otherwise ``name`` matches functions in any package.

    >>> matching_functions("iris", ["models/iris", "hello"])
    ['models/iris']

    Use this only for functions in a notebook. On a target, ``iris`` never means ``models/iris``.
    """
    known, name = list(names), action_name(name)
    if name in known:
        return [name]
    return [each for each in known if each.rpartition("/")[2] == name]


def pick_function(name: str, names: Iterable[str]) -> str:
    """Return the full name in ``names`` that ``name`` refers to.

    Raises InputError if no name matches or several do.
    """
    known = sorted(names)
    meant = matching_functions(name, known)
    if len(meant) == 1:
        return meant[0]
    if meant:
        raise InputError(
            f"This notebook has {len(meant)} functions named {name!r}.",
            hint=f"Use one of these names: {', '.join(meant)}.",
        )
    others = f" Packaged: {', '.join(known)}." if known else ""
    raise InputError(
        f"This notebook has no packaged function {name!r}.",
        hint=f"Run its %%function or %%composition cell first.{others}",
    )


def named_error(error: FaasError, name: str) -> FaasError:
    """Return the error with a function's name in front, unless its message has the name.

    A host's own message says what is wrong, but not with which of several functions.
    """
    has_name = re.search(rf"(?<![\w/-]){re.escape(name)}(?![\w/-])", error.message)
    if has_name or "\n" in error.message:
        return error
    named = copy.copy(error)
    named.message = f"{name}: {error.message}"
    return named


# OpenWhisk adds parameters with this prefix to web requests. A caller may pass them, to try what a
# function does with a web request.
OF_WEB_REQUESTS = "__ow_"


def unknown_parameters(schema: Mapping[str, Any] | None, given: Iterable[str]) -> list[str]:
    """Return the parameters of a call that a function does not take.

    The list is empty without a schema, and for a function that takes ``**kwargs`` or the whole
    dictionary.
    """
    schema = schema or {}
    known = schema.get("properties")
    # Schemas of functions without ``**kwargs`` omit ``additionalProperties``.
    if not isinstance(known, Mapping) or schema.get("additionalProperties", False) is not False:
        return []
    return [name for name in given if name not in known and not name.startswith(OF_WEB_REQUESTS)]


def check_parameter_names(
    function: str, schema: Mapping[str, Any] | None, given: Iterable[str], signature: str = ""
) -> None:
    """Raise ParametersRejected if a call has a parameter that the function does not take.

    An action ignores unknown parameters, because web requests and compositions add some. A person
    who misspells one would get the answer for the default value. ``schema`` is the JSON schema of
    the function, or None if it is not known. ``unknown_parameters`` says which names it takes.
    """
    unknown = unknown_parameters(schema, given)
    if unknown:
        known = (schema or {})["properties"]
        takes = (
            f"The signature is {signature}"
            if signature
            else f"The parameters are {', '.join(known)}"
            if known
            else "It takes no parameters"
        )
        raise ParametersRejected(
            f"{function} does not take {' or '.join(unknown)}.",
            hint=f"{did_you_mean(unknown, known)}{takes}",
        )


def did_you_mean(words: Iterable[str], known: Iterable[str], prefix: str = "") -> str:
    """Return ``Did you mean NAME? `` for the words that are similar to a known name, or ``""``.

    ``prefix`` is shown before each name.
    """
    known = list(known)
    near = (difflib.get_close_matches(word, known, 1) for word in words)
    found = list(dict.fromkeys(name for names in near for name in names))
    return f"Did you mean {' and '.join(prefix + name for name in found)}? " if found else ""


_SECRET_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
# OpenWhisk, its runtimes and the dynamic loader use these environment variables themselves.
_TAKEN = re.compile(r"__OW_.*|FAAS_.*|LD_.*|DYLD_.*|PYTHON.*|PATH|HOME|PWD|TMPDIR|LANG|LC_.*")


def check_secret_name(name: str) -> str:
    """Return ``name`` if an environment variable can have this name. Raises InputError."""
    if not _SECRET_NAME.fullmatch(name):
        # The text is not repeated, because it may be the value.
        raise InputError(
            "The name of a secret can contain only letters, digits and underscores, and cannot "
            "begin with a digit.",
            hint="Give only the name, such as --secret DB_PASSWORD. To set the value: %faas "
            "secret set DB_PASSWORD",
        )
    return _check_not_taken(name, "a secret")


def check_variable_name(name: str) -> str:
    """Return ``name`` if --env can set an environment variable of this name. Raises InputError."""
    if not _SECRET_NAME.fullmatch(name):
        raise InputError(
            f"{name!r} is not a valid name for an environment variable.",
            hint="Give only the name, such as --env SCALE. The value is taken from the "
            "environment of this notebook.",
        )
    return _check_not_taken(name, "set with --env")


def _check_not_taken(name: str, what: str) -> str:
    if _TAKEN.fullmatch(name):
        raise InputError(
            f"{name} cannot be {what}, because runtimes use this environment variable.",
            hint=f"Choose another name, such as MY_{name.strip('_')}.",
        )
    return name
