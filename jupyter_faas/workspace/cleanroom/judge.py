"""Judge: comparison of a clean-room run with the notebook's answers, and hints for failures."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import CleanRoomFailed
from jupyter_faas.workspace import text
from jupyter_faas.workspace.local.comparison import (
    Difference,
    closeness_for,
    difference,
    varying_paths,
)
from jupyter_faas.workspace.local.examples import differs, expect_option, value_lines
from jupyter_faas.workspace.local.redaction import Redaction, declared_only
from jupyter_faas.workspace.preflight.variables import (
    is_credential,
    missing_variables,
    variable_hint,
    variables_are,
)
from jupyter_faas.workspace.results import CleanRoomResult

if TYPE_CHECKING:
    from jupyter_faas.bundle import Manifest, PackageRecord
    from jupyter_faas.workspace.cleanroom.runner import RunResult

# How many runs are made to find the values that differ from run to run: for any mismatch, and for
# one that may be the order of a set, which is the same in two runs by chance.
_RUNS = 3
_RUNS_FOR_ORDER = 8

NO_INPUT = "no test input: add --test '{…}'"


def failure_of(result: CleanRoomResult) -> CleanRoomFailed:
    """Return the error that blocks a deploy after a failed clean-room test."""
    answers = f"\n{value_lines(*result.answers.items())}" if result.answers else ""
    return CleanRoomFailed(f"{result.message}{answers}", hint=result.hint)


class Judge:
    """A judge that compares a clean-room run with the examples in the package record.

    ``folder`` is the notebook's directory. If a file that the package lacks is in this directory,
    the hint names the file.
    """

    def __init__(
        self,
        record: PackageRecord,
        manifest: Manifest,
        folder: Path,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._name = record.name
        self._folder = folder
        self._examples = record.examples if record.clean_room else ()
        self._enabled = record.clean_room
        self._closeness = closeness_for(manifest.models)
        self._accepted = any((one.get("parity") or {}).get("accepted") for one in manifest.models)
        self._environ = environ
        # The notebook may have set variables that are not set in this process.
        self._unset = {one["name"]: one for one in missing_variables(record, manifest.secrets)}
        self._redaction = Redaction(environ, record.parameters, manifest.secrets)
        # Examples are recorded without the values of declared secrets.
        self._declared = declared_only(environ, manifest.secrets)

    def judge(self, run: RunResult, run_again: Callable[[], RunResult]) -> CleanRoomResult:
        """Return the outcome of the clean-room test for a run.

        ``run_again`` is called to repeat the run after a mismatch. Values that differ between two
        runs are nondeterministic. For these values, only the type is compared, unless ``--expect``
        states the value. The order of a set can be the same in two runs by chance, so a mismatch
        that can be such an order is repeated more often.
        """
        run = self._without_secrets(run)
        if not self._enabled:
            return CleanRoomResult("skipped", note="skipped: --no-clean-room")
        if run.process_error or run.exception:
            return self._failed(run, run.process_error or run.exception, {})
        if not self._examples:
            unset = next((one for one in self._unset.values() if one.get("certain")), None)
            if unset is not None:
                # Without an example, the function is not called, so that its read is not noticed.
                run = replace(run, missing_variables=(unset["name"],))
                return self._failed(run, f"KeyError: {unset['name']!r}", {})
            return CleanRoomResult("loaded", run.duration_ms, note=NO_INPUT)
        others: list[RunResult] = []
        notes: list[str] = []
        accepted = 0
        for number, example in enumerate(self._examples):
            answer = run.answers[number][0]
            found = self._compare(example, answer, frozenset())
            if found is None:
                continue
            error = _error(answer)
            if error is not None and "error" not in _expected(example):
                return self._failed(run, error, self._values_to_compare(example, answer))
            # More runs take seconds, so they happen only after a mismatch, and once for all
            # examples.
            if "expect" not in example:
                limit = _runs_to_compare(_expected(example), answer)
                varying = _varying(run, others, number)
                found = self._compare(example, answer, varying)
                while found is not None and len(others) < limit:
                    others.append(self._without_secrets(run_again()))
                    varying = _varying(run, others, number)
                    found = self._compare(example, answer, varying)
                notes += [_varying_note(varying)] if varying else []
            # With ``--accept-parity``, the user accepted that the converted model differs.
            if found is not None and self._accepted:
                accepted += 1
                notes.append(
                    f"accepted difference: {differs(found.path, found.wanted, found.found)}"
                )
            elif found is not None:
                return self._differs(run, example, answer, found)
        words = "input" if len(self._examples) == 1 else "inputs"
        count = len(self._examples)
        same = f"{count - accepted} of {count}" if accepted else str(count)
        note = f"same results as the notebook for {same} {words}"
        return CleanRoomResult(
            "passed",
            run.duration_ms,
            len(self._examples),
            note="; ".join(dict.fromkeys([note, *map(self._redaction.text, notes)])),
        )

    def _without_secrets(self, run: RunResult) -> RunResult:
        answers = tuple(tuple(map(self._declared.value, each)) for each in run.answers)
        return replace(run, answers=answers)

    def _compare(
        self, example: Mapping[str, Any], answer: Any, varying: frozenset[str]
    ) -> Difference | None:
        return difference(
            _expected(example),
            answer,
            self._closeness,
            partly="expect" in example,
            varying=varying,
        )

    def _failed(self, run: RunResult, why: str, answers: Mapping[str, Any]) -> CleanRoomResult:
        message, hint = self._explain(run, why)
        return CleanRoomResult(
            "failed",
            run.duration_ms,
            len(self._examples),
            message=self._redaction.text(message),
            hint=self._redaction.text(hint),
            answers=self._redaction.value(answers),
        )

    def _differs(
        self, run: RunResult, example: Mapping[str, Any], answer: Any, found: Difference
    ) -> CleanRoomResult:
        # Secrets are redacted in ``shown`` but not in ``answer``. The message must not contain
        # secrets, so it shows a difference from ``shown``.
        if "shown" in example and "expect" not in example:
            hidden = difference(example["shown"], answer, self._closeness)
            found = hidden or found
        message = (
            f"{self._name} returns a different result outside this notebook: "
            f"{differs(found.path, found.wanted, found.found)}."
        )
        variable = self._variable(run, "")
        hint = (
            self._about_variable(variable)
            if variable
            else "The package may lack something that the notebook changed, such as a library's "
            "settings, a file or the state after an earlier call. Add the missing "
            "code to the cell.\nOr, if this difference is expected"
            f"{self._alternative(example, answer)}"
        )
        return CleanRoomResult(
            "failed",
            run.duration_ms,
            len(self._examples),
            message=self._redaction.text(message),
            hint=self._redaction.text(hint),
            answers=self._redaction.value(self._values_to_compare(example, answer)),
        )

    def _alternative(self, example: Mapping[str, Any], answer: Any) -> str:
        """Return the options that expect only those values that the package returns too.

        If there are none, return that the inputs are not to be compared.
        """
        wanted = _expected(example)
        same = {
            key: value
            for key, value in wanted.items()
            if key in answer and difference(value, answer[key], self._closeness) is None
        }
        option = expect_option(same)
        is_test = example.get("source") == "test"
        if not option:
            return f", leave {'this --test' if is_test else '--sample'} out."
        test = "" if is_test else f"--test {text.json_argument(example['params'])} "
        return f", add: {test}{option}"

    def _values_to_compare(self, example: Mapping[str, Any], answer: Any) -> dict[str, Any]:
        here = "Expected" if "expect" in example else "Notebook"
        expected = example.get("expect") or example.get("shown") or _expected(example)
        return {"Input": example["params"], here: expected, "Package": answer}

    def _explain(self, run: RunResult, why: str) -> tuple[str, str]:
        """Return the message and the hint for a package that failed for the reason ``why``.

        Modules, files and environment variables that the run did not find often explain a failure,
        so they are considered first.
        """
        module = next(
            (one for one in run.missing_modules if f"'{one}'" in f"{why} {run.stderr_tail}"),
            None,
        )
        if module is not None:
            top = module.partition(".")[0]
            message = (
                f"{self._name} imports {module}, which is neither in the package nor in its "
                "requirements."
            )
            # A module or package next to the notebook can be included. Other modules must become
            # requirements.
            for local in (f"{top}.py", top):
                if (self._folder / local).exists():
                    return message, f"Include it: --include {local}"
            return message, f"To make {top} a requirement, add to the cell: import {top}"
        file = next((one for one in run.missing_files if one in why), None)
        if file is not None:
            message = f"{self._name} reads {file}, which is not in the package."
            if os.path.isabs(file):
                path, name = os.path.relpath(file, self._folder), os.path.basename(file)
                opened = name if path.startswith("..") else path
                return message, f"Include it with --include {path}, and open it as {opened!r}."
            return message, f"Include it: --include {file}"
        variable = self._variable(run, why)
        if variable:
            missing = self._missing_with(variable)
            return (
                f"{self._name} needs {variables_are(missing)} set on this machine, but not on "
                "targets.",
                variable_hint(*missing),
            )
        return (
            f"{self._name} fails outside this notebook: {why}{'' if why.endswith('.') else '.'}",
            "The package contains only the items on the card. Add the missing code to the cell.",
        )

    def _variable(self, run: RunResult, why: str) -> str | None:
        # The notebook worked here, so it does not need variables that are not set here.
        here = {*self._environ, *self._unset}
        names = (one for one in run.missing_variables if one in here)
        return next((one for one in names if not why or one in why), None)

    def _missing_with(self, variable: str) -> list[Mapping[str, Any]]:
        """Return ``variable`` and the other variables that the function reads and targets lack."""
        value = self._environ.get(variable, "")
        first = {"name": variable, "secret": is_credential(variable, value)}
        others = [one for one in self._unset.values() if one.get("certain")]
        return [
            self._unset.get(variable, first),
            *(one for one in others if one["name"] != variable),
        ]

    def _about_variable(self, variable: str) -> str:
        missing = self._missing_with(variable)
        return (
            f"The function reads {variables_are(missing)} not set on targets. "
            f"{variable_hint(*missing)}"
        )


def _expected(example: Mapping[str, Any]) -> Mapping[str, Any]:
    expected: Mapping[str, Any] = example.get("expect") or example.get("answer") or {}
    return expected


def _varying(run: RunResult, others: Sequence[RunResult], number: int) -> frozenset[str]:
    first, *more = run.answers[number]
    for other in others:
        if len(other.answers) == len(run.answers):
            more += other.answers[number]
    return frozenset(path for answer in more for path in varying_paths(first, answer))


def _runs_to_compare(wanted: Any, found: Any) -> int:
    """Return how many more runs can show that a mismatch is chance.

    Each process has its own order of sets of strings. A set of two strings has the same order in
    half of them, and one item of it may be all that the answer holds.
    """
    same_letters = sorted(json.dumps(wanted)) == sorted(json.dumps(found))
    return _RUNS_FOR_ORDER if same_letters else _RUNS


def _error(answer: Any) -> str | None:
    if isinstance(answer, Mapping) and list(answer) == ["error"]:
        return str(answer["error"])
    return None


def _varying_note(paths: frozenset[str]) -> str:
    first = min(paths)
    if len(paths) == 1:
        return f"{first or 'the result'} varies from run to run, so only its type was compared"
    more = "1 more value" if len(paths) == 2 else f"{len(paths) - 1} more values"
    values = f"{first or 'the result'} and {more}"
    return f"{values} vary from run to run, so only their types were compared"
