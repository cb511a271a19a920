"""The packages of an exported project, loaded from the package store."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_faas.bundle import BundleStore, ModelFiles, composition_of, stored_models
from jupyter_faas.workspace.deployment.plan import annotations_of

if TYPE_CHECKING:
    from jupyter_faas.bundle import Bundle, PackageRecord


@dataclass(frozen=True)
class ProjectFunction:
    """A function or composition of a project.

    ``models`` maps the sha256 of each model that is not in the zip to its ONNX bytes.
    """

    record: PackageRecord
    bundle: Bundle
    models: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        """The name of the action: ``name`` or ``package/name``."""
        return self.record.name

    @property
    def zip(self) -> str:
        """The path of the function's zip in the project."""
        return f"actions/{self.name}.zip"

    @property
    def composition(self) -> Mapping[str, Any] | None:
        """The contents of composition.json, or None for a function."""
        return composition_of(self.bundle)

    @property
    def annotations(self) -> dict[str, Any]:
        """The action's annotations, without ``faas-environment``, which describes this machine."""
        found = annotations_of(self.record, self.bundle)
        found.pop("faas-environment", None)
        return found

    def variable(self, word: str) -> str:
        """Return the name of the environment variable for a value that is not exported.

        For example, the parameter ``unit`` of ``models/iris`` becomes ``MODELS_IRIS_UNIT``.
        """
        # The name of an environment variable must not begin with a digit.
        return re.sub(r"[^A-Z0-9]", "_", f"{self.name}_{word}".upper()).lstrip("0123456789_")


def functions_of(packages: Iterable[str], data_dir: Path) -> list[ProjectFunction]:
    """Load packages by id, each preceded by the packages that it includes.

    If two packages have the same name, the later package is kept. Raises PackageNotFound,
    BundleNotFound and ModelNotFound.
    """
    store, files = BundleStore(data_dir), ModelFiles(data_dir)
    # Several packages may include the same function. The dictionary keeps one package per name.
    found = {}
    for each in packages:
        for record in _with_parts(each, store):
            bundle = store.get(record.bundle)
            outside = stored_models(bundle.manifest)
            models = {one.sha256: files.path(one).read_bytes() for one in outside}
            found[record.name] = ProjectFunction(record, bundle, models)
    return list(found.values())


def _with_parts(package: str, store: BundleStore) -> Iterator[PackageRecord]:
    """Yield the records of the packages that a package includes, then the package's own record."""
    record = store.get_package(package)
    for part in record.parts:
        yield from _with_parts(part, store)
    yield record
