"""Package records, which store the deployment settings and the origin of a bundle."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from jupyter_faas.errors import BundleDamaged

ID = re.compile(r"[0-9a-f]{16}")
SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class PackageRecord:
    """The settings and the origin of one packaged function or composition.

    ``name`` is the action's name on a target: ``name`` or ``package/name``. ``bundle`` is the
    sha256 of the zip. ``source`` is the sha256 of the cell's text. ``environment`` contains the
    ``id``, ``executable``, ``prefix`` and ``version`` of the interpreter. ``created`` is in ms
    since 1970. ``parameters`` may contain secrets, so record files are private. ``commit`` is the
    notebook's git commit, with the suffix ``-dirty`` if files have uncommitted changes. ``image``
    is the container image, or empty for the default image of ``kind``. ``clean_room`` is False if
    the user has disabled the clean-room test. ``parts`` contains the ids of packages that must be
    deployed before a composition. ``packaged`` is the sha256 of the zip that the cell made, if
    ``bundle`` is an adapted copy for a target, and otherwise empty. If ``id`` is empty, it is
    computed from the other fields except ``created``, ``commit``, ``examples`` and ``folder``.

    ``folder`` is the directory of the notebook on the kernel's machine, or None. It tells apart
    notebooks of one name. It is not sent to a target, because its path may contain a user's name.

    ``unset`` contains the environment variables that the function reads, and that are set in the
    notebook, but not on targets (``name``, ``secret``, ``certain``). It has no values.

    ``examples`` contains inputs with the notebook's results (``params``, ``answer``, ``shown``,
    ``source``, ``expect``). The bundle does not contain the examples, because sample rows may be
    private and results may depend on time or chance.
    """

    name: str
    bundle: str
    source: str
    kind: str
    memory_mb: int
    timeout_ms: int
    environment: Mapping[str, str]
    created: int
    parameters: Mapping[str, Any] = field(default_factory=dict, repr=False)
    annotations: Mapping[str, Any] = field(default_factory=dict)
    notebook: str | None = None
    cell_id: str | None = None
    commit: str | None = None
    image: str = ""
    examples: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)
    clean_room: bool = True
    parts: tuple[str, ...] = ()
    packaged: str = ""
    folder: str | None = None
    unset: tuple[Mapping[str, Any], ...] = ()
    id: str = ""

    def __post_init__(self) -> None:
        if not self.id:
            # The dataclass is frozen, so a plain assignment would fail here too.
            object.__setattr__(self, "id", self.content_id())

    def content_id(self) -> str:
        """Return the first 16 hexadecimal digits of the content's sha256."""
        # The id does not depend on the time, the place or the examples, so that packaging the same
        # content again results in the same id.
        apart = ("id", "created", "commit", "examples", "folder")
        data = {key: value for key, value in self.to_json().items() if key not in apart}
        text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]

    def to_json(self) -> dict[str, Any]:
        """Return the record as a JSON-serializable dictionary."""
        data = asdict(self)
        order = ("id", "name", "bundle", "source", "kind", "memory_mb", "timeout_ms")
        last = ("parameters", "annotations", "environment", "notebook", "cell_id", "created")
        # These fields were added later. They are omitted when empty, so that older records keep
        # their ids, which are hashes of this JSON.
        optional = (
            ("image", self.image),
            ("commit", self.commit),
            ("examples", list(self.examples)),
            ("parts", list(self.parts)),
            ("packaged", self.packaged),
            ("folder", self.folder),
            ("unset", [dict(item) for item in self.unset]),
        )
        known = {name: data[name] for name in (*order, *last)}
        known |= {name: value for name, value in optional if value}
        return known if self.clean_room else {**known, "clean_room": False}

    def with_bundle(self, sha256: str, **changes: Any) -> PackageRecord:
        """Return the record of a copy of the package whose bundle was adapted to a target.

        ``changes`` are other fields that differ.
        """
        packaged = "" if sha256 == (self.packaged or self.bundle) else self.packaged or self.bundle
        return replace(self, bundle=sha256, packaged=packaged, **changes, id="")

    @classmethod
    def from_json(cls, data: Any) -> PackageRecord:
        """Read a record.

        Raises BundleDamaged when a field is missing or invalid, or when ``id`` does not match the
        content.
        """
        if not isinstance(data, dict):
            raise BundleDamaged("The package record is not a JSON object.")
        record = cls(**{f.name: _read(data, f.name) for f in fields(cls)})
        if record.id != record.content_id():
            raise BundleDamaged(
                f"The package record {record.id} is damaged.",
                hint="Run the function's cell again.",
            )
        return record


def _read(data: Mapping[str, Any], name: str) -> Any:
    absent = {
        "examples": [],
        "parts": [],
        "unset": [],
        "clean_room": True,
        "image": "",
        "packaged": "",
    }
    value = data.get(name, absent.get(name))
    if name == "examples":
        fits = isinstance(value, list) and all(_is_example(item) for item in value)
        value = tuple(value) if fits else value
    elif name == "unset":
        fits = isinstance(value, list) and all(
            isinstance(item, dict) and isinstance(item.get("name"), str) for item in value
        )
        value = tuple(value) if fits else value
    elif name == "parts":
        fits = isinstance(value, list) and all(
            isinstance(item, str) and ID.fullmatch(item) for item in value
        )
        value = tuple(value) if fits else value
    elif name == "clean_room":
        fits = isinstance(value, bool)
    elif name in ("memory_mb", "timeout_ms", "created"):
        fits = type(value) is int and value >= 0
    elif name in ("environment", "parameters", "annotations"):
        fits = isinstance(value, dict)
        if fits and name == "environment":
            fits = all(isinstance(item, str) for item in data[name].values())
    elif name in ("notebook", "cell_id", "commit", "folder"):
        fits = value is None or isinstance(value, str)
    else:
        fits = isinstance(value, str)
        wanted = {"id": ID, "bundle": SHA256, "source": SHA256, "packaged": SHA256}.get(name)
        if fits and wanted is not None:
            fits = (name == "packaged" and not value) or wanted.fullmatch(value) is not None
    if not fits:
        raise BundleDamaged(f"The package record does not have a valid value for {name!r}.")
    return value


def _is_example(item: Any) -> bool:
    return (
        isinstance(item, dict)
        and isinstance(item.get("params"), dict)
        and all(isinstance(item.get(name, {}), dict) for name in ("answer", "shown", "expect"))
        and isinstance(item.get("source"), str)
    )
