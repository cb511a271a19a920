"""The annotation ``faas-keep-inputs``, which says how the playground keeps an action's inputs.

OpenWhisk's records do not contain the inputs of runs, so the playground keeps the latest ones of
each action apart. The annotation specifies how many to keep and which keys to redact, for example
``{"last": 20, "redact": ["token"], "hide_secrets": true}``. The value ``false`` turns it off. With
``hide_secrets``, values whose key looks like that of a secret are redacted too. Without the
annotation, small inputs are kept, and these values are redacted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

KEEP_INPUTS = "faas-keep-inputs"
DEFAULT_LAST = 20
MOST = 1000
REDACTED = "…"
# Limits in bytes for one input and for all inputs of an action.
_MOST_BYTES, _DEFAULT_BYTES, _DEFAULT_INPUT_BYTES = 16 * 1024 * 1024, 2 * 1024 * 1024, 256 * 1024
# Keys whose values are redacted unless the annotation says what to redact.
_SECRET = re.compile(
    r"pass(?:word|wd|phrase|code)|secret|credential|authorization|cookie"
    r"|(?:api|access|private|auth|secret|session)[_-]?(?:key|token)|^token$|^pin$",
    re.IGNORECASE,
)


class KeepInputs(NamedTuple):
    """How inputs are kept.

    ``last``: the number of latest inputs to keep, or 0 to keep none.
    ``redact``: the keys whose values are redacted at any depth.
    ``by_default``: whether nobody asked for it. Inputs are then limited to 256 kB, and values whose
    key looks like that of a secret are redacted.
    ``hides_secrets``: whether those values are redacted although somebody asked for more keys.
    """

    last: int = DEFAULT_LAST
    redact: tuple[str, ...] = ()
    by_default: bool = False
    hides_secrets: bool = False

    @classmethod
    def of(cls, annotation: object) -> KeepInputs | None:
        """Parse the value of the annotation.

        Returns the default for None, which means that the action does not have the annotation, and
        None if nothing is kept: for ``false`` or a malformed value.
        """
        if annotation is None:
            return cls(by_default=True)
        if not isinstance(annotation, Mapping):
            return None
        last, redact = annotation.get("last", DEFAULT_LAST), annotation.get("redact", [])
        # A bool is an int in Python, so it must be excluded.
        is_number = isinstance(last, int) and not isinstance(last, bool) and last > 0
        if not is_number or not isinstance(redact, list):
            return None
        return cls(
            min(last, MOST),
            tuple(str(key) for key in redact),
            hides_secrets=annotation.get("hide_secrets") is True,
        )

    def to_annotation(self) -> dict[str, Any] | bool:
        if not self.last:
            return False
        secrets = {"hide_secrets": True} if self.hides_secrets else {}
        return {"last": self.last, "redact": list(self.redact), **secrets}

    @property
    def most_bytes(self) -> int:
        """The limit for all inputs of an action, in bytes."""
        return _DEFAULT_BYTES if self.by_default else _MOST_BYTES

    @property
    def most_input_bytes(self) -> int:
        """The limit for one input, in bytes."""
        return _DEFAULT_INPUT_BYTES if self.by_default else _MOST_BYTES

    def also_redacting(self, keys: Iterable[str]) -> KeepInputs:
        """Return the rule with more keys to redact, such as names of bound secrets."""
        return self._replace(redact=tuple(dict.fromkeys((*self.redact, *keys))))

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
        hides_secrets = self.by_default or self.hides_secrets
        if key in self.redact or (hides_secrets and _SECRET.search(key)):
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
