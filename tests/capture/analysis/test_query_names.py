"""Variables that the text of a query names."""

from __future__ import annotations

import ast

import pandas
import polars
import pytest

from jupyter_faas.capture.analysis.visitor import find_names

NAMESPACE = {
    "limit": 3,
    "sales": pandas.DataFrame({"amount": [1]}),
    "shops": polars.DataFrame({"city": ["Bern"]}),
    "total": 7,
}


def read(body: str) -> set[str]:
    source = f"def f(df, age):\n    {body}"
    return {use.name for use in find_names(ast.parse(source), namespace=NAMESPACE).uses}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return df.query('price < @limit and age == @age')", {"limit"}),
        ("return df.eval('x = price * @limit')", {"limit"}),
        ("return df.query(f'price < @limit and age < {total}')", {"limit", "total"}),
        ("text = 'price < @limit'\n    return df.query(text)", {"limit"}),
        ("limit = 4\n    return df.query('price < @limit')", set()),
        ("return duckdb.sql('SELECT sum(amount) AS total FROM sales')", {"duckdb", "sales"}),
        (
            "return duckdb.sql('from sales, shops where amount > @limit')",
            {"duckdb", "sales", "shops", "limit"},
        ),
        ("return polars.sql('select * from shops').collect()", {"polars", "shops"}),
        ("'''Sells from sales @limit.'''\n    return df.query('a > 1')", set()),
        ("return 'price < @limit from sales'", set()),
        ("df.query('a > 1')\n    print('Loaded the rows from sales')", {"print"}),
        ("return duckdb.sql('select 1 ' + 'from sales')", {"duckdb", "sales"}),
        ("model.eval()\n    return 'mail@limit'", {"model"}),
        ("return df.query('price < @missing')", set()),
    ],
)
def test_queried_variables_are_read(body: str, expected: set[str]) -> None:
    assert read(body) == expected


def test_a_queried_table_is_needed_whole() -> None:
    source = "def f():\n    return sales.columns, duckdb.sql('select * from sales')"
    assert "sales" in find_names(ast.parse(source), namespace=NAMESPACE).whole
