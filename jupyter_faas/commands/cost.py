"""The verbs ``cost``, ``prices`` and ``budget``: their arguments, and their results as text."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from jupyter_faas.commands.arguments import Argument, Outcome
from jupyter_faas.commands.values import MOMENT_WORDS, parse_moment
from jupyter_faas.errors import ActionNotFound, InputError, TargetError
from jupyter_faas.whisk.names import shown_name
from jupyter_faas.workspace import text
from jupyter_faas.workspace.costs.choices import NONE, read_amount, read_rate
from jupyter_faas.workspace.costs.days import ALL_TIME, utc_offset_here
from jupyter_faas.workspace.costs.service import CostQuery
from jupyter_faas.workspace.results import Progress, exact, rounded

if TYPE_CHECKING:
    from jupyter_faas.workspace.workspace import Workspace


# The verb ``budget`` has these arguments.

BUDGET = (
    Argument(
        "amount",
        f"The budget in USD per month, such as 20, or {NONE} to remove it. Without an amount, the "
        "status of this month is shown.",
        metavar="AMOUNT",
        kind="optional",
    ),
)


def budget(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Set or show the budget of the current target.

    The value is a BudgetState, or None without a budget or if the target does not answer.
    """
    target = workspace.target
    if arguments.amount is not None:
        workspace.budgets.put(target.name, read_amount(arguments.amount))
    amount = workspace.budgets.get(target.name)
    record: dict[str, Any] = {"target": target.name, "usd_per_month": exact(amount), "budget": None}
    if amount is None:
        hint = "To set a budget of 20 USD a month: %faas budget 20"
        return Outcome(None, record, (f"{target.label} has no budget.", hint))
    progress("Computing costs…")
    try:
        found = workspace.costs.budget(utc_offset_here(workspace.costs.now_ms()))
    except TargetError as error:
        # The budget has been stored, even though the target does not answer.
        first = f"{target.label} has a budget of {rounded(amount)} a month."
        return Outcome(None, record, (first, f"The amount spent is not known: {error.message}"))
    shown = None if found is None else found.to_json()
    return Outcome(found, {**record, "budget": shown}, tuple(budget_lines(shown, target.label)))


def budget_lines(found: Mapping[str, Any] | None, label: str) -> Iterator[str]:
    """Yield lines about the month's budget, or nothing if there is no budget (``found`` is None).

    ``found`` has the keys of ``tests/data/api/cost.json``.
    """
    if found is None:
        return
    month = f"{date.fromisoformat(found['month'] + '-01'):%B %Y}"
    budget, estimate, spent = (found[key] for key in ("text", "estimate_text", "spent_text"))
    if found["over"]:
        yield (
            f"Over budget: the estimate for {month} on {label} is {estimate}, and the budget is "
            f"{budget}. Spent so far: {spent}."
        )
    else:
        yield (
            f"Within budget: the estimate for {month} on {label} is {estimate}, and the budget is "
            f"{budget}. Spent so far: {spent}."
        )
    if not found["complete"]:
        yield "Only the latest runs are included, so the actual amounts are higher."


# The functions below format costs and prices as text.

_HEAD = (
    *("FUNCTION", "MEMORY", "PEAK", "CALLS", "MEDIAN", "95TH PERCENTILE", "COLD", "GB-S"),
    *("COST", "PER MILLION CALLS"),
)
_RIGHT = frozenset(_HEAD[1:])
# With these values of ``speed`` in prices.toml, the priced host has different CPU power, so
# durations that were measured on the target do not apply there.
_TELL_SPEED = ("memory", "size", "chosen")


