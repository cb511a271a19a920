"""Typed, validated access to the tables of ``prices.toml`` and the source of each number."""

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
# The maximum length of a ``based_on`` chain. The limit detects tables that refer to each other in a
# cycle.
_DEEPEST = 20
_OWN = frozenset({"source", "as_of", "sure"})
SURENESS = ("A", "B", "C", "M")


@dataclass(frozen=True)
class Fact:
    """The origin of one number.

    ``source`` names or links to the source, and ``as_of`` is the day on which it was read.
    ``sure`` rates its reliability, from A (a page of the provider) to M (from memory).
    """

    source: str
    as_of: date
    sure: str


class Table:
    """A TOML table with one method per type of value.

    All methods raise InputError, which names the file and the key, if a value is missing or
    invalid.
    """

    def __init__(self, name: str, values: Mapping[str, Any], files: Mapping[str, str]) -> None:
        """Create a table from its ``values``.

        ``files`` maps each key to the file that contains it, and ``""`` to the file that errors
        about missing keys name.
        """
        self.name = name
        self._values = values
        self._files = files
        # These keys count as read from the start, because every table may have them.
        self._read: set[str] = set(_OWN) | {BASED_ON}
        self.facts: dict[str, Fact] = {}

    def text(self, key: str, default: str | None = None) -> str:
        value = self._value(key, default)
        if not isinstance(value, str):
            raise self.wrong(key, "must be a string")
        return value

    def choice(self, key: str, choices: tuple[str, ...], default: str) -> str:
        value = self.text(key, default)
        if value not in choices:
            raise self.wrong(key, f"is {value!r}, but must be one of {', '.join(choices)}")
        return value

    def amount(self, key: str, default: str | None = None) -> Decimal:
        """Return a number that the file contains as a string or an integer.

        TOML's decimal numbers are rejected, because tomllib would read them as floats, which cannot
        represent ``0.000017`` exactly.
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
        # TOML has a date type, whose values tomllib returns as date objects.
        if not isinstance(value, date):
            raise self.wrong(key, "must be a date without quotes, such as 2026-11-24")
        return value

    def pairs(self, key: str) -> tuple[tuple[int, Decimal], ...]:
        """Return the pairs in a list ``[[MB, "units"], …]``, which must be sorted by MB."""
        value = self._value(key, [])
        try:
            found = tuple((int(first), self._decimal(key, second)) for first, second in value)
        except (TypeError, ValueError) as error:
            raise self.wrong(key, 'must be a list such as [[128, "0.2"], [256, "0.4"]]') from error
        # Lookups use the first pair that is large enough, so the order matters.
        if list(found) != sorted(found, key=lambda each: each[0]):
            raise self.wrong(key, "must be in ascending order of size")
        return found

    def parts(self, key: str) -> list[Table]:
        """Return the tables in the array ``[[NAME.key]]``.

        They inherit the ``source``, ``as_of`` and ``sure`` of this table.
        """
        value = self._value(key, [])
        if not isinstance(value, list) or not all(isinstance(each, Mapping) for each in value):
            raise self.wrong(key, f"must be an array of tables: [[{self.name}.{key}]]")
        own = {each: self._values[each] for each in _OWN if each in self._values}
        file = {"": self._files.get(key) or self._files[""]}
        return [
            Table(f"{self.name}.{key}[{number}]", {**own, **each}, file)
            for number, each in enumerate(value)
        ]

    def finish(self) -> None:
        """Raise InputError if the table has a key that was not read, which is probably a typo."""
        for key in self._values:
            if key not in self._read:
                raise self.wrong(key, "is not a known key")

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
        """Return the raw value of a number, and store its source in ``facts``.

        The file may contain the number itself, or a table with ``value`` and its own source.
        """
        value = self._value(key, default)
        own: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
        if unknown := set(own) - _OWN - {"value"}:
            raise self.wrong(f"{key}.{min(unknown)}", "is not a valid key for a number")
        if key in self._values:
            self.facts[key] = self._fact(own)
        return own.get("value") if isinstance(value, Mapping) else value

    def _fact(self, own: Mapping[str, Any]) -> Fact:
        found = {each: own.get(each, self._values.get(each)) for each in _OWN}
        if not isinstance(found["source"], str):
            raise self.wrong("source", "must be a string that names the source of the numbers")
        if found["sure"] not in SURENESS:
            raise self.wrong("sure", f"must be one of {', '.join(SURENESS)}")
        if not isinstance(found["as_of"], date):
            raise self.wrong("as_of", "must be a date without quotes, such as 2026-11-24")
        return Fact(found["source"], found["as_of"], found["sure"])

    def _decimal(self, key: str, value: object) -> Decimal:
        if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
            try:
                found = Decimal(value)
            # The check below rejects -1 with the same message as other invalid numbers.
            except InvalidOperation:
                found = Decimal(-1)
            if found.is_finite() and found >= 0:
                return found
        raise self.wrong(key, 'must be a non-negative number in quotes, such as "0.000017"')


def read_file(path: Path) -> dict[str, Any]:
    """Return the content of a TOML file, or an empty dictionary if the file does not exist.

    Raises InputError if the file cannot be read or parsed.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not a UTF-8 text file"
        raise InputError(f"{path} cannot be read: {reason}.") from error
    return read_text(text, str(path))


def read_text(text: str, file: str) -> dict[str, Any]:
    """Parse ``text`` as TOML. Raises InputError, which names ``file``, if this fails."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(
            f"{file} is not valid TOML: {error}.",
            hint="Correct the file, or move it to another folder.",
        ) from error


def tables(kind: str, files: Mapping[str, Mapping[str, Any]]) -> dict[str, Table]:
    """Return the tables ``[kind.NAME]`` of all files by name, merged key by key.

    Later files override earlier ones. Raises InputError if a value is not a table, or if
    ``based_on`` names an unknown table or leads back to the same table.
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
            # Errors about missing keys name the last file that contains the table, because that is
            # the user's file if both files contain it.
            where.setdefault(name, {}).update(dict.fromkeys((*values, ""), file))
    return {name: _whole(kind, name, said, where) for name in said}


def _whole(
    kind: str, name: str, said: Mapping[str, dict[str, Any]], where: Mapping[str, dict[str, str]]
) -> Table:
    """Return the table ``name``, merged with the chain of tables that it is based on."""
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
        f"{file}: {kind}.{name}.{BASED_ON} refers to {base!r}, which does not exist or is based "
        "on this table.",
        hint=f"The tables are {', '.join(sorted(said))}.",
    )
