from __future__ import annotations

import re
import sys
import types

import pytest

from jupyter_faas.capture import capture
from jupyter_faas.errors import CaptureError
from tests.capture.helpers.notebook import Notebook

KEEPING = """
import io
def make(log):
    def inner():
        return log
    return inner
v = make(io.TextIOWrapper(io.BytesIO()))
"""
DISPATCHED = """
from functools import singledispatch
@singledispatch
def v(x): ...
def whole(x): ...
for kind in (int, str):
    v.register(kind, whole)
"""


@pytest.mark.parametrize(
    ("cell", "what", "hint"),
    [
        (
            "import tempfile\nv = tempfile.TemporaryFile()",
            "is an open file",
            "Create v inside the function",
        ),
        (
            "import io\nv = io.TextIOWrapper(io.BytesIO())",
            "is an open file",
            "Create v inside the function",
        ),
        ("v = (x for x in [1])", "is a generator", r"v = list\(v\)"),
        ("def count():\n    yield 1\nv = count()", "is a generator", "Create v inside"),
        ("v = iter([1])", "is a list_iterator", r"v = list\(v\)"),
        ("import socket\nv = socket.socket()", "is a socket", "inside the function"),
        ("import threading\n(v,) = [threading.Lock()]", "is a lock", "inside the function"),
        (
            "import types\nv = types.ModuleType('made')",
            "is a module that cannot",
            "Create v inside",
        ),
        ("(v,) = [memoryview(b'')]", "is an instance of memoryview", "Create v inside"),
        (
            "v = [1, {'a': memoryview(b'')}]",
            r"because v\[1\]\['a'\] is an instance of memoryview",
            "Create v inside",
        ),
        (
            "import numpy\nv = numpy.array([1, object()])",
            r"because v\[1\] is an instance of object",
            "Create v inside",
        ),
        (
            "import threading\nfrom sklearn.model_selection import KFold\nv = KFold(3)\n"
            "setattr(v, 'lock', threading.Lock())",
            "is a KFold of sklearn",
            "inside the function",
        ),
        (
            "v = ['x' * 2_000_000, iter([1])]",
            "more than a million characters",
            "Create v inside the function",
        ),
        (KEEPING, "stores log, and log is an open file", "at the top level"),
        (
            "from collections import OrderedDict\nclass A(OrderedDict): ...\nv = A()",
            "is an A",
            r"v = dict\(v\)",
        ),
        (
            "class A(tuple): ...\nv = A([w := []])\nw.append(v)",
            "contains a reference to itself",
            "Create v inside",
        ),
        (
            "class A:\n    def __hash__(self):\n        return hash(self.name)\n"
            "v, w = A(), A()\nv.w = w\nw.v = v",
            "contains a reference to itself",
            "inside",
        ),
        (DISPATCHED, "no cell registers with v.register", "Create v inside the function"),
        ("def make():\n    class A: ...\n    return A()\nv = make()", "created inside", "class"),
    ],
)
def test_value_that_cannot_travel_is_refused(
    cell: str, what: str, hint: str, notebook: Notebook
) -> None:
    notebook.run(cell)
    with pytest.raises(CaptureError, match=f"^v .*{what}.*: iris uses v on line 4") as caught:
        notebook.capture("def iris():\n    y = 1\n    return {'x': v}")
    assert re.search(hint, caught.value.hint)
    if hasattr(notebook.namespace["v"], "close"):
        notebook.namespace["v"].close()


def test_refusal_names_every_line_and_function(notebook: Notebook) -> None:
    notebook.run("(v,) = [memoryview(b'')]")
    with pytest.raises(CaptureError) as caught:
        notebook.capture("def helper():\n    return v\ndef iris():\n    v\n    return {'x': v}")
    assert caught.value.message == (
        "v is an instance of memoryview: helper uses v on line 3 and iris uses v on lines 5 and 6."
    )


def test_refusal_names_the_way_through_helpers(notebook: Notebook) -> None:
    notebook.run(
        "(v,) = [memoryview(b'')]\ndef deep():\n    return v\n\ndef clean():\n    return deep()"
    )
    with pytest.raises(CaptureError) as caught:
        notebook.capture("def iris():\n    return {'x': clean()}")
    assert caught.value.message == (
        "v is an instance of memoryview: deep uses v on line 3 of its own cell, and clean uses "
        "deep on line 6 of its own cell, and iris uses clean on line 3."
    )


def test_top_level_use_is_told_as_the_cells(notebook: Notebook) -> None:
    notebook.run("(v,) = [memoryview(b'')]")
    with pytest.raises(CaptureError, match="the cell uses v on line 2"):
        notebook.capture("w = [v]\ndef iris():\n    return {}")


NOT_DEFINED = "and is not defined in the notebook."
DEFINE = "Define it, or run the cell that defines it. Then run this cell again."


