from __future__ import annotations

import ast
import dis
import sysconfig
import types
from dataclasses import KW_ONLY
from decimal import Decimal
from functools import singledispatch
from pathlib import Path
from typing import Annotated

import numpy
import pydantic
import pytest

from jupyter_faas.capture.analysis.imports import is_main_block
from jupyter_faas.capture.analysis.visitor import GIVEN, find_names

STDLIB = Path(sysconfig.get_path("stdlib"))


def outside_names(source: str) -> set[str]:
    return {use.name for use in find_names(ast.parse(source)).uses}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f(a):\n    return a + b", {"b"}),
        ("def f(a, *args, b=D, **kw):\n    return a, args, b, kw", {"D"}),
        ("def f(a, /, *, b):\n    return a, b, c", {"c"}),
        ("def f(x: A, *y: B, **z: C) -> D: ...", {"A", "B", "C", "D"}),
        ("def f(x: 'A') -> 'B': ...", set()),
        ("from __future__ import annotations\ndef f(x: A) -> B: ...", set()),
        ("def f():\n    x: A = 1\n    return x", set()),
        ("x: A = 1", {"A"}),
        ("class C:\n    x: A = B", {"A", "B"}),
        ("@deco(1)\ndef f(): ...", {"deco"}),
        (
            "@deco\nclass C(Base, metaclass=Meta):\n    x = y\n    z = x",
            {"deco", "Base"} | {"Meta", "y"},
        ),
        ("class C:\n    x = 1\n    def m(self):\n        return x", {"x"}),
        ("class C:\n    x = x", {"x"}),
        ("class C:\n    n = 3\n    xs = [n for _ in range(n)]", {"n", "range"}),
        ("class C:\n    def m(self):\n        return __class__, super()", {"super"}),
        ("class C:\n    def m(self):\n        return __secret", {"_C__secret"}),
        ("class C:\n    __secret = 1\n    def m(self):\n        return self.__secret", set()),
        ("[x for x in xs if p(x)]", {"xs", "p"}),
        ("{k: v for k, v in pairs for w in k}", {"pairs"}),
        ("{(a, b) for a in A for b in a}", {"A"}),
        ("[y for x in xs for y in x]", {"xs"}),
        ("[(y := x) for x in xs]\nprint(y)", {"xs", "print"}),
        ("def f():\n    [y := x for x in xs]\n    return y", {"xs"}),
        ("(lambda a, b=B: a + b + c)", {"B", "c"}),
        ("f'{a} {b!r:{width}}'", {"a", "b", "width"}),
        ("def f():\n    global g\n    g = 1\ndef h():\n    return g", {"g"}),
        (
            "def f():\n    x = 1\n    def g():\n        nonlocal x\n        x = 2\n    return g",
            set(),
        ),
        ("def f():\n    x = 1\n    return lambda: x", set()),
        ("try:\n    a\nexcept Error as e:\n    print(e)", {"a", "Error", "print"}),
        pytest.param(
            "try:\n    pass\nexcept* Error as e:\n    print(e)",
            {"Error", "print"},
            marks=pytest.mark.skipif("sys.version_info < (3, 11)"),
        ),
        ("with open(p) as f, lock:\n    f", {"open", "p", "lock"}),
        ("for a, (b, *c) in rows:\n    a, b, c", {"rows"}),
        ("for i in a:\n    use(previous)\n    previous = i", {"a", "use"}),
        ("import a.b, c as d\na, d, c", {"c"}),
        ("from a import b as c\nb, c", {"b"}),
        ("def f():\n    import os\n    return os", set()),
        (
            "match v:\n"
            "    case Point(x=a, y=0) | [a, *rest]: a, rest\n"
            "    case {'k': b, **others}: b, others\n"
            "    case Color.RED as c if guard(c): c\n"
            "    case _: missing",
            {"v", "Point", "Color", "guard", "missing"},
        ),
        ("def f():\n    del x", set()),
        ("a.b.c = d", {"a", "d"}),
        ("a[i] = v", {"a", "i", "v"}),
        ("x = 1\nx += y", {"y"}),
        ("if typing.TYPE_CHECKING:\n    from a import B\nelse:\n    c", {"typing", "c"}),
        (
            "async def f():\n    async for a in b:\n        await a\n    async with c as d: d",
            {"b", "c"},
        ),
        ("print(*args, **kw)", {"print", "args", "kw"}),
        ("def f():\n    yield from g()", {"g"}),
        ("def f(x=[y for y in ys]): ...", {"ys"}),
        ("__name__, __file__, __doc__", set()),
    ],
)
def test_outside_names_are_those_that_python_would_look_up(source: str, expected: set[str]) -> None:
    assert outside_names(source) == expected


