"""Functions whose source a library generated at run time."""

from __future__ import annotations

import types
from typing import Any

import pytest

from jupyter_faas.capture.source.generated import find_generated
from tests.capture.helpers.notebook import Notebook

LAMBDIFY = (
    "import sympy as sp\nx, y = sp.symbols('x y')\n"
    "f = sp.lambdify((x, y), sp.Max(sp.sin(x), 0) * y + sp.pi)\n"
)


def loaded(notebook: Notebook, body: str) -> Any:
    pytest.importorskip("sympy")
    module = types.ModuleType("function")
    exec(notebook.capture(body).captured_source, module.__dict__)
    return module


def test_a_lambdified_expression_is_the_same_function_again(notebook: Notebook) -> None:
    pytest.importorskip("sympy")
    notebook.run(LAMBDIFY)
    module = loaded(notebook, "def iris(a: float):\n    return {'x': f(a, 2.0)}")
    for a in (0.5, -1.5):
        assert module.f(a, 2.0) == notebook.namespace["f"](a, 2.0)


def test_a_lambdified_expression_in_a_dictionary_is_packaged(notebook: Notebook) -> None:
    pytest.importorskip("sympy")
    notebook.run(f"{LAMBDIFY}fs = {{'f': f, 'g': sp.lambdify(x, x**2)}}\ndel f")
    module = loaded(notebook, "def iris(a: float):\n    return {'x': fs['g'](a)}")
    assert (module.fs["g"](3), module.fs["f"](0.0, 1.0)) == (9, 3.141592653589793)


@pytest.mark.parametrize("value", [3, len, types, lambda: 1])
def test_other_values_are_not_generated(value: object) -> None:
    assert find_generated(value) is None
