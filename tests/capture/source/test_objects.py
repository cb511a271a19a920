from __future__ import annotations

import linecache
from pathlib import Path

import pytest

from jupyter_faas.capture.source.cells import ExecutedCells
from jupyter_faas.capture.source.objects import NotebookSources, Source, SourceMissing
from tests.capture.helpers.notebook import Notebook


def source_of(notebook: Notebook, name: str) -> Source:
    namespace = notebook.namespace
    sources = NotebookSources(namespace, ExecutedCells(namespace))
    assert sources.is_from_notebook(namespace[name])
    return sources.find(name, namespace[name])


@pytest.mark.parametrize(
    ("cell", "name", "expected"),
    [
        ("x = 1\ndef f(a):\n    return a  # kept\ny = 2", "f", "def f(a):\n    return a  # kept"),
        ("async def f():\n    return 1", "f", "async def f():\n    return 1"),
        ("x = 1; f = lambda a: a + 1; y = 2", "f", "f = lambda a: a + 1"),
        ("é = 'é'; f = lambda: 'ü'; é", "f", "f = lambda: 'ü'"),
        ("f = (lambda a:\n     a)", "f", "f = (lambda a:\n     a)"),
        ("f: object = lambda: 1  # why", "f", "f: object = lambda: 1  # why"),
        (
            "if True:\n    def f():\n        '''\n    text'''",
            "f",
            "if True:\n    def f():\n        '''\n    text'''",
        ),
        (
            "try:\n    import nothing_such\nexcept ImportError:\n    def f(): ...",
            "f",
            "if True:\n    def f(): ...",
        ),
        (
            "from functools import cache\n@cache\ndef f(n):\n    return n",
            "f",
            "@cache\ndef f(n):\n    return n",
        ),
        (
            "class A:\n    def m(self): ...\n\n    x = 1\ny = 2",
            "A",
            "class A:\n    def m(self): ...\n\n    x = 1",
        ),
        ("class A(Exception): pass", "A", "class A(Exception): pass"),
        (
            "from dataclasses import dataclass\n@dataclass(frozen=True)\nclass A:\n    x: int = 3",
            "A",
            "@dataclass(frozen=True)\nclass A:\n    x: int = 3",
        ),
        (
            "from enum import Enum\nclass A(Enum):\n    X = 1\n    Y = 'y'",
            "A",
            "class A(Enum):\n    X = 1\n    Y = 'y'",
        ),
        (
            "from typing import NamedTuple\nclass A(NamedTuple):\n    x: int\n    y: int = 3",
            "A",
            "class A(NamedTuple):\n    x: int\n    y: int = 3",
        ),
        (
            "from collections import namedtuple\nA = namedtuple('A', 'x y')",
            "A",
            "A = namedtuple('A', 'x y')",
        ),
        ("from typing import TypeVar\nT = TypeVar('T')", "T", "T = TypeVar('T')"),
        (
            "class A:\n    @property\n    def p(self): ...",
            "A",
            "class A:\n    @property\n    def p(self): ...",
        ),
        (
            "class A:\n    @staticmethod\n    def s(): ...",
            "A",
            "class A:\n    @staticmethod\n    def s(): ...",
        ),
    ],
)
def test_source_is_the_statement_as_it_stands(
    cell: str, name: str, expected: str, notebook: Notebook
) -> None:
    notebook.run(cell)
    assert source_of(notebook, name).text == expected


def test_edited_function_has_the_source_of_the_live_one(notebook: Notebook) -> None:
    notebook.run("def f():\n    return 1")
    old = notebook.namespace["f"]
    notebook.run("def f():\n    return 2")
    notebook.namespace["f"] = old
    assert source_of(notebook, "f").text.endswith("1")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("class A:\n    x = 1", "class A:\n    x = 2"),
        ("class A(ValueError): pass", "class A(KeyError): pass"),
        ("class A(Base): pass", "class A(Other): pass"),
        ("class A:\n    x: int", "class A:\n    y: int"),
        ("class A(Enum):\n    X = 1", "class A(Enum):\n    X = 2"),
    ],
)
def test_class_without_methods_is_told_from_its_other_versions(
    first: str, second: str, notebook: Notebook
) -> None:
    notebook.run("from enum import Enum\nclass Base: pass\nclass Other: pass")
    notebook.run(first)
    old = notebook.namespace["A"]
    notebook.run(second)
    assert source_of(notebook, "A").text == second
    notebook.namespace["A"] = old
    assert source_of(notebook, "A").text == first


@pytest.mark.parametrize(
    "cell", ["def f(x):\n    return [y for y in x if y > 1]", "f = lambda x: {x: 1}"]
)
def test_code_that_no_cache_knows_is_found_in_the_history(cell: str, notebook: Notebook) -> None:
    notebook.run("def f(x):\n    return 0")
    notebook.run(cell, keep=False)
    assert source_of(notebook, "f").text == cell


