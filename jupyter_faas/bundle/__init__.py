"""Packages: deterministic zips with a manifest, stored by their sha256.

This module works on strings and bytes and does not depend on cells, kernels or targets. A package
does not contain times, paths or user names, so packaging a cell again produces the same bytes.
"""

from jupyter_faas.bundle.archive import Bundle, pack
from jupyter_faas.bundle.composition_layout import (
    CompositionFiles,
    can_run,
    composition_of,
    is_composition,
    lay_out_composition,
)
from jupyter_faas.bundle.deploy_log import DeployLog, DeployRecord, VersionAlias
from jupyter_faas.bundle.layout import (
    CONDUCTOR,
    GLUE,
    IMAGES,
    OBJECTS,
    FunctionFiles,
    add_vendored,
    lay_out,
    shipped_text,
)
from jupyter_faas.bundle.manifest import MANIFEST, Manifest
from jupyter_faas.bundle.members import COMPOSITION, COMPOSITION_CELL, SHIPPED_FILES
from jupyter_faas.bundle.model_files import (
    ModelFiles,
    StoredModel,
    model_reference,
    sha256_of,
    stored_models,
)
from jupyter_faas.bundle.package_record import PackageRecord
from jupyter_faas.bundle.store import BundleStore

__all__ = [
    "COMPOSITION",
    "COMPOSITION_CELL",
    "CONDUCTOR",
    "GLUE",
    "IMAGES",
    "MANIFEST",
    "OBJECTS",
    "SHIPPED_FILES",
    "Bundle",
    "BundleStore",
    "CompositionFiles",
    "DeployLog",
    "DeployRecord",
    "FunctionFiles",
    "Manifest",
    "ModelFiles",
    "PackageRecord",
    "StoredModel",
    "VersionAlias",
    "add_vendored",
    "can_run",
    "composition_of",
    "is_composition",
    "lay_out",
    "lay_out_composition",
    "model_reference",
    "pack",
    "sha256_of",
    "shipped_text",
    "stored_models",
]
