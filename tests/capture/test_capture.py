"""Whole captures. What captured.py does when it runs is tested in tests/shipped."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import types
import typing
import warnings
from pathlib import Path
from typing import Any

import numpy
import pytest

from jupyter_faas.capture import CapturedItem, capture
from jupyter_faas.errors import CaptureError
from tests.capture.helpers.notebook import Notebook

IRIS = '''
SPECIES = ["setosa", "versicolor", "virginica"]

def iris(sepal_length: float, petal_length: float):
    """Name the species of an iris."""
    p = model.predict_proba([[sepal_length, petal_length]])[0]
    return {"species": SPECIES[p.argmax()], "threshold": limit}
'''.lstrip()

MODEL = """
class BaseEstimator: pass
class Model(BaseEstimator):
    def predict_proba(self, rows): return rows
model = Model()
limit = 0.5
"""


def test_iris_cell_takes_its_model_and_constant_along(notebook: Notebook) -> None:
    notebook.run(MODEL)
    captured = notebook.capture(IRIS, magic_line="%%function iris --sample X")
    assert captured.items == (
        CapturedItem("model", "model", "used by iris, line 6", 0),
        CapturedItem("limit", "constant", "used by iris, line 7", 3),
    )
    assert captured.models == {"model": notebook.namespace["model"]}
    assert captured.signature == "iris(sepal_length: float, petal_length: float)"
    assert captured.doc == "Name the species of an iris."
    assert captured.cell_text == f"%%function iris --sample X\n{IRIS}"
    assert captured.source == IRIS
    assert captured.requirements == ()
    assert captured.captured_source == (
        "# Generated: the objects that iris uses from its notebook. The cell itself is in "
        "function.py.\n\n"
        "from faas_models import load_model\n\n"
        'model = load_model("model")\n\n'
        "limit = 0.5\n"
    )


def test_lines_count_from_the_body_without_a_magic_line(notebook: Notebook) -> None:
    notebook.run(MODEL)
    captured = notebook.capture(IRIS, magic_line="")
    assert captured.items[0].why == "used by iris, line 5"
    assert captured.cell_text == IRIS


def test_same_cell_is_captured_to_the_same_text(notebook: Notebook) -> None:
    notebook.run("names = {'b', 'a'}\ndef f(x): return names, g\ndef g(): return f")
    body = "def iris(): return {'a': g(), 'b': f(names)}"
    assert notebook.capture(body) == notebook.capture(body)


def test_warnings_of_the_cell_are_not_given_again(notebook: Notebook) -> None:
    helper = "def helper():\n    assert (1, 'always true')\n    return '\\d'"
    body = "def iris():\n    return {'x': helper(), 'y': '\\d'}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        notebook.run(helper)
        notebook.run(body)
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        capture(body, notebook.namespace, name="iris", is_model=lambda value: False)
    assert given == []


def test_helpers_travel_with_what_they_use(notebook: Notebook) -> None:
    notebook.run("import math\nfactor = 2\ndef scale(x):\n    return math.sqrt(x) * factor")
    captured = notebook.capture("def iris(x: float):\n    return {'y': scale(x)}")
    assert [(item.name, item.kind, item.why) for item in captured.items] == [
        ("scale", "function", "used by iris, line 3"),
        ("math", "import", "used by scale, which iris uses"),
        ("factor", "constant", "used by scale, which iris uses"),
    ]
    assert [item.size for item in captured.items] == [46, 0, 1]
    namespace: dict[str, Any] = {}
    exec(captured.captured_source, namespace)
    assert namespace["scale"](4.0) == 4.0


MUTUAL = "def even(n): return n == 0 or odd(n - 1)\ndef odd(n): return n != 0 and even(n - 1)"
DERIVED = "class Base:\n    def twice(self): return 2 * self.n\nclass Leaf(Base):\n    n = 4"
DECORATED = """
import functools
def help_it(f): return f() + 1
def keep(f):
    @functools.wraps(f)
    def inner(): return help_it(f)
    return inner
