"""Create rows whose results may change by rounding: near thresholds, jumps and label boundaries.

At a jump, a small change in one column changes the score significantly. At a label border, between
two rows with different labels, the predicted label changes.

The searches ask the form that is checked, which is usually much faster than the original. Where its
jumps and borders are, the original must have them too. The original may have others, so the rows
that the first steps of a search visited are returned as well.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from jupyter_faas.serialization.arrays import Array
from jupyter_faas.serialization.estimators import children, is_a, unwrapped
from jupyter_faas.serialization.exact import booster_trees_or_empty, is_booster
from jupyter_faas.serialization.input_schema import InputSchema
from jupyter_faas.serialization.parity.row_sets import RowSet, evenly_spaced, most_rows

# With seven values per threshold, this limits the set to about a thousand rows.
MAX_THRESHOLDS = 150


def threshold_rows(model: Any, sample: Array, rng: np.random.Generator) -> RowSet:
    """Return rows of the sample with one value replaced by a value near the threshold of a split.

    At most 150 splits are used, with seven values each. Only splits of trees that read the input
    directly are used. After a scaler or an encoder, thresholds are not input values, and
    ``jump_rows`` finds the corresponding inputs instead.
    """
    splits = np.array(sorted(set(splits_of(model))), dtype=np.float64).reshape(-1, 2)
    parts = []
    marks: list[int] = []
    for feature, threshold in evenly_spaced(splits, MAX_THRESHOLDS):
        values = threshold_neighbours(float(threshold))
        base = sample[rng.integers(0, len(sample), len(values))].copy()
        base[:, int(feature)] = values
        marks += [int(feature)] * len(values)
        parts.append(base)
    rows = np.concatenate(parts) if parts else sample[:0]
    return RowSet("thresholds", rows, True, False, len(rows), tuple(marks))


def threshold_neighbours(threshold: float) -> list[float]:
    """Return seven values around a threshold.

    These are the threshold, its two float64 neighbours, its float32 rounding with two float32
    neighbours, and the midpoint between the threshold and its rounding.
    """
    t = np.float64(threshold)
    short = np.float32(t)
    return [
        float(value)
        for value in (
            t,
            np.nextafter(t, -np.inf),
            np.nextafter(t, np.inf),
            short,
            np.nextafter(short, np.float32(-np.inf)),
            np.nextafter(short, np.float32(np.inf)),
            (t + np.float64(short)) / 2,
        )
    ]


def splits_of(model: Any) -> list[tuple[int, float]]:
    """Return (column, threshold) for every numeric split in trees that read the input directly."""
    model = unwrapped(model)
    if type(model).__name__ in ("Pipeline", "ColumnTransformer", "FeatureUnion"):
        return []
    if is_a(model, "BaseHistGradientBoosting"):
        trees = [tree for iteration in model._predictors for tree in iteration]
        return [
            (int(node["feature_idx"]), float(node["num_threshold"]))
            for tree in trees
            for node in tree.nodes
            if not node["is_leaf"] and not node["is_categorical"] and _finite(node["num_threshold"])
        ]
    if is_booster(model):
        return [
            (int(feature), float(threshold))
            for tree in booster_trees_or_empty(model)
            for node, (feature, threshold) in enumerate(
                zip(tree.features, tree.thresholds, strict=True)
            )
            if not tree.leaf[node] and node not in tree.members and _finite(threshold)
        ]
    if is_a(model, "BaseDecisionTree"):
        tree = model.tree_
        return [
            (int(feature), float(threshold))
            for feature, threshold in zip(tree.feature, tree.threshold, strict=True)
            if feature >= 0 and _finite(threshold)
        ]
    return _splits_of_members(model)


def _splits_of_members(model: Any) -> list[tuple[int, float]]:
    # In a stacking model, the final estimator reads the other estimators' results, not the input.
    final = getattr(model, "final_estimator_", None)
    # Bagging may fit each member on only some of the columns.
    chosen = getattr(model, "estimators_features_", None)
    found: list[tuple[int, float]] = []
    for i, member in enumerate(members_of(model)):
        splits = splits_of(member)
        found += splits if chosen is None else [(int(chosen[i][f]), t) for f, t in splits]
    if not found:
        for _, part in children("", model):
            found += splits_of(part) if part is not final else []
    return found


def members_of(model: Any) -> list[Any]:
    """Return the members of an ensemble in order, or an empty list for other models."""
    members = getattr(model, "estimators_", None)
    if members is None or isinstance(members, dict):
        return []
    return members.ravel().tolist() if hasattr(members, "ravel") else list(members)


def _finite(value: Any) -> bool:
    # An infinite threshold separates missing values from all others and does not have neighbours.
    return bool(abs(float(value)) < float("inf"))


# -- Bisection

# The number of bisections. They run in parallel, so each step calls the model only once.
PAIRS = 150
# Halving a float64 interval until its ends are adjacent takes at most about this many steps.
_STEPS = 75
# The rows of so many steps are returned.
VISITED = 4
# Where the score is smooth, its change shrinks with the interval. After this many steps, only jumps
# remain.
_SETTLED = 24
_JUMP = 1e-6

Evaluate = Callable[["Array"], "Array"]


def jump_rows(
    schema: InputSchema,
    sample: Array,
    rng: np.random.Generator,
    evaluate: Evaluate,
    more: Callable[[], bool],
    *,
    rounds: bool = False,
) -> RowSet:
    """Find jumps of the score along one column, and return rows on both sides of each jump.

    The rows with the float32 neighbours are included, and before them the rows that the first steps
    of the search visited. ``evaluate`` returns the scores in units of their scale, as a 2-D array
    with one row per input row. ``more`` returns False when the time is up. ``rounds``: whether the
    model rounds rows to float32, so that the scores of rows with the same rounding are known. The
    search uses only the results of the model, so its trees may follow any preprocessing.
    """
    none = RowSet.of_rows("score jumps", sample[:0], stops=False, strict=False)
    columns = schema.numeric()
    if not columns or len(sample) < 2:
        return none
    # Each interval is between the values of two rows in one column.
    base = sample[rng.integers(0, len(sample), PAIRS)].copy()
    chosen = np.array(columns)[rng.integers(0, len(columns), PAIRS)]
    lines = np.arange(PAIRS)
    low = base[lines, chosen].astype(np.float64)
    high = sample[rng.integers(0, len(sample), PAIRS), chosen].astype(np.float64)
    # Bisection needs two different finite numbers.
    usable = np.isfinite(low) & np.isfinite(high) & (low != high)
    base, chosen, low, high = base[usable], chosen[usable], low[usable], high[usable]

    visited: list[Array] = []

    def at(values: Array, which: Array) -> Array:
        rows = base.copy()
        rows[np.arange(len(rows)), chosen] = values
        # The first two calls are for the ends of the intervals.
        if len(visited) < 2 + VISITED:
            visited.append(rows)
        return evaluate(rows[which])

    if not len(base):
        return none
    low, high, kept = _largest_jumps(at, low, high, more, rounds=rounds)
    parts = visited[2:]
    columns = [chosen] * len(parts)
    base, chosen, low, high = base[kept], chosen[kept], low[kept], high[kept]
    if len(base):
        parts += _with_neighbours(base, chosen, low, high)
        columns += [chosen] * (len(parts) - len(columns))
    if not parts:
        return none
    marks = tuple(np.concatenate(columns).tolist())
    return RowSet.of_rows(
        "score jumps", np.concatenate(parts), stops=False, strict=False, marks=marks
    )


def _largest_jumps(
    at: Callable[[Array, Array], Array],
    low: Array,
    high: Array,
    more: Callable[[], bool],
    *,
    rounds: bool,
) -> tuple[Array, Array, Array]:
    """Narrow each interval to its largest jump by bisection.

    ``at`` returns the scores for one value per interval, only of the intervals in a mask. Returns
    the lower ends, the upper ends, and a mask that is True where a jump was found.
    """
    every = np.ones(len(low), dtype=bool)
    at_low, at_high = at(low, every), at(high, every)
    for step in range(_STEPS):
        middle = low + (high - low) / 2
        done = (middle == low) | (middle == high)
        jump = np.abs(at_high - at_low).max(axis=1)
        if done.all() or not more() or (step >= _SETTLED and (jump[~done] < _JUMP).all()):
            break
        at_middle = at_high.copy()
        unknown = ~done
        if rounds:
            short, short_low, short_high = (each.astype(np.float32) for each in (middle, low, high))
            at_middle[short == short_low] = at_low[short == short_low]
            unknown &= (short != short_low) & (short != short_high)
        if unknown.any():
            at_middle[unknown] = at(middle, unknown)
        # Only the half of the interval in which the score changes more is kept.
        left = np.abs(at_middle - at_low).max(axis=1) > np.abs(at_high - at_middle).max(axis=1)
        move_high, move_low = left & ~done, ~left & ~done
        high, low = np.where(move_high, middle, high), np.where(move_low, middle, low)
        at_high = np.where(move_high[:, None], at_middle, at_high)
        at_low = np.where(move_low[:, None], at_middle, at_low)
    # Two floats are adjacent if their midpoint is rounded to one of them.
    middle = low + (high - low) / 2
    adjacent = (middle == low) | (middle == high)
    return low, high, adjacent & (np.abs(at_high - at_low).max(axis=1) >= _JUMP)


def _with_neighbours(base: Array, chosen: Array, low: Array, high: Array) -> list[Array]:
    short = low.astype(np.float32)
    values = (
        low,
        high,
        short.astype(np.float64),
        np.nextafter(short, np.float32(-np.inf)).astype(np.float64),
        np.nextafter(short, np.float32(np.inf)).astype(np.float64),
    )
    parts = []
    for value in values:
        rows = base.copy()
        rows[np.arange(len(rows)), chosen] = value
        parts.append(rows)
    return parts


def decision_boundary_rows(
    schema: InputSchema,
    sample: Array,
    rng: np.random.Generator,
    evaluate: Evaluate,
    more: Callable[[], bool],
    *,
    rounds: bool = False,
) -> RowSet:
    """Find label boundaries by bisection, and return rows on both sides of each border.

    ``evaluate`` returns one label for each row. ``more`` returns False when the time is up.
    ``rounds`` is as in ``jump_rows``. Each bisection is on the line between two rows with different
    labels, and continues until the ends of the interval are adjacent float64 numbers. The rows that
    the first steps visited are returned too, before the others.
    """
    empty = RowSet.of_rows("label boundaries", sample[:0], stops=False, strict=False)
    columns = schema.numeric()
    if not columns or len(sample) < 2:
        return empty
    # More pairs are drawn than are needed, because both rows of a pair often have the same label.
    # Wide rows are fewer: hundreds of rows with 65,536 columns take seconds in each step.
    drawn = min(4 * PAIRS, most_rows(schema.width))
    first = rng.integers(0, len(sample), drawn)
    second = rng.integers(0, len(sample), drawn)
    start = sample[first][:, columns].astype(np.float64)
    end = sample[second][:, columns].astype(np.float64)

    def at(base: Array, share: Array, start: Array, end: Array) -> Array:
        rows = base.copy()
        rows[:, columns] = start + share[:, None] * (end - start)
        moved: Array = rows
        return moved

    base = sample[first]
    finite = np.isfinite(start).all(axis=1) & np.isfinite(end).all(axis=1)
    if not finite.any():
        return empty
    here = evaluate(at(base, np.zeros(len(base)), start, end))
    there = evaluate(at(base, np.ones(len(base)), start, end))
    other = np.flatnonzero(finite & (here != there))[: max(drawn // 4, 1)]
    if not len(other):
        return empty
    base, start, end, here = base[other], start[other], end[other], here[other]
    low, high = np.zeros(len(base)), np.ones(len(base))
    visited: list[Array] = []
    for _ in range(_STEPS):
        middle = low + (high - low) / 2
        done = (middle == low) | (middle == high)
        if done.all() or not more():
            break
        # With more than two labels, the label at the other end may change. Only the label of the
        # first row is compared.
        rows = at(base, middle, start, end)
        if len(visited) < VISITED:
            visited.append(rows)
        same = np.zeros(len(rows), dtype=bool)
        unknown = ~done
        if rounds:
            same, other = (
                _same_in_float32(rows, at(base, edge, start, end)) for edge in (low, high)
            )
            unknown &= ~same & ~other
        if unknown.any():
            same[unknown] = evaluate(rows[unknown]) == here[unknown]
        low = np.where(same & ~done, middle, low)
        high = np.where(~same & ~done, middle, high)
    ends = [at(base, low, start, end), at(base, high, start, end)]
    rows = np.concatenate([*visited, *ends])
    return RowSet.of_rows("label boundaries", rows, stops=False, strict=False)


def _same_in_float32(rows: Array, others: Array) -> Array:
    same: Array = (rows.astype(np.float32) == others.astype(np.float32)).all(axis=1)
    return same
