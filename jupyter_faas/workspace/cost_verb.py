"""The verbs about money: cost, prices."""

from __future__ import annotations

import argparse
import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from jupyter_faas.errors import ActionNotFound, InputError
from jupyter_faas.workspace.arguments import Argument
from jupyter_faas.workspace.cost_days import ALL_TIME
from jupyter_faas.workspace.cost_text import cost_lines, prices_lines
from jupyter_faas.workspace.costs import Question
from jupyter_faas.workspace.days_here import utc_offset_here
from jupyter_faas.workspace.outcome import Outcome, Progress

if TYPE_CHECKING:
    from jupyter_faas.workspace.workspace import Workspace

_WHEN = "30d, 12h, 45m (so long ago) or a date such as 2026-11-24"
_ALL = "all"

COST = (
    Argument(
        "name",
        "Only this function; PACKAGE/NAME when it is in a package.",
        metavar="NAME",
        kind="optional",
    ),
    Argument(
        "since", f"From when on: {_WHEN}; {_ALL} for all time.", "--since", "WHEN", default="7d"
    ),
    Argument("until", "Until when, as --since; now when missing.", "--until", "WHEN"),
    Argument("prices", "By this price list instead of the chosen one.", "--prices", "LIST"),
    Argument(
        "always_on",
        "Compare with this instead of the cheapest that has the memory.",
        "--always-on",
        "NAME",
    ),
    Argument(
        "cold_rate",
        "Reckon with so many cold starts, such as 5% or 0.05, instead of those that were seen.",
        "--cold-rate",
        "RATE",
    ),
)

PRICES = (
    Argument(
        "action",
        "What to do; list when missing.",
        kind="optional",
        default="list",
        choices=("list", "use"),
    ),
    Argument("name", "The price list to use.", metavar="NAME", kind="optional"),
)

_AGO = re.compile(r"(\d{1,6})\s*([mhdw])")
_UNITS_MS = {"m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}


def cost(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """What functions cost; the value is a CostReport."""
    now = workspace.costs.now_ms()
    question = Question(
        name=arguments.name,
        since=ALL_TIME if arguments.since == _ALL else moment(arguments.since, now, "--since"),
        until=moment(arguments.until, now, "--until") if arguments.until else None,
        prices=arguments.prices,
        always_on=arguments.always_on,
        cold_rate=rate(arguments.cold_rate) if arguments.cold_rate else None,
        utc_offset=utc_offset_here(now),
    )
    workspace.wake_playground(progress)
    progress("Adding up what ran…")
    found = workspace.costs.report(question)
    shown = found.to_json()
    unknown = () if question.name is None or found.buckets else _unknown(workspace, question.name)
    return Outcome(found, shown, (*cost_lines(shown), *unknown))


def _unknown(workspace: Workspace, name: str) -> tuple[str, ...]:
    """What to say of a name without runs: nothing of a function that is there."""
    from jupyter_faas.workspace.handover.handover import find_action

    try:
        find_action(workspace.costs.connect().client, name)
    except ActionNotFound as error:
        return (error.message, *([error.hint] if error.hint else []))
    return ()


def prices(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """List the price lists or choose one; the value is the list of PriceLists."""
    if (arguments.action == "use") != (arguments.name is not None):
        raise InputError(
            "`prices use` needs the name of a list, and `prices list` takes none.",
            hint="prices [list], prices use NAME",
        )
    if arguments.action == "use":
        workspace.prices.choose(arguments.name)
    chosen = workspace.prices.get().name
    found = workspace.prices.lists().all()
    shown = [{**each.to_json(), "chosen": each.name == chosen} for each in found]
    own = f"Your own stand in {workspace.prices.file}"
    return Outcome(found, {"prices": shown}, (*prices_lines(shown), "", own))


def moment(words: str, now: int, flag: str) -> int:
    """``30d`` before ``now``, or the beginning of a day here; epoch ms. InputError."""
    ago = _AGO.fullmatch(words.strip())
    if ago:
        return now - int(ago[1]) * _UNITS_MS[ago[2]]
    try:
        return int(datetime.fromisoformat(words.strip()).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise InputError(f"{flag} does not understand {words!r}.", hint=f"Write {_WHEN}.") from None


def rate(words: str) -> Decimal:
    """``5%`` or ``0.05`` as a share of one. InputError."""
    number, percent = words.strip().removesuffix("%"), words.strip().endswith("%")
    try:
        found = Decimal(number)
    except InvalidOperation:
        found = Decimal(-1)
    if percent:
        found = found.scaleb(-2) if found.is_finite() else found
    if not found.is_finite() or not 0 <= found <= 1:
        raise InputError(
            f"The rate of cold starts must be between 0 and 1, not {words!r}.",
            hint="Such as 0.05, or 5%.",
        )
    return found
