"""Turn the payload of a function card (``tests/data/api/card.json``) into ordered rows of facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from jupyter_faas.widgets.composition_rows import composition_rows
from jupyter_faas.widgets.lines import (
    CardFacts,
    Cell,
    Line,
    Mark,
    Row,
    line,
    mono,
    right,
    secondary,
)
from jupyter_faas.workspace import text
from jupyter_faas.workspace.functions import ACCESS_WORDS
from jupyter_faas.workspace.preflight.report import verdict
from jupyter_faas.workspace.results import is_deployed

Payload = Mapping[str, Any]

_FILES_SHOWN = 8
# A cold start that takes this share of the timeout gets a warning, because a busy host may be
# slower.
_RISKY_SHARE = 0.5
# This route marks a model that is packaged without conversion, in the skops format.
ITSELF = "skops"
# The requirements of such a model that a target may lack although it has the other ones.
_NEEDED_BY_ITSELF = ("scikit-learn", "skops")


def card_facts(card: Payload) -> CardFacts:
    """Return the head and the rows of a card. Rows without lines are left out."""
    state, mark = _state(card)
    deployed = card["deployed"]
    rows = (
        *(_urls(deployed) if deployed else []),
        *composition_rows(card),
        *_models(card),
        _captured(card["captured"]),
        _package(card["files"], card["size"]),
        _requirements(card["requirements"]),
        *_preflight(card),
        _clean_room(card["forecast"]),
        _cost(card["forecast"]),
        _examples(card.get("examples", ())),
    )
    label = card["target"]["label"]
    return CardFacts(
        name=card["name"],
        version=version(deployed["version"]) if deployed else "",
        state=state,
        mark=mark,
        where=f"to {label}",
        signature=card["signature"],
        doc=card["doc"] or "",
        command="" if state == "Deployed" else f"%faas deploy {card['name']}",
        icon="composition" if card.get("composition") else "function",
        rows=tuple(row for row in rows if row.lines),
    )


def version(text: str) -> str:
    """Return a version for display: ``v2`` for ``0.0.2``.

    OpenWhisk increments only the last number. Any other version is shown in full, with a ``v``.
    """
    return f"v{text.removeprefix('0.0.')}"


def about(ms: int) -> str:
    """Format a forecast duration: ``about 12 ms``, ``about 0.4 s``, ``about 49 s``."""
    if ms < 100:
        return f"about {ms} ms"
    return f"about {ms / 1000:.1f} s" if ms < 10_000 else f"about {ms / 1000:.0f} s"


def _state(card: Payload) -> tuple[str, Mark]:
    deployed = card["deployed"]
    if not deployed:
        return "Not deployed", ""
    if not is_deployed(deployed, card["bundle"]):
        return "Changed since deploy", "warn"
    return "Deployed", "ok"


def _urls(deployed: Payload) -> Iterable[Row]:
    yield Row("URL", (line(mono(deployed["url"])),))
    # Cards that older versions saved do not have ``web_url``.
    web_url = deployed.get("web_url")
    if web_url:
        access = ACCESS_WORDS[deployed.get("web_access", "open")]
        yield Row("Web URL", (line(mono(web_url), secondary(access)),))


def _models(card: Payload) -> Iterable[Row]:
    models = card["models"]
    for model in models:
        name = mono(model["name"]) if len(models) > 1 else ""
        classes = f"{model['classes']:,} classes" if model["classes"] else ""
        weight = text.size(model["size"])
        if model.get("stored"):
            weight += " in the model store"
        facts = [model["inputs"], classes, *model["details"], weight]
        yield Row(
            "Model",
            (
                line(name, model["class"], secondary(_form(model))),
                line(*_dotted(facts)),
                *_parity(model["parity"]),
                *_facts_of_itself(model, card),
            ),
        )


def _form(model: Payload) -> str:
    if model["route"] == ITSELF:
        return "in the skops format"
    # A model that was already ONNX in the notebook is not converted.
    return f"{'' if model['route'] == 'as is' else 'converted to '}ONNX, opset {model['opset']}"


def _facts_of_itself(model: Payload, card: Payload) -> Iterable[Line]:
    """Yield why an estimator was not converted, the other types that it loads, and its costs."""
    if model["route"] != ITSELF:
        return
    # Cards that older versions saved have neither ``why`` nor ``foreign_types``.
    if model.get("why"):
        yield line(secondary(f"Why not ONNX: {model['why']}"))
    foreign = [_provided(one) for one in model.get("foreign_types", ())]
    if foreign:
        yield line(secondary(f"Uses types that are not part of scikit-learn: {', '.join(foreign)}"))
    cold_ms = card["forecast"]["cold_ms"]
    measured = "" if cold_ms is None else f": a cold start takes {about(cold_ms)}"
    yield line(secondary(f"Larger and slower to start than ONNX{measured}"))
    versions = {one["name"]: one["version"] for one in card["requirements"]}
    needed = [f"{name} {versions[name]}" for name in _NEEDED_BY_ITSELF if name in versions]
    if needed:
        yield line(secondary(f"The target needs exactly {' and '.join(needed)}"))


def _provided(foreign: Payload) -> str:
    provider = f"{foreign['distribution']} {foreign['version']}".strip()
    return f"{foreign['type']} ({provider or 'your module'})"


def _parity(parity: Payload) -> Iterable[Line]:
    parts = []
    if parity["labels_total"]:
        parts.append(f"labels agree {parity['labels_agree']:,}/{parity['labels_total']:,}")
    if parity["max_difference"] is not None:
        parts.append(f"max Δ {_magnitude(parity['max_difference'])}")
    words = ", ".join(parts) or (
        f"{parity['rows']:,} rows agree" if parity["rows"] else "packaged unchanged"
    )
    if parity["ok"]:
        yield line(f"Same as the original: {words}", mark="ok")
    else:
        accepted = ", accepted with --accept-parity" if parity["accepted"] else ""
        yield line(f"Not the same as the original{accepted}: {words}", mark="warn")
    if parity["covered"]:
        yield line(secondary(_covered(parity["covered"])))
    for warning in parity["warnings"]:
        yield line(str(warning), mark="warn")


def _covered(covered: Sequence[Payload]) -> str:
    """Return which rows were compared. Those of the first part add up to the number of rows."""
    # Cards that older versions saved do not have ``extra``.
    counted = [f"{one['rows']:,} {one['set']}" for one in covered if not one.get("extra")]
    again, boundary = (
        sum(one["rows"] for one in covered if one.get("extra") == extra)
        for extra in ("again", "boundary")
    )
    parts = [f"Rows compared: {', '.join(counted)}"]
    if again:
        parts.append(f"{again:,} of them also one at a time")
    if boundary:
        parts.append(
            f"{boundary:,} more at decision boundaries, where differences only cause a warning"
        )
    return "; ".join(parts)


def _magnitude(difference: float) -> str:
    # Python writes 1e-07 for 1e-7.
    return f"{difference:.0e}".replace("e-0", "e-") if difference else "0"


def _captured(captured: Sequence[Payload]) -> Row:
    lines = tuple(
        line(
            mono(one["name"]),
            one["kind"],
            right(text.size(one["size"]) if one["size"] else text.MISSING),
            secondary(one["why"]) if not one.get("note") else f"{one['why']}; {one['note']}",
            mark="warn" if one.get("note") else "",
        )
        for one in captured
    )
    return Row("Includes", lines, columns=True)


def _package(files: Sequence[Payload], zipped: int) -> Row:
    # ``or 1`` avoids a division by zero, because the bars below divide by the largest size.
    largest = max((one["size"] for one in files), default=0) or 1
    shown = files
    if len(files) > _FILES_SHOWN:
        # One line is reserved for the sum of the other files.
        kept = sorted(files, key=lambda one: -int(one["size"]))[: _FILES_SHOWN - 1]
        # ``kept`` is sorted by size, so restore the order of the files in the package.
        shown = [one for one in files if one in kept]
    lines = [
        line(mono(one["path"]), right(text.size(one["size"])), share=one["size"] / largest)
        for one in shown
    ]
    if len(files) > len(shown):
        rest = sum(one["size"] for one in files) - sum(one["size"] for one in shown)
        more = f"{len(files) - len(shown)} smaller files"
        lines.append(line(secondary(more), right(text.size(rest)), share=rest / largest))
    lines.append(Line((*line("Total, zipped").cells, right(text.size(zipped), "strong"))))
    return Row("Package", tuple(lines), columns=True)


def _requirements(requirements: Sequence[Payload]) -> Row:
    words = [f"{one['name']} {one['version']}" for one in requirements]
    # Every second item is a separator that ``_dotted`` added.
    cells = [mono(one) if index % 2 == 0 else one for index, one in enumerate(_dotted(words))]
    return Row("Requirements", (line(*cells),) if words else ())


def _preflight(card: Payload) -> Iterable[Row]:
    """Yield a row with the verdict and the fixes, then a row with the individual checks."""
    forecast, timeout_ms = card["forecast"], card["timeout_ms"]
    checks = [*card["preflight"], *_late(forecast, timeout_ms)]
    words = verdict(checks, card["target"]["label"])
    cures = (line(secondary(cure)) for one in card["preflight"] if (cure := _cure(one)))
    yield Row("Preflight", (line(Cell(words, "strong"), mark=_worst(checks)), *cures))
    lines = [
        each
        for one in card["preflight"]
        for each in (
            line(one["check"], right(one["value"]), secondary(one["note"]), mark=_mark(one)),
            *(
                line(secondary(f"  {part['name']}"), right(part["value"], "secondary"))
                for part in one.get("parts", ())
            ),
        )
    ]
    # A composition runs only on a target, so its cold start is not measured.
    cold = () if card.get("composition") else (_cold_start(forecast, timeout_ms),)
    yield Row("Checks", (*lines, *cold), columns=True)


def _mark(check: Payload) -> Mark:
    if not check["ok"]:
        return "error"
    if check.get("warn"):
        return "warn"
    return "" if check.get("unknown") else "ok"


def _worst(checks: Sequence[Payload]) -> Mark:
    marks = {_mark(one) for one in checks}
    return next((mark for mark in ("error", "warn") if mark in marks), "ok")


def _cure(check: Payload) -> str:
    if _mark(check) == "ok":
        return ""
    fix = f"Set {check['fix']} in the cell." if check.get("fix") else ""
    return " ".join(filter(None, (fix, check.get("hint", ""))))


def _late(forecast: Payload, timeout_ms: int) -> Iterable[Payload]:
    """Yield a warning if a cold start takes a large share of the timeout.

    The card's own checks do not include this warning, because the cold start is measured after the
    card is drawn.
    """
    share = forecast["timeout_share"]
    if share is not None and share >= _RISKY_SHARE:
        cold = about(forecast["cold_ms"])
        says = f"a cold start takes {cold}, and the timeout is {timeout_ms / 1000:g} s"
        # With a share of 1 or more, a cold start cannot end within the timeout.
        yield {"ok": share < 1, "warn": True, "says": says}


def _cold_start(forecast: Payload, timeout_ms: int) -> Line:
    if forecast["state"] == "measuring":
        return line("Cold start", right("measuring…", "secondary"))
    if forecast["cold_ms"] is None:
        why = forecast["message"]
        words = right(text.MISSING) if why else right("not measured", "secondary")
        return line("Cold start", words, secondary(why), mark="warn" if why else "")
    share = forecast["timeout_share"]
    part = f"{share:.1%} of the {timeout_ms / 1000:g} s timeout" if share is not None else ""
    # Forecasts for the playground, and those that older versions saved, have no note.
    note = "; ".join(filter(None, (part, forecast.get("note", ""))))
    mark: Mark = "ok"
    if share is not None and share >= _RISKY_SHARE:
        mark = "error" if share >= 1 else "warn"
    return line("Cold start", right(about(forecast["cold_ms"])), secondary(note), mark=mark)


def _clean_room(forecast: Payload) -> Row:
    """Return the row of the clean-room test.

    The row is empty for cards that older versions saved, which do not have ``clean_room``.
    """
    if forecast["state"] == "measuring" and "clean_room" in forecast:
        return Row("Clean-room test", (line(secondary("running…")),))
    run = forecast.get("clean_room")
    if not run:
        return Row("Clean-room test", ())
    took = secondary(f"{run['ms'] / 1000:.1f} s" if run["ms"] else "")
    if run["state"] != "failed":
        words = run["note"][:1].upper() + run["note"][1:]
        mark: Mark = "ok" if run["state"] == "passed" else ""
        look = words if mark else secondary(words)
        return Row("Clean-room test", (line(look, took, mark=mark),))
    lines = [
        line(secondary(name), mono(text.json_line(value))) for name, value in run["answers"].items()
    ]
    hint = line(secondary(run["hint"]))
    return Row("Clean-room test", (line(run["message"], took, mark="error"), *lines, hint))


def _examples(examples: Iterable[Payload]) -> Row:
    lines = (
        line(
            mono(one["command"]),
            secondary("→" if one["answer"] is not None else ""),
            mono(text.json_line(one["answer"], 80) if one["answer"] is not None else ""),
        )
        for one in examples
    )
    return Row("Examples", tuple(lines))


_FORECAST_PRICES = (
    "These prices are a forecast{prices}. It assumes that each cold start uses a new Python "
    "process. The cost view shows the measured prices."
)


def _cost(forecast: Payload) -> Row:
    warm, cold = forecast["warm_cost_text"], forecast["cold_cost_text"]
    parts = [f"{warm} per million calls if warm"] if warm else []
    if cold:
        # The unit is written once, after the first price.
        parts.append(f"{cold} if cold" if warm else f"{cold} per million calls if cold")
    prices = f" with the prices of {forecast['prices']}" if forecast.get("prices") else ""
    note = line(secondary(_FORECAST_PRICES.format(prices=prices)))
    return Row("Cost", (line(*_dotted(parts)), note) if parts else ())


def _dotted(words: Iterable[str]) -> list[str | Any]:
    dotted: list[Any] = []
    for word in filter(None, words):
        dotted += [secondary("·"), word] if dotted else [word]
    return dotted
