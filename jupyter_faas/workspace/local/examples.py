"""Examples of a package: inputs from ``--test`` or ``--sample``, with the notebook's answers."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from functools import cached_property
from inspect import unwrap
from io import StringIO
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import ExampleFailed, FaasError
from jupyter_faas.workspace import text
from jupyter_faas.workspace.local.comparison import ABSENT, Closeness, difference
from jupyter_faas.workspace.local.function import LocalFunction, json_parameters, load_action_main
from jupyter_faas.workspace.local.model_calls import ModelCalls
from jupyter_faas.workspace.local.redaction import Redaction, declared_only
from jupyter_faas.workspace.local.sample_inputs import inputs_of
from jupyter_faas.workspace.local.undefined import DEFINE_IT, undefined_name

if TYPE_CHECKING:
    from types import ModuleType

    from jupyter_faas.workspace.request import PackageRequest


# The number of inputs from the sample that may fail before the search for an example ends.
_FAILURES = 3


@dataclass(frozen=True)
class ExampleRecorder:
    """A recorder that calls a notebook's function as the action would and records its answers.

    ``calls`` records the rows that the function passes to its models meanwhile.
    """

    function: Callable[..., Any]
    spec: Mapping[str, Any]
    request: PackageRequest
    calls: ModelCalls = field(default_factory=lambda: ModelCalls({}))

    def examples(self) -> tuple[dict[str, Any], ...]:
        """Return ``{"params", "answer", "source"}`` for each ``--test``.

        An example also has ``expect`` if the test states an expected result. If the answer contains
        secrets of this process, the example also has ``shown``, the answer with these redacted.
        Without tests, a row of the sample that fits the parameters is the only example. With
        ``--no-clean-room``, nothing is called and examples have no ``answer``. Raises ExampleFailed
        if a test fails in the notebook.
        """
        if self.request.tests:
            return tuple(map(self._test, self.request.tests))
        if self.request.sample is None or not self.request.options.clean_room:
            return ()
        return tuple(self._of_sample())

    def check(self, examples: Sequence[Mapping[str, Any]], closeness: Closeness) -> None:
        """Raise ExampleFailed if a test did not return the expected result.

        ``closeness`` is the tolerance for floats.
        """
        for one in examples:
            if "expect" not in one or one.get("answer") is None:
                continue
            params, expect, answer = one["params"], one["expect"], one["answer"]
            found = difference(expect, answer, closeness, partly=True)
            if found is not None:
                message = (
                    f"{self.spec['name']} does not return the result that --expect states: "
                    f"{differs(found.path, found.wanted, found.found)}.\n"
                    + value_lines(("Input", params), ("Expected", expect), ("Notebook", answer))
                )
                raise self._refusal(
                    message,
                    f"If the notebook's result is correct, use: {option}"
                    if (option := expect_option(answer))
                    else "If the notebook's result is correct, leave this --expect out.",
                )

    def call(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Call the function without showing its output, and record what its models are asked."""
        # The user did not make these calls, so their output would be confusing.
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            try:
                with self.calls.recording():
                    return self._local.invoke(params)
            except (pickle.PicklingError, AttributeError, TypeError) as error:
                # A model that records its calls cannot be pickled, as some functions do.
                if "pickle" not in str(error):
                    raise
            return self._local.invoke(params)

    def parameters(self, candidate: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return an input with values of JSON types, or None if the function does not take it."""
        try:
            params = json_parameters(self._local.as_sent(candidate), self._main)
            convert = self._main.converter(self.spec["schema"])
            self._main.bind(self.spec, {**self.request.options.parameters, **params}, convert)
        except (FaasError, self._main.ParametersRejected):
            return None
        return params

    def _test(self, test: Any) -> dict[str, Any]:
        params = json_parameters(self._local.as_sent(test.params), self._main)
        found: dict[str, Any] = {"params": params}
        if self.request.options.clean_room:
            found |= self._answered(self._called(params))
        found["source"] = "test"
        if test.expect is not None:
            found["expect"] = json_parameters(test.expect, self._main)
        return found

    def _called(self, params: Mapping[str, Any]) -> dict[str, Any]:
        name, given = self.spec["name"], text.json_line(params)
        try:
            return self.call(params)
        except FaasError as error:
            message = f"{name} does not accept --test {given}: {error.message}"
            raise self._refusal(message, error.hint) from error
        except Exception as error:
            # The user's function may raise anything.
            missing = undefined_name(error, getattr(unwrap(self.function), "__globals__", {}))
            if missing is not None:
                lacks = f"{missing} is not defined in the notebook"
                message = f"{lacks}, so {name} fails with --test {given}."
                raise self._refusal(message, DEFINE_IT) from error
            message = f"{name} fails with --test {given}: {type(error).__name__}: {error}"
            hint = f"Leave this --test out, or fix {name}, which also fails in the notebook."
            raise self._refusal(message, hint) from error

    def _refusal(self, message: str, hint: str) -> ExampleFailed:
        return ExampleFailed(self._redaction.text(message), hint=self._redaction.text(hint))

    def _of_sample(self) -> Iterator[dict[str, Any]]:
        failures = 0
        for candidate in inputs_of(self.request.sample, self.spec, self.request.options.parameters):
            params = self.parameters(candidate)
            if params is None:
                continue  # The row may have a missing value, but the next row may be complete.
            try:
                answer = self.call(params)
            except Exception:
                # The user did not choose this input, so its failure must not make packaging fail.
                failures += 1
                if failures == _FAILURES:
                    return
                continue
            yield {"params": params, **self._answered(answer), "source": "sample"}
            return

    def _answered(self, answer: dict[str, Any]) -> dict[str, Any]:
        # The record must not contain a declared secret. The clean-room test replaces them in the
        # package's answer too, before it compares.
        answer = declared_only(os.environ, self.request.options.secrets).value(answer)
        # Another process, which does not know the secrets of this process, may show the answer.
        shown = self._redaction.value(answer)
        return {"answer": answer} if shown == answer else {"answer": answer, "shown": shown}

    @cached_property
    def _main(self) -> ModuleType:
        return load_action_main()

    @cached_property
    def _local(self) -> LocalFunction:
        return LocalFunction(self.function, self.spec, self._main, self.request.options.parameters)

    @cached_property
    def _redaction(self) -> Redaction:
        options = self.request.options
        return Redaction(os.environ, options.parameters, options.secrets)


# Longer values than this many characters of JSON are left out of a proposed ``--expect``.
_EXPECT_LIMIT = 300


def expect_option(answer: Mapping[str, Any]) -> str:
    """Return an ``--expect`` option with as many values of the answer as fit on a line.

    Return "" if none fits, because any answer meets an option without values.
    """
    kept: dict[str, Any] = {}
    for key, value in answer.items():
        if len(text.json_argument({**kept, key: value})) <= _EXPECT_LIMIT:
            kept[key] = value
    return f"--expect {text.json_argument(kept)}" if kept else ""


def differs(path: str, wanted: Any, found: Any) -> str:
    """Return a difference as text, such as ``species is "setosa", not "virginica"``.

    In this example, ``found`` is ``"setosa"`` and ``wanted`` is ``"virginica"``.
    """
    place = path or "the answer"
    if found is ABSENT:
        return f"{place} is missing"
    if wanted is ABSENT:
        return f"{place} is {text.json_line(found, 80)}, but was not expected"
    return f"{place} is {text.json_line(found, 80)}, not {text.json_line(wanted, 80)}"


def value_lines(*named: tuple[str, Any]) -> str:
    """Return one line for each pair of a name and a value, with the values aligned."""
    width = max(len(name) for name, _ in named)
    return "\n".join(f"{name:<{width}}  {text.json_line(value)}" for name, value in named)