def test_body_of_a_cell_magic_is_found_in_the_history(notebook: Notebook) -> None:
    body = "def f(x):\n    return x\n"
    exec(compile(body, "<timed exec>", "exec"), notebook.namespace)
    call = f"get_ipython().run_cell_magic('time', '', {body!r})"
    notebook.namespace["In"].append(call)
    assert source_of(notebook, "f").text == body.strip()


def test_file_that_changed_since_it_ran_is_not_taken(notebook: Notebook, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("def f():\n    return 1\n")
    exec(compile(script.read_text(), str(script), "exec"), notebook.namespace)
    assert source_of(notebook, "f").text.endswith("1")
    script.write_text("def f():\n    return 2\n")
    linecache.checkcache(str(script))
    with pytest.raises(SourceMissing, match="whose source code is not in the notebook"):
        source_of(notebook, "f")


def test_alias_names_the_function_behind_it(notebook: Notebook) -> None:
    notebook.run("def f(): ...\ng = f\nclass A: pass\nB = A\nh = lambda: 1\nk = h")
    assert [source_of(notebook, name).binds for name in "gBk"] == ["f", "A", "h"]


@pytest.mark.parametrize(
    ("cell", "name", "what"),
    [
        (
            "def make():\n    def inner(): ...\n    return inner\nf = make()",
            "f",
            "created inside make",
        ),
        ("def f(): ...\ng = f\nf = 3", "g", "defined as f, but f has since been"),
        (
            "import functools\ndef f(): ...\nf = functools.cache(f)",
            "f",
            "f wrapped by a function call",
        ),
        (
            "import functools\ndef f(): ...\ng = functools.cache(f)",
            "g",
            "f wrapped by a function call",
        ),
        ("fs = [lambda: 1]\nf = fs[0]", "f", "a lambda whose source code"),
        ("f, g = lambda: 1, lambda: 2", "f", "a lambda whose source code"),
        ("class A:\n    def m(self): ...\nf = A.m", "f", r"the method A\.m"),
        (
            "def make():\n    class A: ...\n    return A\nA = make()",
            "A",
            "class created inside a function",
        ),
        (
            "class A:\n    x = 1\n    def m(self): ...\ndel A.x",
            "A",
            "whose attribute x was set after",
        ),
        ("A = type('A', (), {})", "A", "is a class whose source code is not in the notebook"),
    ],
)
def test_object_without_a_statement_of_its_own_is_told(
    cell: str, name: str, what: str, notebook: Notebook
) -> None:
    notebook.run(cell)
    with pytest.raises(SourceMissing, match=what) as caught:
        source_of(notebook, name)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("cell", "changed"),
    [
        ("class A:\n    def m(self): ...\ndef extra(self): ...\nA.extra = extra", ("extra",)),
        ("class A:\n    def m(self): ...\n    def n(self): ...\nA.m = lambda self: 1", ("m",)),
        ("class A:\n    x = 1\nA.x = 2", ("x",)),
        ("class A:\n    x = 1\nA.y = 2", ("y",)),
        ("class A:\n    x = 1\nA._y = 2", ("_y",)),
        ("class A:\n    x = 1\n    def m(self): ...\nA.x = 2", ("x",)),
        ("class A:\n    x = {'a': 1}\nA.x['a'] = 2", ("x",)),
        ("class A:\n    x = dict(a=1)\nA.x.update(b=2)", ("x",)),
        ("class A:\n    x = ['a']\nA.x += ['b']", ("x",)),
        ("class A:\n    x = ['a']\n    y = dict(a=1)\n    z = []\n    def m(self): ...", ()),
    ],
)
def test_attributes_that_were_set_after_the_class_statement_are_noted(
    cell: str, changed: tuple[str, ...], notebook: Notebook
) -> None:
    notebook.run(cell)
    assert source_of(notebook, "A").changed == changed


def test_future_annotations_are_noted(notebook: Notebook) -> None:
    notebook.run(
        "from __future__ import annotations\n"
        "def f(x: Nowhere): ...\n"
        "class A:\n    def m(self, x: Nowhere): ..."
    )
    assert source_of(notebook, "f").future_annotations
    assert source_of(notebook, "A").future_annotations


def test_names_of_other_modules_are_not_the_notebooks(notebook: Notebook) -> None:
    notebook.run("from json import dumps\nfrom collections import OrderedDict\nimport json\nn = 3")
    sources = NotebookSources(notebook.namespace, ExecutedCells(notebook.namespace))
    for name in ("dumps", "OrderedDict", "json", "n"):
        assert not sources.is_from_notebook(notebook.namespace[name])


def test_a_class_that_is_completed_while_it_is_read_has_a_source(notebook: Notebook) -> None:
    # pydantic completes a model when an attribute of its validator is read for the first time.
    notebook.run(
        "class Late:\n"
        "    def __getattr__(self, name):\n"
        "        Folder.complete = True\n"
        "        raise AttributeError(name)\n"
        "class Folder:\n"
        "    validator = Late()\n"
        "    def size(self):\n"
        "        return 1"
    )
    assert source_of(notebook, "Folder").binds == "Folder"
