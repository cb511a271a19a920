"""How a case ends: the same answers on rows that the conversion never saw, or a refusal."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import skops.io

from jupyter_faas.errors import ConversionError, FaasError, ParityError
from jupyter_faas.serialization.artifact import ModelArtifact
from jupyter_faas.serialization.convert import computes_in_float32
from jupyter_faas.serialization.estimators import predicts_labels
from jupyter_faas.serialization.parity.boundary_rows import splits_of, threshold_neighbours
from jupyter_faas.serialization.parity.metric import Answers, MethodError, call_methods, table
from jupyter_faas.serialization.sklearn.unsupported_models import neighbour_ties
from jupyter_faas.serialization.skops.conversion import OPTION, SkopsRequest, convert_to_skops
from tests.serialization.matrix.case import Array, Case, Rows, Split, take

# Of the spread of the original's answers: what counts as another value, where it is no label.
SAME = 1e-3
SPLITS = 60
# Of the spread of scores in double: how far they may be from the original's.
DIGITS = 1e-8
# So many held-out rows are asked with a twin, whose numbers are larger by this share. What rounding
# may do is less than the last number times the score.
NEAR = 40
NEAR_TIE = 1e-9
ROUNDING = 1e-12
DOCUMENTS = ["", "great", "naïve  CAFÉ", "数据", "İSTANBUL straße", "a b c", "awful, awful!"]


@dataclass(frozen=True)
class Outcome:
    """``labels``: the model answers with labels. ``words``: the route, or why ONNX was refused.

    ``different``: row sets with answers that are not the original's, and how many.
    ``skops_options``: the options that the refusal names for the estimator itself.
    """

    labels: bool
    refused: bool
    words: str
    different: dict[str, int]
    skops_options: str = ""

    @property
    def line(self) -> str:
        kind = "label" if self.labels else "value"
        if not self.refused:
            return f"{kind} | {self.words}"
        # Which options bring the estimator itself is told by the refusal, which other tests read.
        return f"{kind} | {'skops' if self.skops_options else 'refused'}: {self.words}"


def judge(case: Case, convert: Callable[[Any, Any], ModelArtifact], action_models: Any) -> Outcome:
    """Convert the case's model with its training rows as the sample, then ask both."""
    split = case.split()
    model = case.fitted(split)
    labels = predicts_labels(model)
    ties = neighbour_ties("model", model)
    try:
        artifact = convert(model, split.rows)
    except (ConversionError, ParityError) as error:
        skops_options = options(error)
        itself = estimator_itself(model, split.rows, skops_options) if skops_options else None
        different = {} if itself is None else _different(case, split, itself)
        return Outcome(labels, True, reason(error), different, skops_options)
    action_model = action_models.Model(artifact.onnx, artifact.spec)
    pair = _Pair(model, action_model, artifact.spec["methods"], labels)
    different = _different(case, split, pair)
    if computes_in_float32(artifact):
        # The estimator itself ships, as for ties.
        itself = estimator_itself(model, split.rows, OPTION)
        words = f"as ONNX, it computes in float32 ({artifact.facts.route} if forced)"
        return Outcome(labels, True, words, _different(case, split, itself), OPTION)
    different |= _other_scores(pair, split)
    if ties is None:
        return Outcome(labels, False, artifact.facts.route, different)
    # The estimator itself ships, and ONNX only with --model-format onnx. Both are compared.
    itself = estimator_itself(model, split.rows, OPTION)
    words = f"{reason(ties)} ({artifact.facts.route} if forced)"
    return Outcome(labels, True, words, different | _different(case, split, itself), OPTION)


@dataclass(frozen=True)
class _Pair:
    """The model as it was fitted, and what answers for it in an action."""

    model: Any
    other: Any
    methods: Collection[str]
    labels: bool


def _different(case: Case, split: Split, pair: _Pair) -> dict[str, int]:
    # A selector around a classifier travels as the transformer it is.
    method = "predict" if "predict" in pair.methods else "transform"
    scale = scale_of(pair.model, method, split.rows, pair.labels)
    found = {}
    for name, rows in row_sets(case, pair.model, split.held):
        asked = {} if name == "held out" else _asked_at_once(pair.model, method, rows)
        count = sum(
            _differs(pair.model, pair.other, method, row, scale, asked.get(number))
            for number, row in enumerate(rows)
        )
        if count:
            found[name] = count
    return found


def _other_scores(pair: _Pair, split: Split) -> dict[str, int]:
    """Scores in double that have fewer digits than the original's, or rank near ties otherwise."""
    held = split.held
    if not isinstance(held, np.ndarray):
        return {}
    # Each row, and the row after it, are as near to each other as a ranking may have to tell apart.
    near = np.repeat(held[:NEAR], 2, axis=0).astype(np.float64)
    near[1::2] *= 1 + NEAR_TIE
    found = {"digits": 0, "near ties": 0}
    for method in pair.methods:
        asked = [
            call_methods(model, rows, (method,), read=_scores)
            for rows in (held, near)
            for model in (pair.model, pair.other)
        ]
        answers = [each[method] for each in asked if not isinstance(each, MethodError)]
        if len(answers) < len(asked):
            continue
        first, second, pairs, others = answers
        spread = np.std(first, axis=0, keepdims=True) + np.abs(first) * 1e-4
        found["digits"] += int((np.abs(first - second) > DIGITS * spread).any(axis=1).sum())
        steps, other_steps = pairs[1::2] - pairs[::2], others[1::2] - others[::2]
        tells = np.abs(steps) > ROUNDING * np.maximum(spread.max(axis=0), np.abs(pairs[::2]))
        found["near ties"] += int((tells & (np.sign(steps) != np.sign(other_steps))).sum())
    return {name: count for name, count in found.items() if count}


