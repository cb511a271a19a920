"""The functions that stand in a composition."""

from __future__ import annotations

import types
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.capture import CapturedFunctions, InlineFunction, capture_functions
from jupyter_faas.errors import CaptureError
from tests.capture.helpers.notebook import Notebook, is_estimator


def captured(
    notebook: Notebook, cell: str, *given: frozenset[str], **options: Any
) -> CapturedFunctions:
    """Capture the list ``fs`` that a cell leaves, each with what is ``given`` to it."""
    notebook.run(cell)
    functions = notebook.namespace["fs"]
    lets = [*given, *[frozenset[str]()] * (len(functions) - len(given))]
    inline = [
        InlineFunction(f"faas_inline_{number}", f"root[{number}]", function, lets[number])
        for number, function in enumerate(functions)
    ]
    options.setdefault("is_model", is_estimator)
    return capture_functions(inline, notebook.namespace, name="flow", **options)


def module_of(found: CapturedFunctions) -> Any:
    module = types.ModuleType("captured")
    exec(found.captured_source, vars(module))
    return module


CHECK = """
LIMIT = 0.5
def clean(p):
    return {"score": p["score"] * FACTOR}
def check(p):
    return clean(p)["score"] > LIMIT
FACTOR = 2
"""


def test_lambdas_and_defs_bring_what_they_need(notebook: Notebook) -> None:
    notebook.run(CHECK)
    found = captured(notebook, 'fs = [check, lambda p: {"half": p["n"] / 2, "limit": LIMIT}]')
    module = module_of(found)
    assert module.faas_inline_0({"score": 0.3}) is True
    assert module.faas_inline_1({"n": 4}) == {"half": 2, "limit": 0.5}
    assert [(one.name, one.why) for one in found.items] == [
        ("check", "used by root[0]"),
        ("LIMIT", "used by root[1], line 1"),
        ("clean", "used by check, which root[0] uses"),
        ("FACTOR", "used by clean, which check uses"),
    ]


@pytest.mark.parametrize(
    ("cell", "argument", "expected"),
    [
        ("def make(n):\n    return lambda p: p['x'] * n\nfs = [make(3)]", {"x": 2}, 6),
        (
            "import functools\ndef twice(f):\n    @functools.wraps(f)\n    def inner(p):\n"
            "        return 2 * f(p)\n    return inner\n@twice\ndef g(p):\n    return p['x']\n"
            "fs = [g]",
            {"x": 2},
            4,
        ),
        ("fs = [lambda p, by=[2]: p['x'] * by[0]]", {"x": 4}, 8),
        ("fs = [lambda p: p['x'],\n  lambda p: -p['x']][::-1]", {"x": 4}, -4),
        ("import math\nfs = [lambda p: math.floor(p['x'])]", {"x": 4.5}, 4),
        ("from os.path import basename\nfs = [basename]", "a/b", "b"),
    ],
    ids=["closure", "decorated", "default", "two of one line", "import", "imported"],
)
def test_it_does_the_same_on_its_own(
    cell: str, argument: object, expected: object, notebook: Notebook
) -> None:
    assert module_of(captured(notebook, cell)).faas_inline_0(argument) == expected


def test_the_same_cell_gives_the_same_text(notebook: Notebook) -> None:
    notebook.run(CHECK)
    cell = "fs = [check, lambda p: clean(p), check]"
    assert captured(notebook, cell).captured_source == captured(notebook, cell).captured_source


def test_a_function_at_two_places_is_one(notebook: Notebook) -> None:
    cell = """
def counter():
    n = 0
    def count(p):
        nonlocal n
        n += 1
        return n
    return count
f = counter()
fs = [f, f]
"""
    module = module_of(captured(notebook, cell))
    assert [module.faas_inline_0({}), module.faas_inline_1({})] == [1, 2]


def test_a_name_that_let_declares_does_not_travel(notebook: Notebook) -> None:
    notebook.run("n = object()\ndef helper():\n    return n")
    found = captured(notebook, "fs = [lambda p: {'n': n + helper()}]", frozenset({"n"}))
    module = module_of(found)
    module.n = 2
    assert module.faas_inline_0({}) == {"n": 4}
    assert [one.name for one in found.items] == ["helper"]


def test_a_name_that_let_declares_travels_for_who_stands_outside(notebook: Notebook) -> None:
    notebook.run("n = 7\ndef helper():\n    return n")
    cell = "fs = [lambda p: n, lambda p: helper()]"
    found = captured(notebook, cell, frozenset({"n"}))
    assert module_of(found).faas_inline_1({}) == 7
    assert [(one.name, one.why) for one in found.items] == [
        ("helper", "used by root[1], line 1"),
        ("n", "used by helper, which root[1] uses"),
    ]


def test_a_function_may_write_what_let_declares(notebook: Notebook) -> None:
    cell = "def down(p):\n    global n\n    n -= 1\n    return {'n': n}\nfs = [down]"
    module = module_of(captured(notebook, cell, frozenset({"n"})))
    module.n = 2
    assert (module.faas_inline_0({}), module.n) == ({"n": 1}, 1)


def test_a_default_is_taken_when_the_function_is_made(notebook: Notebook) -> None:
    notebook.run("n = 3")
    found = captured(notebook, "fs = [lambda p, k=n: k]", frozenset({"n"}))
    assert module_of(found).faas_inline_0({}) == 3


