"""Sessions of what the npm Composer has deployed, as our views read them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.workspace import Workspace
from jupyter_faas.workspace.sessions.model import Session
from tests.clients.composer.helpers.workbench import Composer
from tests.clients.helpers.redis import Redis

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(1200)]

Look = Callable[[str], Session]


@pytest.fixture
def look(composer: Composer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Look]:
    """Finds the session of an id, with the user's own ``.wskprops``."""
    monkeypatch.setenv("WSK_CONFIG_FILE", str(composer.terminal.home / ".wskprops"))
    workspace = Workspace.open(tmp_path / "faas", target="wskprops")
    yield workspace.sessions.session


def counts(found: Session) -> dict[str, tuple[int, int]]:
    return {path: (each.visits, each.failed) for path, each in found.nodes.items()}


def names(found: Session, *roles: str) -> list[tuple[str, str | None]]:
    return [(each.summary.name, each.path) for each in found.steps if each.role in roles]


def test_twenty_steps(composer: Composer, look: Look) -> None:
    record = composer.run(composer.deployed("twenty"), {"seen": []})
    found = look(record["activationId"])
    assert names(found, "action") == [(f"step-{index}", f"[{index}]") for index in range(20)]
    assert counts(found) == dict.fromkeys(["", *(f"[{n}]" for n in range(20))], (1, 0))
    assert (found.calls, found.retried, found.failed) == (20, 0, 0)
    prices = [each.summary.cost_per_million or Decimal(0) for each in found.steps]
    assert (len(prices), found.cost.total) == (41, sum(prices))


def test_retry(composer: Composer, look: Look) -> None:
    found = look(composer.run(composer.deployed("retry"), {"n": 1})["activationId"])
    choice = "[0][0]"
    assert [name for name, _ in names(found, "action")] == ["fail", "fail", "increment"]
    assert counts(found)[choice] == (3, 0)
    assert counts(found)[f"{choice}.consequent"] == (2, 2)
    assert counts(found)[f"{choice}.alternate"] == (1, 0)
    assert (found.calls, found.failed) == (3, 2)


def test_path_without_logs(composer: Composer, look: Look) -> None:
    action = composer.deployed("retry")
    told = look(composer.run(action, {"n": 1})["activationId"])
    assert composer.api.put(action, {"limits": {"logs": 0}}, overwrite=True).status_code == 200
    found = look(composer.run(action, {"n": 1})["activationId"])
    assert names(found, "action") == names(told, "action")


def test_composition_in_a_composition(composer: Composer, look: Look) -> None:
    composer.deployed("inner")
    found = look(composer.run(composer.deployed("nested"), {"n": 1})["activationId"])
    nested = [each for each in found.steps if each.role in ("composition", "sequence")]
    assert nested
    parents = {each.parent for each in found.steps}
    assert {each.summary.id for each in nested} <= parents


def test_asynchronous_part(composer: Composer, look: Look) -> None:
    record = composer.run(composer.deployed("async"), {"n": 1})
    started: Any = record["response"]["result"]["started"]["activationId"]
    composer.api.record(started)
    found = look(record["activationId"])
    (beside,) = [each for each in found.steps if each.role == "async"]
    assert (beside.summary.id, beside.path) == (started, "[0]")
    assert names(found, "action") == [("increment", "[0][1]")]


@pytest.mark.usefixtures("modules")
def test_branches(composer: Composer, look: Look, redis: Redis) -> None:
    params = {"n": 3, "$composer": {"redis": {"uri": redis.uri}}}
    found = look(composer.run(composer.deployed("parallel"), params)["activationId"])
    branches = [each.path for each in found.steps if each.role == "branch"]
    assert sorted(map(str, branches)) == ["[0]", "[1]", "[2]", "[3]"]
    assert counts(found)["[2]"] == (1, 1)
    assert (found.calls, found.failed) == (4, 1)


@pytest.mark.usefixtures("modules")
def test_waiting(composer: Composer, look: Look, redis: Redis) -> None:
    action = composer.deployed("slow_branches", "-t", "6000")
    params = {"n": 1, "$composer": {"redis": {"uri": redis.uri}}}
    found = look(composer.run(action, params)["activationId"])
    assert ("utils/echo", "") in names(found, "wait")
    assert found.cost.waiting is not None
    assert found.cost.total is not None
    assert found.cost.waiting < found.cost.total
