"""What a PUT of a package asks for, and the package that comes of it (contract §2.2). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jupyter_faas.errors import ActionConflict, InputError
from jupyter_faas.playground.changes import (
    FIRST_VERSION,
    check_size,
    next_version,
    read_publish,
    read_version,
)
from jupyter_faas.playground.refusals import Malformed
from jupyter_faas.whisk import KeyValues, Package, PackageName, SystemLimits, key_values
from jupyter_faas.whisk.packages import binding_annotation

NOT_A_BINDING = "Resource is a package and cannot be converted into a binding."


@dataclass(frozen=True)
class PackageChange:
    """The body of a PUT. None means: as it was."""

    parameters: KeyValues | None = None
    annotations: KeyValues | None = None
    binding: PackageName | None = None
    version: str | None = None
    publish: bool | None = None


def read_package_change(body: object, own_namespace: str, bounds: SystemLimits) -> PackageChange:
    """Read the body of a PUT; unknown fields are ignored. Raises Malformed and TooLarge."""
    if body is None:
        body = {}
    if not isinstance(body, Mapping):
        raise Malformed("Object expected")
    parameters, annotations = body.get("parameters"), body.get("annotations")
    try:
        change = PackageChange(
            parameters=None if parameters is None else key_values(parameters),
            annotations=None if annotations is None else key_values(annotations, "annotations"),
            binding=PackageName.from_json(body.get("binding"), own_namespace),
            version=read_version(body.get("version")),
            publish=read_publish(body.get("publish")),
        )
    except InputError as error:
        raise Malformed(error.message) from error
    check_size("parameters", change.parameters or (), bounds.max_parameter_bytes)
    check_size("annotations", change.annotations or (), bounds.max_annotation_bytes)
    return change


def apply_package_change(
    change: PackageChange, old: Package | None, name: PackageName, now: int
) -> Package:
    """The package after the change. Annotations replace the old ones, unlike an action's.

    Raises ActionConflict when a package would become a binding.
    """
    if old is not None and old.binding is None and change.binding is not None:
        raise ActionConflict(NOT_A_BINDING)
    binding = change.binding or (old.binding if old else None)
    given = change.annotations
    if given is None:
        given = old.annotations if old else ()
    annotations = tuple(each for each in given if each.key != "binding")
    parameters = change.parameters
    if parameters is None:
        parameters = old.parameters if old else ()
    return Package(
        namespace=name.namespace,
        name=name.name,
        version=change.version or (next_version(old.version) if old else FIRST_VERSION),
        publish=change.publish if change.publish is not None else bool(old and old.publish),
        parameters=parameters,
        annotations=(*annotations, *binding_annotation(binding)),
        binding=binding,
        updated=now,
    )