def test_imports_become_requirements(notebook: Notebook) -> None:
    cell = "import numpy as np\nfs = [lambda p: {'mean': float(np.mean(p['xs']))}]"
    found = captured(notebook, cell)
    assert [one.distribution for one in found.requirements] == ["numpy"]
    assert module_of(found).faas_inline_0({"xs": [1, 2]}) == {"mean": 1.5}


def test_functions_without_imports_need_nothing(notebook: Notebook) -> None:
    assert captured(notebook, "fs = [lambda p: p]").requirements == ()


def test_a_lambda_is_found_whether_its_cell_ran_whole_or_a_statement_at_a_time(
    notebook: Notebook,
) -> None:
    lines = "import math\nfs = [lambda p: math.floor(p['x'])]"
    assert module_of(captured(notebook, lines)).faas_inline_0({"x": 1.5}) == 1
    notebook.run_as_ipython(lines)
    assert module_of(captured(notebook, "")).faas_inline_0({"x": 1.5}) == 1


def test_arrays_travel(notebook: Notebook) -> None:
    cell = "import numpy\nweights = numpy.array([1.0, 2.0])\nfs = [lambda p: weights @ weights]"
    assert captured(notebook, cell).array_files().keys() == {"weights"}


def test_a_frame_travels(notebook: Notebook) -> None:
    cell = "import pandas\ndf = pandas.DataFrame({'a': [1]})\nfs = [lambda p: df['a'].sum()]"
    found = captured(notebook, cell)
    assert set(found.data) == {"df.json", "df.npz"}
    assert [one.distribution for one in found.requirements] == ["numpy", "pandas"]


def test_a_module_beside_the_notebook_travels(
    notebook: Notebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "faas_rules.py").write_text("def check(p):\n    return p['n'] > 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    found = captured(notebook, "import faas_rules\nfs = [faas_rules.check]", root=tmp_path)
    assert list(found.includes) == ["faas_rules.py"]
    assert module_of(found).faas_inline_0({"n": 2}) is True


FILE = "import os\nlog = open(os.devnull)\n"
MODEL = "from sklearn.linear_model import LinearRegression\nmodel = LinearRegression()\n"


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (
            f"{FILE}fs = [lambda p: p, lambda p: log.read()]",
            r"^log is an open file: root\[1\] uses log on line 3\.\nCreate log inside",
        ),
        (
            f"{FILE}def helper():\n    return log\nfs = [lambda p: helper()]",
            r"^log is an open file: helper uses log on line 4 of its own cell, and "
            r"root\[0\] uses helper on line 5\.",
        ),
        (
            f"{FILE}def make(log):\n    return lambda p: log\nfs = [make(log)]",
            r"^The function at root\[0\] cannot be packaged, because it stores log, and log is an "
            r"open file\.\nDefine the function at root\[0\] with def",
        ),
        (
            f"{MODEL}fs = [lambda p: model.predict([[p['x']]])]",
            r"^model is a LinearRegression, but a composition cannot contain models: root\[0\] "
            r"uses model on line 3\.\nMove the code that uses model to a %%function cell, and call "
            r"that function by name in the composition",
        ),
        (
            f"{MODEL}models = {{'a': model}}\nfs = [lambda p: models['a'].coef_]",
            r"a composition cannot contain models: it is part of models, and root\[0\] uses models",
        ),
        ("fs = [lambda p: nobody]", r"^nobody is used on line 1, in root\[0\], and is not defined"),
        ("fs = [lambda p: get_ipython()]", r"^get_ipython exists only in a notebook: root\[0\]"),
        (
            "def f(p):\n    import faas_nowhere\nfs = [f]",
            r"^Line 2 of the cell that defines f imports faas_nowhere, which is not installed",
        ),
        (
            "def make():\n    def f(p):\n        import faas_nowhere\n    return f\nfs = [make()]",
            r"^Line 3 of root\[0\] imports faas_nowhere, which is not installed",
        ),
    ],
    ids=[
        *("file", "file of a helper", "file that is kept", "model", "model in a value"),
        *("unknown", "notebook", "module", "module of an inner def"),
    ],
)
def test_what_cannot_travel_is_refused_by_its_place(
    cell: str, message: str, notebook: Notebook
) -> None:
    with pytest.raises(CaptureError, match=message):
        captured(notebook, cell)
    if "log" in notebook.namespace:
        notebook.namespace["log"].close()


def test_a_function_whose_text_is_gone_is_refused(notebook: Notebook) -> None:
    cell = "fs = [eval('lambda p: 5')]"
    with pytest.raises(
        CaptureError, match=r"^The function at root\[0\] is a function whose source"
    ):
        captured(notebook, cell)


def test_a_class_method_may_be_annotated_with_a_derived_class(notebook: Notebook) -> None:
    notebook.run(
        "from __future__ import annotations\n"
        "class Base:\n    @classmethod\n    def make(cls, v: int) -> Derived:\n"
        "        return Derived()\n"
        "class Derived(Base): pass"
    )
    found = notebook.capture("def iris(v: int):\n    return str(Derived.make(v))")
    module = types.ModuleType("function")
    exec(found.captured_source, vars(module))
    assert type(module.Derived.make(1)) is module.Derived
