"""Objects of the notebook's own classes come back with their attributes."""

from __future__ import annotations

import sys
import types
from typing import Any

import pytest

from jupyter_faas.errors import CaptureError
from tests.capture.helpers.notebook import Notebook

DATACLASS = "from dataclasses import dataclass, field\n"


@pytest.mark.parametrize(
    ("cells", "written"),
    [
        (DATACLASS + "@dataclass\nclass A:\n    x: int\nv = A(1)", "v = A(x=1)"),
        (
            DATACLASS + "@dataclass(frozen=True, slots=True)\nclass A:\n    x: list\nv = A([1])",
            "v = A(x=[1])",
        ),
        (
            DATACLASS + "@dataclass\nclass A:\n    x: int\nv = A(1)\nv.y = 2",
            "v = _with_attributes(A, {'x': 1, 'y': 2})",
        ),
        (
            DATACLASS + "@dataclass\nclass A:\n    x: int\n    y: int = field(init=False)\n"
            "    def __post_init__(self): self.y = 7\nv = A(1)",
            "v = _with_attributes(A, {'x': 1, 'y': 7})",
        ),
        (
            "class A:\n    __slots__ = ('x', 'y')\n    def __init__(self): self.x = 1\nv = A()",
            "v = _with_attributes(A, {'x': 1})",
        ),
        ("class B: ...\nclass A(B): ...\nv = A()\nv.x = (1,)", "_with_attributes(A, {'x': (1,)})"),
        ("from enum import Enum\nclass A(Enum):\n    X = 1\nv = A.X", "v = A.X"),
        ("from enum import Flag\nclass A(Flag):\n    X = 1\n    Y = 2\nv = A.X | A.Y", "A(3)"),
        ("from typing import NamedTuple\nclass A(NamedTuple):\n    x: int\nv = A(1)", "v = A(1,)"),
        ("class A: ...\na = A()\nv = [a, a]", "v = [a, a]"),
    ],
    ids=["fields", "slots", "set", "post", "slotted", "bases", "enum", "flag", "tuple", "shared"],
)
def test_object_is_written_with_its_class(
    cells: str, written: str, notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook.run(cells)
    captured = notebook.capture("def iris():\n    return {'x': v}")
    assert written in captured.captured_source
    module = types.ModuleType("function")
    monkeypatch.setitem(sys.modules, "function", module)
    exec(captured.captured_source, module.__dict__)
    again: Any = module.v
    assert type(again).__name__ == type(notebook.namespace["v"]).__name__


@pytest.mark.parametrize(
    "cells",
    [
        "class A(Exception): ...\nv = A()",
        "class A:\n    def __reduce__(self): return (A, ())\nv = A()",
        "class A(dict): ...\nv = A()",
    ],
    ids=["exception", "own way", "dict"],
)
def test_object_that_is_more_than_its_attributes_is_refused(cells: str, notebook: Notebook) -> None:
    notebook.run(cells)
    with pytest.raises(CaptureError, match=r"^v is an?.* A"):
        notebook.capture("def iris():\n    return {'x': v}")


def test_pydantic_model_is_written_with_what_was_given(notebook: Notebook) -> None:
    pytest.importorskip("pydantic")
    notebook.run(
        "from pydantic import BaseModel\nclass A(BaseModel):\n    x: int\n    y: float = 1.5\n"
        "v = A(x=1)"
    )
    text = notebook.capture("def iris():\n    return {'x': v}").captured_source
    assert "v = A.model_construct({'x'}, x=1, y=1.5)" in text


def test_pydantic_model_with_a_private_attribute_is_refused(notebook: Notebook) -> None:
    pytest.importorskip("pydantic")
    notebook.run(
        "from pydantic import BaseModel, PrivateAttr\nclass A(BaseModel):\n    x: int\n"
        "    _y: int = PrivateAttr(default=1)\nv = A(x=1)"
    )
    with pytest.raises(CaptureError, match=r"^v is an instance of A"):
        notebook.capture("def iris():\n    return {'x': v}")
