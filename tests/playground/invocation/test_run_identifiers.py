from __future__ import annotations

import re

from jupyter_faas.playground.invocation.run import Ids


def test_each_is_another() -> None:
    ids = Ids()
    found = [ids() for _ in range(1000)]
    assert len(set(found)) == 1000
    assert all(re.fullmatch(r"[0-9a-f]{32}", each) for each in found)


def test_second_halves_ascend_with_time() -> None:
    times = iter([1_764_424_800_000, 1_764_424_800_050])
    ids = Ids(lambda: next(times))
    found = [ids() for _ in range(256)]
    assert {each[16:28] for each in found[:128]} == {f"{1_764_424_800_000:012x}"}
    assert max(each[16:] for each in found[:128]) < min(each[16:] for each in found[128:])


def test_beginnings_of_ids_differ() -> None:
    ids = Ids()
    assert len({ids()[:8] for _ in range(1000)}) > 990
