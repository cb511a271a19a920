"""``BatchResults``: the answers of a batch in the order of its inputs, also as frame or file."""

from __future__ import annotations

import csv
import json
import os
import secrets
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, TextIO, overload

from jupyter_faas.errors import InputError, NotInstalled
from jupyter_faas.workspace.text import Verbatim, json_line, table

# The files that a batch can write.
OUTPUTS = (".csv", ".jsonl", ".ndjson", ".parquet")
_ERRORS_SHOWN = 5
# How much of the results a notebook shows.
_ROWS_SHOWN, _COLUMNS_SHOWN, _CELL_WIDTH = 5, 8, 48


@dataclass(frozen=True)
class Answer:
    """The answer to one input.

    ``row`` counts from 0. ``error`` is empty if the run succeeded. ``duration_ms`` and ``cost_usd``
    are None if they are not known. ``known`` is False if the call may have run without an answer.
    """

    row: int
    result: Any = None
    error: str = ""
    activation_id: str | None = None
    duration_ms: int | None = None
    cost_usd: Decimal | None = None
    known: bool = True

    @property
    def ok(self) -> bool:
        return not self.error

    def to_ledger(self) -> dict[str, Any]:
        """Return the answer as JSON data, without its row."""
        cost = None if self.cost_usd is None else str(self.cost_usd)
        values = {
            "result": self.result,
            "error": self.error,
            "id": self.activation_id,
            "ms": self.duration_ms,
            "usd": cost,
        }
        return {key: value for key, value in values.items() if value not in (None, "")}

    @classmethod
    def from_ledger(cls, row: int, data: dict[str, Any]) -> Answer:
        cost = data.get("usd")
        return cls(
            row,
            result=data.get("result"),
            error=data.get("error", ""),
            activation_id=data.get("id"),
            duration_ms=data.get("ms"),
            cost_usd=None if cost is None else Decimal(cost),
        )


