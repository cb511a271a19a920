"""Names of entities, packages and namespaces, and the paths that consist of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from jupyter_faas.errors import InputError, NameNotAllowed

MAX_LENGTH = 256
# In the URL of a web action it stands for no package, so no package can have this name.
RESERVED_PACKAGE = "default"
# In names and paths it stands for the namespace of the caller's key.
OWN_NAMESPACE = "_"

# OpenWhisk checks names with a Java expression, whose \w matches ASCII only.
_SEGMENT = re.compile(r"\w|\w[\w@ .&-]{0,254}[\w@.&-]", re.ASCII)

_HINT = (
    "A name begins with a letter from A to Z, a digit or _, goes on with those or any of '@ .&-', "
    "and does not end with a space."
)


def check_name(text: str, what: str = "entity") -> str:
    """Return ``text`` if it is a legal name of an ``entity``, ``package`` or ``namespace``.

    Raises NameNotAllowed with OpenWhisk's message (contract §1.3), including its misspelling.
    """
    if len(text) > MAX_LENGTH:
        raise NameNotAllowed(
            f"Name segement longer than allowed: {len(text)} > {MAX_LENGTH}.",
            hint=f"A name has at most {MAX_LENGTH} characters.",
        )
    if not _SEGMENT.fullmatch(text):
        if what == "namespace":
            raise NameNotAllowed("The namespace contains illegal characters.", hint=_HINT)
        raise NameNotAllowed("The name of the entity contains illegal characters.", hint=_HINT)
    if what == "package" and text == RESERVED_PACKAGE:
        raise NameNotAllowed(f"Package name '{RESERVED_PACKAGE}' is reserved.")
    return text


def local_name(package: str | None, name: str) -> str:
    """Return a name as it is written inside its namespace: ``iris`` or ``models/iris``."""
    return name if package is None else f"{package}/{name}"


@dataclass(frozen=True)
class FullName:
    """The full name of an action, trigger or rule. The namespace ``_`` is the caller's own."""

    namespace: str
    package: str | None
    name: str

    @property
    def path(self) -> str:
        """The whole name: ``guest/iris`` or ``guest/models/iris``."""
        return f"{self.namespace}/{self.local}"

    @property
    def local(self) -> str:
        """The part after the namespace: ``iris`` or ``models/iris``."""
        return local_name(self.package, self.name)

    @classmethod
    def parse(cls, text: str, default_namespace: str = OWN_NAMESPACE) -> FullName:
        """Parse a name as OpenWhisk's clients write it.

        >>> FullName.parse("iris").path
        '_/iris'
        >>> FullName.parse("models/iris").path
        '_/models/iris'
        >>> FullName.parse("/guest/iris").path
        'guest/iris'

        ``/guest/models/iris`` and ``guest/models/iris`` are the same. ``/iris`` is not a name.
        Raises NameNotAllowed.
        """
        segments = text.removeprefix("/").split("/")
        absolute = text.startswith("/")
        if absolute and len(segments) == 2:
            namespace, package, name = segments[0], None, segments[1]
        elif len(segments) == 3:
            namespace, package, name = segments
        elif not absolute and len(segments) == 2:
            namespace, package, name = default_namespace, segments[0], segments[1]
        elif not absolute and len(segments) == 1:
            namespace, package, name = default_namespace, None, segments[0]
        else:
            raise NameNotAllowed(
                f"'{text}' is not the name of an action.",
                hint="Write it as name, package/name, /namespace/name or /namespace/package/name.",
            )
        if package is not None:
            check_name(package, "package")
        return cls(check_name(namespace, "namespace"), package, check_name(name))


# -- References of an entity to another: ``/ns/[pkg/]name``, or path and name (contract §1.3)


def reference_json(name: FullName) -> dict[str, str]:
    """Return a reference as JSON: ``{"path": "guest/models", "name": "iris"}``."""
    path = name.namespace if name.package is None else f"{name.namespace}/{name.package}"
    return {"path": path, "name": name.name}


def read_reference(obj: object, own_namespace: str) -> FullName:
    """Read a reference in either form, with a namespace; ``_`` stands for ``own_namespace``.

    Raises InputError, or NameNotAllowed for illegal characters.
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
