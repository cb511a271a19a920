from __future__ import annotations

from typing import Any

import pytest

from jupyter_faas.errors import InputError, ParametersRejected
from jupyter_faas.workspace.naming import check_parameter_names, pick_function


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
    with pytest.raises(InputError, match="has 2 functions named 'iris'") as refused:
        pick_function("iris", ["b/iris", "a/iris"])
    assert refused.value.hint == "Use one of these names: a/iris, b/iris."


@pytest.mark.parametrize("asked", ["rose", "other/iris"])
def test_an_unknown_name_tells_those_there_are(asked: str) -> None:
    with pytest.raises(InputError, match=f"no packaged function '{asked}'") as refused:
        pick_function(asked, ["models/iris"])
    assert refused.value.hint.endswith("Packaged: models/iris.")


NAMED: dict[str, Any] = {"type": "object", "properties": {"rate": {}, "years": {}}}


def test_an_unknown_parameter_is_refused_with_the_similar_one() -> None:
    with pytest.raises(ParametersRejected, match="opt does not take rte or colour") as refused:
        check_parameter_names("opt", NAMED, ["rte", "years", "colour"], "opt(rate=1, years=2)")
    assert refused.value.hint == "Did you mean rate? The signature is opt(rate=1, years=2)"


@pytest.mark.parametrize(
    ("schema", "given"),
    [
        (NAMED, ["rate", "__ow_method"]),
        ({**NAMED, "additionalProperties": {}}, ["rte"]),
        ({**NAMED, "additionalProperties": True}, ["rte"]),
        ({"type": "object"}, ["rte"]),
        (None, ["rte"]),
    ],
    ids=["web request", "typed kwargs", "kwargs", "dictionary", "no schema"],
)
def test_other_parameters_are_accepted(schema: dict[str, Any] | None, given: list[str]) -> None:
    check_parameter_names("opt", schema, given)