def cost_lines(report: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the report as text. ``report`` has the keys of ``tests/data/api/cost.json``."""
    lines = [*cost_title(report)]
    if not report["functions"]:
        return (*lines, "", "No runs in this period.")
    lines += ["", *text.table(_HEAD, cost_rows(report), right=_RIGHT)]
    hints = cost_hints(report)
    if hints:
        lines += ["", *hints]
    return (*lines, "", *cost_notes(report))


def cost_title(report: Mapping[str, Any]) -> tuple[str, str]:
    """Return the period with the target, and the price list."""
    period = f"{_since(report['since'])} – {text.moment(report['until'])} · {report['target']}"
    return period, report["prices"]["text"]


def cost_rows(report: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Return the cells of each function and of the total: name, memory, peak, calls and so on."""
    rows = [_row(each) for each in report["functions"]]
    whole = report["total"]
    calls, used = f"{whole['calls']:,}", _gb_seconds(whole["gb_seconds"])
    rows.append(("Total", "", "", calls, "", "", "", used, whole["cost_text"], ""))
    return rows


def cost_hints(report: Mapping[str, Any]) -> list[str]:
    """Return the advice on each function, which begins with its name."""
    return [hint for each in report["functions"] for hint in _hints(each, report)]


def prices_lines(lists: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return a line for each price list. The chosen list is marked with ``*``."""
    rows = [
        ("*" if each["chosen"] else "", each["name"], each["as_of"], each["sure"], each["text"])
        for each in lists
    ]
    return text.table(("", "NAME", "AS OF", "SURE", "PRICES"), rows)


def _since(moment: int) -> str:
    return "All time" if moment == 0 else text.moment(moment)


def _row(each: Mapping[str, Any]) -> tuple[str, ...]:
    name = shown_name(each["name"])
    return (
        f"{name} (schedules)" if each["kind"] == "feed" else name,
        _megabytes(each["memory_mb"]),
        _megabytes(each["peak_mb"]),
        f"{each['calls']:,}",
        text.duration(each["p50_ms"]),
        text.duration(each["p95_ms"]),
        _share(each["cold_share"]),
        _gb_seconds(each["gb_seconds"]),
        each["cost_text"] or text.MISSING,
        each["per_million_text"] or text.MISSING,
    )


def _hints(each: Mapping[str, Any], report: Mapping[str, Any]) -> Iterator[str]:
    name = shown_name(each["name"])
    advice, cold, warm = (each[key] for key in ("advice", "cold_start", "keep_warm"))
    if not each["runnable"]:
        most = report["prices"]["largest_mb"]
        yield (
            f"{name}: the provider of this price list does not offer {each['memory_mb']:,} MB; the "
            f"maximum is {most:,} MB."
        )
    if advice is not None:
        yield (
            f"{name}: peak use was {each['peak_mb']:,} MB of {each['memory_mb']:,} MB over "
            f"{_calls(each['measured'])}. {advice['action']}: {_saves(advice)}. {advice['why']}"
        )
    if cold is not None:
        yield (
            f"{name}: a million calls cost {cold['cold_text']} if all are cold, "
            f"{cold['warm_text']} if all are warm, and {cold['mixed_text']} with "
            f"{_share(cold['rate'])} cold starts."
        )
        if warm is not None:
            how = warm["by"] or f"a call every {warm['every_s'] // 60} minutes"
            yield f"{name}: keeping it warm with {how} costs {warm['text']} a month."
    crossing = each["always_on"]
    if crossing is not None:
        yield f"{name}: {_crossing(crossing)}"


def _saves(advice: Mapping[str, Any]) -> str:
    if advice["certain"]:
        return f"would have saved {advice['most_saved_text']} in this period"
    least = advice["least_saved_text"]
    return f"would have saved between {least} and {advice['most_saved_text']} in this period"


def _crossing(found: Mapping[str, Any]) -> str:
    price = f"{found['label']} at {found['text']} a month"
    now = ""
    if found["calls_per_month"] is not None:
        now = f" (now: {found['calls_per_month']:,} calls a month)"
    if not found["reached"]:
        return (
            "even if calls run one after another without a pause, they cost less than "
            f"{price}{now}."
        )
    return (
        f"above {found['calls']:,} calls a month ({found['calls_after_free']:,} with the free "
        f"tier), {price} is cheaper{now}."
    )


def cost_notes(report: Mapping[str, Any]) -> Iterator[str]:
    """Yield the monthly pace, the budget, and where the prices come from."""
    whole, seen, prices = report["total"], report["seen"], report["prices"]
    pace = ""
    if whole["per_month_text"] is not None:
        pace = f"At this rate, the cost is {whole['per_month_text']} a month"
        if whole["always_on"] is not None:
            server = whole["always_on"]
            pace += f", {_share(server['share'])} of the price of {server['label']}"
        pace += ". "
    yield f"{pace}The free tier is not subtracted."
    if any(each["kind"] in ("composition", "sequence") for each in report["functions"]):
        yield (
            "Cold starts are counted for functions. Those that a composition waits for are in the "
            "lines of its functions."
        )
    yield from budget_lines(report["budget"], report["target"])
    if not seen["complete"]:
        yield f"Based only on the latest {seen['runs']:,} runs of this period."
    if prices["speed"] in _TELL_SPEED:
        yield (
            f"Durations were measured on {report['target']}. {prices['label']} has different CPUs."
        )
    yield f"Prices as of {prices['as_of']}, {prices['source']}"


def _calls(number: int) -> str:
    return "1 call" if number == 1 else f"{number:,} calls"


def _megabytes(megabytes: int | None) -> str:
    return text.MISSING if megabytes is None else f"{megabytes:,} MB"


def _gb_seconds(amount: str) -> str:
    found = float(amount)
    return f"{found:,.0f}" if found >= 100 else f"{found:,.2f}"


def _share(share: float | None) -> str:
    if share is None:
        return text.MISSING
    # "0.0%" would look as if the share were zero.
    return "<0.1%" if 0 < share < 0.001 else f"{share:.1%}"


_ALL = "all"

COST = (
    Argument(
        "name",
        "Show only this function (PACKAGE/NAME if it is in a package).",
        metavar="NAME",
        kind="optional",
        names_function=True,
    ),
    Argument(
        "since",
        f"The start of the period: {MOMENT_WORDS}, or {_ALL} for all time.",
        "--since",
        "WHEN",
        default="7d",
    ),
    Argument(
        "until",
        "The end of the period, in the same form as --since. Default: now.",
        "--until",
        "WHEN",
    ),
    Argument("prices", "Use this price list instead of the selected one.", "--prices", "LIST"),
    Argument(
        "always_on",
        "Compare with this server instead of the cheapest one with enough memory.",
        "--always-on",
        "NAME",
    ),
    Argument(
        "cold_rate",
        "Assume this share of cold starts, such as 5% or 0.05, instead of the observed share.",
        "--cold-rate",
        "RATE",
    ),
)

PRICES = (
    Argument(
        "action",
        "The operation. Default: list.",
        kind="optional",
        default="list",
        choices=("list", "use"),
    ),
    Argument("name", "The price list to use.", metavar="NAME", kind="optional"),
)


def cost(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Show what functions cost. The value is a CostReport."""
    now = workspace.costs.now_ms()
    question = CostQuery(
        name=arguments.name,
        since=ALL_TIME
        if arguments.since == _ALL
        else parse_moment(arguments.since, now, "--since"),
        until=parse_moment(arguments.until, now, "--until") if arguments.until else None,
        prices=arguments.prices,
        always_on=arguments.always_on,
        cold_rate=read_rate(arguments.cold_rate) if arguments.cold_rate else None,
        utc_offset=utc_offset_here(now),
    )
    # A playground stops when it is idle, and its records can be read only while it runs.
    workspace.playground.wake(progress)
    progress("Computing costs…")
    found = workspace.costs.report(question)
    shown = found.to_json()
    unknown = () if question.name is None or found.usages else _unknown(workspace, question.name)
    return Outcome(found, shown, (*cost_lines(shown), *unknown))


def _unknown(workspace: Workspace, name: str) -> tuple[str, ...]:
    """Return lines for a name without runs, or no lines if a function of that name is deployed."""
    from jupyter_faas.workspace.handover.service import find_action

    try:
        find_action(workspace.costs.connect().client, name)
    except ActionNotFound as error:
        return (error.message, *([error.hint] if error.hint else []))
    return ()


def prices(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """List the price lists or choose one. The value is the list of PriceLists."""
    if (arguments.action == "use") != (arguments.name is not None):
        raise InputError(
            "prices use needs the name of a price list."
            if arguments.action == "use"
            else "prices list does not take a name.",
            hint="To list the price lists: %faas prices list\nTo select one: %faas prices use NAME",
        )
    if arguments.action == "use":
        workspace.prices.choose(arguments.name)
    chosen = workspace.prices.get().name
    found = workspace.prices.lists().all()
    shown = [{**each.to_json(), "chosen": each.name == chosen} for each in found]
    own = f"You can add your own price lists in {workspace.prices.file}"
    return Outcome(found, {"prices": shown}, (*prices_lines(shown), "", own))
