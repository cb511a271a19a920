from __future__ import annotations

import pytest

from jupyter_faas.errors import InputError
from jupyter_faas.workspace.naming import pick_function


@pytest.mark.parametrize(
    ("asked", "names", "picked"),
    [
        ("iris", ["iris", "models/iris"], "iris"),
        ("models/iris", ["iris", "models/iris"], "models/iris"),
        ("iris", ["models/iris", "hello"], "models/iris"),
    ],
    ids=["exact", "in a package", "package left out"],
)
def test_a_function_is_picked(asked: str, names: list[str], picked: str) -> None:
    assert pick_function(asked, names) == picked


def test_two_of_a_name_are_not_guessed_between() -> None:
    with pytest.raises(InputError, match="has 2 functions 'iris'") as refused:
        pick_function("iris", ["b/iris", "a/iris"])
    assert refused.value.hint == "Say which: a/iris, b/iris."


@pytest.mark.parametrize("asked", ["rose", "other/iris"])
def test_an_unknown_name_tells_those_there_are(asked: str) -> None:
    with pytest.raises(InputError, match=f"no packaged function '{asked}'") as refused:
        pick_function(asked, ["models/iris"])
    assert refused.value.hint.endswith("Here: models/iris.")
