"""Wheels for the target's Python version, to include in a package.

The functions of this package take pinned requirements and a Python version, and return the
contents of files by path. They leave out files that an action does not need. They do not depend on
notebook cells, deployment packages or hosts.
"""

from jupyter_faas.vendoring.cache import VendorCache
from jupyter_faas.vendoring.collect import nothing_vendored, vendor
from jupyter_faas.vendoring.files import Distribution, ProvidedVersion, ReplacedVersion, Vendored
from jupyter_faas.vendoring.platform import PLATFORM, VENDORED_PYTHONS, python_of

__all__ = [
    "PLATFORM",
    "VENDORED_PYTHONS",
    "Distribution",
    "ProvidedVersion",
    "ReplacedVersion",
    "VendorCache",
    "Vendored",
    "nothing_vendored",
    "python_of",
    "vendor",
]
