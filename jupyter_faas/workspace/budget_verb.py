"""The verb ``budget``: what may be spent on a target in a month."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import TargetError
from jupyter_faas.workspace.arguments import Argument
from jupyter_faas.workspace.budgets import NONE, read_amount
from jupyter_faas.workspace.days_here import utc_offset_here
from jupyter_faas.workspace.outcome import Outcome, Progress
from jupyter_faas.workspace.views import exact, rounded

if TYPE_CHECKING:
    from jupyter_faas.workspace.workspace import Workspace

BUDGET = (
    Argument(
        "amount",
        f"USD a month, such as 20; {NONE} takes it away. Tells how the month goes when missing.",
        metavar="AMOUNT",
        kind="optional",
    ),
)


def budget(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Set or tell the budget of the target in use.

    The value is a BudgetState; None without a budget, or where the target does not answer.
    """
    target = workspace.target
    if arguments.amount is not None:
        workspace.budgets.put(target.name, read_amount(arguments.amount))
    amount = workspace.budgets.get(target.name)
    record: dict[str, Any] = {"target": target.name, "usd_per_month": exact(amount), "budget": None}
    if amount is None:
        hint = "Set one: budget 20"
        return Outcome(None, record, (f"{target.label} has no budget.", hint))
    progress("Adding up what ran…")
    try:
        found = workspace.costs.budget(utc_offset_here(workspace.costs.now_ms()))
    except TargetError as error:
        # It is kept all the same.
        first = f"{target.label} has a budget of {rounded(amount)} a month."
        return Outcome(None, record, (first, f"What was spent is not known: {error.message}"))
    shown = None if found is None else found.to_json()
    return Outcome(found, {**record, "budget": shown}, tuple(budget_lines(shown, target.label)))


def budget_lines(found: Mapping[str, Any] | None, label: str) -> Iterator[str]:
    """How the month goes; ``found`` as in ``tests/data/api/cost.json``, without one no line."""
    if found is None:
        return
    month = f"{date.fromisoformat(found['month'] + '-01'):%B %Y}"
    budget, estimate, spent = (found[key] for key in ("text", "estimate_text", "spent_text"))
    if found["over"]:
        yield (
            f"Over budget: {month} on {label} is estimated at {estimate}, the budget is {budget}; "
            f"{spent} so far."
        )
    else:
        yield (
            f"Within budget: {month} on {label} is estimated at {estimate} of {budget}; "
            f"{spent} so far."
        )
    if not found["complete"]:
        yield "That is of the latest runs; there were more, so it is at least so much."
