"""Read and validate the tables of ``prices.toml``, with the source of each number."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from jupyter_faas.errors import InputError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

BASED_ON = "based_on"
# The most steps of ``based_on``, which stops tables that are based on each other in a circle.
_DEEPEST = 20
_OWN = frozenset({"source", "as_of", "sure"})
SURENESS = ("A", "B", "C", "M")


@dataclass(frozen=True)
class Fact:
    """The source of one number, and the day when it was read.

    ``sure`` is the quality of the source: from A (a page of the provider) to M (from memory).
    """

    source: str
    as_of: date
    sure: str


class Table:
    """One table, whose keys are read by type.

    All methods raise InputError, with the file and the key, for a value that is wrong or missing.
    """

    def __init__(self, name: str, values: Mapping[str, Any], files: Mapping[str, str]) -> None:
        """``files`` maps each key to its file, and ``""`` to the file for keys that are missing."""
        self.name = name
        self._values = values
        self._files = files
        # Keys that finish() does not report, because every table may have them.
        self._read: set[str] = set(_OWN) | {BASED_ON}
        self.facts: dict[str, Fact] = {}

    def text(self, key: str, default: str | None = None) -> str:
        value = self._value(key, default)
        if not isinstance(value, str):
            raise self.wrong(key, "must be a text")
        return value

    def choice(self, key: str, choices: tuple[str, ...], default: str) -> str:
        value = self.text(key, default)
        if value not in choices:
            raise self.wrong(key, f"is {value!r}, but must be one of {', '.join(choices)}")
        return value

    def amount(self, key: str, default: str | None = None) -> Decimal:
        """Return a number that is written as a string or as an integer.

        TOML's own decimals would be read as floats, which cannot hold ``0.000017`` exactly.
        """
        return self._decimal(key, self._number(key, default))

    def optional_amount(self, key: str) -> Decimal | None:
        return self.amount(key) if self._has(key) else None

    def whole(self, key: str, default: int | None = None, *, least: int = 0) -> int:
        value = self._number(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise self.wrong(key, f"must be a whole number of at least {least}")
        return value

    def optional_whole(self, key: str, *, least: int = 0) -> int | None:
        return self.whole(key, least=least) if self._has(key) else None

    def yes(self, key: str) -> bool:
        value = self._value(key, False)
        if not isinstance(value, bool):
            raise self.wrong(key, "must be true or false")
        return value

    def day(self, key: str) -> date:
        value = self._value(key)
        # TOML has dates of its own, which tomllib returns as date objects.
        if not isinstance(value, date):
            raise self.wrong(key, "must be a date, such as 2026-11-24")
        return value

    def pairs(self, key: str) -> tuple[tuple[int, Decimal], ...]:
        """Return the pairs of ``[[MB, "units"], …]``, which must be sorted by size."""
        value = self._value(key, [])
        try:
            found = tuple((int(first), self._decimal(key, second)) for first, second in value)
        except (TypeError, ValueError) as error:
            raise self.wrong(key, 'must be a list such as [[128, "0.2"], [256, "0.4"]]') from error
        # The lookup of a size takes the first one that is large enough.
        if list(found) != sorted(found, key=lambda each: each[0]):
            raise self.wrong(key, "must begin with the smallest size")
        return found

    def parts(self, key: str) -> list[Table]:
        """Return the tables of ``[[NAME.key]]``, which inherit the source of this table."""
        value = self._value(key, [])
        if not isinstance(value, list) or not all(isinstance(each, Mapping) for each in value):
            raise self.wrong(key, f"must be tables, [[{self.name}.{key}]]")
        own = {each: self._values[each] for each in _OWN if each in self._values}
        file = {"": self._files.get(key) or self._files[""]}
        return [
            Table(f"{self.name}.{key}[{number}]", {**own, **each}, file)
            for number, each in enumerate(value)
        ]

    def finish(self) -> None:
        """Raise InputError for a key that was not read, which is probably a typo."""
        for key in self._values:
            if key not in self._read:
                raise self.wrong(key, "is no key of a price list")

    def wrong(self, key: str, what: str) -> InputError:
        file = self._files.get(key.partition(".")[0]) or self._files[""]
        return InputError(f"{file}: {self.name}.{key} {what}.", hint=f"Correct it in {file}.")

    def _has(self, key: str) -> bool:
        self._read.add(key)
        return key in self._values

    def _value(self, key: str, default: object = None) -> Any:
        if self._has(key):
            return self._values[key]
        if default is None:
            raise self.wrong(key, "is missing")
        return default

    def _number(self, key: str, default: object = None) -> Any:
        """Return a number, which may be in a table with its own source; note the source."""
        value = self._value(key, default)
        own: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
        if unknown := set(own) - _OWN - {"value"}:
            raise self.wrong(f"{key}.{min(unknown)}", "is no key of a number")
        if key in self._values:
            self.facts[key] = self._fact(own)
        return own.get("value") if isinstance(value, Mapping) else value

    def _fact(self, own: Mapping[str, Any]) -> Fact:
        found = {each: own.get(each, self._values.get(each)) for each in _OWN}
        if not isinstance(found["source"], str):
            raise self.wrong("source", "must be a text: where the numbers come from")
        if found["sure"] not in SURENESS:
            raise self.wrong("sure", f"must be one of {', '.join(SURENESS)}")
        if not isinstance(found["as_of"], date):
            raise self.wrong("as_of", "must be a date, such as 2026-11-24")
        return Fact(found["source"], found["as_of"], found["sure"])

    def _decimal(self, key: str, value: object) -> Decimal:
        if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
            try:
                found = Decimal(value)
            # -1 is refused below, with the same message.
            except InvalidOperation:
                found = Decimal(-1)
            if found.is_finite() and found >= 0:
                return found
        raise self.wrong(key, 'must be a number in quotes, such as "0.000017", not below zero')


def read_file(path: Path) -> dict[str, Any]:
    """Return the tables of a file; none if it does not exist. Raises InputError."""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}.") from error
    return read_text(text, str(path))


def read_text(text: str, file: str) -> dict[str, Any]:
    """Return the tables of a text. Raises InputError, which names ``file``."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(
            f"{file} is no TOML: {error}.", hint="Correct it, or move it away."
        ) from error