@pytest.mark.parametrize(
    ("body", "message", "hint"),
    [
        (
            "def iris():\n    x = 1\n    return {'x': limt}",
            f"limt is used on line 4, in iris, {NOT_DEFINED}",
            "Did you mean limit?",
        ),
        (
            "def iris():\n    return {'x': gone}",
            f"gone is used on line 3, in iris, {NOT_DEFINED}",
            DEFINE,
        ),
        (
            "def iris():\n    return {'x': helper()}",
            f"missing_one is used on line 3 of helper's cell {NOT_DEFINED}",
            DEFINE,
        ),
    ],
)
def test_unknown_name_is_refused(body: str, message: str, hint: str, notebook: Notebook) -> None:
    notebook.run("limit = 1\ndef helper():\n    return missing_one")
    with pytest.raises(CaptureError) as caught:
        notebook.capture(body)
    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_all_names_that_cannot_travel_are_told_at_once(notebook: Notebook) -> None:
    notebook.run("v, w = memoryview(b''), 1\ndef helper():\n    return gone")
    with pytest.raises(CaptureError) as caught:
        notebook.capture("def iris():\n    return {'x': [lost, v, w, helper(), lost]}")
    assert caught.value.message.splitlines() == [
        "3 names cannot be packaged:",
        "1. lost is used on line 3, in iris, and is not defined in the notebook.",
        "2. v is an instance of memoryview: iris uses v on line 3.",
        "3. gone is used on line 3 of helper's cell and is not defined in the notebook.",
    ]
    assert caught.value.hint.splitlines()[0] == f"1. {DEFINE}"


def test_a_hint_that_holds_for_all_names_is_told_once(notebook: Notebook) -> None:
    with pytest.raises(CaptureError) as caught:
        notebook.capture("def iris():\n    return {'x': [lost, gone]}")
    assert caught.value.hint == DEFINE


ONLY = "exists only in a notebook"
CHANGED = "the cell uses counter on line 2 and changes it afterwards"
EMPTY = "\ndef iris():\n    return {}"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            "def iris():\n    return get_ipython()",
            f"get_ipython {ONLY}: iris uses get_ipython on l",
        ),
        ("def iris():\n    return {'x': Out[1]}", f"Out {ONLY}"),
        ("def iris():\n    return {'x': _}", f"_ {ONLY}"),
        ("def iris():\n    return {'x': _12}", f"_12 {ONLY}"),
        (f"counter = counter + 1{EMPTY}", CHANGED),
        (f"counter += 1{EMPTY}", CHANGED),
        (
            "def iris():\n    import no_such",
            "Line 3 of the cell imports no_such, which is not inst",
        ),
        (
            "def iris():\n    from . import a",
            r"Line 3 of the cell contains a relative import \(from \. import …\), which",
        ),
        ("x = 1", "The cell does not define a function"),
    ],
)
def test_cell_that_cannot_travel_is_refused(body: str, words: str, notebook: Notebook) -> None:
    notebook.run("counter = 0\nOut = {1: 2}\n_ = 3\n_12 = 4")
    notebook.namespace |= {"get_ipython": object()}
    with pytest.raises(CaptureError, match=words) as caught:
        notebook.capture(body)
    assert caught.value.hint


def test_top_level_await_is_refused(notebook: Notebook) -> None:
    body = "import asyncio\nawait asyncio.sleep(0)\ndef iris():\n    return {}"
    with pytest.raises(CaptureError, match="Line 3 of the cell uses await outside a function"):
        capture(body, {}, name="iris", magic_line="%%function iris", is_model=lambda value: False)


def test_name_of_pythons_own_is_never_what_was_meant(notebook: Notebook) -> None:
    notebook.run("opens = open\nopen = open")
    with pytest.raises(CaptureError, match=r"^opem is used on line 3") as caught:
        notebook.capture("def iris():\n    return {'x': opem}")
    assert caught.value.hint == "Did you mean opens?"


def test_value_is_refused_when_the_notebook_has_a_second_module_name(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As after an import of scikit-learn, whose joblib may register it.
    notebook.run("(log,) = [memoryview(b'')]")
    again = types.ModuleType("__mp_main__")
    again.__dict__.update(notebook.namespace)
    monkeypatch.setitem(sys.modules, "__mp_main__", again)
    with pytest.raises(
        CaptureError, match=r"^log is an instance of memoryview: iris uses log on line"
    ):
        notebook.capture("def iris():\n    return {'x': log}")


@pytest.mark.parametrize("method", ["invoke", "deploy", "remove", "activations"])
def test_method_of_a_packaged_function_is_refused(method: str, notebook: Notebook) -> None:
    notebook.run("def double(x):\n    return {'y': 2 * x}")
    handle = type("Function", (), {"__module__": "jupyter_faas.magics.handles"})()
    handle.__wrapped__ = notebook.namespace["double"]
    notebook.namespace["double"] = handle
    words = rf"^double\.{method} works only in a notebook: iris uses double\.{method} on line 3"
    with pytest.raises(CaptureError, match=words) as caught:
        notebook.capture(f"def iris():\n    return double.{method}(x=1)")
    instead = "Write double(…) instead of double.invoke(…): the code of double is packaged too."
    elsewhere = f"Call double.{method}(…) in a separate cell."
    assert caught.value.hint == (instead if method == "invoke" else elsewhere)
    assert notebook.capture("def iris():\n    return double(x=1)").items[0].name == "double"


class Workflow:
    """Stands for a composition as its handle does."""

    @property
    def __faas_action__(self) -> str:
        return "workflow"


class Deployed(Workflow):
    """Stands for ``faas.function("name")``, which knows the function's signature."""

    __signature__ = "(x)"


def test_a_handle_of_a_deployed_function_is_not_called_a_composition(notebook: Notebook) -> None:
    notebook.namespace["remote"] = Deployed()
    with pytest.raises(CaptureError, match=r"^remote is the handle of a deployed function, which"):
        notebook.capture("def f(): return remote()")


def test_composition_is_a_step_and_no_function(notebook: Notebook) -> None:
    notebook.namespace["workflow"] = Workflow()
    with pytest.raises(
        CaptureError, match="workflow is a composition, which an action's code"
    ) as caught:
        notebook.capture("def f(): return workflow()")
    assert caught.value.hint.endswith("call both in a composition: sequence(f, workflow)")
