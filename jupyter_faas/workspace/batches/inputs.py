"""The inputs of a batch: one JSON object per call, from a table, a list, an iterator or a file.

``read_rows`` accepts

- a data frame of pandas or polars: one call per row, whose columns are the parameters;
- a list or an iterator of dictionaries, of tuples (in the order of the signature), or of single
  values for the first parameter;
- the path of a file: ``.csv`` (with commas, semicolons or tabs), ``.jsonl`` (or ``.ndjson``),
  ``.json`` (a list), ``.parquet``.

A missing value (an empty cell of a CSV file, NaN, NaT) leaves an optional parameter out, so that
its default applies, and is null for a required one. Values of a CSV file are parsed by the
function's schema, as ``key=value`` on the command line is.

All rows are read and checked before the first call, so that a misspelled column costs nothing.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TextIO

from jupyter_faas.errors import InputError, ParametersRejected
from jupyter_faas.workspace.local.function import as_sent, json_parameters
from jupyter_faas.workspace.local.text_values import parse_value
from jupyter_faas.workspace.naming import check_parameter_names, did_you_mean

if TYPE_CHECKING:
    from jupyter_faas.workspace.handover.remote_function import Callee

KINDS = (".csv", ".jsonl", ".ndjson", ".json", ".parquet")
_DECIMAL_COMMA = re.compile(r"-?\d+,\d+")


def read_rows(rows: object, callee: Callee, order: Sequence[str], main: ModuleType) -> list[bytes]:
    """Return the JSON of each call's parameters.

    ``order`` has the names of the function's parameters in the order of its signature. ``main`` is
    the module ``action_main``, which converts values to JSON as a single call does.

    Raises InputError if the rows cannot be read, and ParametersRejected, which names the row, if a
    column is not a parameter, a parameter is missing or a value is not JSON.
    """
    schema = callee.schema or {}
    known = schema.get("properties")
    properties: Mapping[str, Any] = known if isinstance(known, Mapping) else {}
    required = set(schema.get("required", ())) - callee.preset if properties else set()
    # Most rows have the same columns, which are then checked once.
    checked: set[tuple[str, ...]] = set()
    found: list[bytes] = []
    for number, row in enumerate(_dictionaries(rows, properties, order), 1):
        names = tuple(row)
        if names not in checked:
            _check_columns(callee, names, required, number)
            checked.add(names)
        params = {
            name: None if _is_missing(value) else value
            for name, value in row.items()
            if name in required or not _is_missing(value)
        }
        try:
            ready = json_parameters(as_sent(schema, params), main, schema)
        except ParametersRejected as error:
            raise ParametersRejected(f"Row {number}: {error.message}", hint=error.hint) from error
        found.append(json.dumps(ready, ensure_ascii=False, allow_nan=False).encode())
    return found


def _check_columns(
    callee: Callee, names: Sequence[str], required: Iterable[str], number: int
) -> None:
    check_parameter_names(callee.name, callee.schema, names, callee.signature)
    missing = [name for name in required if name not in names]
    if missing:
        unknown = did_you_mean(missing, names)
        takes = f"The signature is {callee.signature}" if callee.signature else ""
        raise ParametersRejected(
            f"Row {number} does not have {' or '.join(sorted(missing))}, which {callee.name} "
            "needs.",
            hint=f"{unknown}{takes}",
        )


def _dictionaries(
    rows: object, properties: Mapping[str, Any], order: Sequence[str]
) -> Iterator[Mapping[str, Any]]:
    if isinstance(rows, str | Path):
        yield from _from_file(Path(rows).expanduser(), properties)
        return
    if isinstance(rows, Mapping):
        raise InputError(
            "map needs a list of dictionaries, one for each call, not a single dictionary.",
            hint="Put it into a list: map([parameters]). For one call, use invoke(**parameters).",
        )
    if hasattr(rows, "to_dict") and hasattr(rows, "columns"):
        yield from _from_frame(rows)
        return
    if isinstance(rows, bytes) or not isinstance(rows, Iterable):
        raise InputError(
            f"map cannot read its inputs from a value of type {type(rows).__name__}.",
            hint="Pass a data frame, a list or iterator of dictionaries, or the path of a file "
            f"({', '.join(KINDS)}).",
        )
    for number, row in enumerate(rows, 1):
        yield _dictionary(row, order, number)


def _dictionary(row: object, order: Sequence[str], number: int) -> Mapping[str, Any]:
    if isinstance(row, Mapping):
        return {str(name): value for name, value in row.items()}
    if hasattr(row, "_asdict"):  # a named tuple
        return dict(row._asdict())
    values = list(row) if isinstance(row, tuple) else [row]
    if len(values) > len(order):
        count = "1 value" if len(values) == 1 else f"{len(values)} values"
        takes = ", ".join(order) or "a dictionary"
        raise InputError(
            f"Row {number} has {count}, but the function takes {takes}.",
            hint="Pass dictionaries, or tuples with values in the order of the signature.",
        )
    return dict(zip(order, values, strict=False))


def _from_frame(frame: Any) -> Iterator[Mapping[str, Any]]:
    names = [str(name) for name in frame.columns]
    # pandas and polars differ here. ``to_dict("records")`` of pandas returns Python's own types.
    records = frame.iter_rows() if hasattr(frame, "iter_rows") else None
    if records is None:
        for record in frame.to_dict("records"):
            yield {str(name): value for name, value in record.items()}
    else:
        for values in records:
            yield dict(zip(names, values, strict=True))


def _from_file(path: Path, properties: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    kind = path.suffix.lower()
    if kind not in KINDS:
        raise InputError(
            f"{path.name or path} is not a table that map can read.",
            hint=f"Its name must end with one of {', '.join(KINDS)}.",
        )
    try:
        if kind == ".csv":
            yield from _from_csv(path, properties)
        elif kind == ".parquet":
            yield from _from_frame(_read_parquet(path))
        elif kind == ".json":
            yield from _from_json(path)
        else:
            with path.open(encoding="utf-8-sig") as lines:
                yield from _from_lines(path, lines)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputError(
            f"{path} cannot be read: {reason}.",
            hint=f"Paths are relative to {Path.cwd().name or Path.cwd()}, the current folder.",
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text.", hint="Save the file as UTF-8.") from error


def _from_csv(path: Path, properties: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as text:
        reader = csv.DictReader(text, delimiter=_delimiter(text))
        if not reader.fieldnames:
            raise InputError(
                f"{path} is empty.", hint="The first line must contain the names of the parameters."
            )
        for row in reader:
            if None in row:
                raise InputError(
                    f"{path}: line {_line(reader, row)} has more values than the first line has "
                    "names.",
                    hint="Quote values that contain commas.",
                )
            try:
                yield {
                    name: None if not text else parse_value(name, text, properties.get(name))
                    for name, text in row.items()
                }
            except ParametersRejected as error:
                raise ParametersRejected(
                    f"{path}: line {_line(reader, row)}: {error.message}",
                    hint=error.hint or _decimals(row.values()),
                ) from error


def _delimiter(text: TextIO) -> str:
    """Return the delimiter of a CSV file, which is at its beginning before and afterwards.

    Spreadsheets write semicolons or tabs in many countries. The names of parameters contain neither
    these nor commas.
    """
    names = text.readline()
    text.seek(0)
    return next((each for each in ",;\t" if each in names), ",")


def _decimals(cells: Iterable[str | None]) -> str:
    # Such a number is not converted, because 1,500 may also be a thousand and a half.
    found = next((each for each in cells if each and _DECIMAL_COMMA.fullmatch(each)), None)
    return "" if found is None else f"Write decimals with a point: {found.replace(',', '.')}"


def _line(reader: csv.DictReader[str], row: Mapping[str | Any, str | Any]) -> int:
    """Return the number of the line on which the row that was read last begins, from 1."""
    # Extra values are a list, under the key None. Missing values are None.
    values = [*row.values(), *row.get(None, ())]
    return reader.line_num - sum(cell.count("\n") for cell in values if isinstance(cell, str))


def _from_json(path: Path) -> Iterator[Mapping[str, Any]]:
    try:
        rows = json.loads(path.read_text("utf-8-sig"))
    except ValueError as error:
        raise InputError(f"{path} is not JSON: {error}.") from error
    if not isinstance(rows, list):
        raise InputError(f"{path} does not contain a list.", hint="Write [{…}, {…}].")
    for number, row in enumerate(rows, 1):
        yield _object(path, row, f"row {number}")


def _from_lines(path: Path, lines: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield _object(path, json.loads(line), f"line {number}")
        except ValueError as error:
            raise InputError(f"{path}: line {number} is not JSON: {error}.") from error


def _object(path: Path, row: object, place: str) -> Mapping[str, Any]:
    if not isinstance(row, dict):
        raise InputError(f"{path}: {place} is not a JSON object.", hint='Write {"key": 1}.')
    return row


def _read_parquet(path: Path) -> Any:
    try:
        import pandas

        return pandas.read_parquet(path)
    except ImportError as error:
        raise InputError(
            f"{path.name} needs pandas and pyarrow, but at least one of them is not installed "
            "here.",
            hint="Install them with: pip install pandas pyarrow",
        ) from error


def _is_missing(value: object) -> bool:
    if value is None:
        return True
    # NaN is the only float, and NaT the only timestamp, that differs from itself. Arrays compare
    # element by element.
    if isinstance(value, float):
        return value != value
    return type(value).__name__ in ("NaTType", "NAType")