def tables(kind: str, files: Mapping[str, Mapping[str, Any]]) -> dict[str, Table]:
    """Merge the tables ``[kind.NAME]`` of all files by name; later files override earlier ones.

    Raises InputError for values that are not tables, and for an unknown table in ``based_on``.
    """
    said: dict[str, dict[str, Any]] = {}
    where: dict[str, dict[str, str]] = {}
    for file, content in files.items():
        found = content.get(kind, {})
        if not isinstance(found, Mapping):
            raise InputError(f"{file}: {kind} must be tables, such as [{kind}.mine].")
        for name, values in found.items():
            if not isinstance(values, Mapping):
                raise InputError(f"{file}: {kind}.{name} must be a table, [{kind}.{name}].")
            said.setdefault(name, {}).update(values)
            # The error for a missing key names the last file that has the table: it is the one
            # that the user can edit.
            where.setdefault(name, {}).update(dict.fromkeys((*values, ""), file))
    return {name: _whole(kind, name, said, where) for name in said}


def _whole(
    kind: str, name: str, said: Mapping[str, dict[str, Any]], where: Mapping[str, dict[str, str]]
) -> Table:
    """Return the table merged with those that it is based on."""
    values, files = dict(said[name]), dict(where[name])
    base: object = values.get(BASED_ON)
    for _ in range(_DEEPEST):
        if base is None:
            return Table(f"{kind}.{name}", values, files)
        if not isinstance(base, str) or base not in said:
            break
        # The table's own values override those of the table that it is based on.
        values = {**said[base], **values}
        files = {**where[base], **files}
        base = said[base].get(BASED_ON)
    file = where[name].get(BASED_ON, files[""])
    raise InputError(
        f"{file}: {kind}.{name}.{BASED_ON} leads to no table: {base!r}.",
        hint=f"There are {', '.join(sorted(said))}.",
    )
