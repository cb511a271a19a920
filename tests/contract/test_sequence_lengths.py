"""Contract §2.1, §3.5: how long a sequence may be when it runs."""

from __future__ import annotations

from tests.contract.helpers.api import Api, python
from tests.contract.helpers.sequences import ECHO, Sequences, failure, result, sequence


def test_as_long_as_may_be(sequences: Sequences) -> None:
    name = sequences.sequence(*[sequences.action(ECHO)] * 50)
    record = sequences.run(name, {"n": 1})
    assert result(record) == {"n": 1}
    assert len(record["logs"]) == 50


def test_longer_than_may_be_by_a_later_update(sequences: Sequences, api: Api) -> None:
    first = sequences.action(ECHO)
    inner = sequences.sequence(*[first] * 25)
    outer = sequences.sequence(inner, inner)
    # What contains it is not looked at when it changes.
    assert api.put(inner, sequence(*[first] * 26), overwrite=True).status_code == 200
    record = sequences.run(outer, {"n": 1})
    assert failure(record, "application error") == "Too many actions in the sequence."
    full, cut = sequences.parts(record)
    assert (len(full["logs"]), len(cut["logs"])) == (26, 24)
    assert full["response"]["success"] is True


def test_circle_that_a_binding_closes(
    sequences: Sequences, api: Api, package: str, binding: str, ours: None
) -> None:
    other = f"{package}_other"
    for each in (package, other):
        api.put_package(each)
    api.request("PUT", f"actions/{other}/chain", json=python(ECHO))
    api.put_package(binding, {"binding": {"namespace": "_", "name": other}})
    path = f"actions/{package}/chain"
    assert api.request("PUT", path, json=sequence(f"/_/{binding}/chain")).status_code == 200
    bound = {"binding": {"namespace": "_", "name": package}}
    assert api.put_package(binding, bound, overwrite=True).status_code == 200
    response = api.request("POST", path, json={}, params={"blocking": "true"})
    api.delete_package(other, force=True)
    assert failure(response.json(), "application error") == "Too many actions in the sequence."
