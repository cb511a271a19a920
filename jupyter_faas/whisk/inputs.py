"""The setting of kept inputs: how many of an action, and which keys are redacted.

Records of OpenWhisk hold no inputs. The playground keeps those of actions that ask for it with the
annotation ``faas-keep-inputs``: ``{"last": 20, "redact": ["token"]}``.
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
    """Keep the ``last`` inputs, without the values of the keys in ``redact``, at any depth."""

    last: int = DEFAULT_LAST
    redact: tuple[str, ...] = ()

    @classmethod
    def of(cls, annotation: object) -> KeepInputs | None:
        """Read the annotation; None if it asks for nothing, or cannot be understood."""
        if not isinstance(annotation, Mapping):
            return None
        last, redact = annotation.get("last", DEFAULT_LAST), annotation.get("redact", [])
        is_number = isinstance(last, int) and not isinstance(last, bool) and last > 0
        if not is_number or not isinstance(redact, list):
            return None
        return cls(min(last, MOST), tuple(str(key) for key in redact))

    def to_annotation(self) -> dict[str, Any]:
        return {"last": self.last, "redact": list(self.redact)}

    def cleaned(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Parameters as they may be kept: redacted, and without what a web request adds.

        The headers of ``{"uri", "headers"}`` are never kept: they are there for credentials.
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
            return [self._clean("", inner) for inner in value]
        return value
