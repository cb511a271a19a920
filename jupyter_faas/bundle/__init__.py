"""Packages: deterministic zips with a manifest, stored by their sha256.

Takes texts and bytes, and knows nothing of where they come from or go to. No clock, path or user
enters a package, so that the same cell gives the same bytes.
"""

from jupyter_faas.bundle.archive import Bundle, pack
from jupyter_faas.bundle.layout import GLUE, FunctionFiles, add_vendored, lay_out, shipped_text
from jupyter_faas.bundle.manifest import MANIFEST, Manifest
from jupyter_faas.bundle.record import PackageRecord
from jupyter_faas.bundle.store import BundleStore

__all__ = [
    "GLUE",
    "MANIFEST",
    "Bundle",
    "BundleStore",
    "FunctionFiles",
    "Manifest",
    "PackageRecord",
    "add_vendored",
    "lay_out",
    "pack",
    "shipped_text",
]
