"""Takes secrets out of what is shown: preset parameters, and secret variables of this machine."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

HIDDEN = "•••"
_SECRET_NAME = re.compile(
    r"KEY|TOKEN|SECRET|PASSW|PASSPHRASE|PASSCODE|CREDENTIAL|_PWD$|_PASS$|AUTH|DSN|COOKIE|PRIVATE",
    re.IGNORECASE,
)
_USERINFO = re.compile(r"://[^/@\s:]*:([^/@\s]+)@")
# Shorter ones are found in everything.
_SHORTEST = 4


class Redaction:
    """Knows the secrets; ``parameters`` are those that every call gets (``--param``)."""

    def __init__(self, environ: Mapping[str, str], parameters: Mapping[str, Any]) -> None:
        found = {*_of_environment(environ), *_texts(list(parameters.values()))}
        # Longer ones first: a shorter one may be a part of them.
        self._secrets = sorted((one for one in found if len(one) >= _SHORTEST), key=len)[::-1]

    def text(self, text: str) -> str:
        """The text without any secret in it."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return text

    def value(self, value: Any) -> Any:
        """JSON data without any secret in it."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.text(key): self.value(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(item) for item in value]
        if isinstance(value, int | float) and str(value) in self._secrets:
            return HIDDEN
        return value


def _of_environment(environ: Mapping[str, str]) -> Iterator[str]:
    for name, value in environ.items():
        yield from _USERINFO.findall(value)
        # A path is no secret, and SSH_AUTH_SOCK is one.
        if _SECRET_NAME.search(name) and not value.startswith("/"):
            yield value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield str(value)
