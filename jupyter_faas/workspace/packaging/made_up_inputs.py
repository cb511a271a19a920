"""Make up inputs of a function, from the rows that its models read and from its parameters' types.

The function runs on them if several models need rows and the user gave no ``--sample``, because
only a run shows what one model passes to the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from jupyter_faas.serialization.model_detection import is_estimator, is_keras, is_network
from jupyter_faas.serialization.networks.torch_arrays import OnArrays
from jupyter_faas.workspace.local.sample_inputs import inputs_of, takes

if TYPE_CHECKING:
    from jupyter_faas.workspace.local.examples import ExampleRecorder

_INPUTS = 32
_NUMBERS = (1.0, 0.5, 2.0, 10.0, 0.0, 3.0, 5.0, 100.0)
_TEXTS = ("a few words", "some other text", "one", "This is a sentence.")
_VARIANTS = 8
_TRIED = 3
_MAX_COLUMNS = 2_000
_DECIMALS = 3
# These read labels, which are an input of the function only if nothing else is.
_LABELS = ("LabelEncoder", "LabelBinarizer", "MultiLabelBinarizer")

Inputs = Iterable[Mapping[str, Any]]


def made_up_inputs(
    models: Mapping[str, Any], spec: Mapping[str, Any], preset: Mapping[str, Any]
) -> Iterator[Inputs]:
    """Yield groups of inputs, the most promising group first.

    ``preset`` contains the parameters that need no value. The function may reject any of them.
    """
    made = list(_rows_of(models))
    frames = [rows for rows in made if hasattr(rows, "columns")]
    if len(frames) > 1:
        # One model may read some columns of a row, and another one the others.
        columns = {str(name): frame[name].tolist() for frame in frames for name in frame.columns}
        made = [_dictionaries(columns), *made]
    for rows in made:
        few = inputs_of(rows, spec, preset, most=_INPUTS)
        yield [{name: _rounded(value) for name, value in one.items()} for one in few]
    texts = [row for rows in made if isinstance(rows, list) for row in rows if isinstance(row, str)]
    width = max([1, *(rows.shape[1] for rows in made if getattr(rows, "ndim", 1) == 2)])
    for untyped in ("number", "string"):
        yield [
            _input(number, spec["schema"], preset, untyped, texts or list(_TEXTS), width)
            for number in range(_VARIANTS)
        ]


def example_line(recorder: ExampleRecorder, run: Callable[[Inputs], None]) -> str:
    """Return a ``--sample`` option with an input of the function that works, if one can be made.

    ``run`` calls the function with each of some inputs.
    """
    models, spec = recorder.calls.models, recorder.spec
    preset = recorder.request.options.parameters
    shown: Mapping[str, Any] = {}
    for group in made_up_inputs(models, spec, preset):
        # A short example is easier to read.
        for one in sorted(group, key=lambda each: len(repr(each)))[:_TRIED]:
            shown = shown or one
            run([one])
            if recorder.calls.complete():
                return _option(one)
    return _option(shown)


def _option(example: Mapping[str, Any]) -> str:
    # The expression is in double quotes, so that it may contain blanks.
    expression = repr([dict(example)]).replace('"', "'")
    return f'--sample "{expression}"'


def _rows_of(models: Mapping[str, Any]) -> Iterator[Any]:
    """Yield made-up rows of each model: first of those that probably read the function's input."""
    from jupyter_faas.serialization.estimators import first_step
    from jupyter_faas.serialization.sklearn.row_generator import generate_rows, reads_documents
    from jupyter_faas.serialization.sklearn.sample import limit_rows

    def order(item: tuple[str, Any]) -> int:
        model = item[1]
        if reads_documents(model):
            return 0
        if type(first_step(model)).__name__ in _LABELS:
            return 3
        return 1 if not hasattr(model, "predict") else 2

    for name, model in sorted(models.items(), key=order):
        # Rows of thousands of columns are made by another model, not by the caller.
        wide = getattr(model, "n_features_in_", 0) > _MAX_COLUMNS
        rows = generate_rows(name, model) if is_estimator(model) and not wide else None
        if rows is not None:
            yield limit_rows(rows, _INPUTS)
        elif is_network(model):
            yield from _rows_of_network(model)


def _rows_of_network(model: Any) -> Iterator[Any]:
    """Yield rows as wide as the first layer of a network, if it is a layer of a row's numbers."""
    import numpy as np

    model = model.module if isinstance(model, OnArrays) else model
    if is_keras(model):
        shape = getattr(model, "input_shape", None)
        widths = [shape[1]] if isinstance(shape, tuple) and len(shape) == 2 else []
    else:
        # Layers without parameters, such as dropout, take rows of any width.
        layers = [each for each in model.modules() if hasattr(each, "in_features")]
        leaves = [
            each
            for each in model.modules()
            if next(each.parameters(recurse=False), None) is not None
        ]
        widths = [layers[0].in_features] if layers and leaves[0] is layers[0] else []
    for width in widths:
        yield np.random.default_rng(0).normal(size=(_INPUTS, width))


def _dictionaries(columns: Mapping[str, list[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=False)]


def _input(
    number: int,
    schema: Mapping[str, Any],
    preset: Mapping[str, Any],
    untyped: str,
    texts: list[str],
    width: int,
) -> dict[str, Any]:
    made = {}
    for place, (name, wanted) in enumerate(schema.get("properties", {}).items()):
        # Optional parameters keep their defaults.
        if name not in preset and name in schema.get("required", ()):
            made[name] = _value(number + place, wanted, untyped, texts, width)
    return made


def _value(
    number: int, schema: Mapping[str, Any], untyped: str, texts: list[str], width: int
) -> Any:
    options = schema.get("enum")
    if options:
        return options[number % len(options)]
    if "anyOf" in schema:
        return _value(number, schema["anyOf"][0], untyped, texts, width)
    if takes(schema, "array"):
        items = schema.get("items", {})
        count = 2 if takes(items, "string") else width
        return [_value(number + i, items, "number", texts, width) for i in range(count)]
    if takes(schema, "boolean"):
        return number % 2 == 0
    if takes(schema, "object"):
        return {}
    text = takes(schema, "string") or ("type" not in schema and untyped == "string")
    if text:
        return texts[number % len(texts)]
    value = _NUMBERS[number % len(_NUMBERS)]
    return int(value) if takes(schema, "integer") else value


def _rounded(value: Any) -> Any:
    """Return a value of JSON types with few decimals, which a reader can compare and edit."""
    if isinstance(value, Mapping):
        return {key: _rounded(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(one) for one in value]
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, float):
        return round(value, _DECIMALS)
    return value
