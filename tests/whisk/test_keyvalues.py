from __future__ import annotations

import pytest

from jupyter_faas.errors import InputError
from jupyter_faas.whisk import KeyValue, as_dict, as_json, key_values, merge
from jupyter_faas.whisk.keyvalues import from_dict, is_truthy


def test_read_and_write() -> None:
    obj = [{"key": "a", "value": 1}, {"key": "b", "value": None, "init": True}]
    entries = key_values(obj)
    assert entries == (KeyValue("a", 1), KeyValue("b", None, init=True))
    assert as_json(entries) == obj


def test_read_when_a_key_comes_twice() -> None:
    entries = key_values([{"key": "a", "value": 1}, {"key": "a", "value": 2}])
    assert as_dict(entries) == {"a": 2}
    assert len(entries) == 1


@pytest.mark.parametrize(
    "obj",
    [{"a": 1}, ["a"], [{"key": "a"}], [{"value": 1}], [{"key": 1, "value": 1}], "a"],
)
def test_read_when_malformed(obj: object) -> None:
    with pytest.raises(InputError, match="parameters malformed!"):
        key_values(obj)


@pytest.mark.parametrize(
    "entry",
    [
        {"key": "a"},
        {"value": 1},
        {"key": None, "value": 1},
        {"key": "a", "value": 1, "init": "yes"},
        {"key": "a", "value": 1, "encryption": None},
        "a",
    ],
)
def test_entry_that_is_malformed(entry: object) -> None:
    with pytest.raises(InputError, match=r"^parameters malformed!"):
        key_values([entry])


def test_merge() -> None:
    merged = merge(from_dict({"a": 1, "b": 2}), from_dict({"b": 3, "c": 4}))
    assert as_dict(merged) == {"a": 1, "b": 3, "c": 4}


@pytest.mark.parametrize("value", [True, 1, "yes", {"ast": 1}, {}, [], "false"])
def test_truthy(value: object) -> None:
    assert is_truthy(value)


@pytest.mark.parametrize("value", [False, 0, "", None, 0.0])
def test_not_truthy(value: object) -> None:
    assert not is_truthy(value)
