"""Objects of the notebook's own classes come back with their attributes."""

from __future__ import annotations

import sys
import types
from typing import Any

import pytest

from jupyter_faas.capture import CapturedFunction
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
        ("class _A: ...\nv = _A()", "v = _with_attributes(_A, {})"),
        ("import string\nclass A(string.Formatter): ...\nv = A()", "_with_attributes(A, {})"),
    ],
    ids=[
        *("fields", "slots", "set", "post", "slotted", "bases", "enum", "flag", "tuple", "shared"),
        *("private", "formatter"),
    ],
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
        "class A(SyntaxError): ...\nv = A()",
        "class A:\n    def __reduce__(self): return (A, ())\nv = A()",
        "from collections import OrderedDict\nclass A(OrderedDict): ...\nv = A()",
    ],
    ids=["exception", "own way", "ordered"],
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


def test_pydantic_model_keeps_values_that_are_not_fields(notebook: Notebook) -> None:
    pytest.importorskip("pydantic")
    notebook.run(
        "from pydantic import BaseModel\nclass A(BaseModel, extra='allow'):\n    x: int\n"
        "v = A(x=1, z=3)"
    )
    text = notebook.capture("def iris():\n    return {'x': v}").captured_source
    exec(text, namespace := {"__name__": "__main__"})
    assert namespace["v"].model_dump() == {"x": 1, "z": 3}  # type: ignore[attr-defined]


def test_pydantic_model_with_a_private_attribute_is_refused(notebook: Notebook) -> None:
    pytest.importorskip("pydantic")
    notebook.run(
        "from pydantic import BaseModel, PrivateAttr\nclass A(BaseModel):\n    x: int\n"
        "    _y: int = PrivateAttr(default=1)\nv = A(x=1)"
    )
    with pytest.raises(CaptureError, match=r"^v is an instance of A"):
        notebook.capture("def iris():\n    return {'x': v}")


