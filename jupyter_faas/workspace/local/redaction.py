"""Redaction of secrets, preset parameters and credentials in text and JSON data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

HIDDEN = "•••"
SECRET_NAME = re.compile(
    r"KEY|TOKEN|SECRET|PASSW|PASSPHRASE|PASSCODE|CREDENTIAL|_PWD$|_PASS$|AUTH|DSN|COOKIE|PRIVATE",
    re.IGNORECASE,
)
_USERINFO = re.compile(r"://[^/@\s:]*:([^/@\s]+)@")
# Shorter secrets are not redacted, because they would match parts of ordinary words.
_SHORTEST = 4


class Redaction:
    """A redactor that replaces preset ``parameters``, ``secrets`` and environment variables.

    ``secrets`` are the names of declared secrets, whose values are in ``environ``. Other
    environment variables are secret if their name suggests it. A password in a URL is secret as
    well.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        parameters: Mapping[str, Any],
        secrets: Iterable[str] = (),
    ) -> None:
        declared = {environ[name] for name in secrets if name in environ}
        found = {*_of_environment(environ), *_texts(list(parameters.values())), *declared}
        # Longer secrets are replaced first, because a shorter secret may be part of a longer one.
        self._secrets = sorted((one for one in found if len(one) >= _SHORTEST), key=len)[::-1]

    def text(self, text: str) -> str:
        """Return ``text`` with secrets replaced."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return text

    def value(self, value: Any) -> Any:
        """Return ``value``, which is JSON data, with secrets replaced."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.text(key): self.value(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(item) for item in value]
        if isinstance(value, int | float) and str(value) in self._secrets:
            return HIDDEN
        return value


def declared_only(environ: Mapping[str, str], secrets: Iterable[str]) -> Redaction:
    """Return a redactor of the declared secrets alone, which does not change other values."""
    return Redaction({name: environ[name] for name in secrets if name in environ}, {}, secrets)


def _of_environment(environ: Mapping[str, str]) -> Iterator[str]:
    for name, value in environ.items():
        yield from _USERINFO.findall(value)
        # A path is not a secret. For example, SSH_AUTH_SOCK matches the pattern but is a path.
        if SECRET_NAME.search(name) and not value.startswith("/"):
            yield value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield str(value)
