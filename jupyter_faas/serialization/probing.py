"""What a model refuses to answer, so that its stand-in refuses it too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_faas.serialization.estimators import is_a, steps
from jupyter_faas.serialization.inputs import InputForm, categories, readers
from jupyter_faas.serialization.parity.answers import Refusal, ask

if TYPE_CHECKING:
    from types import ModuleType

    import numpy as np

    Array = np.ndarray[Any, Any]


def refused_values(model: Any, form: InputForm, row: Array, method: str) -> dict[str, list[int]]:
    """Columns in which the original raises on NaN, None and infinity.

    ``row``: one row (in the input form) that ``method`` answers. The ONNX form would answer
    something, so the stand-in has to refuse.
    """
    import numpy as np

    refused: dict[str, list[int]] = {"nan": [], "none": [], "infinity": []}
    if form.layout == "text":
        return refused
    texts = [i for i in range(form.width) if form.columns[i].kind == "string"]
    for kind, value, columns in (
        ("nan", np.nan, sorted([*form.numeric(), *texts])),
        ("none", None, texts),
        ("infinity", np.inf, form.numeric()),
    ):
        if not columns:
            continue
        if form.layout == "tensor" and not _drops_columns(model):
            # One reader for all columns: it refuses a value in each of them or in none.
            groups = [columns]
        else:
            groups = [[index] for index in columns]
        for group in groups:
            spoiled = row.copy()
            spoiled[:, group] = value
            if isinstance(ask(model, form.original(spoiled), (method,)), Refusal):
                refused[kind] += group
    return refused


def _drops_columns(model: Any) -> bool:
    return any(is_a(step.estimator, "SelectorMixin") for step in steps("", model))


def known_values(model: Any, form: InputForm, sentinels: ModuleType) -> dict[str, list[Any]]:
    """Column → the categories beside which an encoder raises, as the stand-in feeds them.

    Column numbers are text, as JSON keys are. ONNX' own encoders partly answer for unknown
    categories in silence.
    """
    known: dict[str, list[Any]] = {}
    if form.layout != "columns":
        return known
    for index, found in enumerate(readers(model, form.width)):
        strict = [
            categories(reader) or ()
            for reader in found
            if getattr(reader.estimator, "handle_unknown", "") == "error"
        ]
        kind = form.columns[index].kind
        if not strict or kind == "number":
            continue
        spell = sentinels._text if kind == "string" else _whole(sentinels)
        common = set.intersection(*({spell(value) for value in values} for values in strict))
        known[str(index)] = sorted(common)
    return known


def _whole(sentinels: ModuleType) -> Any:
    def spell(value: Any) -> int:
        return int(value) if value == value else int(sentinels.MISSING_INTEGER)

    return spell
