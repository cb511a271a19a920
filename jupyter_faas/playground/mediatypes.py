"""Media types as web actions tell them apart: JSON, text, or binary (contract §4)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PARAMETER = re.compile(rf'\s*;\s*(?:({_WORD})\s*=\s*({_WORD}|"(?:[^"\\]|\\.)*"))?')
_TYPE = re.compile(rf"\s*({_WORD})/({_WORD})")

# Text, although their names do not begin with it.
_TEXT = frozenset(
    f"application/{each}"
    for each in (
        "atom+xml",
        "base64",
        "javascript",
        "rss+xml",
        "soap+xml",
        "vnd.google-earth.kml+xml",
        "x-latex",
        "x-vrml",
        "x-www-form-urlencoded",
        "xhtml+xml",
        "xml",
        "xml-dtd",
    )
)


@dataclass(frozen=True)
class MediaType:
    """``name`` is ``image/png``, in lower case; ``parameters`` are as written, charset left out."""

    name: str
    parameters: str = ""
    has_charset: bool = False

    @classmethod
    def parse(cls, text: str) -> MediaType | None:
        """None when ``text`` is no media type."""
        found = _TYPE.match(text)
        if found is None:
            return None
        parameters, has_charset, end = "", False, found.end()
        while end < len(text.rstrip()):
            parameter = _PARAMETER.match(text, end)
            if parameter is None:
                return None
            end = parameter.end()
            key, value = parameter.groups()
            if key is not None and key.lower() == "charset":
                has_charset = True
            elif key is not None:
                parameters += f"; {key}={value}"
        return cls(f"{found[1]}/{found[2]}".lower(), parameters, has_charset)

    @property
    def is_json(self) -> bool:
        return self.name == "application/json" or self.name.endswith("+json")

    @property
    def is_binary(self) -> bool:
        """Upstream takes a type that it does not know for binary, unless it names a charset."""
        main = self.name.partition("/")[0]
        text = main in ("text", "multipart") or self.name in _TEXT
        return not (text or self.is_json or self.has_charset)

    @property
    def content_type(self) -> str:
        """The header of a response. Text is always sent as UTF-8, which JSON need not say."""
        plain = self.is_json or self.is_binary
        return f"{self.name}{self.parameters}{'' if plain else '; charset=UTF-8'}"


HTML = MediaType("text/html")
JSON = MediaType("application/json")
PLAIN = MediaType("text/plain")
SVG = MediaType("image/svg+xml")
OCTETS = MediaType("application/octet-stream")
