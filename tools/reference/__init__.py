"""What the reference says of the code, made from the code.

``docs/reference.md`` is in git, so that it can be read where the repository is; the other parts are
put into their pages when the site is built (``docs/conf.py``), where a page asks for them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from tools.reference.endpoints import (
    error_codes,
    openwhisk_endpoints,
    playground_endpoints,
    server_endpoints,
)
from tools.reference.options import lab_settings, playground_options, server_options
from tools.reference.verbs import reference

__all__ = ["GENERATED", "reference"]

# By the name in ``<!-- generated: NAME -->``.
GENERATED: Mapping[str, Callable[[], str]] = MappingProxyType(
    {
        "server endpoints": server_endpoints,
        "playground endpoints": playground_endpoints,
        "openwhisk endpoints": openwhisk_endpoints,
        "error codes": error_codes,
        "lab settings": lab_settings,
        "server options": server_options,
        "playground options": playground_options,
    }
)
