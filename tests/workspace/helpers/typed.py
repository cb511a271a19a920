"""A function with parameters of every type, whose schema Python and TypeScript read."""

from __future__ import annotations

import ast
from typing import Any

import pandas

from jupyter_faas.capture.signature import find_handler, read_signature
from jupyter_faas.workspace.packaging.frames import with_live_types

SOURCE = '''
import enum
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Literal, NamedTuple
from uuid import UUID

import numpy, pandas, pydantic

class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"

@dataclass
class Box:
    width: float
    colour: Colour = Colour.RED

class Place(NamedTuple):
    lat: float
    lon: float = 0.0

class Order(pydantic.BaseModel):
    price: float = pydantic.Field(description="in euros")

def f(
    table: pandas.DataFrame, array: numpy.ndarray, series: pandas.Series,
    moment: datetime, day: date, clock: time, span: timedelta, price: Decimal, id: UUID,
    unit: Literal["cm", "in"], colour: Colour, box: Box, place: Place, order: Order,
    boxes: list[Box], pair: tuple[int, str], tags: set[str],
    until: date | None = None, shade: Colour = Colour.BLUE,
    size: Annotated[float, "in cm"] = 1.0,
) -> pandas.DataFrame:
    """Try every type.

    Args:
        table: the rows
    """
'''


def typed_schema() -> dict[str, Any]:
    """The schema of ``SOURCE``, whose table has the columns of a test."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(SOURCE, namespace)
    schema = read_signature(find_handler(ast.parse(SOURCE), "f"), "f", namespace).schema
    table = pandas.DataFrame({"n": [1], "name": ["a"]})
    return dict(with_live_types(schema, [{"table": table}], None))