def _looked_up(code: types.CodeType) -> set[str]:
    """What the compiled code looks up in its module, straight from the compiler."""
    found: set[str] = set()
    stored: set[str] = set()
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_FROM_DICT_OR_GLOBALS") or (
            instruction.opname == "LOAD_NAME" and instruction.argval not in stored
        ):
            found.add(instruction.argval)
        elif instruction.opname == "STORE_NAME":
            stored.add(instruction.argval)
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            found |= _looked_up(inner)
    return found


@pytest.mark.parametrize(
    "module",
    [
        "abc", "argparse", "ast", "asyncio/base_events", "bdb", "cmd", "collections/__init__",
        "concurrent/futures/process", "contextlib", "copy", "csv", "dataclasses", "datetime",
        "decimal", "difflib", "dis", "email/message", "enum", "fractions", "functools",
        "http/client", "importlib/_bootstrap", "inspect", "io", "ipaddress", "json/decoder",
        "logging/__init__", "mailbox", "multiprocessing/pool", "optparse", "pathlib", "pdb",
        "pickle", "platform", "pydoc", "random", "shutil", "smtplib", "socket", "statistics",
        "subprocess", "tarfile", "tempfile", "textwrap", "threading", "tokenize", "traceback",
        "typing", "unittest/mock", "urllib/request", "uuid", "xml/dom/minidom", "zipfile",
    ],
)  # fmt: skip
def test_real_modules_need_the_names_that_their_bytecode_looks_up(module: str) -> None:
    file = STDLIB / f"{module}.py"
    if not file.exists():
        pytest.skip(f"this Python has no {module}.py")
    source = file.read_bytes()
    names = find_names(ast.parse(source))
    # The main block, which these modules have at the end, does not run in an action.
    tree = ast.parse(source)
    tree.body = [node for node in tree.body if not is_main_block(node)]
    compiled = _looked_up(compile(tree, str(file), "exec", dont_inherit=True))
    found = {use.name for use in (*names.uses, *names.rebound)}
    assert found - names.bound == compiled - names.bound - GIVEN


def test_uses_name_the_function_and_the_line() -> None:
    source = (
        "def iris(x):\n    return a\nclass C(B):\n    def m(self):\n        return lambda: c\nd"
    )
    uses = find_names(ast.parse(source)).uses
    assert [(use.name, use.line, use.user, use.immediate) for use in uses] == [
        ("a", 2, "iris", False),
        ("B", 3, "C", True),
        ("c", 5, "C.m", False),
        ("d", 6, "", True),
    ]


@pytest.mark.parametrize(
    ("source", "name", "immediate"),
    [
        ("@a\ndef f(): ...", "a", True),
        ("def f(x=a): ...", "a", True),
        ("def f():\n    return a", "a", False),
        ("class C:\n    x = a", "a", True),
        ("class C:\n    def m(self, x=a): ...", "a", True),
        ("class C:\n    def m(self):\n        return a", "a", False),
        ("def f():\n    class C:\n        x = a", "a", False),
        ("[a for _ in ()]", "a", True),
        ("f = lambda: a", "a", False),
    ],
)
def test_immediate_uses_are_those_that_run_with_the_definition(
    source: str, name: str, immediate: bool
) -> None:
    (use,) = (use for use in find_names(ast.parse(source)).uses if use.name == name)
    assert use.immediate is immediate


@pytest.mark.parametrize(
    "source",
    [
        "n = n + 1",
        "n += 1",
        "print(n)\nn = 2",
        "for x in xs:\n    n += x",
        "n = [n]",
        "del n",
        "import n.m; n = n.m",
    ],
)
def test_names_read_and_then_changed_by_the_top_level_are_told(source: str) -> None:
    rebound = [use.name for use in find_names(ast.parse(source)).rebound]
    assert rebound == ([] if source.startswith("import") else ["n"])


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("await x", 1),
        ("y = 1\nasync with a: pass", 2),
        ("[x async for x in y]", 1),
        ("async def f():\n    await x", None),
    ],
)
def test_top_level_await_is_found(source: str, line: int | None) -> None:
    assert find_names(ast.parse(source)).top_level_await == line


