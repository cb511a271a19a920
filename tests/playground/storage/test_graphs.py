from __future__ import annotations

from types import MappingProxyType

import pytest

from jupyter_faas.playground.storage.graphs import is_branch

STATE = {"stack": [{}, {"marker": True}]}


@pytest.mark.parametrize(
    "payload", [{"$composer": STATE}, MappingProxyType({"$composer": MappingProxyType(STATE)})]
)
def test_state_with_a_marker_is_a_branch(payload: object) -> None:
    assert is_branch(payload)


@pytest.mark.parametrize(
    "payload",
    [{}, {"row": [1]}, [STATE], {"$composer": {"stack": [{}]}}, {"$composer": {"stack": "marker"}}],
)
def test_any_other_payload_is_no_branch(payload: object) -> None:
    assert not is_branch(payload)
