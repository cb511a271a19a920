"""Functions that a factory made, and others without a statement of their own."""

from __future__ import annotations

import sys
import types
from typing import Any

import pytest

from jupyter_faas.capture.source.factories import decorator_state
from jupyter_faas.errors import CaptureError
from tests.capture.helpers.notebook import Notebook

COUNTER = """
def counter(n):
    def count():
        nonlocal n
        n += 1
        return n
    return count
f = counter(5)
f()
"""
DEFAULTS = """
table = [1, 2]
def make(n):
    def inner(x, by=n * 2, *, more=table, text='é'):
        return [x * by, n, more, text]
    return inner
f = make(3)
"""
STRINGS = """
def make(n):
    def inner():
        return '''
  a
''' * n
    return inner
f = make(2)
"""
RECURSIVE = (
    "def make(n):\n    def go(x): return n if x < 1 else go(x - 1)\n    return go\nf = make(7)"
)
WRAPPED = """
import functools
def log(g):
    @functools.wraps(g)
    def inner(*a): return [g(*a)]
    return inner
def g(x): return x
f = log(g)
"""
SHOUT = """
def shout(g):
    def inner(x): return g(x).upper()
    return inner
@shout
def f(x): return x + mark
mark = "b"
"""
SHARED = """
def make():
    n = 0
    def put():
        nonlocal n
        n += 1
    def get(): return n
    return put, get
f, g = make()
"""
CIRCLE = """
def make():
    def a(x): return x and b(x)
    def b(x): return a(x)
    return a
f = make()
"""


@pytest.mark.parametrize(
    ("cells", "use", "expected"),
    [
        (COUNTER, "[f(), f()]", [7, 8]),
        (DEFAULTS, "f(2)", [12, 3, [1, 2], "é"]),
        (STRINGS, "f()", "\n  a\n\n  a\n"),
        (RECURSIVE, "f(3)", 7),
        (WRAPPED, "f(3)", [3]),
        (SHOUT, "f('a')", "AB"),
        ("f = [lambda x, k=k: x * k for k in range(3)][2]", "f(4)", 8),
        ("f, g = (lambda: 1), (lambda: 2)", "[f(), g()]", [1, 2]),
        ("f = {'a': {'b': lambda x: x + 1}}", "f['a']['b'](1)", 2),
        ("class A:\n    def m(self): return 5\nf = A.m", "f(A())", 5),
        ("class A:\n    k = 2\n    def m(self): return self.k\nf = A().m", "f()", 2),
        ("import functools\ndef g(x): return x\nf = functools.cache(g)", "f(1)", 1),
        ("def f():\n    f.n += 1\n    return f.n\nf.n = 4", "f()", 5),
        (
            "def make(*fs): return lambda x: [f(x) for f in fs]\nf = make(abs, str)",
            "f(-1)",
            [1, "-1"],
        ),
    ],
    ids=[
        *("nonlocal", "defaults", "strings", "recursive", "wrapped", "decorated", "loop", "tuple"),
        *("table", "method", "bound", "cache", "attributes", "builtins"),
    ],
)
def test_made_function_does_the_same_on_its_own(
    cells: str, use: str, expected: object, notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook.run(cells)
    body = f"def iris():\n    return {{'value': {use}}}"
    captured = notebook.capture(body)
    module = types.ModuleType("function")
    monkeypatch.setitem(sys.modules, "function", module)
    exec(captured.captured_source, module.__dict__)
    exec(body, module.__dict__)
    assert module.iris() == {"value": expected}


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (SHARED, "g shares n with f, and one of them changes it"),
        (CIRCLE, "f contains a reference to itself"),
    ],
    ids=["shared", "circle"],
)
def test_functions_that_only_live_together_are_refused(
    cells: str, message: str, notebook: Notebook
) -> None:
    notebook.run(cells)
    notebook.namespace.setdefault("g", 1)
    with pytest.raises(CaptureError, match=message):
        notebook.capture("def iris():\n    return {'x': [f, g]}")


def test_lines_are_those_of_the_function_s_own_cell(notebook: Notebook) -> None:
    notebook.run(
        "def make():\n    def inner():\n        return nobody\n    return inner\nf = make()"
    )
    with pytest.raises(CaptureError, match="nobody is used on line 3 of f's cell"):
        notebook.capture("def iris():\n    return {'x': f()}")


def test_the_factory_has_a_name_that_the_notebook_does_not_use(notebook: Notebook) -> None:
    notebook.run("def _make_f(n):\n    return lambda x: x * n\nf = _make_f(3)")
    found = notebook.capture("def iris(x: int):\n    return {'made': _make_f(2)(x), 'x': f(x)}")
    module = types.ModuleType("function")
    exec(found.captured_source, module.__dict__)
    assert (module._make_f(2)(5), module.f(5)) == (10, 15)
    assert found.captured_source.count("def _make_f(") == 1


def test_imports_inside_are_requirements(notebook: Notebook) -> None:
    notebook.run(
        "def make():\n    def inner():\n        import numpy\n    return inner\nf = make()"
    )
    captured = notebook.capture("def iris():\n    return {'x': f()}")
    assert [r.distribution for r in captured.requirements] == ["numpy"]


def test_parts_keep_what_they_are(notebook: Notebook) -> None:
    notebook.run("import numpy\nw = numpy.ones(2)\nf = {'w': w, 'v': [numpy.zeros(1)], 'again': w}")
    captured = notebook.capture("def iris():\n    return {'x': f}")
    assert "f = {'w': w, 'v': [f_v_0], 'again': w}" in captured.captured_source
    assert sorted(captured.arrays) == ["f_v_0", "w"]
    why: Any = {item.name: item.why for item in captured.items}
    assert why["f_v_0"] == "part of f, which iris uses"


def test_lambda_inside_a_lambda_is_not_taken_for_the_outer_one(notebook: Notebook) -> None:
    notebook.run("def make(a):\n    return (lambda x: lambda x: x + a)(0)\nadd = make(3)")
    namespace: dict[str, Any] = {}
    exec(notebook.capture("def iris(v):\n    return add(v)").captured_source, namespace)
    assert namespace["add"](4) == 7


def test_the_state_of_an_object_with_any_attribute_is_found_in_finite_time() -> None:
    class Anything:
        def __getattr__(self, key: str) -> Anything:
            return Anything()

    assert list(decorator_state(Anything())) == []
