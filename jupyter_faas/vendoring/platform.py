"""The platform for which wheels are fetched: that of OpenWhisk's Python images."""

from __future__ import annotations

import re

# The images of Apache OpenWhisk are Debian 12 on x86-64, whose glibc is 2.36. Most wheels of the
# scientific libraries are built for 2.28 or older, so they also run on hosts with an older system.
_GLIBC = 28
PLATFORM = f"manylinux_2_{_GLIBC}_x86_64"
UV_PLATFORM = f"x86_64-manylinux_2_{_GLIBC}"

# pip accepts a wheel only if its exact tag is named. Older wheels have the last two tags.
PIP_PLATFORMS = (
    *(f"manylinux_2_{minor}_x86_64" for minor in range(_GLIBC, 4, -1)),
    "manylinux2014_x86_64",
    "manylinux2010_x86_64",
)

# The Python versions of OpenWhisk's kinds, and of its further images (contract §5.3).
VENDORED_PYTHONS = ("3.9", "3.10", "3.11", "3.12", "3.13")

_KIND = re.compile(r"python:(3\.\d+)", re.IGNORECASE)


def python_of(kind: str) -> str | None:
    """Return the Python version in the name of a kind, or None.

    >>> python_of("python:3.11"), python_of("python:default")
    ('3.11', None)
    """
    found = _KIND.match(kind)
    return found.group(1) if found else None
