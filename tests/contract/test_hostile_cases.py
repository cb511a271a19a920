"""Actions that misbehave: each is answered as the contract says, and leaves nobody behind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.contract import hostile
from tests.contract.api import HELLO, Api
from tests.contract.conftest import Deploy
from tests.contract.hostile import Hostile
from tests.playground.loop import wait_until
from tests.playground.processes import with_argument

pytestmark = pytest.mark.usefixtures("ours")


def names(case: Hostile) -> str:
    return case.name.replace(" ", "_")


@pytest.mark.parametrize(
    "case", [*hostile.PIPES, *hostile.PROCESSES, *hostile.FILES, *hostile.ENDINGS[-8:]], ids=names
)
def test_answer(api: Api, name: str, deploy: Deploy, tmp_path: Path, case: Hostile) -> None:
    counter = tmp_path / "counter"
    counter.touch()
    case = replace(case, payload={"counter": str(counter)})
    healthy = deploy(HELLO)
    case.judge(hostile.invoke(api, name, case))
    assert api.invoke(healthy, result=True).json() == {"greeting": "Hello stranger"}
    api.delete(name)
    wait_until(lambda: not with_argument(hostile.LEFT))
