"""Parsing of ``requirements.txt``, and the check whether an interpreter satisfies it.

This module is imported only when it is needed, because importing ``packaging`` takes longer than a
cold start.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion

_COMMENT = re.compile(r"(^|\s)#.*$")
_CONTINUATION = re.compile(r"\\\r?\n")
# The start of the error message in an installer's output. The lines before it may mention
# requirements that did not cause the error.
_ERROR = re.compile(r"^\s*(error|×)", re.IGNORECASE | re.MULTILINE)
_EDITABLE = re.compile(r"(-e|--editable)(\s|=|$)")


@dataclass(frozen=True)
class Requirements:
    """The requirements of an action.

    ``lines``: the normalized lines without comments.
    ``plain``: whether each line names a distribution in the package index, so that the installer
    does not read other files. False if there are options, paths or URLs.
    ``parsed``: the lines that could be parsed as requirements.
    """

    lines: tuple[str, ...]
    plain: bool
    parsed: tuple[Requirement, ...]

    @classmethod
    def read(cls, text: str) -> Requirements:
        """Parse the content of a requirements.txt.

        Lines that are not requirements, such as options, are kept unchanged for the installer.
        """
        lines, parsed, plain = [], [], True
        # Some editors on Windows write a byte order mark at the start of a file.
        for line in _CONTINUATION.sub("", text.removeprefix("\ufeff")).splitlines():
            stripped = _COMMENT.sub("", line).strip()
            if not stripped:
                continue
            try:
                requirement = Requirement(stripped)
            except InvalidRequirement:
                plain = False
                lines.append(stripped)
                continue
            # The content at a URL can change while the requirement stays the same.
            plain = plain and requirement.url is None
            parsed.append(requirement)
            lines.append(_normalized(requirement))
        # Plain lines are sorted, so that equal sets of requirements share a virtualenv. Otherwise
        # the order is kept, because the order of options matters.
        return cls(tuple(sorted(lines)) if plain else tuple(lines), plain, tuple(parsed))

    @property
    def editable(self) -> str | None:
        """The first line that requests an editable installation (``-e .``), or None."""
        return next((line for line in self.lines if _EDITABLE.match(line)), None)

    def satisfied_by(self, installed: Mapping[str, str], markers: Mapping[str, str]) -> bool:
        """Return whether all requirements are ``installed`` in a matching version.

        Return False if this cannot be checked, because there are options, URLs or extras. Extras
        may require further distributions.

        ``markers``: the interpreter's environment markers.
        """
        if not self.plain:
            return False
        versions: dict[str, str] = {
            canonicalize_name(name): version for name, version in installed.items()
        }
        return all(_satisfied(each, versions, markers) for each in self.parsed)

    def mentioned_in(self, output: str) -> list[str]:
        """Return the requirements that the ``output`` of a failed installation mentions.

        If there is only one line, it is always returned.
        """
        if len(self.lines) == 1:
            return list(self.lines)
        error_start = _ERROR.search(output)
        output = output[error_start.start() :] if error_start else output
        found, known = [], [_normalized(each) for each in self.parsed]
        for requirement in self.parsed:
            # Installers print names with different separators: ``-``, ``_`` or ``.``.
            words = canonicalize_name(requirement.name).split("-")
            name = "[-_.]+".join(re.escape(word) for word in words)
            if re.search(rf"(?<![\w.-]){name}(?![\w-])", output, re.IGNORECASE):
                found.append(_normalized(requirement))
        return found + [line for line in self.lines if line not in known and line in output]


def _normalized(requirement: Requirement) -> str:
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    name = f"{canonicalize_name(requirement.name)}{extras}"
    where = f" @ {requirement.url}" if requirement.url else str(requirement.specifier)
    marker = f"; {requirement.marker}" if requirement.marker else ""
    return f"{name}{where}{' ' if marker and requirement.url else ''}{marker}"


def _satisfied(
    requirement: Requirement, versions: Mapping[str, str], markers: Mapping[str, str]
) -> bool:
    if requirement.marker is not None and not requirement.marker.evaluate(dict(markers)):
        return True
    version = versions.get(canonicalize_name(requirement.name))
    if version is None or requirement.extras:
        return False
    try:
        # As in pip, an installed prerelease can satisfy a requirement.
        return requirement.specifier.contains(version, prereleases=True)
    except InvalidVersion:
        return False
