"""The parts of a project, from where packages are stored."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from jupyter_faas.bundle import BundleStore, ModelFiles, stored_models
from jupyter_faas.workspace.handover.project import Part


def parts_of(packages: Iterable[str], data_dir: Path) -> list[Part]:
    """One for each package id. Raises PackageNotFound, BundleNotFound, ModelNotFound."""
    store, files = BundleStore(data_dir), ModelFiles(data_dir)
    found = []
    for each in packages:
        record = store.get_package(each)
        bundle = store.get(record.bundle)
        models = {
            one.sha256: files.path(one).read_bytes() for one in stored_models(bundle.manifest)
        }
        found.append(Part(record, bundle, models))
    return found