KEYS = "class Keys(dict):\n    "


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (
            KEYS + "__getattr__ = dict.__getitem__\n    __setattr__ = dict.__setitem__\n"
            "v = Keys(a=Keys(b=[1]))",
            "v.a.b",
        ),
        (KEYS + "__getattr__ = dict.get\nv = Keys(a=1)", "(v.a, v.missing, v)"),
        (
            KEYS + "def __init__(self, **given):\n        super().__init__(**given)\n"
            "        self.__dict__ = self\nv = Keys(a=1)\nv.b = 2",
            "(v.a, v.b, v['b'], vars(v) is v)",
        ),
        (
            "class Seq(str):\n    def __getitem__(self, at): return Seq('x')\nv = Seq('GAT')",
            "(str(v), v[0])",
        ),
        ("class Row(list): ...\nv = Row([1, 2])\nv.name = 'a'", "(v, v.name)"),
        ("class Tags(set): ...\nv = Tags('a')", "v"),
        ("class Metres(float): ...\nv = Metres(2.5)", "v"),
        ("class Count(int): ...\nv = Count(2 ** 70)", "v"),
        ("class Pair(tuple): ...\nv = Pair((1, 'b'))", "v"),
        (
            "from collections import UserDict\nclass Low(UserDict):\n"
            "    def __getitem__(self, key): return super().__getitem__(key.lower())\n"
            "v = Low(a=1)",
            "(v['A'], len(v))",
        ),
        (
            "from collections.abc import Sequence\nclass Bag(Sequence):\n"
            "    def __init__(self, held): self.held = held\n"
            "    def __len__(self): return len(self.held)\n"
            "    def __getitem__(self, at): return self.held[at]\nv = Bag('ab')",
            "(list(v), v.index('b'))",
        ),
    ],
    ids=["keys", "get", "self", "str", "list", "set", "float", "int", "tuple", "user", "abc"],
)
def test_object_of_a_class_that_extends_a_container_or_number_keeps_its_content(
    cells: str, told: str, notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook.run(cells)
    module = _loaded(notebook.capture("def iris():\n    return {'x': v}"), monkeypatch)
    assert type(module.v).__name__ == type(notebook.namespace["v"]).__name__
    assert repr(eval(told, module.__dict__)) == repr(eval(told, notebook.namespace))


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ("v = [[0] * 2] * 2", "v[0] is v[1]"),
        ("v = {'a': (s := {1}), 'b': (s, [s])}", "v['a'] is v['b'][0] is v['b'][1][0]"),
        ("row = [0]\nv = [row, row]", "v[0] is v[1]"),
        ("class A: ...\nv = [A()] * 2\nv[0].x = []", "v[0] is v[1]"),
        ("class A: ...\nv = A()\nv.x = v.y = {}", "v.x is v.y"),
        (
            "inner = []\nmiddle = [inner]\nv = [[middle, inner], middle]\ndel inner, middle",
            "v[0][0] is v[1] and v[1][0] is v[0][1]",
        ),
    ],
    ids=["rows", "set", "named", "objects", "attributes", "nested"],
)
def test_part_that_occurs_more_than_once_remains_one_object(
    cells: str, told: str, notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook.run(cells)
    module = _loaded(notebook.capture("def iris():\n    return {'x': v}"), monkeypatch)
    assert eval(told, notebook.namespace)
    assert eval(told, module.__dict__)


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ("v = [{'n': 1}, {'n': 2}]\nw = v[1]", "w is v[1]"),
        ("from types import SimpleNamespace as S\nv = [S(n=1), S(n=2)]\nw = v[1]", "w is v[1]"),
        ("v = [[1], [2]]\nw = {'a': v[0], 'b': v[1]}", "v[0] is w['a'] and v[1] is w['b']"),
        ("class A: ...\nv = [A(), A()]\nw = {'a': v[0]}\n", "v[0] is w['a']"),
        ("from collections import deque\nv = deque([[1]])\nw = (v[0],)", "w[0] is v[0]"),
        ("v = {'a': {}}\nw = [v, v['a']]", "w[0] is v and w[1] is v['a']"),
        ("class A: ...\nw = A()\nw.x = []\nv = [w, w.x]", "v[0] is w and v[1] is w.x"),
        ("v = {'a': []}\nw = v", "w is v and w['a'] is v['a']"),
    ],
    ids=["item", "namespace", "tables", "objects", "deque", "whole", "attribute", "alias"],
)
def test_object_that_two_variables_hold_remains_one_object(
    cells: str, told: str, notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook.run(cells)
    module = _loaded(notebook.capture("def iris():\n    return {'x': v, 'y': w}"), monkeypatch)
    assert eval(told, notebook.namespace)
    assert eval(told, module.__dict__)


NODE = """
class Node:
    def __init__(self, name, parent=None):
        self.name, self.parent, self.children = name, parent, []
        if parent:
            parent.children.append(self)
"""


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (f"{NODE}w = Node('w')\nv = Node('v', w)", "v.parent is w and w.children[0] is v"),
        (f"{NODE}w = 0\nv = [Node('a')]\nv.append(Node('b', v[0]))", "v[0].children[0] is v[1]"),
        (f"{NODE}w = Node('w')\nw.me = w\nv = list(vars(w))", "w.me is w and list(vars(w)) == v"),
        ("v = [1]\nv.append(v)\nw = v", "v[1] is v and w is v"),
        ("v = {'a': {}}\nv['a']['up'] = v\nw = 0", "v['a']['up'] is v"),
        (
            "from collections import defaultdict\nv, w = defaultdict(list), [1]\n"
            "v['w'] = w\nw.append(v)",
            "v['w'][1] is v and v['new'] == []",
        ),
        (
            "from collections import deque\nv, w = deque(maxlen=2), []\nv.append(w)\nw.append(v)",
            "v[0][0] is v and v.maxlen == 2",
        ),
        (
            "from dataclasses import dataclass\n@dataclass(eq=False)\nclass A:\n    n: int\n"
            "    other: object = None\nv = A(1)\nw = A(2, v)\nv.other = w",
            "v.other.other is v and v.n == 1",
        ),
        (
            "from types import SimpleNamespace as S\nv = S(n=1)\nw = S(v=v)\nv.w = w",
            "v.w.v is v and v.n == 1",
        ),
    ],
    ids=[
        *("tree", "in a list", "attribute", "list", "dictionary", "defaultdict", "deque"),
        *("dataclass", "namespace"),
    ],
)
def test_values_that_contain_each_other_are_packaged(
    cells: str, told: str, notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook.run(cells)
    module = _loaded(notebook.capture("def iris():\n    return {'x': v, 'y': w}"), monkeypatch)
    assert eval(told, notebook.namespace)
    assert eval(told, module.__dict__)


@pytest.mark.parametrize(
    "made",
    [
        "def make(held):\n    def f(): held.append(1)\n    return f\nv = make(w)",
        "from functools import partial\nv = partial(list.append, w, 1)",
        "v = partial_of = w.append\ndel partial_of\nbase = v\nv = lambda: base(1)",
        "def v(): v.log.append(1)\nv.log = w",
        "def make(held=w):\n    return lambda: held.append(1)\nv = make()",
    ],
    ids=["closure", "partial", "method", "attribute", "default"],
)
def test_object_that_a_function_keeps_remains_the_variables(
    made: str, notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook.run(f"w = []\n{made}")
    module = _loaded(notebook.capture("def iris():\n    v()\n    return {'x': w}"), monkeypatch)
    module.v()
    assert module.w == [1]


def test_functions_that_keep_one_object_still_do(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook.run(
        "def make(held):\n    def f(): held.append(1); return len(held)\n    return f\n"
        "held = []\nv, w = make(held), make(held)\ndel held"
    )
    module = _loaded(notebook.capture("def iris():\n    return v() + w()"), monkeypatch)
    assert (module.v(), module.w()) == (1, 2)


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (
            "class Node:\n    every = []\n    def __init__(self):\n        self.inner = []\n"
            "        Node.every.append(self)\nv = Node()\nv.inner.append(Node())",
            "Node.every[0] is v and Node.every[1] is v.inner[0]",
        ),
        (
            "class Node:\n    every = []\n    def __init__(self): Node.every.append(self)\n"
            "Node()\nv = Node.every",
            "Node.every is v and len(v) == 1",
        ),
        ("class Node: ...\nv = [[1]]\nNode.first = v[0]", "Node.first is v[0]"),
        ("class Node: ...\nv = [1]\nNode.rows = v", "Node.rows is v"),
    ],
    ids=["registry", "alias", "part", "whole"],
)
def test_object_that_a_class_and_a_variable_hold_remains_one_object(
    cells: str, told: str, notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook.run(cells)
    captured = notebook.capture("def iris():\n    return {'x': Node, 'y': v}")
    module = _loaded(captured, monkeypatch)
    assert eval(told, notebook.namespace)
    assert eval(told, module.__dict__)


def test_many_objects_that_two_variables_hold_become_equal_objects(notebook: Notebook) -> None:
    notebook.run("v = [[i] for i in range(300)]\nw = v[:]")
    captured = notebook.capture("def iris():\n    return {'x': v, 'y': w}")
    assert [one.name for one in captured.items] == ["v", "w"]


def _loaded(captured: CapturedFunction, monkeypatch: pytest.MonkeyPatch) -> Any:
    module = types.ModuleType("function")
    monkeypatch.setitem(sys.modules, "function", module)
    exec(captured.captured_source, module.__dict__)
    return module
