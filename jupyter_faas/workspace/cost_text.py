"""The costs of a period as plain text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jupyter_faas.workspace import text
from jupyter_faas.workspace.budget_verb import budget_lines

_HEAD = ("FUNCTION", "MEMORY", "PEAK", "CALLS", "P50", "P95", "COLD", "GB-S", "COST", "PER MILLION")
_RIGHT = frozenset(_HEAD[1:])
_TELL_SPEED = ("memory", "size", "chosen")


def cost_lines(report: Mapping[str, Any]) -> tuple[str, ...]:
    """All of it; ``report`` has the keys of ``tests/data/api/cost.json``."""
    lines = [
        f"{_since(report['since'])} – {text.moment(report['until'])} · {report['target']}",
        report["prices"]["text"],
    ]
    if not report["functions"]:
        return (*lines, "", "Nothing ran in that time.")
    lines += ["", *_table(report)]
    hints = [hint for each in report["functions"] for hint in _hints(each, report)]
    if hints:
        lines += ["", *hints]
    return (*lines, "", *_notes(report))


def prices_lines(lists: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """A line for each price list; the chosen one is marked."""
    rows = [
        ("*" if each["chosen"] else "", each["name"], each["as_of"], each["sure"], each["text"])
        for each in lists
    ]
    return text.table(("", "NAME", "AS OF", "SURE", "PRICES"), rows)


def _since(moment: int) -> str:
    return "All time" if moment == 0 else text.moment(moment)


def _table(report: Mapping[str, Any]) -> tuple[str, ...]:
    rows = [_row(each) for each in report["functions"]]
    whole = report["total"]
    calls, used = f"{whole['calls']:,}", _gb_seconds(whole["gb_seconds"])
    rows.append(("Total", "", "", calls, "", "", "", used, whole["cost_text"], ""))
    return text.table(_HEAD, rows, right=_RIGHT)


def _row(each: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        f"{each['name']} (schedules)" if each["kind"] == "feed" else each["name"],
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
    name, advice, cold, warm = (each[key] for key in ("name", "advice", "cold_start", "keep_warm"))
    if not each["runnable"]:
        most = report["prices"]["largest_mb"]
        yield f"{name}: {each['memory_mb']:,} MB cannot run there, {most:,} MB is the most."
    if advice is not None:
        yield (
            f"{name}: peak use was {each['peak_mb']:,} MB of {each['memory_mb']:,} MB over "
            f"{_calls(each['measured'])}. {advice['action']}: {_saves(advice)}. {advice['why']}"
        )
    if cold is not None:
        yield (
            f"{name}: cold {cold['cold_text']}, warm {cold['warm_text']}, with "
            f"{_share(cold['rate'])} cold {cold['mixed_text']} per million calls."
        )
        if warm is not None:
            how = warm["by"] or f"a call every {warm['every_s'] // 60} minutes"
            yield f"{name}: kept warm by {how}, {warm['text']} a month."
    crossing = each["always_on"]
    if crossing is not None:
        yield f"{name}: {_crossing(crossing)}"


def _saves(advice: Mapping[str, Any]) -> str:
    if advice["certain"]:
        return f"saves {advice['most_saved_text']} in this period"
    least = advice["least_saved_text"]
    return f"saves between {least} and {advice['most_saved_text']} in this period"


def _crossing(found: Mapping[str, Any]) -> str:
    price = f"{found['label']} at {found['text']} a month"
    now = ""
    if found["calls_per_month"] is not None:
        now = f"{found['calls_per_month']:,} now"
    if not found["reached"]:
        return f"calls one at a time never cost as much as {price}{now and f' ({now})'}."
    return (
        f"from {found['calls']:,} calls a month on, {price} is cheaper ({now}{now and '; '}"
        f"{found['calls_after_free']:,} with the free tier)."
    )


def _notes(report: Mapping[str, Any]) -> Iterator[str]:
    whole, seen, prices = report["total"], report["seen"], report["prices"]
    pace = ""
    if whole["per_month_text"] is not None:
        pace = f"At this pace {whole['per_month_text']} a month"
        if whole["always_on"] is not None:
            pace += f", {_share(whole['always_on']['share'])} of {whole['always_on']['label']}"
        pace += ". "
    yield f"{pace}The free tier is not taken off."
    yield from budget_lines(report["budget"], report["target"])
    if not seen["complete"]:
        yield f"Of the latest {seen['runs']:,} runs; there were more in that time."
    if prices["speed"] in _TELL_SPEED:
        yield (f"Durations were measured on {report['target']}; {prices['label']} gives other CPU.")
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
    return "<0.1%" if 0 < share < 0.001 else f"{share:.1%}"
