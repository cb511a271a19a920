"""Stored packages: upload from another disk, and adaptation to another runtime or target."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import BundleDamaged, BundleError, PackageNotFound, VendoringFailed
from jupyter_faas.workspace.preflight.cache import PreflightCache
from jupyter_faas.workspace.results import Progress, silent

if TYPE_CHECKING:
    from jupyter_faas.bundle import BundleStore, PackageRecord
    from jupyter_faas.errors import FaasError
    from jupyter_faas.vendoring import VendorCache
    from jupyter_faas.workspace.packaging.container_image import ImageFacts
    from jupyter_faas.workspace.preflight.report import Preflight
    from jupyter_faas.workspace.targets.capabilities import TargetCapabilities
    from jupyter_faas.workspace.targets.connection import Connection


@dataclass(frozen=True)
class PackageService:
    """The stored packages of one data directory.

    ``store`` has the packages, and ``wheels`` the downloaded wheels. ``connect`` returns the
    connection to the current target, and starts the playground if it is stopped. ``checks`` has
    the outcomes of preflight checks, because each takes the wheels that a target lacks.
    """

    store: BundleStore
    wheels: VendorCache
    connect: Callable[[Progress], Connection]
    checks: PreflightCache = field(default_factory=PreflightCache, repr=False)

    def put_bundle(self, sha256: str, data: bytes) -> None:
        """Store an uploaded bundle. Raises BundleDamaged if its digest is not ``sha256``."""
        from jupyter_faas.bundle import Bundle

        # The sha256 comes from the request, so it is compared with the digest of the content.
        bundle = Bundle.from_bytes(data)
        _check_digest("bundle", bundle.sha256, sha256)
        self.store.put(bundle)

    def put_record(self, package_id: str, record: Mapping[str, Any]) -> None:
        """Store an uploaded package record, as in ``tests/data/api/package.json``.

        Raises BundleDamaged if the record's digest is not ``package_id``.
        """
        from jupyter_faas.bundle import PackageRecord

        found = PackageRecord.from_json(record)
        _check_digest("package record", found.id, package_id)
        self.store.put_package(found)

    def adapt(
        self,
        package_id: str,
        *,
        vendor: bool = False,
        image: str | None = None,
        secrets: Sequence[str] = (),
        progress: Progress = silent,
    ) -> str:
        """Store a copy of a package for another runtime and return the copy's id.

        With ``vendor``, the copy contains its requirements as wheels. With ``image``, the copy runs
        in this container image. A deploy of the copy also sets the environment variables
        ``secrets``. Nested compositions are copied as well.
        """
        from jupyter_faas.workspace.packaging.dependencies import adapted
        from jupyter_faas.workspace.targets.kind_images import kind_python

        record = self.store.get_package(package_id)
        bundle = self.store.get(record.bundle)
        wheels = self.wheels if vendor else None
        python = kind_python(record.kind, self.connect(progress).capabilities()) if vendor else ""
        record, bundle = adapted(
            record,
            bundle,
            wheels=wheels,
            image=image,
            progress=progress,
            secrets=secrets,
            python=python,
        )
        parts = (
            self.adapt(part, vendor=vendor, image=image, secrets=secrets, progress=progress)
            for part in record.parts
        )
        # The id is a digest of the record, so the store must compute a new id.
        record = replace(record, parts=tuple(parts), id="")
        self.store.put(bundle)
        return self.store.put_package(record)

    def fit(self, package_id: str, *, progress: Progress = silent) -> str:
        """Store a copy of a package with the wheels that the current target lacks.

        Returns the copy's id, or ``package_id`` if the package needs no change. Nested
        compositions are copied as well. Raises VendoringFailed, BundleError and TargetError.
        """
        from jupyter_faas.workspace.packaging.host_requirements import fit_requirements

        record = self.store.get_package(package_id)
        bundle = before = self.store.get(record.bundle)
        if bundle.manifest.requirements and not record.image:
            target = self.connect(progress).capabilities()
            bundle = fit_requirements(bundle, record.kind, target, self.wheels, progress)
        parts = tuple(self._fit_part(part, progress) for part in record.parts)
        if bundle.sha256 == before.sha256 and parts == tuple(record.parts):
            return package_id
        self.store.put(bundle)
        fitted = self.store.put_package(record.with_bundle(bundle.sha256, parts=parts))
        # The reasons belong to the cell, so they are the same for both packages.
        self.store.put_reasons(fitted, self.store.get_reasons(package_id))
        return fitted

    def _fit_part(self, package_id: str, progress: Progress) -> str:
        try:
            return self.fit(package_id, progress=progress)
        except PackageNotFound:
            # The part was packaged on another disk. The deploy warns if the target lacks it.
            return package_id

    def notes(self, package_id: str) -> list[str]:
        """Return the notes of the card: how the action may differ from the notebook."""
        manifest = self.store.get(self.store.get_package(package_id).bundle).manifest
        notes = [item for item in manifest.captured if item["kind"] == "note"]
        return [f"{item['name']}: {item['why']}" for item in notes]

    def preflight(self, package_id: str, target: TargetCapabilities) -> Preflight:
        """Check a package as it would be deployed to ``target``, with the wheels that it lacks."""
        record = self.store.get_package(package_id)
        return self.checks.get(package_id, target, lambda: self._preflight(record, target))

    def _preflight(
        self, record: PackageRecord, target: TargetCapabilities
    ) -> tuple[Preflight, bool]:
        """Return a check, and whether it would be the same later."""
        from jupyter_faas.workspace.packaging.host_requirements import fit_requirements
        from jupyter_faas.workspace.preflight.preflight import preflight

        bundle = self.store.get(record.bundle)
        unfit: FaasError | None = None
        try:
            if not record.image:
                bundle = fit_requirements(bundle, record.kind, target, self.wheels, silent)
        except (VendoringFailed, BundleError) as error:
            unfit = error
        # The network may have failed, so the outcome may be another one later.
        return preflight(record, bundle, target, unfit=unfit), unfit is None

    def check_image(
        self, image: str, names: tuple[str, ...], *, progress: Progress = silent
    ) -> ImageFacts:
        """Run an action in an image to check whether the distributions ``names`` are installed."""
        from jupyter_faas.workspace.packaging.container_image import ask_image

        return ask_image(self.connect(progress).client, image, names, progress)

    def wheel_versions(
        self, wanted: Mapping[str, str], python: str, *, progress: Progress = silent
    ) -> dict[str, str]:
        """Return a version of each distribution that has wheels for another Python version.

        ``wanted`` maps the distributions to their preferred versions. ``python`` is a Python
        version such as ``3.11``.
        """
        from jupyter_faas.workspace.packaging.dependencies import wheel_versions

        return wheel_versions(wanted, python, self.wheels, progress)


def _check_digest(what: str, actual: str, expected: str) -> None:
    """Raise BundleDamaged if the digest of an upload differs from the expected digest."""
    if actual != expected:
        raise BundleDamaged(
            f"The {what} was damaged in transit: its sha256 is {actual[:16]} instead of "
            f"{expected[:16]}.",
            hint="Deploy again. If the error occurs again, run the cell before you deploy.",
        )
