"""The platform and Python versions for which wheels are fetched."""

from __future__ import annotations

import re

# The minor version of glibc that wheels may need. Apache OpenWhisk's images run Debian 12 (x86-64),
# which has glibc 2.36. Most wheels of scientific libraries need only 2.28 or older, so this lower
# version lets packages run on older systems too.
_GLIBC = 28
PLATFORM = f"manylinux_2_{_GLIBC}_x86_64"
UV_PLATFORM = f"x86_64-manylinux_2_{_GLIBC}"

# pip accepts only wheels whose exact tag is listed. The last two tags are those of older wheels.
PIP_PLATFORMS = (
    *(f"manylinux_2_{minor}_x86_64" for minor in range(_GLIBC, 4, -1)),
    "manylinux2014_x86_64",
    "manylinux2010_x86_64",
)

# The Python versions of OpenWhisk's runtime kinds and of its other images (contract §5.3).
VENDORED_PYTHONS = ("3.9", "3.10", "3.11", "3.12", "3.13")

_KIND = re.compile(r"python:(3\.\d+)", re.IGNORECASE)


def python_of(kind: str) -> str | None:
    """Return the Python version in the name of a runtime kind, or None if it has none.

    >>> python_of("python:3.11"), python_of("python:default")
    ('3.11', None)
    """
    found = _KIND.match(kind)
    return found.group(1) if found else None
