"""Parse a ``requirements.txt``: normalized lines, and whether an interpreter satisfies them.

This is a separate module that is imported late, because importing ``packaging`` takes longer than a
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
# Where the error begins in an installer's output. The lines before it name other requirements.
_ERROR = re.compile(r"^\s*(error|×)", re.IGNORECASE | re.MULTILINE)
_EDITABLE = re.compile(r"(-e|--editable)(\s|=|$)")


@dataclass(frozen=True)
class Requirements:
    """The requirements of an action. ``lines`` are normalized and have no comments.

    ``plain``: every line names a distribution of the index. There are no options, and the
    installation reads no other file.
    """

    lines: tuple[str, ...]
    plain: bool
    parsed: tuple[Requirement, ...]

    @classmethod
    def read(cls, text: str) -> Requirements:
        """Parse the text of the file. Lines that are not requirements stay as they are, for pip."""
        lines, parsed, plain = [], [], True
        # Some editors on Windows begin a file with a byte order mark.
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
            # The content behind a path or URL can change without its text.
            plain = plain and requirement.url is None
            parsed.append(requirement)
            lines.append(_normalized(requirement))
        # Plain lines are sorted, so that the same requirements share a virtualenv. The order of
        # options matters.
        return cls(tuple(sorted(lines)) if plain else tuple(lines), plain, tuple(parsed))

    @property
    def editable(self) -> str | None:
        """The first line that requests an editable installation (``-e .``); None if none does."""
        return next((line for line in self.lines if _EDITABLE.match(line)), None)

    def satisfied_by(self, installed: Mapping[str, str], markers: Mapping[str, str]) -> bool:
        """Return whether all requirements are ``installed`` in a matching version.

        ``markers`` are those of the interpreter. Return False if this cannot be checked: for
        options, URLs, and extras, which may require more distributions.
        """
        if not self.plain:
            return False
        versions: dict[str, str] = {
            canonicalize_name(name): version for name, version in installed.items()
        }
        return all(_satisfied(each, versions, markers) for each in self.parsed)

    def mentioned_in(self, output: str) -> list[str]:
        """Return the requirements that the ``output`` of a failed installation mentions."""
        if len(self.lines) == 1:
            return list(self.lines)
        error_start = _ERROR.search(output)
        output = output[error_start.start() :] if error_start else output
        found, known = [], [_normalized(each) for each in self.parsed]
        for requirement in self.parsed:
            # Installers print a name with any of the separators ``-``, ``_`` and ``.``.
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
        # An installed prerelease satisfies a requirement, as for pip.
        return requirement.specifier.contains(version, prereleases=True)
    except InvalidVersion:
        return False
