"""``Manifest``: the package's description of its own content, in manifest.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from jupyter_faas.errors import BundleDamaged

FORMAT = 1
MANIFEST = "manifest.json"
_OPTIONAL = frozenset({"tests", "vendored"})


@dataclass(frozen=True)
class Manifest:
    """The member manifest.json. Holds no time, path, user or host, and no parameter's value.

    ``source_sha256`` is of the cell's whole text. ``limits``: ``memory_mb`` and ``timeout_ms``.
    ``requirements``: ``{"name", "version"}``. ``captured``: ``{"name", "kind", "why", "size"}``.
    ``models``: facts of each and its parity report, as on the card. ``tests``: the user's,
    ``{"params"}`` and maybe ``"expect"``; absent if there are none. ``vendored``: the wheels that
    travel too, as from ``Vendored.to_json``; absent without any. ``files`` maps every other
    member to its sha256; :func:`jupyter_faas.bundle.archive.pack` fills it in.
    """

    name: str
    handler: str
    signature: str
    schema: Mapping[str, Any]
    doc: str
    parameter_style: Literal["dictionary", "named"]
    source_sha256: str
    kind: str
    limits: Mapping[str, int]
    python: str
    requirements: tuple[Mapping[str, str], ...] = ()
    captured: tuple[Mapping[str, Any], ...] = ()
    models: tuple[Mapping[str, Any], ...] = ()
    tests: tuple[Mapping[str, Any], ...] = ()
    vendored: Mapping[str, Any] | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    format: int = FORMAT

    def vendored_owners(self) -> dict[str, str]:
        """Whose the folders and files of wheels are: ``{"numpy.libs": "numpy 2.4.6", …}``."""
        return {
            path: f"{each['name']} {each['version']}"
            for each in (self.vendored or {}).get("distributions", ())
            for path in each["paths"]
        }

    def owner_of(self, path: str) -> str | None:
        """Whose the member is: a distribution (``numpy 2.4.6``) that travels, or None."""
        owners = self.vendored_owners()
        while path and owners:
            if path in owners:
                return owners[path]
            path = path.rpartition("/")[0]
        return None

    def to_json(self) -> dict[str, Any]:
        """The format first, the members last, lists for tuples; what is optional when given."""
        names = ["format", *(f.name for f in fields(self) if f.name != "format")]
        data = {
            name: value
            for name in names
            if (value := getattr(self, name)) not in (None, ()) or name not in _OPTIONAL
        }
        return {key: list(one) if isinstance(one, tuple) else one for key, one in data.items()}

    def to_bytes(self) -> bytes:
        """The member's text. NaN is refused with ValueError: JSON has no such number."""
        text = json.dumps(self.to_json(), ensure_ascii=False, indent=1, allow_nan=False)
        # Half a surrogate pair, which a docstring can hold, becomes JSON's own \ud800.
        return f"{text}\n".encode("utf-8", "backslashreplace")

    @classmethod
    def from_json(cls, data: Any) -> Manifest:
        """BundleDamaged when a field is missing or of another type; unknown fields are ignored."""
        if not isinstance(data, dict):
            raise BundleDamaged("manifest.json is no JSON object.")
        if data.get("format") != FORMAT:
            raise BundleDamaged(
                f"manifest.json has format {data.get('format')!r}, and this version of "
                f"jupyter_faas reads format {FORMAT}.",
                hint="Package the function again, or use the version that packaged it.",
            )
        return cls(**{f.name: _read(data, f.name) for f in fields(cls)})

    @classmethod
    def from_bytes(cls, data: bytes) -> Manifest:
        """BundleDamaged when it is not JSON, or not a manifest."""
        try:
            return cls.from_json(json.loads(data))
        except (ValueError, RecursionError) as error:
            raise BundleDamaged(f"manifest.json is not JSON: {error}.") from error


def _read(data: Mapping[str, Any], name: str) -> Any:
    wanted: type = {
        "format": int,
        "schema": dict,
        "limits": dict,
        "files": dict,
        "vendored": dict,
        "requirements": list,
        "captured": list,
        "models": list,
        "tests": list,
    }.get(name, str)
    value = data.get(name)
    if value is None and name in _OPTIONAL:
        return () if name == "tests" else None
    items = value if isinstance(value, list) else []
    sums = value.values() if name == "files" and isinstance(value, dict) else ()
    if (
        not isinstance(value, wanted)
        or not all(isinstance(item, dict) for item in items)
        or not all(isinstance(sha256, str) for sha256 in sums)
    ):
        raise BundleDamaged(f"manifest.json has no proper {name!r}.")
    return tuple(value) if isinstance(value, list) else value
