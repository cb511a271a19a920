"""What a ``requirements.txt`` asks for. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion

_COMMENT = re.compile(r"(^|\s)#.*$")
_CONTINUED = re.compile(r"\\\r?\n")
# Where an installer begins to speak of its failure: before it stands what went well.
_ERROR = re.compile(r"^\s*(error|×)", re.IGNORECASE | re.MULTILINE)
_EDITABLE = re.compile(r"(-e|--editable)(\s|=|$)")


@dataclass(frozen=True)
class Requirements:
    """``lines`` without comments and differences of spelling.

    ``plain``: every line names a distribution, so nothing else goes into an installation: no
    other file, no option.
    """

    lines: tuple[str, ...]
    plain: bool
    parsed: tuple[Requirement, ...]

    @classmethod
    def read(cls, text: str) -> Requirements:
        """What pip cannot read either is kept as it is, for pip to say so."""
        lines, parsed, plain = [], [], True
        for line in _CONTINUED.sub("", text.removeprefix("\ufeff")).splitlines():
            stripped = _COMMENT.sub("", line).strip()
            if not stripped:
                continue
            try:
                requirement = Requirement(stripped)
            except InvalidRequirement:
                plain = False
                lines.append(stripped)
                continue
            # A path or an address may give something else tomorrow.
            plain = plain and requirement.url is None
            parsed.append(requirement)
            lines.append(_spelled(requirement))
        return cls(tuple(sorted(lines)) if plain else tuple(lines), plain, tuple(parsed))

    @property
    def editable(self) -> str | None:
        """A line that asks for an installation that stays where it is (``-e .``)."""
        return next((line for line in self.lines if _EDITABLE.match(line)), None)

    def satisfied_by(self, installed: Mapping[str, str], markers: Mapping[str, str]) -> bool:
        """Whether all that is asked for is among ``installed``, in a version that will do.

        ``markers``: what the interpreter is. What cannot be told is not satisfied: extras, which
        may ask for more, options and addresses.
        """
        if not self.plain:
            return False
        versions: dict[str, str] = {
            canonicalize_name(name): version for name, version in installed.items()
        }
        return all(_satisfied(each, versions, markers) for each in self.parsed)

    def blamed(self, output: str) -> list[str]:
        """The lines that ``output``, an installer's words about its failure, speaks of."""
        if len(self.lines) == 1:
            return list(self.lines)
        began = _ERROR.search(output)
        output = output[began.start() :] if began else output
        found, named = [], [_spelled(each) for each in self.parsed]
        for requirement in self.parsed:
            words = canonicalize_name(requirement.name).split("-")
            name = "[-_.]+".join(re.escape(word) for word in words)
            if re.search(rf"(?<![\w.-]){name}(?![\w-])", output, re.IGNORECASE):
                found.append(_spelled(requirement))
        return found + [line for line in self.lines if line not in named and line in output]


def _spelled(requirement: Requirement) -> str:
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
        return requirement.specifier.contains(version, prereleases=True)
    except InvalidVersion:
        return False
