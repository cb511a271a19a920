from __future__ import annotations

import datetime
import enum
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from jupyter_faas.capture.library_schemas import array_schema, json_default, library_schema
from jupyter_faas.capture.schema import schema_of


class Colour(enum.Enum):
    RED = "red"


@pytest.mark.parametrize(
    ("annotation", "schema"),
    [
        (datetime.datetime, {"type": "string", "format": "date-time"}),
        (datetime.date, {"type": "string", "format": "date"}),
        (datetime.time, {"type": "string", "format": "time"}),
        (datetime.timedelta, {"type": ["string", "number"], "format": "duration"}),
        (Decimal, {"type": ["string", "number"]}),
        (UUID, {"type": "string", "format": "uuid"}),
        (pd.Timestamp, {"type": "string", "format": "date-time"}),
        (pd.Series, {"type": ["array", "object"]}),
        (np.ndarray, {"type": "array"}),
        (np.float64, {"type": "number"}),
        (np.int8, {"type": "integer"}),
        (np.bool_, {"type": "boolean"}),
        (np.str_, {"type": "string"}),
    ],
)
def test_type_has_the_schema_of_the_standard_tools(annotation: Any, schema: Any) -> None:
    found = library_schema(annotation)
    assert found is not None
    kind = found.pop("x-faas-type")
    assert kind.rpartition(".")[2] == annotation.__name__
    assert found == schema


def test_typed_array_names_its_dtype() -> None:
    assert schema_of(NDArray[np.float32]) == {
        "type": "array",
        "x-faas-type": "numpy.ndarray",
        "x-faas-dtype": "float32",
    }


@pytest.mark.parametrize("annotation", [int, np.floating, np.datetime64, Colour])
def test_other_type_is_none_of_these(annotation: type) -> None:
    assert library_schema(annotation) is None
    assert array_schema(annotation, ()) is None


@pytest.mark.parametrize(
    ("default", "sent"),
    [
        (Colour.RED, "red"),
        (datetime.date(2026, 1, 31), "2026-01-31"),
        (Decimal("0.10"), "0.10"),
        (3, 3),
        (None, None),
    ],
)
def test_default_is_shown_as_it_is_sent(default: object, sent: object) -> None:
    assert json_default(default) == sent
