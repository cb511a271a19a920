"""Fetch wheels for the target's Python, so that a package contains its requirements.

The functions here take pinned requirements and a Python version, and return files by path. Files
that an action does not need are left out. Cells, packages and hosts are outside their scope.
"""

from jupyter_faas.vendoring.cache import VendorCache
from jupyter_faas.vendoring.collect import vendor
from jupyter_faas.vendoring.files import Distribution, ReplacedVersion, Vendored
from jupyter_faas.vendoring.platform import PLATFORM, VENDORED_PYTHONS, python_of

__all__ = [
    "PLATFORM",
    "VENDORED_PYTHONS",
    "Distribution",
    "ReplacedVersion",
    "VendorCache",
    "Vendored",
    "python_of",
    "vendor",
]
