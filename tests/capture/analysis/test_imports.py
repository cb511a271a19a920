from __future__ import annotations

import ast

import pytest

from jupyter_faas.capture.analysis.imports import find_imports, is_main_block


def test_imports_are_listed_with_their_guard() -> None:
    source = (
        "import a.b\n"
        "try:\n    import fast\nexcept ImportError:\n    import slow\n"
        "def f():\n    from c.d import e\n"
        "if TYPE_CHECKING:\n    import only_for_types\n"
    )
    imports = find_imports(ast.parse(source))
    assert [(one.module, one.line, one.guarded) for one in imports] == [
        ("a.b", 1, False),
        ("fast", 3, True),
        ("slow", 5, False),
        ("c.d", 7, False),
    ]


@pytest.mark.parametrize(
    ("source", "module"),
    [("from a import *", "a"), ("from . import b", "."), ("from ..a import b", "..a")],
)
def test_star_and_relative_imports_are_found(source: str, module: str) -> None:
    (found,) = find_imports(ast.parse(source))
    assert found.module == module


def test_the_main_block_does_not_run_in_an_action() -> None:
    source = 'import a\nif __name__ == "__main__":\n    import b\nelse:\n    import c\n'
    assert [one.module for one in find_imports(ast.parse(source))] == ["a"]


def test_such_a_block_in_a_function_runs_in_an_action() -> None:
    source = 'def iris():\n    if __name__ == "__main__":\n        import b\n    import c\n'
    assert [one.module for one in find_imports(ast.parse(source))] == ["b", "c"]


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("if __name__ == '__main__': run()", True),
        ('if "__main__" == __name__: run()', True),
        ("if __name__ != '__main__': run()", False),
        ("if name == '__main__': run()", False),
        ("run()", False),
    ],
)
def test_the_main_block_is_recognized(statement: str, expected: bool) -> None:
    assert is_main_block(ast.parse(statement).body[0]) is expected
