"""Package records: how a bundle is to be deployed, and where it came from."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from jupyter_faas.errors import BundleDamaged

ID = re.compile(r"[0-9a-f]{16}")
SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class PackageRecord:
    """One packaging of a function. ``parameters`` may hold secrets: records are private files.

    ``name`` is the one it gets on a target: ``name`` or ``package/name``. ``bundle`` and ``source``
    are sha256 of the zip and of the cell's text. ``environment``: ``id``, ``executable``,
    ``prefix``, ``version`` of the interpreter. ``created`` is in ms since 1970. ``id`` follows from
    the content without ``created``, ``commit`` and ``examples``; leave it out to have it computed.
    ``commit`` is that of the notebook's git repository, with ``-dirty`` behind it when files differ
    from it. ``image`` is the container image that it runs in; empty where its kind has one.
    ``examples`` are inputs with the notebook's answers (``params``, ``answer``, ``shown``,
    ``source``, ``expect``): in no bundle: a sample's rows may be private, and answers may depend on
    time or chance. ``clean_room`` False: the user does not want them tried. ``parts`` are the ids
    of the packages that a composition brings along, which are put on a target before it.
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
    id: str = ""

    def __post_init__(self) -> None:
        if not self.id:
            object.__setattr__(self, "id", self.content_id())

    def content_id(self) -> str:
        """The first 16 hexadecimal digits of the content's sha256."""
        # The same content is the same package, whenever and from whichever commit it was made, and
        # whatever the notebook answered then.
        apart = ("id", "created", "commit", "examples")
        data = {key: value for key, value in self.to_json().items() if key not in apart}
        text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]

    def to_json(self) -> dict[str, Any]:
        """The shape of package.json."""
        data = asdict(self)
        order = ("id", "name", "bundle", "source", "kind", "memory_mb", "timeout_ms")
        last = ("parameters", "annotations", "environment", "notebook", "cell_id", "created")
        # Absent where they say nothing, so that older records keep their ids.
        optional = (
            ("image", self.image),
            ("commit", self.commit),
            ("examples", list(self.examples)),
            ("parts", list(self.parts)),
        )
        known = {name: data[name] for name in (*order, *last)}
        known |= {name: value for name, value in optional if value}
        return known if self.clean_room else {**known, "clean_room": False}

    @classmethod
    def from_json(cls, data: Any) -> PackageRecord:
        """BundleDamaged when a field is missing or of another type, or the id does not fit."""
        if not isinstance(data, dict):
            raise BundleDamaged("The package record is no JSON object.")
        record = cls(**{f.name: _read(data, f.name) for f in fields(cls)})
        if record.id != record.content_id():
            raise BundleDamaged(
                f"The package record {record.id} is not what it was when it was made.",
                hint="Run the function's cell again.",
            )
        return record


def _read(data: Mapping[str, Any], name: str) -> Any:
    absent = {"examples": [], "parts": [], "clean_room": True, "image": ""}
    value = data.get(name, absent.get(name))
    if name == "examples":
        fits = isinstance(value, list) and all(_is_example(item) for item in value)
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
    elif name in ("notebook", "cell_id", "commit"):
        fits = value is None or isinstance(value, str)
    else:
        fits = isinstance(value, str)
        wanted = {"id": ID, "bundle": SHA256, "source": SHA256}.get(name)
        if fits and wanted is not None:
            fits = wanted.fullmatch(data[name]) is not None
    if not fits:
        raise BundleDamaged(f"The package record has no proper {name!r}.")
    return value


def _is_example(item: Any) -> bool:
    return (
        isinstance(item, dict)
        and isinstance(item.get("params"), dict)
        and all(isinstance(item.get(name, {}), dict) for name in ("answer", "shown", "expect"))
        and isinstance(item.get("source"), str)
    )
