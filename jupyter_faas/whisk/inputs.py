"""The annotation ``faas-keep-inputs``, which makes the playground keep the inputs of an action.

OpenWhisk's records do not contain the inputs of runs. The annotation specifies how many inputs to
keep and which keys to redact, for example ``{"last": 20, "redact": ["token"]}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

KEEP_INPUTS = "faas-keep-inputs"
DEFAULT_LAST = 20
MOST = 1000
REDACTED = "…"


@dataclass(frozen=True)
class KeepInputs:
    """The number of latest inputs to keep (``last``), and the keys to redact at any depth."""

    last: int = DEFAULT_LAST
    redact: tuple[str, ...] = ()

    @classmethod
    def of(cls, annotation: object) -> KeepInputs | None:
        """Parse the value of the annotation. Return None if it is missing or malformed."""
        if not isinstance(annotation, Mapping):
            return None
        last, redact = annotation.get("last", DEFAULT_LAST), annotation.get("redact", [])
        # A bool is an int in Python, so it must be excluded.
        is_number = isinstance(last, int) and not isinstance(last, bool) and last > 0
        if not is_number or not isinstance(redact, list):
            return None
        return cls(min(last, MOST), tuple(str(key) for key in redact))

    def to_annotation(self) -> dict[str, Any]:
        return {"last": self.last, "redact": list(self.redact)}

    def cleaned(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters to store, with secret values redacted.

        Parameters that begin with ``__ow_`` are removed, because web requests add their headers and
        other data in such parameters. An object with ``uri`` and ``headers`` refers to a file to
        download. The values of its headers are always redacted, because they usually contain
        credentials.
        """
        return {
            name: self._clean(name, value)
            for name, value in params.items()
            if not name.startswith("__ow_")
        }

    def _clean(self, key: str, value: Any) -> Any:
        if key in self.redact:
            return REDACTED
        if isinstance(value, Mapping):
            if isinstance(value.get("headers"), Mapping) and "uri" in value:
                hidden = dict.fromkeys(value["headers"], REDACTED)
                value = {**value, "headers": hidden}
            return {name: self._clean(name, inner) for name, inner in value.items()}
        if isinstance(value, list):
            # List items do not have keys, so only values in nested objects can be redacted.
            return [self._clean("", inner) for inner in value]
        return value
