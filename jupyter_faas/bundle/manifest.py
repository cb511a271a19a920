"""The manifest of a package (manifest.json), which describes the package's content."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, Literal

from jupyter_faas.errors import BundleDamaged

FORMAT = 1
MANIFEST = "manifest.json"
_OPTIONAL = frozenset({"tests", "vendored", "secrets"})


@dataclass(frozen=True)
class Manifest:
    """The content of manifest.json, without times, paths, users, hosts or parameter values.

    ``source_sha256`` is the sha256 of the cell's full text. ``limits`` has the keys ``memory_mb``
    and ``timeout_ms``. Each item of ``requirements`` is ``{"name", "version"}``. Each item of
    ``captured`` is ``{"name", "kind", "why", "size"}``. ``models`` contains the facts and the
    parity report of each model, as shown on the card. ``tests`` contains the user's tests, each
    ``{"params"}`` with an optional ``"expect"``. ``vendored`` describes the wheels in the package,
    as ``Vendored.to_json`` returns them. ``secrets`` contains the names of environment variables
    that a deploy sets, never their values. ``tests``, ``vendored`` and ``secrets`` are omitted from
    the JSON when empty. ``files`` maps every member except the manifest to its sha256;
    :func:`jupyter_faas.bundle.archive.pack` fills it in.
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
    secrets: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    format: int = FORMAT

    def vendored_owners(self) -> dict[str, str]:
        """Return the distribution of each path from a wheel: ``{"numpy": "numpy 2.4.6", …}``."""
        return dict(self._owners)

    @cached_property
    def _owners(self) -> dict[str, str]:
        return {
            path: f"{each['name']} {each['version']}"
            for each in (self.vendored or {}).get("distributions", ())
            for path in each["paths"]
        }

    def owner_of(self, path: str) -> str | None:
        """Return the distribution (``numpy 2.4.6``) that contains a member.

        Returns None for a member that is not from a wheel.
        """
        owners = self._owners
        # The manifest may list the file itself or any directory above it.
        while path and owners:
            if path in owners:
                return owners[path]
            path = path.rpartition("/")[0]
        return None

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-serializable dictionary, without optional fields that are empty."""
        # ``format`` comes first, so that people see the format before the other fields.
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
        # A docstring can contain a lone surrogate, which UTF-8 cannot encode. backslashreplace
        # writes it as \ud800, which is a valid JSON escape.
        return f"{text}\n".encode("utf-8", "backslashreplace")

    @classmethod
    def from_json(cls, data: Any) -> Manifest:
        """Read a manifest and ignore unknown fields.

        Raises BundleDamaged when a field is missing or has the wrong type, or when ``format`` is
        not supported.
        """
        if not isinstance(data, dict):
            raise BundleDamaged("manifest.json is not a JSON object.")
        if data.get("format") != FORMAT:
            raise BundleDamaged(
                f"manifest.json has format {data.get('format')!r}, but this version of "
                f"jupyter_faas reads format {FORMAT}.",
                hint="Package the function again, or use the version of jupyter_faas that "
                "packaged it.",
            )
        return cls(**{f.name: _read(data, f.name) for f in fields(cls)})

    @classmethod
    def from_bytes(cls, data: bytes) -> Manifest:
        """Read the bytes of manifest.json. Raises BundleDamaged when the content is invalid."""
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
        "secrets": list,
    }.get(name, str)
    value = data.get(name)
    if value is None and name in _OPTIONAL:
        return None if name == "vendored" else ()
    items = value if isinstance(value, list) else []
    item_type = str if name == "secrets" else dict
    sums = value.values() if name == "files" and isinstance(value, dict) else ()
    if (
        not isinstance(value, wanted)
        or not all(isinstance(item, item_type) for item in items)
        or not all(isinstance(sha256, str) for sha256 in sums)
    ):
        raise BundleDamaged(f"manifest.json does not have a valid value for {name!r}.")
    return tuple(value) if isinstance(value, list) else value
