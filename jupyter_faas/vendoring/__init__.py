"""Wheels for another Python: fetched, trimmed and kept, so that an action needs nothing installed.

Takes pinned requirements and a Python version, returns files by path. Knows nothing of cells,
packages or hosts.
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
