"""The plans of what is invoked, each made once for as long as nothing of it changes."""

from __future__ import annotations

from jupyter_faas.playground.entities.access import Access, Reached
from jupyter_faas.playground.entities.namespaces import Caller
from jupyter_faas.playground.entities.resolved_action import Plan, make_plan
from jupyter_faas.whisk import FullName


class Plans:
    """What a name leads to for a caller, as things stand."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._plans: dict[tuple[str, FullName], tuple[Reached, Plan]] = {}
        # Those that were found since anything changed.
        self._current: dict[tuple[str, FullName], Plan] = {}
        self._changes = -1

    def find(self, name: FullName, caller: Caller) -> Plan:
        """Raises ActionNotFound, ActionConflict, NotEntitled."""
        key = (caller.namespace, name)
        if self._changes != self._access.changes:
            self._changes = self._access.changes
            self._current.clear()
        current = self._current.get(key)
        if current is None:
            current = self._current[key] = self._find(key, caller)
        return current

    def _find(self, key: tuple[str, FullName], caller: Caller) -> Plan:
        name = key[1]
        reached = self._access.action(caller.namespace, name)
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
                self._current.pop(key, None)
