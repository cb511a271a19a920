"""Read and write references to entities: ``/ns/[pkg/]name``, or path and name (contract §1.3)."""

from __future__ import annotations

from collections.abc import Mapping

from jupyter_faas.errors import InputError
from jupyter_faas.whisk.names import OWN_NAMESPACE, FullName, check_name


def reference_json(name: FullName) -> dict[str, str]:
    """``{"path": "guest/models", "name": "iris"}``"""
    path = name.namespace if name.package is None else f"{name.namespace}/{name.package}"
    return {"path": path, "name": name.name}


def read_reference(obj: object, own_namespace: str) -> FullName:
    """Read either form; ``_`` is ``own_namespace``, and the namespace is never left out.

    Raises InputError, NameNotAllowed among them.
    """
    if isinstance(obj, Mapping):
        path, name = obj.get("path"), obj.get("name")
        if not isinstance(path, str) or not isinstance(name, str) or "/" in name:
            raise InputError("fully qualified name malformed")
        text = f"{path}/{name}"
    elif isinstance(obj, str):
        text = obj
    else:
        raise InputError("fully qualified name malformed")
    segments = text.removeprefix("/").split("/")
    if not 2 <= len(segments) <= 3:
        raise InputError("fully qualified name malformed")
    namespace, *package = segments[:-1]
    if namespace == OWN_NAMESPACE:
        namespace = own_namespace
    return FullName(
        check_name(namespace, "namespace"),
        check_name(package[0], "package") if package else None,
        check_name(segments[-1]),
    )
