"""Normalise a reply: what differs from run to run becomes a token, and lists without order are
sorted.

The recorded replies were normalised in the same way:

- ``<namespace>``, ``<host>``, ``<key>``, ``<key64>``, ``<wrong-key>`` and ``<wrong-key64>``: the
  names of the caller;
- ``<activationId>``: 32 hexadecimal digits; ``<transactionId>``: ``code`` beside ``error``;
- ``<time>``: an ISO time stamp; ``<number>``: ``start``, ``end``, ``duration``, ``updated`` and
  ``waitTime``, but an ``end`` of 0 stays;
- ``<subject>``: the subject of an activation; ``<present>``: a header whose value is an id;
- ``<N characters, sha1 …>``: more than 2,000 characters; ``<N lines, sha1 …>``: the rest of more
  than 200 log lines.

Lists of ``{"key", "value"}`` are sorted, without ``initTime`` (only there after a cold start) and
``faas-…`` (the playground's own). In logs, stdout comes before stderr.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

MAX_TEXT = 2_000
MAX_LINES = 200
SHOWN_LINES = 20

_IDS = frozenset({"x-request-id", "x-openwhisk-activation-id"})
_HEADERS = frozenset(
    (
        *("allow", "cache-control", "content-disposition", "content-encoding", "content-type"),
        *("link", "location", "set-cookie", "vary", "www-authenticate"),
    )
)
_NUMBERS = frozenset({"start", "end", "duration", "updated", "initTime", "waitTime"})
_ACTIVATION_ID = re.compile(r"(?<![0-9A-Za-z])[0-9a-f]{32}(?![0-9A-Za-z])")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?")
_PADDING = re.compile(r"<time> +(stdout:|stderr:)")
_CHARSET = re.compile(r"charset=[\w-]+", re.IGNORECASE)
# Lists in messages whose order says nothing.
_UNORDERED = (
    re.compile(r"(supported methods: )([A-Z, ]+)"),
    re.compile(r"(Valid values are: )('[^']*'(?:, '[^']*')*)"),
)
_UNSURE = re.compile(r"initTime$|faas-")
_STDERR = "<time> stderr:"

Headers = Iterable[tuple[str, str]]


def basic(auth: str) -> str:
    """Return ``uuid:key`` as the credentials of HTTP Basic."""
    return base64.b64encode(auth.encode()).decode()


@dataclass(frozen=True)
class Normaliser:
    """Normalises what a server answers to the owner of a namespace.

    ``host`` is its name and port, ``auth`` and ``wrong`` are ``uuid:key``.
    """

    host: str
    namespace: str
    auth: str
    wrong: str

    def reply(self, status: int, headers: Headers, content: bytes) -> dict[str, Any]:
        """Return the reply in the form of the recordings."""
        return {"status": status, "headers": self._headers(headers), "body": self._body(content)}

    def _headers(self, headers: Headers) -> dict[str, str]:
        kept: dict[str, str] = {}
        for title, value in headers:
            name = title.lower()
            if name in _IDS:
                kept[name] = "<present>"
                continue
            if name not in _HEADERS and not name.startswith(("access-control-", "x-")):
                continue
            value = _CHARSET.sub(lambda found: found[0].lower(), self.text(value))
            if name == "allow" or name.startswith("access-control-"):
                value = ", ".join(sorted(part.strip() for part in value.split(",")))
            kept[name] = f"{kept[name]} | {value}" if name in kept else value
        return kept

    def _body(self, content: bytes) -> dict[str, Any] | None:
        text = content.decode(errors="replace")
        if not text:
            return None
        try:
            return {"json": self._value(json.loads(text))}
        except ValueError:
            pass
        if text.encode(errors="replace") == content:
            return {"text": _shortened(self.text(text))}
        return {"base64": _shortened(base64.b64encode(content).decode())}

    def text(self, text: str) -> str:
        """Return a text with tokens in it."""
        text = text.replace(self.host, "<host>")
        for auth, token in ((self.auth, "key"), (self.wrong, "wrong-key")):
            text = text.replace(auth, f"<{token}>").replace(basic(auth), f"<{token}64>")
        if self.namespace:
            name = re.escape(self.namespace)
            text = re.sub(rf"(?<![\w.-]){name}(?![\w-])", "<namespace>", text)
        text = _ACTIVATION_ID.sub("<activationId>", text)
        for unordered in _UNORDERED:
            text = unordered.sub(lambda found: found[1] + _sorted_words(found[2]), text)
        return _PADDING.sub(r"<time> \1", _TIME.sub("<time>", text))

    def _value(self, value: Any, key: str = "") -> Any:
        if isinstance(value, str):
            return _shortened(self.text(value))
        if isinstance(value, dict):
            return self._object(value)
        if isinstance(value, list):
            return self._list(value, is_logs=key == "logs")
        return value

    def _object(self, obj: dict[str, Any]) -> dict[str, Any]:
        made = {self.text(key): self._value(value, key) for key, value in sorted(obj.items())}
        if "error" in made and isinstance(made.get("code"), str):
            made["code"] = "<transactionId>"
        if "subject" in made and "activationId" in made:
            made["subject"] = "<subject>"
        for key in _NUMBERS & set(made):
            if type(made[key]) is int and not (key == "end" and made[key] == 0):
                made[key] = "<number>"
        if isinstance(made.get("value"), int) and str(made.get("key")) in _NUMBERS:
            made["value"] = "<number>"
        return made

    def _list(self, values: list[Any], *, is_logs: bool) -> list[Any]:
        made = [self._value(each) for each in values]
        if is_logs:
            made = _ordered_logs(values, made)
        if made and all(isinstance(each, dict) and "key" in each for each in made):
            made = [each for each in made if not _UNSURE.match(str(each["key"]))]
            made.sort(key=lambda each: str(each["key"]))
        return made


def _ordered_logs(values: list[Any], made: list[Any]) -> list[Any]:
    made.sort(key=lambda line: str(line).startswith(_STDERR))
    if len(made) > MAX_LINES:
        whole = hashlib.sha1("\n".join(map(str, made)).encode(errors="replace")).hexdigest()
        return [*made[:SHOWN_LINES], f"<{len(made)} lines, sha1 {whole}>"]
    # The lines of a trigger are JSON, one for each of its rules.
    if all(isinstance(each, str) and each.startswith("{") for each in values):
        return sorted(map(_sorted_members, made))
    return made


def _sorted_members(text: str) -> str:
    try:
        return json.dumps(json.loads(text), sort_keys=True)
    except ValueError:
        return text


def _sorted_words(text: str) -> str:
    return ", ".join(sorted(text.split(", ")))


def _shortened(text: str) -> str:
    if len(text) <= MAX_TEXT:
        return text
    whole = hashlib.sha1(text.encode(errors="surrogatepass")).hexdigest()
    return f"<{len(text)} characters, sha1 {whole}>"
