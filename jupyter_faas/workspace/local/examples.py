"""Examples of a package: inputs from --test or --sample, and the notebook's answers to them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cached_property
from io import StringIO
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import ExampleFailed, FaasError
from jupyter_faas.workspace import text
from jupyter_faas.workspace.local.comparison import ABSENT, Closeness, difference
from jupyter_faas.workspace.local.function import LocalFunction, json_parameters, load_action_main
from jupyter_faas.workspace.local.redaction import Redaction

if TYPE_CHECKING:
    from types import ModuleType

    from jupyter_faas.workspace.request import PackageRequest

# The number of rows of a sample that are tried until the function accepts one.
_ROWS_TRIED = 20


@dataclass(frozen=True)
class ExampleRecorder:
    """Calls a function of the notebook as the action would, and records its answers."""

    function: Callable[..., Any]
    spec: Mapping[str, Any]
    request: PackageRequest
    closeness: Closeness

    def examples(self) -> tuple[dict[str, Any], ...]:
        """Return ``{"params", "answer", "source"}`` for each ``--test``.

        An entry has ``expect`` if the test has it, and ``shown`` if the answer contains secrets of
        this process: the answer with these redacted. Without tests, the example is a row of the
        sample whose columns fit the parameters. With ``--no-clean-room`` nothing is called and
        there is no ``answer``. Raises ExampleFailed when a test fails here, or its answer is not
        the expected one.
        """
        main = load_action_main()
        local = LocalFunction(self.function, self.spec, main, self.request.options.parameters)
        if self.request.tests:
            return tuple(self._test(local, main, test) for test in self.request.tests)
        if self.request.sample is None or not self.request.options.clean_room:
            return ()
        return tuple(self._of_sample(local, main))

    def _test(self, local: LocalFunction, main: ModuleType, test: Any) -> dict[str, Any]:
        params = json_parameters(test.params, main)
        found: dict[str, Any] = {"params": params}
        if self.request.options.clean_room:
            found |= self._answered(self._called(local, params))
        found["source"] = "test"
        if test.expect is not None:
            expect = found["expect"] = json_parameters(test.expect, main)
            self._check(params, expect, found.get("answer"))
        return found

    def _called(self, local: LocalFunction, params: Mapping[str, Any]) -> dict[str, Any]:
        name, given = self.spec["name"], text.json_line(params)
        try:
            return _call_silently(local, params)
        except FaasError as error:
            message = f"{name} does not take --test {given}: {error.message}"
            raise self._refusal(message, error.hint) from error
        except Exception as error:
            # The user's function may raise anything.
            message = f"{name} fails with --test {given}: {type(error).__name__}: {error}"
            hint = f"Correct the input, or the function; call {name} here to see where."
            raise self._refusal(message, hint) from error

    def _check(self, params: Any, expect: Any, answer: Any) -> None:
        if answer is None:
            return
        found = difference(expect, answer, self.closeness, partly=True)
        if found is not None:
            message = (
                f"{self.spec['name']} does not answer what --expect says: "
                f"{differs(found.path, found.wanted, found.found)}.\n"
                + value_lines(("Input", params), ("Expected", expect), ("Notebook", answer))
            )
            raise self._refusal(message, "Correct --expect, or the function.")

    def _refusal(self, message: str, hint: str) -> ExampleFailed:
        return ExampleFailed(self._redaction.text(message), hint=self._redaction.text(hint))

    def _of_sample(self, local: LocalFunction, main: ModuleType) -> Iterator[dict[str, Any]]:
        preset = self.request.options.parameters
        for candidate in inputs_of(self.request.sample, self.spec, preset):
            try:
                params = json_parameters(candidate, main)
                main.bind(self.spec, {**preset, **params})
            except (FaasError, main.ParametersRejected):
                continue  # For example a missing value; the next row may be complete.
            try:
                answer = _call_silently(local, params)
            except Exception:
                # The user did not choose this input, so its failure must not make packaging fail.
                return
            yield {"params": params, **self._answered(answer), "source": "sample"}
            return

    def _answered(self, answer: dict[str, Any]) -> dict[str, Any]:
        # Another process may show the answer later. It cannot redact the secrets of this one.
        shown = self._redaction.value(answer)
        return {"answer": answer} if shown == answer else {"answer": answer, "shown": shown}

    @cached_property
    def _redaction(self) -> Redaction:
        return Redaction(os.environ, self.request.options.parameters)


def inputs_of(
    sample: Any, spec: Mapping[str, Any], preset: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """Yield parameters from those of the first rows of a sample that fit the function.

    Columns of a frame are matched by name, and columns of other samples by order. A single
    parameter may take a whole row, or a text. Every required parameter that is not ``preset`` must
    have a value.
    """
    properties = spec["schema"].get("properties", {})
    required = [name for name in spec["schema"].get("required", ()) if name not in preset]
    free = [name for name in properties if name not in preset]
    for row in _rows(sample):
        if isinstance(row, Mapping):
            if spec["parameter_style"] == "dictionary":
                yield dict(row)
                continue
            named = {name: row[name] for name in free if name in row}
            if named and all(name in named for name in required):
                yield named
                continue
            row = list(row.values())
        if len(free) == 1 or len(required) == 1:
            name = (required or free)[0]
            # A parameter that is an array of arrays takes a batch, here of one row.
            whole = [row] if _takes(properties[name].get("items", {}), "array") else row
            if isinstance(row, str) or _takes(properties[name], "array"):
                yield {name: whole}
                continue
        if not isinstance(row, str):
            for names in (free, required):
                if names and len(names) == len(row):
                    yield dict(zip(names, row, strict=True))
                    break


def _takes(schema: Mapping[str, Any], kind: str) -> bool:
    stated = schema.get("type")
    return kind in stated if isinstance(stated, list) else stated == kind


def _rows(sample: Any) -> Iterator[Any]:
    """Yield the first rows: mappings for a frame, lists for an array, strings for documents."""
    try:
        if hasattr(sample, "columns") and hasattr(sample, "iloc"):
            names = [str(name) for name in sample.columns]
            # Column by column, since a row of a frame has a single type: its integers would become
            # floats.
            columns = [sample.iloc[:_ROWS_TRIED, place] for place in range(len(names))]
            for cells in zip(*columns, strict=True):
                yield dict(zip(names, cells, strict=True))
            return
        if hasattr(sample, "toarray"):
            # A sparse matrix of scipy. Only the rows that are needed become dense.
            sample = sample[:_ROWS_TRIED].toarray()
        for row in sample[:_ROWS_TRIED]:
            if isinstance(row, str):
                yield row
            else:
                yield row.tolist() if hasattr(row, "tolist") else list(row)
    except (TypeError, ValueError, KeyError, IndexError):
        return  # An unknown kind of sample. The conversion of the model reports it.


def _call_silently(local: LocalFunction, params: Mapping[str, Any]) -> dict[str, Any]:
    # The output would confuse the user, who did not make these calls.
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        return local.invoke(params)


def differs(path: str, wanted: Any, found: Any) -> str:
    """Return a difference as text: ``species is "setosa", not "virginica"`` (found, wanted)."""
    place = path or "the answer"
    if found is ABSENT:
        return f"{place} is missing"
    if wanted is ABSENT:
        return f"{place} is {text.json_line(found, 80)}, and should not be there"
    return f"{place} is {text.json_line(found, 80)}, not {text.json_line(wanted, 80)}"


def value_lines(*named: tuple[str, Any]) -> str:
    """Return one line for each value, with its name in front."""
    width = max(len(name) for name, _ in named)
    return "\n".join(f"{name:<{width}}  {text.json_line(value)}" for name, value in named)
