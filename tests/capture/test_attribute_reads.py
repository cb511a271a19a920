"""Objects of which only attributes travel, because the function reads nothing else."""

from __future__ import annotations

import pytest

from tests.capture.helpers.notebook import Notebook

FRAME = "import pandas as pd\nX = pd.DataFrame({'a': [1.0, 2.0], 'b': ['x', 'y']})"


def kinds(notebook: Notebook, body: str) -> dict[str, str]:
    return {item.name: item.kind for item in notebook.capture(body).items}


@pytest.mark.parametrize(
    ("use", "travels"),
    [
        ("list(X.columns)", {"X": "object", "X_columns": "data"}),
        ("X.columns.tolist() + [X.columns[0]]", {"X": "object", "X_columns": "data"}),
        ("X.shape[1]", {"X": "object"}),
        ("len(X)", {"X": "object"}),
        ("[len(X), X.shape]", {"X": "object"}),
        ("float(X.a.mean())", {"X": "object", "X_a": "data"}),
        ("float(X['a'].mean())", {"X": "data"}),
        ("X.mean().tolist()", {"X": "data"}),
        ("[X.shape, X.iloc[0]]", {"X": "data"}),
        ("[X.columns, X]", {"X": "data"}),
        ("(lambda X: 1)(X)", {"X": "data"}),
        ("[X.columns for X in [1]] + list(X.columns)", {"X": "object", "X_columns": "data"}),
    ],
)
def test_what_travels_of_a_frame(use: str, travels: dict[str, str], notebook: Notebook) -> None:
    notebook.run(FRAME)
    assert kinds(notebook, f"def iris():\n    return {{'x': {use}}}") == travels


def test_the_card_says_that_only_attributes_travel(notebook: Notebook) -> None:
    notebook.run(FRAME)
    captured = notebook.capture("def iris():\n    return {'x': [len(X), list(X.columns)]}")
    assert captured.items[0].why == "used by iris, line 3: only .columns and its length"


def test_a_helper_that_needs_the_whole_frame_is_seen(notebook: Notebook) -> None:
    notebook.run(f"{FRAME}\ndef head():\n    return X.head(1)")
    body = "def iris():\n    return {'x': list(X.columns), 'y': str(head())}"
    assert kinds(notebook, body)["X"] == "data"


def test_names_of_a_bunch_travel_without_its_data(notebook: Notebook) -> None:
    notebook.run("from sklearn.datasets import load_iris\ndata = load_iris()")
    captured = notebook.capture("def iris(i: int):\n    return {'x': data.target_names[i]}")
    assert [(item.name, item.kind) for item in captured.items] == [
        ("data", "object"),
        ("data_target_names", "array"),
    ]


@pytest.mark.parametrize(
    ("use", "travels"),
    [
        ("list(d.data.columns)", {"d": "object", "d_data_columns": "data"}),
        ("[d.data.columns[0], d.data.shape]", {"d": "object", "d_data_columns": "data"}),
        ("[d.data.shape, d.frame.shape]", {"d": "object"}),
        ("[d.data.columns[0], len(d.data)]", {"d": "object", "d_data": "data"}),
        ("d.data.mean().tolist()", {"d": "object", "d_data": "data"}),
    ],
)
def test_attributes_of_a_bunch_s_frame_travel_without_its_rows(
    use: str, travels: dict[str, str], notebook: Notebook
) -> None:
    notebook.run("from sklearn.datasets import load_iris\nd = load_iris(as_frame=True)")
    assert kinds(notebook, f"def iris():\n    return {{'x': {use}}}") == travels


def test_the_card_shows_the_path_of_an_attribute(notebook: Notebook) -> None:
    notebook.run("from sklearn.datasets import load_iris\nd = load_iris(as_frame=True)")
    captured = notebook.capture("def iris():\n    return [*d.data.columns, d.target_names[0]]")
    assert captured.items[0].why == "used by iris, line 3: only .data.columns and .target_names"


def test_an_object_that_could_not_travel_gives_its_attributes(notebook: Notebook) -> None:
    notebook.run(
        "class Loader:\n    def __init__(self):\n        self.classes = ['cat', 'dog']\n"
        "        self.rows = iter([1])\ntrain = Loader()"
    )
    captured = notebook.capture("def iris(i: int):\n    return {'x': train.classes[i]}")
    assert "train = only_attributes('train', classes=['cat', 'dog'])" in captured.captured_source


def test_an_attribute_that_is_set_needs_the_whole_object(notebook: Notebook) -> None:
    notebook.run(FRAME)
    body = "def iris():\n    X.columns = ['c', 'd']\n    return {'x': list(X.columns)}"
    assert kinds(notebook, body) == {"X": "data"}
