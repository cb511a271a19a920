from __future__ import annotations

import ast
from textwrap import dedent
from typing import Any

import pytest

from jupyter_faas.capture.result_schema import Function, result_entries
from jupyter_faas.capture.signature import find_handler, read_signature


def function(source: str) -> Function:
    return find_handler(ast.parse(dedent(source)), "iris").node


def entries(source: str, **namespace: Any) -> dict[str, Any]:
    source = dedent(source)
    exec(source, namespace)
    schema = read_signature(find_handler(ast.parse(source), "iris"), "iris", namespace).schema
    return {key: schema[key] for key in ("x-faas-result", "x-faas-boxed") if key in schema}


@pytest.mark.parametrize(
    ("annotation", "schema"),
    [
        ("float", {"type": "number"}),
        ("str", {"type": "string"}),
        ("None", {"type": "null"}),
        ("list[int]", {"type": "array", "items": {"type": "integer"}}),
        ("float | None", {"type": ["number", "null"]}),
        ("'float'", {"type": "number"}),
    ],
)
def test_annotated_value_is_boxed(annotation: str, schema: dict[str, Any]) -> None:
    assert entries(f"def iris() -> {annotation}: ...") == {
        "x-faas-result": {"type": "object", "properties": {"value": schema}, "required": ["value"]},
        "x-faas-boxed": True,
    }


@pytest.mark.parametrize("annotation", ["dict", "dict[str, int]"])
def test_annotated_dictionary_is_not_boxed(annotation: str) -> None:
    assert "x-faas-boxed" not in entries(f"def iris() -> {annotation}:\n    return run()")


@pytest.mark.parametrize("annotation", ["dict | None", "dict | float", "list | dict"])
def test_annotation_with_both_may_be_boxed(annotation: str) -> None:
    assert entries(f"def iris() -> {annotation}: ...") == {"x-faas-boxed": True}


@pytest.mark.parametrize(
    "body",
    [
        "return {'a': 1}",
        "return {name: 1 for name in 'ab'}",
        "return dict(a=1)",
        "return asdict(answer)",
        "return row.to_dict()",
        "found = {}\nfound['a'] = 1\nreturn found",
        "found = {}\nif x:\n    found = {'a': 1}\nreturn found",
        "if x:\n    return {'a': 1}\nreturn {'b': 2}",
        "return {'a': 1} if x else {'b': 2}",
        "return {'a': 1} | more",
        "def inner():\n    return 3\nreturn {'a': inner()}",
    ],
)
def test_visible_dictionaries_are_not_boxed(body: str) -> None:
    indented = body.replace("\n", "\n    ")
    assert result_entries({}, function(f"def iris(x):\n    {indented}")) == {}


@pytest.mark.parametrize(
    "body",
    [
        "pass",
        "return",
        "return x",
        "return model.predict(x)[0]",
        "return rows.to_dict('records')",
        "found = {}\nfound = 3\nreturn found",
        "found = {}\nfor found in x: pass\nreturn found",
        "if x:\n    return {'a': 1}\nreturn 3",
    ],
)
def test_other_results_may_be_boxed(body: str) -> None:
    indented = body.replace("\n", "\n    ")
    source = f"def iris(x):\n    {indented}"
    assert result_entries({}, function(source)) == {"x-faas-boxed": True}


def test_lambda_is_read_like_a_return_statement() -> None:
    assert result_entries({}, function("iris = lambda x: {'a': x}")) == {}
    assert result_entries({}, function("iris = lambda x: x")) == {"x-faas-boxed": True}
