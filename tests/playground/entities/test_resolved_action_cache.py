from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_faas.errors import ActionNotFound
from jupyter_faas.playground.entities.namespaces import Caller
from jupyter_faas.playground.entities.resolved_action import ResolvedActionCache
from jupyter_faas.playground.errors import NotEntitled
from jupyter_faas.whisk import FullName
from tests.playground.entities.test_access import opened
from tests.playground.helpers.loop import in_loop

ME = Caller("me", "me", "")
YOU = Caller("you", "you", "")


@in_loop
async def test_plan_is_made_once(tmp_path: Path) -> None:
    async with opened(tmp_path) as house:
        plans = ResolvedActionCache(house.access)
        name = FullName("you", "open", "a")
        assert plans.find(name, ME) is plans.find(name, ME)
        # Two namespaces share no worker, so no plan.
        assert plans.find(name, ME).warm_key != plans.find(name, YOU).warm_key


@in_loop
async def test_plan_is_made_anew_when_something_of_it_changes(tmp_path: Path) -> None:
    async with opened(tmp_path) as house:
        plans = ResolvedActionCache(house.access)
        name = FullName("you", "open", "a")
        first = plans.find(name, ME)
        parameters = [{"key": "a", "value": 2}]
        await house.put_package("you/open", publish=True, parameters=parameters)
        second = plans.find(name, ME)
        assert (first.parameters["a"], second.parameters["a"]) == (1, 2)
        await house.put("/you/open/a")
        assert plans.find(name, ME).revision > second.revision


@in_loop
async def test_name_that_leads_to_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path) as house:
        plans = ResolvedActionCache(house.access)
        with pytest.raises(ActionNotFound):
            plans.find(FullName("me", None, "nothing"), ME)
        with pytest.raises(NotEntitled):
            plans.find(FullName("you", "closed", "a"), ME)
