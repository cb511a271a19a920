from __future__ import annotations

from types import SimpleNamespace

import pytest

from jupyter_faas.errors import InputError
from jupyter_faas.magics.cells.expansion import check_references, expand, expand_words
from jupyter_faas.magics.cells.line_parser import split_words

NAMES = {"n": 3, "name": "iris", "rows": [1, 2, 3], "model": SimpleNamespace(version="v2")}


@pytest.mark.parametrize(
    ("line", "expanded"),
    [
        ("deploy iris", "deploy iris"),
        ("deploy {name}", "deploy iris"),
        ("deploy $name --target lab", "deploy iris --target lab"),
        ("invoke f x={n + 1}", "invoke f x=4"),
        ("invoke f x={rows[1:3]}", "invoke f x=[2, 3]"),
        ('invoke f x="{name} {n}"', 'invoke f x="iris 3"'),
        ("invoke f x={name!r}", "invoke f x='iris'"),
        ("invoke f x=$model.version", "invoke f x=v2"),
        ("invoke f x={rows[-1]}{n}", "invoke f x=33"),
    ],
)
def test_expressions_become_their_values(line: str, expanded: str) -> None:
    assert expand(line, NAMES) == expanded


@pytest.mark.parametrize(
    ("line", "expanded"),
    [
        ("""f '{"x": 1}'""", """f '{"x": 1}'"""),
        ("""f '{"x":1}'""", """f '{"x":1}'"""),
        ("""f '{"x":{"y":{}}}'""", """f '{"x":{"y":{}}}'"""),
        ("""f '{"x": {n}}'""", """f '{"x": 3}'"""),
        ("""f '{"x": "{name}", "y": [{n}]}'""", """f '{"x": "iris", "y": [3]}'"""),
        ("""f '{"n": {rows}}'""", """f '{"n": [1, 2, 3]}'"""),
        ("f {'x': 1}", "f {'x': 1}"),
        ("f {}", "f {}"),
    ],
)
def test_dictionary_keeps_its_braces(line: str, expanded: str) -> None:
    assert expand(line, NAMES) == expanded


@pytest.mark.parametrize(
    "line",
    ["f x={unknown}", "f x=$unknown", "f x=$5", "f x={", "f x=}", "f x={1/0}", "f x={two words}"],
)
def test_other_text_stays_as_it_is(line: str) -> None:
    assert expand(line, NAMES) == line


@pytest.mark.parametrize(
    ("line", "expanded"),
    [
        ("f x={{name}}", "f x={name}"),
        ("f x=$$name", "f x=$name"),
        ("f x='$name'", "f x='$name'"),
    ],
)
def test_braces_and_dollars_can_be_meant_themselves(line: str, expanded: str) -> None:
    assert expand(line, NAMES) == expanded


def test_options_that_are_expressions_already_are_kept() -> None:
    words = split_words("$name --sample {n for n in rows} x --memory {n}28 --test={'n':{n}}")
    kept = ("--sample", "--test")
    assert expand_words(words, NAMES, kept) == (
        "iris --sample {n for n in rows} x --memory 328 --test={'n':{n}}"
    )


@pytest.mark.parametrize(
    "line",
    [
        "f --param password=$pw",
        "f --param=password=$pw",
        "f --param password={pw}",
        'f --param password="$pw"',
    ],
)
def test_a_parameter_that_names_no_variable_is_refused(line: str) -> None:
    with pytest.raises(InputError, match=r"this notebook has no variable pw\.") as refused:
        check_references(split_words(line), NAMES)
    assert "--secret PW" in refused.value.hint


@pytest.mark.parametrize(
    "line",
    [
        "f --param unit=$name",
        "f --param unit={name}",
        "f --param 'password=$pw'",
        "f --param password='$pw'",
        "f --param price=$$pw",
        "f --param price=$5",
        "f --param note=about$pw",
        "f --test {pw}",
    ],
)
def test_other_values_are_left_to_the_expansion(line: str) -> None:
    check_references(split_words(line), NAMES)
