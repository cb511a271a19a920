"""Functions whose source a library generated at run time."""

from __future__ import annotations

import linecache
import types
from typing import Any

import pytest

from jupyter_faas.capture.source.generated import find_generated
from jupyter_faas.errors import CaptureError
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


def generated(text: str, namespace: dict[str, Any]) -> Any:
    """Return the function ``g``, made as a library does that generates source."""
    linecache.cache["<generated g>"] = (len(text), None, text.splitlines(True), "<generated g>")
    exec(compile(text, "<generated g>", "exec"), namespace)
    return namespace["g"]


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


def test_a_function_that_a_library_exports_as_a_method_is_imported(notebook: Notebook) -> None:
    pytest.importorskip("sympy")
    notebook.run(
        "import sympy as sp\nx = sp.symbols('x')\nf = sp.lambdify(x, sp.zeta(x), 'mpmath')"
    )
    module = loaded(notebook, "def iris(a: float):\n    return {'x': float(f(a))}")
    assert module.f(2) == notebook.namespace["f"](2)


def test_an_attribute_is_not_a_global_name() -> None:
    text = "def g(a):\n    return helper.hidden(a)\n"
    found = find_generated(generated(text, {"helper": 1, "hidden": 2}))
    assert found is not None
    assert found.reads == {"helper": 1}


def test_the_factory_has_a_name_that_the_notebook_does_not_use(notebook: Notebook) -> None:
    pytest.importorskip("sympy")
    notebook.run(f"{LAMBDIFY}def _make_f(a): return a + 1")
    module = loaded(notebook, "def iris(a: float):\n    return {'y': _make_f(a), 'x': f(a, 1.0)}")
    assert module.f(0.0, 1.0) == 3.141592653589793
    assert module._make_f(1) == 2


def test_a_function_whose_names_cannot_be_packaged_is_refused(notebook: Notebook) -> None:
    text = "def g(a):\n    return helper(a)\n"
    notebook.namespace["f"] = generated(text, {"helper": (one for one in range(2))})
    with pytest.raises(CaptureError, match="source code is not in the notebook") as caught:
        notebook.capture("def iris(a: float):\n    return {'x': f(a)}")
    assert "helper" not in str(caught.value)


@pytest.mark.parametrize("value", [3, len, types, lambda: 1])
def test_other_values_are_not_generated(value: object) -> None:
    assert find_generated(value) is None
