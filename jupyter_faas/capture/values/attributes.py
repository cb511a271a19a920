"""Reading attributes of values whose class may compute them."""

from __future__ import annotations

import inspect
from typing import Any

_ABSENT = object()


def stored_attribute(value: object, name: str, default: Any = None) -> Any:
    """Return an attribute that ``value`` or its class defines, or ``default``.

    ``__getattr__`` of a user's class is not asked. For a name that it does not know, it may raise
    any error (``__getattr__ = dict.__getitem__``) or return a value that it has made up.
    """
    if inspect.getattr_static(value, name, _ABSENT) is _ABSENT:
        return default
    try:
        return getattr(value, name, default)
    except Exception:  # a property or ``__getattribute__`` of the user's may raise anything
        return default
