"""The manifest of a package: the description of its content, in manifest.json."""

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
    """The content of manifest.json, without times, paths, users, hosts or values of parameters.

    ``source_sha256`` is that of the whole text of the cell. ``limits`` has ``memory_mb`` and
    ``timeout_ms``. Each of the ``requirements`` is ``{"name", "version"}``, and each ``captured``
    name is ``{"name", "kind", "why", "size"}``. ``models`` has facts and the parity report of each
    model, as on the card. ``tests`` are those of the user, ``{"params"}`` with an optional
    ``"expect"``. ``vendored`` describes the wheels in the package, as ``Vendored.to_json`` returns
    it. Both are omitted when empty. ``files`` maps every other member to its sha256, which
    :func:`jupyter_faas.bundle.archive.pack` fills in.
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
        """Return the owners of the wheels' folders and files: ``{"numpy": "numpy 2.4.6", …}``."""
        return {
            path: f"{each['name']} {each['version']}"
            for each in (self.vendored or {}).get("distributions", ())
            for path in each["paths"]
        }

    def owner_of(self, path: str) -> str | None:
        """Return the distribution (``numpy 2.4.6``) that a member belongs to, None without one."""
        owners = self.vendored_owners()
        # The owner may be noted at any folder above the file.
        while path and owners:
            if path in owners:
                return owners[path]
            path = path.rpartition("/")[0]
        return None

    def to_json(self) -> dict[str, Any]:
        """Return the manifest as JSON, with lists for tuples and without empty optional fields."""
        # The format comes first, so that a reader can check it before the rest.
        names = ["format", *(f.name for f in fields(self) if f.name != "format")]
        data = {
            name: value
            for name in names
            if (value := getattr(self, name)) not in (None, ()) or name not in _OPTIONAL
        }
        return {key: list(one) if isinstance(one, tuple) else one for key, one in data.items()}

    def to_bytes(self) -> bytes:
        """Return the bytes of manifest.json. Raises ValueError for NaN, which is not JSON."""
        text = json.dumps(self.to_json(), ensure_ascii=False, indent=1, allow_nan=False)
        # A docstring can hold a lone surrogate, which UTF-8 refuses. backslashreplace writes it as
        # \ud800, which is also its form in JSON.
        return f"{text}\n".encode("utf-8", "backslashreplace")

    @classmethod
    def from_json(cls, data: Any) -> Manifest:
        """Read a manifest; unknown fields are ignored.

        Raises BundleDamaged when a field is missing or has a wrong type, or for another format.
        """
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
        """Read manifest.json. Raises BundleDamaged when it is not JSON, or not a manifest."""
        # Deeply nested JSON makes the parser raise RecursionError.
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