def _scores(answer: Any) -> Array:
    """The answer, if it has doubles; else no columns."""
    found = table(answer)
    if found.dtype != np.float64 or not np.isfinite(found).all():
        return np.zeros((len(found), 0))
    return found.reshape(len(found), -1)


def _asked_at_once(model: Any, method: str, rows: list[Rows]) -> dict[int, Answers]:
    """What the original answers to each of many single rows; nothing when it refuses one of them.

    It is asked once, which takes a forest as long as one row does. That its answer to a row is the
    same in company is seen at the held-out rows, which are asked alone too.
    """
    if not rows or not isinstance(rows[0], np.ndarray):
        return {}
    answers = call_methods(model, np.concatenate(rows), (method,))
    if isinstance(answers, MethodError):
        return {}
    return {number: {method: answers[method][[number]]} for number in range(len(rows))}


def estimator_itself(model: Any, rows: Rows, skops_options: str) -> _Pair:
    """The estimator as the options that the refusal names would bring it into an action."""
    trust = [word for word in skops_options.split()[2:] if word != "--trust"]
    order = SkopsRequest("model", model, rows, trust)
    artifact = convert_to_skops(order, progress=lambda _: None, clock=time.monotonic)
    other = skops.io.loads(artifact.skops, trusted=list(artifact.spec["trusted"]))
    return _Pair(model, other, artifact.spec["methods"], predicts_labels(model))


def options(error: FaasError) -> str:
    """The options that a refusal names for the estimator itself; empty when it names none."""
    return error.hint.partition("Or package the estimator itself: ")[2]


def reason(error: FaasError) -> str:
    """What is the same on every machine: the first sentence, without the numbers of the rows."""
    if isinstance(error, ParityError):
        # Which rows fail first, and with them the repair, depends on the machine's arithmetic.
        return "as ONNX, it answers differently"
    first = re.split(r"(?<=[.:]) ", error.message, maxsplit=1)[0]
    return re.sub(r"[0-9.e+]+[0-9]", "N", first)


def row_sets(case: Case, model: Any, held: Rows) -> Iterator[tuple[str, list[Rows]]]:
    """Names and rows: each is asked alone, but the held-out ones also at once."""
    count = len(held)
    yield "held out", [held, *(take(held, np.array([i])) for i in range(0, count, 7))]
    if isinstance(held, list):
        yield "odd", [[text] for text in DOCUMENTS]
        return
    if isinstance(held, np.ndarray):
        yield "thresholds", list(_at_splits(model, held))
    if case.odd:
        yield "odd", list(_odd(held))


def _at_splits(model: Any, held: Array) -> Iterator[Array]:
    random = np.random.default_rng(99)
    splits = sorted(set(splits_of(model)))
    for which in random.permutation(len(splits))[:SPLITS]:
        feature, threshold = splits[which]
        for value in threshold_neighbours(float(threshold)):
            row = held[random.integers(0, len(held)), None].copy()
            row[0, int(feature)] = value
            yield row


def _odd(held: Rows) -> Iterator[Rows]:
    frame = held if isinstance(held, pd.DataFrame) else pd.DataFrame(held)
    for name in frame.columns:
        column = frame[name]
        numeric = column.dtype.kind in "fiu"
        if numeric:
            values = [np.nan, column.min(), column.max(), 10 * column.max(), 0.0]
        elif column.dtype.kind == "b":
            continue
        else:
            values = ["no such thing", "", None]
        for value in values:
            row = frame.iloc[[len(frame) // 2]].copy()
            row[name] = pd.Series([value], index=row.index, dtype=None if numeric else object)
            yield row if isinstance(held, pd.DataFrame) else row.to_numpy(dtype=np.float64)


def _is_finite(answer: Array) -> bool:
    return answer.dtype.kind not in "fc" or bool(np.isfinite(answer).any())


def scale_of(model: Any, method: str, rows: Rows, labels: bool) -> float | None:
    if labels and method == "predict":
        return None
    answers = call_methods(model, rows, (method,))
    assert not isinstance(answers, MethodError)
    return float(np.std(answers[method].astype(np.float64))) or 1.0


def _differs(
    model: Any,
    action_model: Any,
    method: str,
    rows: Rows,
    scale: float | None,
    known: Answers | None = None,
) -> bool:
    """``known``: what the model answers, asked with other rows; if that differs, it is asked
    alone, as the action is."""
    ours = known or call_methods(model, rows, (method,))
    theirs = call_methods(action_model, rows, (method,))
    differs = differ(ours, theirs, method, scale)
    if differs and known is not None:
        return differ(call_methods(model, rows, (method,)), theirs, method, scale)
    return differs


def differ(
    ours: Answers | MethodError, theirs: Answers | MethodError, method: str, scale: float | None
) -> bool:
    if isinstance(ours, MethodError):
        # A number that is none is refused when the action answers with it.
        return not isinstance(theirs, MethodError) and _is_finite(theirs[method])
    if isinstance(theirs, MethodError):
        return True
    first, second = ours[method], theirs[method]
    if first.shape != second.shape:
        return True
    if scale is None or first.dtype.kind not in "iufb" or second.dtype.kind not in "iufb":
        return bool((first != second).any())
    first, second = first.astype(np.float64), second.astype(np.float64)
    # Of a huge answer, a thousandth is far beyond rounding too. Two infinities are the same.
    with np.errstate(invalid="ignore"):
        difference = np.where(first == second, 0.0, np.abs(first - second))
    allowed = SAME * np.maximum(scale, np.where(np.isfinite(first), np.abs(first), 0.0))
    # A number that is no number is the same on both sides, or it shows as one that is.
    return bool((difference > allowed).any() or (np.isnan(first) != np.isnan(second)).any())
