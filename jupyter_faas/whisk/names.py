"""Validation and parsing of the names of entities, packages and namespaces."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from jupyter_faas.errors import InputError, NameNotAllowed

MAX_LENGTH = 256
# In the URL of a web action, this name means that the action is not in a package. Therefore a
# package must not have this name.
RESERVED_PACKAGE = "default"
# In names and paths, this stands for the namespace of the caller's API key.
OWN_NAMESPACE = "_"

# OpenWhisk validates names with a Java regular expression, in which \w matches only ASCII.
_SEGMENT = re.compile(r"\w|\w[\w@ .&-]{0,254}[\w@.&-]", re.ASCII)

_HINT = (
    "A name must begin with a letter (a-z or A-Z), a digit or _. It can continue with these "
    "characters or any of '@ .&-', but must not end with a space."
)


def _hint(text: str) -> str:
    legal = re.sub(r"[^\w@ .&-]+", "-", text, flags=re.ASCII).strip("@ .&-") or "name"
    return f"Write '{legal}' instead of '{text}'. {_HINT}"


def check_name(text: str, what: str = "entity") -> str:
    """Check that ``text`` is a legal name, and return it.

    ``what`` is ``entity``, ``package`` or ``namespace``. Raises NameNotAllowed with OpenWhisk's
    message (contract §1.3), including the misspelling in it.
    """
    if len(text) > MAX_LENGTH:
        raise NameNotAllowed(
            f"Name segement longer than allowed: {len(text)} > {MAX_LENGTH}.",
            hint=f"Write '{text[:MAX_LENGTH]}' instead of '{text}'.",
        )
    if not _SEGMENT.fullmatch(text):
        if what == "namespace":
            raise NameNotAllowed("The namespace contains illegal characters.", hint=_hint(text))
        raise NameNotAllowed(
            "The name of the entity contains illegal characters.", hint=_hint(text)
        )
    if what == "package" and text == RESERVED_PACKAGE:
        raise NameNotAllowed(f"Package name '{RESERVED_PACKAGE}' is reserved.")
    return text


# An encoded name begins with this text.
_ENCODED = "xn--"


def action_name(text: str) -> str:
    """Return the name under which OpenWhisk can store an entity that is called ``text`` in Python.

    OpenWhisk allows only ASCII, but Python names may have letters of any language. Accents are
    dropped; names with other letters are encoded like the labels of internet domains.

    >>> action_name("prédire/größe")
    'predire/grosse'
    >>> action_name("预测_v2")
    'xn--_v2-864g875p'

    A name in ASCII is returned unchanged, whether OpenWhisk allows it or not. The front end has the
    same rule (src/format/names.ts).
    """
    return text if text.isascii() else "/".join(map(_in_ascii, text.split("/")))


def _in_ascii(text: str) -> str:
    # Python compares identifiers in this form.
    text = unicodedata.normalize("NFKC", text)
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    plain = "".join(each for each in plain if not unicodedata.category(each).startswith("M"))
    return plain if plain.isascii() else f"{_ENCODED}{text.encode('punycode').decode()}"


def shown_name(name: str) -> str:
    """Return the name of an action as people read it, with encoded parts as the cell has them.

    >>> shown_name("xn--_v2-864g875p")
    '预测_v2'
    """
    return "/".join(map(_decoded, name.split("/"))) if _ENCODED in name else name


def _decoded(part: str) -> str:
    if not part.startswith(_ENCODED):
        return part
    try:
        text = part.removeprefix(_ENCODED).encode("ascii").decode("punycode")
    except UnicodeError:
        return part
    # A name of another origin may begin with these letters, and must not change the direction of
    # the text around it.
    return text if text.isprintable() and _in_ascii(text) == part else part


def local_name(package: str | None, name: str) -> str:
    """Return a name without its namespace: ``iris``, or ``models/iris`` in a package."""
    return name if package is None else f"{package}/{name}"


@dataclass(frozen=True)
class FullName:
    """The full name of an action, trigger or rule.

    The namespace ``_`` stands for the caller's namespace. ``package`` is None outside a package.
    """

    namespace: str
    package: str | None
    name: str

    # The playground looks up the path of the same object in each run.
    @cached_property
    def path(self) -> str:
        """The name with its namespace: ``guest/iris`` or ``guest/models/iris``."""
        return f"{self.namespace}/{self.local}"

    @property
    def local(self) -> str:
        """The name without its namespace: ``iris`` or ``models/iris``."""
        return local_name(self.package, self.name)

    @classmethod
    def parse(cls, text: str, default_namespace: str = OWN_NAMESPACE) -> FullName:
        """Parse the name of an entity in the syntax of OpenWhisk's clients.

        >>> FullName.parse("iris").path
        '_/iris'
        >>> FullName.parse("models/iris").path
        '_/models/iris'
        >>> FullName.parse("/guest/iris").path
        'guest/iris'

        ``/guest/models/iris`` and ``guest/models/iris`` are equivalent. Raises NameNotAllowed if a
        segment is illegal or missing, as in ``/iris``.
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
                f"'{text}' is not a valid action name.",
                hint=f"Write '{'/'.join(segments[-2:])}' instead of '{text}'. An action is name, "
                "package/name, /namespace/name or /namespace/package/name.",
            )
        if package is not None:
            check_name(package, "package")
        return cls(check_name(namespace, "namespace"), package, check_name(name))


# -- References to other entities: ``/ns/[pkg/]name``, or path and name (contract §1.3)


def reference_json(name: FullName) -> dict[str, str]:
    """Return a reference as JSON, such as ``{"path": "guest/models", "name": "iris"}``."""
    path = name.namespace if name.package is None else f"{name.namespace}/{name.package}"
    return {"path": path, "name": name.name}


def read_reference(obj: object, own_namespace: str) -> FullName:
    """Parse a reference, which is a string or an object and must contain a namespace.

    The namespace ``_`` stands for ``own_namespace``. Raises InputError if the reference is
    malformed or contains illegal characters.
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
    if not text.strip("/"):
        raise InputError("requirement failed: path undefined")
    if len(segments) == 1:
        raise InputError(
            "requirement failed: The fully qualified name of the entity must contain at least the "
            "namespace and the name of the entity."
        )
    try:
        checked = [check_name(segments[0], "namespace"), *map(check_name, segments[1:])]
    except NameNotAllowed as error:
        parts = ", ".join(segments)
        raise InputError(
            f"requirement failed: path contains invalid parts ArraySeq({parts})", hint=error.hint
        ) from error
    namespace = own_namespace if checked[0] == OWN_NAMESPACE else checked[0]
    # As in OpenWhisk, a path of more segments is the name of a package that does not exist.
    return FullName(namespace, "/".join(checked[1:-1]) or None, checked[-1])