def test_attribute_chains_are_kept_for_outside_names() -> None:
    source = "def f(local):\n    return scipy.stats.norm.pdf(local.a), scipy.linalg"
    assert find_names(ast.parse(source)).attributes == {
        "scipy": {("stats", "norm", "pdf"), ("linalg",)}
    }


@pytest.mark.parametrize(
    ("call", "options"),
    [
        ("gp.predict(X, return_std=True)", {"gp": {"predict(return_std)"}}),
        ("gp.predict(X, True, n=1)", {"gp": {"predict(a second argument, n)"}}),
        ("gp.predict(X=rows)", {}),
        ("gp.predict(rows)", {}),
        ("local.predict(rows, n=1)", {}),
    ],
)
def test_options_of_calls_are_kept(call: str, options: dict[str, set[str]]) -> None:
    assert find_names(ast.parse(f"def f(local):\n    return {call}")).options == options


@pytest.mark.skipif("sys.version_info < (3, 12)", reason="type parameters came with Python 3.12")
def test_type_parameters_are_local() -> None:
    source = "def f[T: Bound](x: T) -> T: ...\nclass A[T]: x: T\ntype V[T] = list[T] | Other"
    assert outside_names(source) == {"Bound", "list", "Other"}


@singledispatch
def show(value: object) -> None: ...


ANNOTATED = "def _(value: Item, other: OnlyForTypeCheckers) -> Derived: ..."


@pytest.mark.parametrize(
    ("decorated", "read"),
    [
        (f"@show.register\n{ANNOTATED}", {"show", "Item", "Derived"}),
        (f"@show.register(Item)\n{ANNOTATED}", {"show", "Item"}),
        (f"@validate_call\n{ANNOTATED}", {"validate_call", "Item", "Derived"}),
        (f"@registry.register\n{ANNOTATED}", {"registry"}),
        (f"@functools.cache\n{ANNOTATED}", {"functools"}),
        (f"class A:\n  @classmethod\n  {ANNOTATED}", {"classmethod"}),
        (f"class A:\n  f = wrap()\n  @f.register\n  {ANNOTATED}", {"wrap", "Item", "Derived"}),
    ],
    ids=["register", "type", "validate", "registry", "cache", "classmethod", "method"],
)  # fmt: skip
def test_only_decorators_that_evaluate_annotations_read_them(
    decorated: str, read: set[str]
) -> None:
    namespace = {"show": show, "registry": object(), "Item": object, "Derived": object}
    names = find_names(ast.parse(decorated), future_annotations=True, namespace=namespace)
    assert {use.name for use in names.uses if use.immediate} == read


class Order(pydantic.BaseModel):
    price: Decimal


@pytest.mark.parametrize(
    ("annotation", "future", "read"),
    [
        ("list[Item]", True, {"Item"}),
        ("list['Item | None']", False, {"Item", "list"}),
        ("'Literal[\"Item\"] | Kind[Array]'", False, {"Kind", "Array"}),
        ("Annotated[Item, limit, 'Array']", True, {"Annotated", "Item", "limit"}),
        ("KW_ONLY", True, {"KW_ONLY"}),
        ("OnlyForTypeCheckers", True, set()),
        ("Order", True, set()),
        ("'not a type'", False, set()),
    ],
)
@pytest.mark.parametrize("name", ["Order", "Basket"])
def test_annotations_of_fields_are_read_later(
    annotation: str, future: bool, read: set[str], name: str
) -> None:
    # Only pydantic is sure to look for the array and the limit: a type of a library and no type.
    if name == "Basket":
        read = read - {"Array", "limit"}
    annotation = annotation.replace("Order", name)
    namespace = {
        "Order": Order,
        "Basket": type("Basket", (), {}),
        "Item": type("Item", (), {"__module__": "__main__"}),
        "Kind": list,
        "Annotated": Annotated,
        "Array": numpy.ndarray,
        "limit": 3,
        "KW_ONLY": KW_ONLY,
    }
    source = f"class {name}:\n    field: {annotation}"
    names = find_names(ast.parse(source), future_annotations=future, namespace=namespace)
    assert {use.name for use in names.uses} == read
    assert {use.name for use in names.uses if use.immediate} <= {"list"}
