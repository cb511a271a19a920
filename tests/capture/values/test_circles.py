"""Objects whose methods decorate what they contain."""

from __future__ import annotations

from jupyter_faas.capture.values.circles import split_registry
from jupyter_faas.capture.values.instances import RESTORED


def test_a_container_of_members_is_filled_afterwards() -> None:
    split = split_registry(f"r = {RESTORED}(Registry, {{'found': {{'one': one}}}})", {"one"})
    assert split is not None
    assert split.text == f"r = {RESTORED}(Registry, {{'found': dict()}})"
    assert split.filling == "r.found.clear()\nr.found.update({'one': one})\n"


def test_an_object_whose_class_is_a_member_is_not_split() -> None:
    assert split_registry(f"m = {RESTORED}(Metre, {{'value': 1.0}})", {"Metre"}) is None
