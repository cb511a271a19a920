"""Actions that misbehave: each is answered as the contract says, and nothing is left of them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from jupyter_faas.playground import PlaygroundInfo
from tests.contract.helpers import hostile
from tests.contract.helpers.api import HELLO, Api, python
from tests.contract.helpers.hostile import Hostile
from tests.playground.helpers.loop import wait_until
from tests.playground.helpers.processes import with_argument
from tools.soak.footprint import Footprint
from tools.soak.hostile import at_rest, short_tempered

pytestmark = [
    pytest.mark.usefixtures("ours"),
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]

# Caches that were filled for the first time: of the database, of the allocator, of compiled code.
SLACK_MB = 10.0


@dataclass(frozen=True)
class Rough:
    """A playground for all of them, and what it took before the first."""

    info: PlaygroundInfo
    api: Api
    before: Footprint


@pytest.fixture(scope="module")
def rough(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rough]:
    with short_tempered(tmp_path_factory.mktemp("rough")) as (info, api):
        assert api.put("healthy", python(HELLO)).status_code == 200
        assert api.invoke("healthy").status_code == 200
        yield Rough(info, api, at_rest(info))


@pytest.mark.parametrize("case", hostile.ALL, ids=lambda case: case.name.replace(" ", "_"))
def test_answer(rough: Rough, tmp_path: Path, case: Hostile) -> None:
    counter = tmp_path / "counter"
    counter.touch()
    name = f"hostile_{hostile.ALL.index(case)}"
    case.judge(hostile.invoke(rough.api, name, replace(case, payload={"counter": str(counter)})))
    assert rough.api.invoke("healthy", result=True).json() == {"greeting": "Hello stranger"}
    assert rough.api.delete(name).status_code == 200
    wait_until(lambda: not with_argument(hostile.LEFT))


def test_nothing_is_left_of_them(rough: Rough) -> None:
    """Stands last: it looks at what all of the above have done."""
    after = at_rest(rough.info)
    assert after.descriptors == rough.before.descriptors
    assert after.processes == rough.before.processes == 1
    assert after.own_mb < rough.before.own_mb + SLACK_MB, f"{rough.before}, then {after}"
