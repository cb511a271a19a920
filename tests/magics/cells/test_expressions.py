from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from jupyter_faas.errors import InputError
from jupyter_faas.magics.cells.expressions import test_of as read_test

SHELL = SimpleNamespace(user_global_ns={"n": 2}, user_ns={})


@pytest.mark.parametrize(
    ("expect", "wanted"),
    [
        (None, None),
        ('{"n": 4}', {"n": 4}),
        ("dict(n=n)", {"n": 2}),
        ("0.5", {"value": 0.5}),
        ("null", {"value": None}),
        ("[n, 1]", {"value": [2, 1]}),
    ],
)
def test_expected_value_that_is_no_dictionary_is_boxed(expect: str | None, wanted: Any) -> None:
    assert read_test(SHELL, "{}", expect).expect == wanted


def test_input_must_be_a_dictionary() -> None:
    with pytest.raises(InputError, match="--test n has the type int, but must be a dictionary"):
        read_test(SHELL, "n", None)
