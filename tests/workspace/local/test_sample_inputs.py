from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from jupyter_faas.workspace.local.sample_inputs import inputs_of

NUMBER = {"type": "number"}
TEXT = {"type": "string"}
FLOATS = {"type": "array", "items": NUMBER}
RECORDS = {"type": ["array", "object"], "items": {"type": "object"}}


def spec(style: str = "named", **properties: Any) -> dict[str, Any]:
    return {
        "name": "f",
        "parameter_style": style,
        "schema": {"properties": properties, "required": list(properties)},
    }


@pytest.mark.parametrize(
    ("sample", "properties", "inputs"),
    [
        ([{"a": 1, "b": 2}, {"a": 3, "b": 4}], {"a": NUMBER}, [{"a": 1}, {"a": 3}]),
        ({"text": ["one", "two"]}, {"text": TEXT}, [{"text": "one"}, {"text": "two"}]),
        ({"text": "one"}, {"text": TEXT}, [{"text": "one"}]),
        ({"row": [1, 2]}, {"row": {"type": "array"}}, [{"row": [1, 2]}]),
        (pd.Series(["one", "two"]), {"text": TEXT}, [{"text": "one"}, {"text": "two"}]),
        (["one"], {"texts": {"type": "array", "items": TEXT}}, [{"texts": ["one"]}]),
        ([{"k": 1}], {"features": {"type": "object"}}, [{"features": {"k": 1}}]),
        ([1, 2], {"n": NUMBER}, [{"n": 1}, {"n": 2}]),
        (pd.DataFrame({"x": [1], "y": [2.5]}), {"row": FLOATS}, [{"row": [1, 2.5]}]),
        (pd.DataFrame({"x": [1]}), {"df": RECORDS}, [{"df": [{"x": 1}]}]),
        ([[1.0, 2.0]], {"rows": {"type": "array"}}, [{"rows": [1.0, 2.0]}, {"rows": [[1.0, 2.0]]}]),
        (np.array([[1.0, 2.0]]), {"row": {}}, [{"row": [1.0, 2.0]}, {"row": [[1.0, 2.0]]}]),
    ],
    ids=[
        "dictionaries",
        "columns",
        "one input",
        "one list",
        "series",
        "batch of documents",
        "object",
        "numbers",
        "a frame's row",
        "a frame",
        "row or rows",
        "type not known",
    ],
)
def test_the_inputs_of_a_sample(sample: Any, properties: Any, inputs: Any) -> None:
    assert list(inputs_of(sample, spec(**properties), {})) == inputs


def test_a_function_of_one_dictionary_takes_rows_as_they_are() -> None:
    sample = [{"a": 1}, {"b": 2}]
    assert list(inputs_of(sample, spec("dictionary"), {})) == sample


def test_only_so_many_rows_are_tried() -> None:
    assert len(list(inputs_of([[1.0]] * 99, spec(a=NUMBER), {}, most=5))) == 5
