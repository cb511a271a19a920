"""Classes that a call created, bare objects and iterators mean the same in an action."""

from __future__ import annotations

import sys
import types
from pathlib import Path
from typing import Any

import pytest

from tests.capture.helpers.notebook import Notebook
from tests.shipped.helpers.packages import launch, write_package

TUPLES = "from collections import namedtuple\n"
DATACLASS = "import dataclasses\nfrom dataclasses import field, make_dataclass\n"
ENUM = "from enum import Enum, Flag, IntEnum\n"


def answers(cells: str, line: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any]:
    """What the function returns with only what was captured, and in the notebook."""
    notebook = Notebook()
    for cell in cells.split("# %%\n"):
        notebook.run(cell)
    body = f"def iris():\n    {line}"
    captured = notebook.capture(body)
    module = types.ModuleType("__main__")
    monkeypatch.setitem(sys.modules, "__main__", module)
    exec(f"{captured.captured_source}\n{body}", vars(module))
    return module.iris(), notebook.namespace["iris"]()


CASES = {
    "type": ("def f(self):\n    return self.w\nA = type('A', (), {'w': 3, 'f': f})", "A().f()"),
    "lambda": ("A = type('A', (object,), {'twice': lambda self, x: 2 * x})", "A().twice(2)"),
    "base": (
        "class B:\n    def f(self): return self.k\n# %%\nA = type('A', (B,), {'k': 5})",
        "A().f()",
    ),
    "descriptors": (
        "A = type('A', (), {'p': property(lambda self: 4), 's': staticmethod(lambda: 5)})",
        "(A().p, A.s())",
    ),
    "text": ("A = type('A', (), {'__doc__': 'A box.'})", "(A.__doc__, str(A), A.__module__)"),
    "several": (
        "kinds = {n: type(n, (), {'size': len(n)}) for n in ('A', 'Bc')}",
        "(kinds['Bc'].size, kinds['A'].__name__)",
    ),
    "object": (
        "A = type('A', (), {'w': 3})\na = A()\na.h = 2\nitems = [a]",
        "items[0].w + items[0].h",
    ),
    "tuple": (TUPLES + "P = namedtuple('Point', 'x y', defaults=[2])", "P(1)"),
    "tuples": (TUPLES + "P, Q = namedtuple('P', 'x'), namedtuple('Q', 'y')", "(P(1), Q(2))"),
    "renamed": (TUPLES + "kinds = [namedtuple('A', ['x', '1'], rename=True)]", "kinds[0](1, 2)"),
    "rows": (TUPLES + "rows = [namedtuple('R', ['x'])(n) for n in range(2)]", "rows[1]._asdict()"),
    "fields": (TUPLES + "names = ['a', 'b']\nP = namedtuple('P', names)\nnames = ['a']", "P(1, 2)"),
    "edited": (TUPLES + "P = namedtuple('P', 'a b')\n# %%\nP, = [namedtuple('P', 'a')]", "P(1)"),
    "defaults": (
        TUPLES + "P = namedtuple('P', 'x y', defaults=[0, 0])\nP.__new__.__defaults__ = (1, 2)",
        "P()",
    ),
    "dataclasses": (
        DATACLASS + "P, Q = [make_dataclass(n, ['x', ('y', int, 3)]) for n in 'PQ']",
        "repr(Q(1))",
    ),
    "dataclass": (
        DATACLASS + "B = make_dataclass('Base', [('x', int)])\n"
        "P = make_dataclass('Point', [('y', list, field(default_factory=list, repr=False))],"
        " bases=(B,), namespace={'twice': lambda self: 2 * self.x}, order=True)\np = P(4)",
        "(p.twice(), repr(p), p < P(5), p.y)",
    ),
    "enum": (ENUM + "Colour = Enum('C', 'RED GREEN')", "(Colour.GREEN.value, str(Colour.RED))"),
    "enums": (
        ENUM + "A, B = IntEnum('A', {'x': 4}), Flag('B', 'y z')",
        "(A.x + 1, (B.y | B.z).value)",
    ),
    "mixed enum": (
        ENUM + "def make(names):\n    return Enum('N', names, type=str)\n# %%\n"
        "N = make({'a': 'b', 'again': 'b'})",
        "(N.a.upper(), N.again.name, list(N)[0].value)",
    ),
    "key": (
        "END = object()\ntrie = {'a': {END: 1}}",
        "(END in trie['a'], trie['a'].get(1) is END)",
    ),
    "items": ("q = [object()] * 2 + [object()]", "(q[0] is q[1], q[0] is q[2])"),
    "attribute": (
        "S = object()\nclass A:\n    def __init__(self): self.x = S\na = A()",
        "a.x is S",
    ),
    "default": ("S = object()\ndef get(x=S):\n    return x is S", "(get(), get(None))"),
    "list of calls": ("def f(x, seen=[]):\n    seen.append(x)\n    return seen[:]\nf(1)", "f(2)"),
    "kept by name": (
        "def f(*, seen={}):\n    seen[len(seen)] = 0\n    return len(seen)\nf()",
        "f()",
    ),
    "replaced": (
        "class A:\n    def f(self): return 1\ndef g(self): return 2\nA.f = g\n"
        "A.h = lambda s: s.f()",
        "(A().f(), A().h())",
    ),
    "bound": (
        "import types\nclass A: n = 3\na = A()\nfs = [types.MethodType(lambda s: s.n, a)]",
        "fs[0]()",
    ),
    "eval": ("rate = 3\ntext = 'rate * 2'", "(eval(text), eval('rate + 1'))"),
    "globals": ("rate = 3", "(globals()['rate'], globals().get('rate'), globals().get('no'))"),
    "cycle": ("import itertools\nc = itertools.cycle('abc')\nnext(c)", "[next(c) for _ in '1234']"),
    "repeat": ("import itertools\nc = [itertools.repeat(7, 2)]\nnext(c[0])", "list(c[0])"),
    "chain": ("import itertools\nc = itertools.chain([1], (2,), 'ab')\nnext(c)", "list(c)"),
}


@pytest.mark.parametrize(("cells", "line"), CASES.values(), ids=CASES)
def test_the_answer_is_the_same(cells: str, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    there, here = answers(cells, f"return repr({line})", monkeypatch)
    assert here == there


def test_an_object_of_a_table_class_keeps_its_class(tmp_path: Path) -> None:
    notebook = Notebook()
    notebook.run(
        "import pandas as pd\nclass Pmf(pd.Series):\n    _metadata = ['unit']\n    @property\n"
        "    def _constructor(self): return Pmf\n    def top(self): return self.idxmax()\n"
        "p = Pmf([.2, .8], index=['a', 'b'], name='p')\np.unit = 'x'"
    )
    body = "def iris():\n    return [p.top(), p.unit, type(p * 2).__name__, p.name, float(p.sum())]"
    ((answer,), _) = launch(write_package(tmp_path, body, notebook=notebook), [{}])
    assert answer == {"value": ["b", "x", "Pmf", "p", 1.0]}
