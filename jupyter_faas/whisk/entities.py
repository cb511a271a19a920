"""Actions, and their JSON representation in the REST API (contract §2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from jupyter_faas.errors import InputError
from jupyter_faas.whisk.activations import Activation, ActivationResponse
from jupyter_faas.whisk.keyvalues import KeyValue, KeyValues, as_dict, as_json, key_values, merge
from jupyter_faas.whisk.limits import ActionLimits
from jupyter_faas.whisk.names import FullName

SEQUENCE = "sequence"
# The annotation of a web action that the playground lets pages of other sites call. OpenWhisk lets
# them call every web action.
WEB_OPEN = "web-open"

__all__ = [
    "SEQUENCE",
    "WEB_OPEN",
    "Action",
    "Activation",
    "ActivationResponse",
    "Exec",
    "KeyValue",
    "KeyValues",
    "as_dict",
    "as_json",
    "key_values",
    "merge",
]


class Exec(NamedTuple):
    """The executable content of an action.

    ``code`` is source code, or a base64-encoded archive if ``binary`` is true. It is None in list
    entries, in responses to ``code=false``, and for sequences. A sequence has ``components``
    instead, which are the actions that it runs one after another. ``image`` is the container image
    of a ``blackbox`` action, whose code may be empty.
    """

    kind: str
    code: str | None = None
    binary: bool = False
    main: str | None = None
    image: str | None = None
    components: tuple[FullName, ...] = ()

    @property
    def is_sequence(self) -> bool:
        return self.kind == SEQUENCE

    def to_json(self, code: bool = True) -> dict[str, Any]:
        if self.is_sequence:
            components = [f"/{each.path}" for each in self.components]
            return {"kind": self.kind, "components": components}
        obj: dict[str, Any] = {"kind": self.kind, "binary": self.binary}
        if self.image is not None:
            obj["image"] = self.image
        # OpenWhisk omits the code of a blackbox action if it is empty.
        if code and self.code is not None and (self.code or self.image is None):
            obj["code"] = self.code
        if self.main is not None:
            obj["main"] = self.main
        return obj

    @classmethod
    def from_json(cls, obj: object, kind: str = "") -> Exec:
        """Parse an ``exec`` object. Raises InputError if it is not an object.

        ``kind`` is the default for list entries, whose ``exec`` does not have a kind.
        """
        if not isinstance(obj, Mapping):
            raise InputError("exec malformed!")
        code, main, image = obj.get("code"), obj.get("main"), obj.get("image")
        return cls(
            kind=str(obj.get("kind") or kind),
            code=code if isinstance(code, str) else None,
            binary=obj.get("binary") is True,
            main=main if isinstance(main, str) else None,
            image=image if isinstance(image, str) else None,
            components=tuple(FullName.parse(str(each)) for each in obj.get("components") or ()),
        )


@dataclass(frozen=True)
class Action:
    """An action.

    ``namespace`` is ``guest``, or ``guest/package`` for an action in a package. ``updated`` is
    epoch ms.
    """

    namespace: str
    name: str
    version: str
    publish: bool
    exec: Exec
    parameters: KeyValues
    annotations: KeyValues
    limits: ActionLimits
    updated: int

    @cached_property
    def full_name(self) -> FullName:
        namespace, _, package = self.namespace.partition("/")
        return FullName(namespace, package or None, self.name)

    def annotation(self, key: str) -> Any:
        """Return the value of an annotation, or None if the action does not have it."""
        return next((each.value for each in self.annotations if each.key == key), None)

    def to_json(self, code: bool = True) -> dict[str, Any]:
        """Return the whole action as JSON. Its code is omitted if ``code`` is false."""
        return {
            "namespace": self.namespace,
            "name": self.name,
            "version": self.version,
            "publish": self.publish,
            "exec": self.exec.to_json(code),
            "parameters": as_json(self.parameters),
            "annotations": as_json(self.annotations),
            "limits": self.limits.to_json(),
            "updated": self.updated,
        }

    def summary_json(self) -> dict[str, Any]:
        """Return the action as it appears in lists, without its code and kind.

        The annotation ``exec`` contains the kind.
        """
        return {
            "namespace": self.namespace,
            "name": self.name,
            "version": self.version,
            "publish": self.publish,
            "exec": {"binary": self.exec.binary},
            "annotations": as_json(self.annotations),
            "limits": self.limits.to_json(),
            "updated": self.updated,
        }

    @classmethod
    def from_json(cls, obj: Mapping[str, Any]) -> Action:
        """Parse a whole action or a list entry from any OpenWhisk host.

        Unknown keys are ignored, and missing keys get defaults. Raises InputError if the name is
        missing.
        """
        name = obj.get("name")
        if not isinstance(name, str) or not name:
            raise InputError("This is not an action: it has no name.")
        annotations = key_values(obj.get("annotations"))
        return cls(
            namespace=str(obj.get("namespace", "_")),
            name=name,
            version=str(obj.get("version", "0.0.1")),
            publish=obj.get("publish") is True,
            exec=Exec.from_json(obj.get("exec") or {}, str(as_dict(annotations).get("exec", ""))),
            parameters=key_values(obj.get("parameters")),
            annotations=annotations,
            limits=ActionLimits.from_json(obj.get("limits")),
            updated=int(obj.get("updated") or 0),
        )