@dataclass(frozen=True)
class BatchResults(Sequence[Any]):
    """The results of many calls, in the order of the inputs.

    As a sequence, it holds what the function returned for each input, and None where a call failed.
    ``answers`` has the details of each call. ``seconds`` is how long this run of the batch took,
    and ``resumed`` how many answers were there from an earlier run.
    """

    name: str
    inputs: Sequence[bytes] = field(repr=False)
    answers: Sequence[Answer] = field(repr=False)
    seconds: float = 0.0
    resumed: int = 0
    cost_usd: Decimal | None = None
    output: Path | None = None

    def __len__(self) -> int:
        return len(self.answers)

    @overload
    def __getitem__(self, index: int) -> Any: ...

    @overload
    def __getitem__(self, index: slice) -> list[Any]: ...

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return [each.result for each in self.answers[index]]
        return self.answers[index].result

    def __iter__(self) -> Iterator[Any]:
        return (each.result for each in self.answers)

    @property
    def failed(self) -> list[Answer]:
        """The answers of the calls that failed."""
        return [each for each in self.answers if not each.ok]

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield a flat dictionary per call: the input, the result, ``error`` and ``activation``.

        A result that is a dictionary has one key for each of its own, and any other result has the
        key ``result``. A key that any input of the batch has too gets the suffix ``_result``.
        ``error`` is None if the call succeeded.
        """
        _, columns = self._columns
        for text, answer in zip(self.inputs, self.answers, strict=True):
            row: dict[str, Any] = json.loads(text)
            if answer.ok:
                row |= {columns[key]: value for key, value in _parts(answer.result).items()}
            row["error"] = answer.error or None
            row["activation"] = answer.activation_id
            yield row

    @cached_property
    def _columns(self) -> tuple[list[str], dict[str, str]]:
        """The keys of all inputs, and the column of each key of the results, in every row."""
        given, results = dict[str, None](), dict[str, None]()
        for text, answer in zip(self.inputs, self.answers, strict=True):
            given |= dict.fromkeys(json.loads(text))
            results |= dict.fromkeys(_parts(answer.result) if answer.ok else ())
        inputs = {*_OWN, *given}
        columns = {key: key for key in results if key not in inputs}
        taken = inputs | results.keys()
        for key in results:
            if key in inputs:
                column = f"{key}_result"
                while column in taken:
                    column += "_result"
                taken.add(column)
                columns[key] = column
        return list(given), columns

    def columns(self) -> list[str]:
        """Return the columns: the inputs, the results, and then ``error`` and ``activation``."""
        given, results = self._columns
        own = (*(key for key in given if key not in _OWN), *results.values())
        return [*own, *_OWN]

    def as_frame(self) -> Any:
        """Return a pandas data frame with one row per call. See ``rows``.

        Raises NotInstalled if this environment does not have pandas.
        """
        try:
            import pandas
        except ImportError as error:
            raise NotInstalled(
                "A data frame needs pandas, which is not installed here.",
                hint="Install it with: pip install pandas\nOr use rows(), which does not need "
                "pandas.",
            ) from error
        return pandas.DataFrame.from_records(list(self.rows()), columns=self.columns())

    def write(self, path: str | Path) -> Path:
        """Write the rows to a file, and return its path. An existing file is replaced at the end.

        In a CSV file, lists and dictionaries are JSON. Raises InputError if the name does not end
        with one of OUTPUTS, or the file cannot be written.
        """
        path = check_output(path)
        aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            if path.suffix.lower() == ".parquet":
                self.as_frame().to_parquet(aside)
            else:
                with aside.open("w", encoding="utf-8", newline="") as file:
                    self._write_text(file, path.suffix.lower())
            os.replace(aside, path)
        except ImportError as error:
            raise NotInstalled(
                f"{path.name} needs pyarrow, which is not installed here.",
                hint="Install it with: pip install pyarrow\nOr write a .csv or .jsonl file.",
            ) from error
        except OSError as error:
            raise InputError(f"{path} cannot be written: {error.strerror}.") from error
        finally:
            aside.unlink(missing_ok=True)
        return path

    def _write_text(self, file: TextIO, kind: str) -> None:
        if kind == ".csv":
            writer = csv.DictWriter(file, self.columns())
            writer.writeheader()
            for row in self.rows():
                writer.writerow({key: _cell(value) for key, value in row.items()})
            return
        for row in self.rows():
            file.write(json.dumps(row, ensure_ascii=False) + "\n")

    def to_json(self) -> dict[str, Any]:
        """Return the rows and the totals as JSON data."""
        return {
            "name": self.name,
            "calls": len(self),
            "failed": len(self.failed),
            "resumed": self.resumed,
            "seconds": round(self.seconds, 3),
            "cost_usd": None if self.cost_usd is None else str(self.cost_usd),
            "output": None if self.output is None else str(self.output),
            "rows": list(self.rows()) if self.output is None else [],
        }

    def lines(self) -> tuple[str, ...]:
        """Return a summary: the totals, and the most frequent errors."""
        made = sum(each.known for each in self.answers) - self.resumed
        calls = "call" if len(self) == 1 else "calls"
        words = [f"{len(self):,} {calls} of {self.name}"]
        if self.failed:
            words.append(f"{len(self.failed):,} failed")
        if self.resumed:
            words.append(f"{self.resumed:,} answered in an earlier run")
        rate = f"{made / self.seconds:,.0f}/s" if self.seconds > 0 and made else ""
        words += filter(None, [f"{self.seconds:.1f} s", rate, cost_words(self.cost_usd)])
        errors = Counter(each.error for each in self.failed).most_common()
        lines = [" · ".join(words)]
        lines += [Verbatim(f"  {count:,} × {error}") for error, count in errors[:_ERRORS_SHOWN]]
        if len(errors) > _ERRORS_SHOWN:
            lines.append(f"  and {len(errors) - _ERRORS_SHOWN:,} more")
        if self.output is not None:
            lines.append(f"Written to {self.output}")
        return tuple(lines)

    def first_rows(self) -> tuple[str, ...]:
        """Return the lines of a table of the first rows, without the activations; none if empty."""
        rows = list(islice(self.rows(), _ROWS_SHOWN))
        if not rows:
            return ()
        names = list(dict.fromkeys(name for row in rows for name in row if name not in _OWN))
        shown = names[:_COLUMNS_SHOWN]
        if any(row["error"] for row in rows):
            shown.append("error")
        numbers = {
            name for name in shown if not any(isinstance(row.get(name), str) for row in rows)
        }
        heads = [_short(name) for name in shown]
        right = {head for head, name in zip(heads, shown, strict=True) if name in numbers}
        lines = table(heads, [[_short(row.get(name)) for name in shown] for row in rows], right)
        more = {"row": len(self) - len(rows), "column": len(names) - _COLUMNS_SHOWN}
        rest = [f"{n:,} more {word}{'s' * (n > 1)}" for word, n in more.items() if n > 0]
        return (*lines, *((f"… {' and '.join(rest)}",) if rest else ()))

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        rows = self.first_rows()
        printer.text("\n".join((*self.lines(), *(("", *rows) if rows else ()))))


_OWN = ("error", "activation")


def _parts(result: Any) -> dict[str, Any]:
    return result if isinstance(result, dict) else {"result": result}


def check_output(path: str | Path) -> Path:
    """Return the path of an output file. Raises InputError if it cannot be written."""
    found = Path(path).expanduser()
    if found.suffix.lower() not in OUTPUTS:
        raise InputError(
            f"{found.name or found} is not a file that map can write.",
            hint=f"Its name must end with one of {', '.join(OUTPUTS)}.",
        )
    if found.is_dir():
        raise InputError(
            f"{str(found)!r} is a folder.", hint=f"For example: {found / 'results.csv'}"
        )
    if not found.absolute().parent.is_dir():
        raise InputError(
            f"{found} cannot be written: {found.absolute().parent} is not a folder.",
            hint="Create the folder first, or choose another path.",
        )
    return found


def cost_words(cost_usd: Decimal | None) -> str:
    """Return a cost for display, or an empty string if it is not known."""
    from jupyter_faas.cost import format_usd

    return "" if cost_usd is None else format_usd(cost_usd)


def _short(value: Any) -> str:
    # JSON escapes control characters, which an action may have returned.
    words = json_line(value, _CELL_WIDTH) if value is not None else ""
    if not isinstance(value, str):
        return words
    return words[1:].removesuffix('"').replace('\\"', '"')


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
