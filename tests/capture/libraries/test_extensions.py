"""Methods and accessors that were added to library classes."""

from __future__ import annotations

import types
from collections.abc import Iterator

import pandas
import polars
import pytest

from jupyter_faas.capture import CapturedFunction
from tests.capture.helpers.notebook import Notebook


@pytest.fixture(autouse=True)
def _classes_are_restored() -> Iterator[None]:
    classes = (pandas.DataFrame, pandas.Series, polars.Expr)
    before = {one: set(vars(one)) for one in classes}
    accessors = {one: set(getattr(one, "_accessors", ())) for one in classes}
    yield
    for one in classes:
        for name in set(vars(one)) - before[one]:
            delattr(one, name)
        if accessors[one]:
            one._accessors.intersection_update(accessors[one])


def loaded(captured: CapturedFunction, *names: str) -> types.SimpleNamespace:
    """What captured.py defines where the notebook's additions do not exist."""
    for owner, name in (one.rsplit(".", 1) for one in names):
        delattr(getattr(pandas, owner, None) or getattr(polars, owner), name)
    namespace: dict[str, object] = {}
    exec(captured.captured_source, namespace)
    return types.SimpleNamespace(**namespace)


def test_a_method_that_the_notebook_adds_travels(notebook: Notebook) -> None:
    notebook.run(
        "import pandas as pd\ndef above(self):\n    return self[self > self.mean()]\n"
        "pd.Series.above = above\npd.Series.spread = property(lambda s: s.max() - s.min())"
    )
    captured = notebook.capture("def iris(x):\n    return pd.Series(x).above().spread")
    made = loaded(captured, "Series.above", "Series.spread").pd.Series([1, 5, 9, 12])
    assert made.above().spread == 3
    assert {"pandas.Series.above", "above", "pandas.Series.spread"} <= {
        item.name for item in captured.items
    }


def test_an_accessor_of_the_notebook_travels(notebook: Notebook) -> None:
    notebook.run(
        "import pandas as pd\n"
        "@pd.api.extensions.register_dataframe_accessor('geo')\n"
        "class Geo:\n"
        "    def __init__(self, frame):\n        self.frame = frame\n"
        "    def centre(self):\n        return self.frame['lat'].mean()\n"
    )
    captured = notebook.capture(
        "def iris(lat):\n    return pd.DataFrame({'lat': lat}).geo.centre()"
    )
    frame = loaded(captured, "DataFrame.geo").pd.DataFrame({"lat": [1, 3]})
    assert frame.geo.centre() == 2


def test_an_accessor_that_was_registered_by_a_call_travels(notebook: Notebook) -> None:
    notebook.run(
        "import pandas as pd\nclass Plain:\n    def __init__(self, frame):\n        self.n = 7\n"
        "pd.api.extensions.register_series_accessor('plain')(Plain)"
    )
    captured = notebook.capture("def iris(x):\n    return pd.Series(x).plain.n")
    assert loaded(captured, "Series.plain").pd.Series([1]).plain.n == 7


def test_a_namespace_of_polars_travels(notebook: Notebook) -> None:
    notebook.run(
        "import polars as pl\n@pl.api.register_expr_namespace('money')\nclass Money:\n"
        "    def __init__(self, expr):\n        self.expr = expr\n"
        "    def taxed(self):\n        return self.expr * 2\n"
    )
    body = "def iris(x):\n    return pl.select(pl.lit(x).money.taxed()).item()"
    made = loaded(notebook.capture(body), "Expr.money")
    assert made.pl.select(made.pl.lit(4).money.taxed()).item() == 8


def test_a_method_that_the_function_does_not_read_stays(notebook: Notebook) -> None:
    notebook.run("import pandas as pd\npd.Series.unused = lambda self: 1")
    captured = notebook.capture("def iris(x):\n    return pd.Series(x).sum()")
    assert [item.name for item in captured.items] == ["pd"]


def test_methods_of_tqdm_are_added_again(notebook: Notebook) -> None:
    tqdm = pytest.importorskip("tqdm")
    notebook.run("import pandas as pd\nfrom tqdm import tqdm\ntqdm.pandas()")
    assert tqdm.tqdm is notebook.namespace["tqdm"]
    captured = notebook.capture("def iris(x):\n    return pd.Series(x).progress_apply(len).sum()")
    made = loaded(captured, "Series.progress_apply").pd.Series(["a", "bb"])
    assert made.progress_apply(len).tolist() == [1, 2]
    assert "tqdm" in {one.distribution for one in captured.requirements}
