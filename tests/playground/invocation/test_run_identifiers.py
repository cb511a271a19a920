from __future__ import annotations

import re

from jupyter_faas.playground.invocation.run import Ids


def test_each_is_another() -> None:
    ids = Ids()
    found = [ids() for _ in range(1000)]
    assert len(set(found)) == 1000
    assert all(re.fullmatch(r"[0-9a-f]{32}", each) for each in found)
