"""Examples of a package: inputs from ``--test`` or ``--sample``, with the notebook's answers."""

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

# The maximum number of sample rows to try until the function accepts a row.
_ROWS_TRIED = 20


@dataclass(frozen=True)
class ExampleRecorder:
    """A recorder that calls a notebook's function as the action would and records its answers."""

    function: Callable[..., Any]
    spec: Mapping[str, Any]
    request: PackageRequest
    closeness: Closeness

    def examples(self) -> tuple[dict[str, Any], ...]:
        """Return ``{"params", "answer", "source"}`` for each ``--test``.

        An example also has ``expect`` if the test states an expected result. If the answer contains
        secrets of this process, the example also has ``shown``, the answer with these redacted.
        Without tests, a row of the sample that fits the parameters is the only example. With
        ``--no-clean-room``, nothing is called and examples have no ``answer``. Raises ExampleFailed
        if a test fails in the notebook or does not return the expected result.
        """
        main = load_action_main()
        local = LocalFunction(self.function, self.spec, main, self.request.options.parameters)
        if self.request.tests:
            return tuple(self._test(local, main, test) for test in self.request.tests)
        if self.request.sample is None or not self.request.options.clean_room:
            return ()
        return tuple(self._of_sample(local, main))

    def _test(self, local: LocalFunction, main: ModuleType, test: Any) -> dict[str, Any]:
        params = json_parameters(local.as_sent(test.params), main)
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
                main.bind(self.spec, {**preset, **params}, main.converter(self.spec["schema"]))
            except (FaasError, main.ParametersRejected):
                continue  # The row may have a missing value, but the next row may be complete.
            try:
                answer = _call_silently(local, params)
            except Exception:
                # The user did not choose this input, so its failure must not make packaging fail.
                return
            yield {"params": params, **self._answered(answer), "source": "sample"}
            return

    def _answered(self, answer: dict[str, Any]) -> dict[str, Any]:
        # Another process, which does not know the secrets of this process, may show the answer.
        shown = self._redaction.value(answer)
        return {"answer": answer} if shown == answer else {"answer": answer, "shown": shown}

    @cached_property
    def _redaction(self) -> Redaction:
        return Redaction(os.environ, self.request.options.parameters)


def inputs_of(
    sample: Any, spec: Mapping[str, Any], preset: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """Yield the parameters for each of the first sample rows that fit the function.

    Columns of a data frame are matched to parameters by name, and columns of other samples by
    position. A single parameter may take a whole row or a document. Every required parameter that
    is not in ``preset`` must have a value.
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
            if len(free) == 1 and properties[free[0]].get("x-faas-type") == "pandas.DataFrame":
                yield {free[0]: [dict(row)]}
                continue
            row = list(row.values())
        if len(free) == 1 or len(required) == 1:
            name = (required or free)[0]
            # A parameter that is an array of arrays takes a batch, which here has one row.
            is_array = properties[name].get("x-faas-type") == "numpy.ndarray"
            is_batch = is_array or _takes(properties[name].get("items", {}), "array")
            whole = [row] if is_batch else row
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
    """Yield the first rows of a sample.

    A row is a mapping for a data frame, a list for an array, and a string for a document.
    """
    try:
        if hasattr(sample, "columns") and hasattr(sample, "iloc"):
            names = [str(name) for name in sample.columns]
            # Read column by column, because a row of a data frame has a single type. Its integers
            # would become floats.
            columns = [sample.iloc[:_ROWS_TRIED, place] for place in range(len(names))]
            for cells in zip(*columns, strict=True):
                yield dict(zip(names, cells, strict=True))
            return
        if hasattr(sample, "toarray"):
            # This is a scipy sparse matrix. Only the rows that are needed are made dense.
            sample = sample[:_ROWS_TRIED].toarray()
        for row in sample[:_ROWS_TRIED]:
            if isinstance(row, str):
                yield row
            else:
                yield row.tolist() if hasattr(row, "tolist") else list(row)
    except (TypeError, ValueError, KeyError, IndexError):
        return  # The type of sample is unsupported, which the model's conversion reports.


def _call_silently(local: LocalFunction, params: Mapping[str, Any]) -> dict[str, Any]:
    # The user did not make these calls, so their output would be confusing.
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        return local.invoke(params)


def differs(path: str, wanted: Any, found: Any) -> str:
    """Return a difference as text, such as ``species is "setosa", not "virginica"``.

    In this example, ``found`` is ``"setosa"`` and ``wanted`` is ``"virginica"``.
    """
    place = path or "the answer"
    if found is ABSENT:
        return f"{place} is missing"
    if wanted is ABSENT:
        return f"{place} is {text.json_line(found, 80)}, and should not be there"
    return f"{place} is {text.json_line(found, 80)}, not {text.json_line(wanted, 80)}"


def value_lines(*named: tuple[str, Any]) -> str:
    """Return one line for each pair of a name and a value, with the values aligned."""
    width = max(len(name) for name, _ in named)
    return "\n".join(f"{name:<{width}}  {text.json_line(value)}" for name, value in named)
