"""The functions of a project, from where packages are stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from jupyter_faas.bundle import BundleStore, ModelFiles, PackageRecord, stored_models
from jupyter_faas.workspace.handover.project import ProjectFunction


def functions_of(packages: Iterable[str], data_dir: Path) -> list[ProjectFunction]:
    """One for each package id, after what it brings along; of two with one name the later.

    Raises PackageNotFound, BundleNotFound, ModelNotFound.
    """
    store, files = BundleStore(data_dir), ModelFiles(data_dir)
    found = {}
    for each in packages:
        for record in _with_parts(each, store):
            bundle = store.get(record.bundle)
            outside = stored_models(bundle.manifest)
            models = {one.sha256: files.path(one).read_bytes() for one in outside}
            found[record.name] = ProjectFunction(record, bundle, models)
    return list(found.values())


def _with_parts(package: str, store: BundleStore) -> Iterator[PackageRecord]:
    """The record of a package, after those that it brings along."""
    record = store.get_package(package)
    for part in record.parts:
        yield from _with_parts(part, store)
    yield record
