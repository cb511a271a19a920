"""The words of budget."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.commands.cost import budget_lines
from jupyter_faas.commands.table import Call, Outcome, parse
from jupyter_faas.errors import InputError
from jupyter_faas.workspace import Workspace
from tests.workspace.helpers.samples import sample
from tests.workspace.helpers.sessions import STEP, Place


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    place = Place(Workspace.open(tmp_path_factory.mktemp("faas"), target="playground"))
    place.put("step", STEP)
    place.run("step")
    yield place
    place.client.close()
    place.workspace.playground.stop()


def run(workspace: Workspace, line: str) -> Outcome:
    call = parse("magic", line.split())
    assert isinstance(call, Call)
    return call.run(workspace)


def test_a_budget_is_set_told_and_taken_away(place: Place) -> None:
    first = run(place.workspace, "budget")
    assert first.lines == (
        "Local playground has no budget.",
        "To set a budget of 20 USD a month: %faas budget 20",
    )
    made = run(place.workspace, "budget 20")
    assert made.lines[0].startswith("Within budget: ")
    assert re.search(r"budget is \$20\.00\. Spent so far: \$0\.0\d*\.", made.lines[0])
    record: Any = made.json
    assert (record["target"], record["usd_per_month"]) == ("playground", "20")
    assert list(record["budget"]) == list(sample("cost")["budget"])
    assert run(place.workspace, "budget").json == made.json
    assert any("Within budget" in line for line in run(place.workspace, "cost").lines)
    assert run(place.workspace, "budget none").lines == first.lines
    assert not any("budget" in line for line in run(place.workspace, "cost").lines)


def test_a_wrong_amount_changes_nothing(place: Place) -> None:
    run(place.workspace, "budget 7")
    with pytest.raises(InputError, match="not 'much'"):
        run(place.workspace, "budget much")
    assert place.workspace.budgets.get("playground") == 7
    run(place.workspace, "budget none")


def test_it_is_kept_also_while_the_target_does_not_answer(tmp_path: Path) -> None:
    made = run(Workspace.open(tmp_path, target="playground"), "budget 20")
    assert made.lines[0] == "Local playground has a budget of $20.00 a month."
    assert made.lines[1].startswith("The amount spent is not known: ")
    assert Workspace.open(tmp_path).budgets.get("playground") == 20


def test_over_budget_is_said_in_words() -> None:
    found = {**sample("cost")["budget"], "over": True, "estimate_text": "$34.00"}
    assert list(budget_lines(found, "Lab")) == [
        "Over budget: the estimate for November 2026 on Lab is $34.00, and the budget is $20.00. "
        "Spent so far: $5.32."
    ]
    less = [*budget_lines({**found, "complete": False}, "Lab")]
    assert "the actual amounts are higher" in less[1]
