"""All the actions that misbehave in a row: the playground is afterwards what it was before."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.contract.api import HELLO, python
from tools.soak.hostile import at_rest, run_all, short_tempered

# Caches that were filled for the first time: of the database, of the allocator, of compiled code.
SLACK_MB = 10.0


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.timeout(240)
def test_nothing_is_left_of_them(tmp_path: Path) -> None:
    with short_tempered(tmp_path) as (info, api):
        api.put("first", python(HELLO))
        api.invoke("first")
        api.delete("first")
        before = at_rest(info)
        run_all(api, tmp_path)
        after = at_rest(info)
        assert after.descriptors == before.descriptors
        assert after.processes == before.processes == 1
        assert after.pss_mb < before.pss_mb + SLACK_MB, f"{before}, then {after}"
