from __future__ import annotations

import pytest

from jupyter_faas.errors import ActionConflict
from jupyter_faas.playground.entities.packages import apply_package_change, read_package_change
from jupyter_faas.playground.errors import Malformed, TooLarge
from jupyter_faas.whisk import Package, PackageName, SystemLimits, as_dict

NAME = PackageName("guest", "p")
BOUND = {"namespace": "other", "name": "q"}


def put(body: object, old: Package | None = None) -> Package:
    change = read_package_change(body, "guest", SystemLimits())
    return apply_package_change(change, old, NAME, 1234)


@pytest.mark.parametrize("body", [{}, {"something": 1}])
def test_create(body: object) -> None:
    assert put(body) == Package("guest", "p", "0.0.1", False, (), (), None, 1234)


def test_update_keeps_what_is_not_named() -> None:
    old = put(
        {
            "parameters": [{"key": "a", "value": 1}],
            "annotations": [{"key": "b", "value": 2}],
            "publish": True,
        }
    )
    new = put({}, old)
    assert new.version == "0.0.2"
    assert (new.parameters, new.annotations, new.publish) == (
        old.parameters,
        old.annotations,
        True,
    )


def test_update_replaces_what_is_named() -> None:
    old = put({"annotations": [{"key": "a", "value": 1}], "publish": True})
    new = put({"annotations": [], "parameters": [], "publish": False, "version": "1.0.0"}, old)
    assert new == Package("guest", "p", "1.0.0", False, (), (), None, 1234)


def test_binding_annotation_is_the_servers() -> None:
    bound = put({"binding": BOUND, "annotations": [{"key": "binding", "value": "mine"}]})
    assert as_dict(bound.annotations) == {"binding": BOUND}
    assert as_dict(put({"annotations": []}, bound).annotations) == {"binding": BOUND}
    plain = put({"annotations": [{"key": "binding", "value": "mine"}]})
    assert plain.annotations == ()


def test_binding_may_point_elsewhere_later() -> None:
    again = put({"binding": {"namespace": "_", "name": "r"}}, put({"binding": BOUND}))
    assert again.binding == PackageName("guest", "r")


def test_package_does_not_become_a_binding() -> None:
    with pytest.raises(ActionConflict, match="cannot be converted into a binding"):
        put({"binding": BOUND}, put({}))


@pytest.mark.parametrize("body", [None, [], "text", {"publish": 1}, {"version": "1.x"}])
def test_body_that_is_malformed(body: object) -> None:
    with pytest.raises(Malformed):
        put(body)


@pytest.mark.parametrize("field", ["parameters", "annotations"])
def test_sizes(field: str) -> None:
    bounds = SystemLimits(max_parameter_bytes=10, max_annotation_bytes=10)
    body = {field: [{"key": "a", "value": "x" * 10}]}
    with pytest.raises(TooLarge, match=rf"^{field} larger than allowed: 13 > 10 bytes\."):
        read_package_change(body, "guest", bounds)
