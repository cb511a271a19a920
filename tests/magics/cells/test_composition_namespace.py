from __future__ import annotations

import builtins
from typing import Any

import pytest

from jupyter_faas import composer
from jupyter_faas.errors import InputError
from jupyter_faas.magics.cells.composition_namespace import NAMES, check_called, combinators_in


def run(body: str, namespace: dict[str, Any]) -> Any:
    with combinators_in(namespace, body):
        exec(body, namespace)


def test_every_combinator_is_lent_and_taken_back() -> None:
    namespace: dict[str, Any] = {}
    with combinators_in(namespace):
        assert {name: namespace[name] for name in NAMES} == {
            name: getattr(composer, name) for name in NAMES
        }
        assert namespace["composer"] is composer
    assert namespace == {}


def test_they_are_all_that_the_room_offers() -> None:
    offered = {name for name in composer.__all__ if name in composer.combinators.__dict__}
    made_elsewhere = {"parse"}
    types = {"Composition", "NamedComposition", "Task"}
    assert offered - types | made_elsewhere == set(NAMES)


def test_a_name_of_the_notebook_keeps_its_meaning() -> None:
    namespace: dict[str, Any] = {"merge": "mine"}
    run("found = merge", namespace)
    assert (namespace["found"], namespace["merge"]) == ("mine", "mine")


def test_what_the_cell_binds_stays() -> None:
    namespace: dict[str, Any] = {}
    run("from jupyter_faas.composer import when\nseq = sequence\nmap = 3", namespace)
    assert (namespace["when"], namespace["seq"], namespace["map"]) == (
        composer.when,
        composer.sequence,
        3,
    )
    assert "sequence" not in namespace


def test_what_the_cell_imports_as_a_whole_stays() -> None:
    namespace: dict[str, Any] = {}
    run("from jupyter_faas.composer import *", namespace)
    assert namespace["sequence"] is composer.sequence


def test_they_are_taken_back_after_an_error() -> None:
    namespace: dict[str, Any] = {}
    with pytest.raises(ZeroDivisionError):
        run("1 / 0", namespace)
    assert not set(NAMES) & set(namespace)


def test_map_is_pythons_own_again_when_an_inline_function_runs() -> None:
    namespace: dict[str, Any] = {}
    run("double = lambda p: list(map(str, p))\nnode = map('iris')", namespace)
    assert namespace["node"].type == "map"
    assert namespace["double"]([1]) == ["1"]
    assert namespace["__builtins__"]["map"] is builtins.map


def test_a_variable_that_hides_a_called_combinator_is_named() -> None:
    with pytest.raises(
        InputError, match=r"value is a variable in this notebook: an int\."
    ) as caught:
        check_called("sequence('iris', value(3))", {"value": 3})
    assert caught.value.hint.startswith("Write composer.value(…)")


@pytest.mark.parametrize(
    ("body", "namespace"),
    [
        ("sequence('iris', composer.value(3))", {"value": 3}),
        ("value(3)", {"value": lambda n: n}),
        ("'value(3)'", {"value": 3}),
        ("%time value(3)", {"value": 3}),
    ],
    ids=["by the module", "a function of the notebook", "in a text", "IPython's syntax"],
)
def test_other_uses_of_the_name_are_fine(body: str, namespace: dict[str, Any]) -> None:
    check_called(body, namespace)
