from __future__ import annotations

import pytest

from jupyter_faas.whisk.inputs import KeepInputs


def test_an_annotation_is_read_as_it_is_written() -> None:
    rule = KeepInputs(7, ("token",))
    assert KeepInputs.of(rule.to_annotation()) == rule


@pytest.mark.parametrize(
    ("annotation", "rule"),
    [
        ({}, KeepInputs(20)),
        ({"last": 5_000_000}, KeepInputs(1000)),
        ({"last": 0}, None),
        ({"last": True}, None),
        ({"last": "9"}, None),
        ({"redact": "token"}, None),
        (True, None),
        (False, None),
        (None, KeepInputs(by_default=True)),
    ],
    ids=str,
)
def test_what_is_not_understood_keeps_nothing(annotation: object, rule: KeepInputs | None) -> None:
    assert KeepInputs.of(annotation) == rule


def test_what_is_redacted_is_so_at_any_depth() -> None:
    given = {"a": {"key": 1}, "b": [{"key": [2]}], "key": {"c": 3}, "__ow_headers": {}, "d": "key"}
    assert KeepInputs(redact=("key",)).cleaned(given) == {
        "a": {"key": "…"},
        "b": [{"key": "…"}],
        "key": "…",
        "d": "key",
    }


def test_secrets_are_redacted_in_addition_to_named_keys() -> None:
    rule = KeepInputs(redact=("name",), hides_secrets=True)
    assert KeepInputs.of(rule.to_annotation()) == rule
    cleaned = rule.cleaned({"name": "Ann", "api_key": "k", "price": 2})
    assert cleaned == {"name": "…", "api_key": "…", "price": 2}
