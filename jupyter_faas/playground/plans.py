"""The plans of what is invoked, each made once for as long as nothing of it changes."""

from __future__ import annotations

from jupyter_faas.playground.access import Access, Reached
from jupyter_faas.playground.plan import Plan, make_plan
from jupyter_faas.playground.run import Caller
from jupyter_faas.whisk import FullName


class Plans:
    """What a name leads to for a caller, as things stand."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._plans: dict[tuple[str, str], tuple[Reached, Plan]] = {}

    def find(self, name: FullName, caller: Caller) -> Plan:
        """Raises ActionNotFound, ActionConflict, NotEntitled."""
        reached = self._access.action(caller.namespace, name)
        key = (caller.namespace, name.path)
        known = self._plans.get(key)
        if known is not None and known[0].is_still(reached):
            return known[1]
        binding = reached.binding
        plan = make_plan(
            reached.merged(),
            name,
            caller_namespace=caller.namespace,
            binding=binding.full_name if binding else None,
        )
        self._plans[key] = (reached, plan)
        return plan

    def forget(self, revision: int) -> None:
        """That revision was updated or deleted."""
        for key, (_, plan) in list(self._plans.items()):
            if plan.revision == revision:
                del self._plans[key]