@keep
def g(): return 1
"""
DATACLASS = "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\n    y: int = 3"
STORING = "c = {}\ndef store(k):\n    global c\n    c = {k: 1}\n    return c"
TREE = "xml.etree.ElementTree"


@pytest.mark.parametrize(
    ("cells", "use", "expected"),
    [
        (MUTUAL, "even(10)", True),
        ("def fact(n): return n * fact(n - 1) if n else 1", "fact(5)", 120),
        (DERIVED, "Leaf().twice()", 8),
        ("class A:\n    def b(self): return B()\nclass B(A):\n    n = 1", "A().b().n", 1),
        (DECORATED, "g()", 2),
        (DATACLASS, "P(1).y", 3),
        ("from enum import Enum\nclass C(Enum):\n    RED = 'r'", "C('r').name", "RED"),
        ("D = 7\ndef f(x=D): return x", "f()", 7),
        ("class A:\n    def m(self): return 3\n    n = m", "A().n()", 3),
        ("def m(self): return 3\nclass A:\n    n = m\n    def k(self): ...", "A().n()", 3),
        ("def f(): return 1\ng = f", "g()", 1),
        ("f = lambda x: x + 1", "f(1)", 2),
        ("import os.path as p", "p.join('a', 'b')", "a/b"),
        ("import xml.dom", "xml.dom.__name__", "xml.dom"),
        (f"import xml\nimport {TREE}", f"{TREE}.__name__", TREE),
        ("import xml as x\nimport xml.sax.saxutils", "x.sax.saxutils.escape('<')", "&lt;"),
        ("from math import sqrt, pi", "(sqrt(4), pi > 3)", (2.0, True)),
        ("from math import sqrt as root", "root(9)", 3.0),
        ("from random import random", "0 <= random() < 1", True),
        ("from random import choice as pick", "pick([1])", 1),
        ("from collections import OrderedDict", "OrderedDict(a=1)", {"a": 1}),
        ("from typing import Optional\ndef f(x: Optional[int] = None): return x", "f(2)", 2),
        ("from functools import reduce\nfrom operator import add", "reduce(add, [1, 2])", 3),
        ("from numpy import exp, float64", "float64(exp(0))", 1.0),
        ("import numpy as np", "np.linalg.norm([3, 4])", 5.0),
        ("from sklearn.metrics import accuracy_score", "accuracy_score([1], [1])", 1.0),
        ("max = min", "max(1, 2)", 1),
        (STORING, "store('a')", {"a": 1}),
        ("from __future__ import annotations\ndef f(x: Nowhere): return x", "f(3)", 3),
        ("class A:\n    __n = 2\n    def get(self): return self.__n", "A().get()", 2),
        ("numpy = [1]\nimport numpy as np\nxs = [np.int64(3)]", "(numpy, xs)", ([1], [3])),
    ],
)
def test_captured_names_mean_the_same_on_their_own(
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
    ("cells", "line"),
    [
        ("import numpy as np", "import numpy as np"),
        ("import sklearn.linear_model", "import sklearn.linear_model"),
        ("from sklearn import linear_model", "import sklearn.linear_model as linear_model"),
        ("from sklearn.linear_model import Ridge", "from sklearn.linear_model import Ridge"),
        (
            "from sklearn.linear_model import Ridge as R",
            "from sklearn.linear_model import Ridge as R",
        ),
    ],
)
def test_imports_are_pinned_however_they_are_spelled(
    cells: str, line: str, notebook: Notebook
) -> None:
    notebook.run(cells)
    name = cells.split()[-1].split(".")[0]
    use = "sklearn.linear_model.Ridge" if name == "sklearn" else name
    captured = notebook.capture(f"def iris():\n    return {{'x': str({use})}}")
    assert line in captured.captured_source.splitlines()
    assert [r.distribution for r in captured.requirements] == (
        ["numpy"] if "numpy" in cells else ["scikit-learn"]
    )
    assert (
        captured.requirements[0].version == sys.modules[line.split()[1].split(".")[0]].__version__
    )


def test_imports_inside_the_cell_count_as_requirements(notebook: Notebook) -> None:
    captured = notebook.capture(
        "import json\n"
        "def iris():\n"
        "    import numpy.linalg\n"
        "    from dateutil import parser\n"
        "    try:\n        import no_such_module\n    except ImportError:\n        pass\n"
        "    return {}"
    )
    assert [r.distribution for r in captured.requirements] == ["numpy", "python-dateutil"]
    assert captured.items == ()


def test_arrays_and_numpy_scalars_travel_as_files(notebook: Notebook) -> None:
    notebook.namespace |= {"X": numpy.arange(6.0).reshape(2, 3), "tol": numpy.float32(0.5)}
    captured = notebook.capture("def iris():\n    return {'x': X.sum() + tol}")
    assert {item.name: item.kind for item in captured.items} == {"X": "array", "tol": "array"}
    files = captured.array_files()
    assert {item.name: item.size for item in captured.items} == {
        name: len(data) for name, data in files.items()
    }
    assert [r.distribution for r in captured.requirements] == ["numpy"]
    assert 'tol.npy", allow_pickle=False)[()]' in captured.captured_source


def test_names_that_the_cell_defines_stay_with_the_cell(notebook: Notebook) -> None:
    notebook.run("limit = 1\ndef helper():\n    return limit, iris")
    captured = notebook.capture("limit = 2\ndef iris():\n    return {'x': helper()}")
    assert [item.name for item in captured.items] == ["helper"]


def test_what_a_helper_runs_first_travels_even_if_the_cell_defines_it(notebook: Notebook) -> None:
    notebook.run("limit = 1\ndef helper(x=limit):\n    return x")
    captured = notebook.capture("limit = 1\ndef iris():\n    return {'x': helper()}")
    assert [item.name for item in captured.items] == ["helper", "limit"]


@pytest.mark.parametrize("body", [
    "def iris():\n    return {'n': len([1]), 'm': max(1, 2), 's': str(print)}",
    "def iris():\n    return {'n': __name__}",
    "print = __import__('functools').partial(print)\ndef iris():\n    print()\n    return {}",
])  # fmt: skip
def test_what_python_provides_is_not_captured(body: str, notebook: Notebook) -> None:
    assert notebook.capture(body).items == ()


def test_name_that_only_a_function_sets_may_be_absent(notebook: Notebook) -> None:
    body = "def load():\n    global t\n    t = 1\ndef iris():\n    load()\n    return {'t': t}"
    assert notebook.capture(body).items == ()


def test_future_annotations_of_an_earlier_cell_are_kept(notebook: Notebook) -> None:
    notebook.run("from __future__ import annotations\ndef helper(x: Nowhere): return x")
    captured = notebook.capture("def iris():\n    return {'x': helper(1)}")
    assert "from __future__ import annotations" in captured.captured_source.splitlines()


# Includes and local modules


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "mine.py").write_text(
        "import numpy\nimport json\n\ndef double(x):\n    return 2 * x\n"
    )
    (tmp_path / "mypkg").mkdir()
    (tmp_path / "mypkg" / "__init__.py").write_text("from .part import N\n")
    (tmp_path / "mypkg" / "part.py").write_text("import mine\nN = 3\n")
    (tmp_path / "labels.csv").write_text("a,b\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    return tmp_path


BODIES = [
    "def iris():\n    return {'x': double(1)}",
    "def iris():\n    import mine\n    return {'x': mine.double(1)}",
    "def iris():\n    return {'x': mine.double(1)}",
]


@pytest.mark.parametrize(
    ("body", "why"),
    list(
        zip(
            BODIES,
            (
                "double, used by iris, line 3",
                "imported on line 3 of the cell",
                "mine, used by iris, line 3",
            ),
            strict=True,
        )
    ),
)
def test_local_module_travels_unasked(
    body: str, why: str, beside: Path, notebook: Notebook
) -> None:
    notebook.run("import mine\nfrom mine import double")
    captured = notebook.capture(body, root=beside)
    assert captured.includes == {"mine.py": (beside / "mine.py").read_bytes()}
    size = (beside / "mine.py").stat().st_size
    assert captured.items[-1] == CapturedItem("mine.py", "file", why, size)
    assert [r.distribution for r in captured.requirements] == ["numpy"]


@pytest.mark.parametrize("body", BODIES)
def test_included_module_travels_with_its_requirements(
    body: str, beside: Path, notebook: Notebook
) -> None:
    notebook.run("import mine\nfrom mine import double")
    captured = notebook.capture(body, root=beside, includes=[Path("mine.py")])
    assert captured.includes == {"mine.py": (beside / "mine.py").read_bytes()}
    assert [r.distribution for r in captured.requirements] == ["numpy"]
    assert captured.items[-1] == CapturedItem(
        "mine.py", "file", "added by --include", (beside / "mine.py").stat().st_size
    )


def test_local_package_brings_the_local_modules_that_it_imports(
    beside: Path, notebook: Notebook
) -> None:
    notebook.run("import mypkg")
    body = "def iris():\n    return {'x': mypkg.N}"
    captured = notebook.capture(body, root=beside, includes=[Path("mypkg")])
    assert sorted(captured.includes) == ["mine.py", "mypkg/__init__.py", "mypkg/part.py"]
    assert [(one.name, one.why) for one in captured.items[1:]] == [
        ("mine.py", "imported by mypkg/part.py"),
        ("mypkg", "added by --include"),
    ]
    assert [r.distribution for r in captured.requirements] == ["numpy"]


def test_folder_that_is_no_package_brings_its_python_files_alone(
    beside: Path, notebook: Notebook
) -> None:
    (beside / "loose").mkdir()
    (beside / "loose" / "code.py").write_text("N = 1\n")
    (beside / "loose" / "large.bin").write_bytes(b"x")
    notebook.run("import loose.code")
    captured = notebook.capture("def iris():\n    return {'x': loose.code.N}", root=beside)
    assert list(captured.includes) == ["loose/code.py"]


def test_large_local_package_is_refused_with_the_option_that_takes_it(
    beside: Path, notebook: Notebook
) -> None:
    (beside / "mypkg" / "weights.bin").write_bytes(bytes(10_000_001))
    notebook.run("import mypkg")
    body = "def iris():\n    return {'x': mypkg.N}"
    with pytest.raises(
        CaptureError, match=r"Your module mypkg .* contains 10 MB of files"
    ) as caught:
        notebook.capture(body, root=beside)
    assert "--include mypkg" in caught.value.hint
    assert notebook.capture(body, root=beside, includes=[Path("mypkg")]).includes


def test_compiled_local_module_is_refused(beside: Path, notebook: Notebook) -> None:
    (beside / "mypkg" / "fast.so").write_bytes(b"x")
    notebook.run("import mypkg")
    with pytest.raises(CaptureError, match=r"Your compiled module fast\.so"):
        notebook.capture("def iris():\n    return {'x': mypkg.N}", root=beside)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def double(x): return 2 * x", "def double(x): return 3 * x"),
        ("double = 1\nN = 1", "double = 1\nN = 2"),
        ("class double:\n    def m(self): ...", "class double:\n    def m(self): return 1"),
    ],
    ids=["function", "constant", "method"],
)
def test_module_that_was_edited_since_its_import_is_refused(
    before: str, after: str, beside: Path, notebook: Notebook
) -> None:
    (beside / "fresh.py").write_text(f"{before}\n")
    # Python takes the bytecode of a file for current while time and size are the same.
    os.utime(beside / "fresh.py", (1_700_000_000, 1_700_000_000))
    notebook.run("from fresh import double")
    body = "def iris():\n    from fresh import double\n    return {}"
    assert notebook.capture(body, root=beside).includes
    (beside / "fresh.py").write_text(f"{after}\n")
    with pytest.raises(CaptureError, match=r"fresh\.py was edited after"):
        notebook.capture(body, root=beside)


def test_included_data_file_travels(beside: Path, notebook: Notebook) -> None:
    body = "def iris():\n    return {'text': open('labels.csv').read()}"
    captured = notebook.capture(body, root=beside, includes=[Path("labels.csv")])
    assert captured.includes == {"labels.csv": b"a,b\n"}


def test_attributes_that_are_read_from_a_model_are_known(notebook: Notebook) -> None:
    notebook.run("class BaseEstimator: ...\nclass Net(BaseEstimator): ...")
    notebook.run("net = Net()\nother = Net()\ndef score(x):\n    return net.score(x)")
    captured = notebook.capture(
        "def iris(x):\n    other\n    return {'y': net.predict(x), 'k': net.steps.k, 's': score(x)}"
    )
    assert captured.attributes_read == {"net": {"predict", "steps", "score"}, "other": frozenset()}


def test_a_model_of_two_names_travels_once(notebook: Notebook) -> None:
    notebook.run(
        "class BaseEstimator:\n    pass\n\n\nmodel = BaseEstimator()\nbest = model\n"
        "other = BaseEstimator()"
    )
    captured = notebook.capture(
        "def iris(a):\n    return {'p': best.predict([[a]]), 'q': model.score_samples(other)}"
    )
    assert list(captured.models) == ["best", "other"]
    reads = {"best": {"predict", "score_samples"}, "other": {"__self__"}}
    assert captured.attributes_read == reads
    assert 'model = load_model("best")' in captured.captured_source


def test_query_in_a_constant_takes_its_variables_along(notebook: Notebook) -> None:
    notebook.run(
        "import pandas\ncars = pandas.DataFrame({'price': [1, 2]})\nlimit = 2\n"
        "QUERIES = {'cheap': ['price < @limit']}\n"
    )
    captured = notebook.capture("def iris():\n    return len(cars.query(QUERIES['cheap'][0]))\n")
    assert [item.name for item in captured.items] == ["QUERIES", "limit", "cars"]


def test_table_of_a_query_in_a_constant_travels_whole(notebook: Notebook) -> None:
    notebook.run(
        "import pandas, types\nsales = pandas.DataFrame({'amount': [1, 2]})\n"
        "duckdb = types.SimpleNamespace(sql=len)\nQUERY = 'select sum(amount) from sales'\n"
    )
    captured = notebook.capture("def iris():\n    return sales.columns, duckdb.sql(QUERY)\n")
    assert {item.name: item.kind for item in captured.items}["sales"] == "data"


def test_a_class_that_scikit_learn_hides_is_enabled_first(notebook: Notebook) -> None:
    notebook.run(
        "from sklearn.experimental import enable_iterative_imputer\n"
        "from sklearn.impute import IterativeImputer"
    )
    captured = notebook.capture("def iris(x):\n    return IterativeImputer().fit_transform(x)")
    done = subprocess.run(
        [sys.executable, "-c", captured.captured_source], capture_output=True, text=True, timeout=50
    )
    assert done.returncode == 0, done.stderr


def test_attributes_are_read_from_models_in_containers_and_objects(notebook: Notebook) -> None:
    notebook.run(
        "class BaseEstimator:\n    pass\n\n\nclass Box:\n    def __init__(self, m):\n"
        "        self.inner = [m]\n\n\none, two = BaseEstimator(), BaseEstimator()\n"
        "models = {'a': [one]}\nbox = Box(two)\ndel one, two"
    )
    captured = notebook.capture(
        "def iris(a):\n    return [models['a'][0].depth] + [m.coef_ for m in box.inner]"
    )
    reads = sorted(map(sorted, captured.attributes_read.values()))
    assert reads == [["coef_"], ["depth"]]


def test_the_main_block_of_the_cell_stays_in_the_notebook(notebook: Notebook) -> None:
    notebook.run("def show(x):\n    print(x)")
    captured = notebook.capture(
        "def iris(a):\n    return a * scale\n\n"
        "if __name__ == '__main__':\n    scale = 2\n    show(iris(1))"
    )
    # The function reads the variable, which the block sets only in the notebook.
    assert [(item.name, item.kind) for item in captured.items] == [("scale", "constant")]


def test_the_other_branch_of_the_main_block_has_not_run(notebook: Notebook) -> None:
    notebook.run("scale = 2")
    captured = notebook.capture(
        "if __name__ == '__main__':\n    pass\nelse:\n    scale = 3\n\n"
        "def iris(a):\n    return a * scale"
    )
    assert [(item.name, item.kind) for item in captured.items] == [("scale", "constant")]


def test_the_card_names_what_the_main_block_sets_again(notebook: Notebook) -> None:
    captured = notebook.capture(
        "scale = i = 1\ndef iris(a):\n    i = a\n    return i * scale\n"
        "if __name__ == '__main__':\n    scale = i = 10"
    )
    assert [(item.name, item.kind, item.why) for item in captured.items] == [
        ("scale", "note", "set again on line 6 in a block that does not run in an action")
    ]


def test_what_only_the_main_block_sets_has_the_notebook_s_value(notebook: Notebook) -> None:
    cell = "if __name__ == '__main__':\n    scale = 10\n\ndef iris(a):\n    return a * scale"
    assert [(item.name, item.kind) for item in notebook.capture(cell).items] == [
        ("scale", "constant")
    ]


def test_a_main_block_in_a_function_needs_what_it_uses(notebook: Notebook) -> None:
    notebook.run(
        "scale = 2\n\n"
        "def helper(a):\n    if __name__ == '__main__':\n        return scale\n    return a"
    )
    captured = notebook.capture("def iris(a):\n    return helper(a)")
    assert {item.name for item in captured.items} == {"helper", "scale"}


@pytest.mark.parametrize(
    ("setup", "line"),
    [
        ("n = 3", "global n\n    n += 1"),
        ("n = [3]", "n.append(a)"),
        ("n = {'a': 1}", "n['b'] = a"),
        ("import types\nn = types.SimpleNamespace(count=0)", "n.count += 1"),
        ("import itertools\nn = itertools.count(3)", "next(n)"),
        ("import random\nimport numpy\nn = numpy.random.default_rng(0)", "n.random()"),
    ],
    ids=["global", "list", "dictionary", "attribute", "counter", "generator"],
)
def test_the_card_says_that_workers_do_not_share_changes(
    setup: str, line: str, notebook: Notebook
) -> None:
    notebook.run(setup)
    captured = notebook.capture(f"def iris(a):\n    {line}\n    return a")
    reasons = {item.name: item.why for item in captured.items}
    assert reasons["n"].endswith("; each worker starts with the notebook's value")


def test_the_card_does_not_say_so_of_values_that_are_only_read(notebook: Notebook) -> None:
    notebook.run("n = {'b': 3}\nm = [1]")
    captured = notebook.capture(
        "def iris(a):\n    m = []\n    m.append(n.get('b'))\n    return {**n, 'a': sorted(m)}"
    )
    assert [item.why for item in captured.items] == ["used by iris, lines 4 and 5"]


@pytest.mark.parametrize(
    ("line", "is_noted"),
    [
        ("list(cities)[0]", True),
        ("', '.join(cities)", True),
        ("[*cities]", True),
        ("[city[0] for city in cities]", True),
        ("sorted(cities)", False),
        ("a in cities", False),
        ("any(city in a for city in cities)", False),
        ("list(years)", False),
    ],
)
def test_the_card_says_when_the_order_of_a_set_counts(
    line: str, is_noted: bool, notebook: Notebook
) -> None:
    notebook.run("cities = {'Wien', 'Graz'}\nyears = {2023, 2024}")
    captured = notebook.capture(f"def iris(a):\n    return {line}")
    (item,) = captured.items
    assert item.why.endswith("; its order differs in each worker") is is_noted


def test_two_names_of_an_array_stay_one_array(notebook: Notebook) -> None:
    notebook.run("import numpy\na = numpy.arange(3)\nb = a")
    captured = notebook.capture("def iris():\n    a[0] = 5\n    return b.tolist()")
    assert list(captured.arrays) == ["a"]
    assert "b = a" in captured.captured_source


def test_an_array_that_cannot_be_changed_stays_so(notebook: Notebook) -> None:
    notebook.run("import numpy\na, b = numpy.arange(3), numpy.arange(3)\na.flags.writeable = False")
    source = notebook.capture("def iris():\n    return [a.sum(), b.sum()]").captured_source
    assert "a.flags.writeable = False" in source
    assert "b.flags" not in source


def test_the_card_names_a_set_in_a_function_whose_order_counts(notebook: Notebook) -> None:
    notebook.run("def tags(text):\n    return list(set(text.split()))")
    captured = notebook.capture(
        "def iris(a):\n    words = set(a.lower().split())\n    bucket = hash(a) % 3\n"
        "    return [bucket, sorted(words), *words, *tags(a)]"
    )
    assert [(item.name, item.kind, item.why) for item in captured.items] == [
        (
            *("tags", "function"),
            "used by iris, line 5; set(text.split()) on line 2: its order differs in each worker",
        ),
        (
            "set(a.lower().split())",
            "note",
            "used by iris, line 5; its order differs in each worker",
        ),
        ("hash(a)", "note", "used by iris, line 4; the hash of a text differs in each worker"),
    ]


def test_the_card_says_that_a_result_with_the_key_error_is_a_failure(notebook: Notebook) -> None:
    captured = notebook.capture(
        "def iris(a):\n    def inner():\n        return {'error': 0}\n    if not a:\n"
        "        return {'error': 'no a', 'a': a}\n    return {'errors': inner()['error']}"
    )
    assert [(item.name, item.kind, item.why) for item in captured.items] == [
        (
            *("{'error': …}", "note"),
            "returned on line 6; a call whose result has the key 'error' counts as failed",
        )
    ]


def test_names_are_imported_from_python_and_not_from_the_kernel_s_debugger(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The debugger's module imports the same names, and its own name is shorter.
    debugger = types.ModuleType("pydevd")
    debugger.Optional, debugger.sleep = typing.Optional, time.sleep  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pydevd", debugger)
    notebook.run("from time import sleep\nfrom typing import Optional")
    captured = notebook.capture("def iris(a: Optional[int] = None):\n    sleep(0)\n    return a")
    assert "from typing import Optional\nfrom time import sleep" in captured.captured_source


def test_a_data_object_brings_the_notebook_s_functions_inside_it(notebook: Notebook) -> None:
    notebook.run("import networkx as nx\ndef cost(a):\n    return a + limit\nlimit = 3")
    notebook.run("graph = nx.path_graph(3)\ngraph.graph['cost'] = cost")
    captured = notebook.capture(
        "def iris(a):\n    return [one.graph['cost'](a) for one in [graph]]"
    )
    kinds = {item.name: item.kind for item in captured.items}
    assert kinds == {"graph": "data", "cost": "function", "limit": "constant"}
    _, _, after = captured.captured_source.partition("def cost(a):")
    assert after.endswith('\n\n\ngraph = load_data("graph", [cost])\n')
