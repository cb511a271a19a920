"""Settings of the notebook's process that change answers: its time zone, and warnings as errors.

An action runs in UTC, and only shows warnings. A function that reads the local time, or that is
stopped by a warning, would therefore return another answer than the notebook.
"""

from __future__ import annotations

import os
import re
import time
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator

from jupyter_faas.capture.libraries.settings import Setting, Write

# What reads the local time: attributes, and functions that are imported by their names.
_LOCAL_TIME = frozenset(
    ("now", "today", "fromtimestamp", "timestamp", "astimezone", "localtime", "mktime", "ctime")
)
_UTC = frozenset(("", "GMT", "GMT0", "Greenwich", "UCT", "UTC", "UTC0", "Universal", "Zulu"))
_MACHINE_ZONE = "/etc/localtime"
_ERRORS = re.compile(r"""\b(simplefilter|filterwarnings)\(\s*(action\s*=\s*)?["']error""")


def process_settings(
    read: Collection[str],
    cells: Iterable[str],
    library: Callable[[str], str],
    write: Write,
) -> Iterator[Setting]:
    """Yield the settings that the code depends on.

    ``read`` contains the names and attributes that the code reads, and ``cells`` the texts of the
    notebook's cells. ``library`` returns the name by which the text refers to a module. ``write``
    returns the expression for a value, or None for a value that cannot be written.
    """
    zone = local_zone()
    if zone and not _LOCAL_TIME.isdisjoint(read):
        text = f"{library('os')}.environ['TZ'] = {zone!r}\n{library('time')}.tzset()"
        yield Setting("time zone", "time", text, {"TZ": repr(zone)}, ("os",))
    # Other programs than the notebook, such as pytest, also turn warnings into errors.
    if any(map(_ERRORS.search, cells)):
        calls = list(_filters(library("warnings"), write))
        if calls:
            shown = {"filters": str(len(calls))}
            yield Setting("warnings as errors", "warnings", "\n".join(calls), shown)


def local_zone() -> str:
    """Return the name of the process's time zone, or an empty text if it is UTC or unknown."""
    if not hasattr(time, "tzset"):
        # On Windows, the name of the zone is not the one that an action needs.
        return ""
    zone = os.environ.get("TZ")
    if zone is None:
        zone = os.path.realpath(_MACHINE_ZONE).partition("zoneinfo/")[2]
    zone = zone.removeprefix(":").removeprefix("posix/")
    return "" if zone.removeprefix("Etc/") in _UTC else zone


def _filters(name: str, write: Write) -> Iterator[str]:
    """Yield the calls that add the filters again, up to the last one that raises an error.

    The filters before that one have priority over it.
    """
    errors = [at for at, one in enumerate(warnings.filters) if one[0] == "error"]
    for action, message, category, module, line in reversed(
        warnings.filters[: errors[-1] + 1 if errors else 0]
    ):
        kind = write(category)
        if kind is None:
            continue
        given = {
            "message": _pattern(message),
            "module": _pattern(module),
            "lineno": line,
        }
        options = [f"category={kind}", *(f"{key}={one!r}" for key, one in given.items() if one)]
        yield f"{name}.filterwarnings({action!r}, {', '.join(options)})"


def _pattern(found: object) -> str:
    return str(getattr(found, "pattern", found or ""))
