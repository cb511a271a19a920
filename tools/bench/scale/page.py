"""The figures that ``./dev bench scale --write`` keeps, and the tables of ``docs/scale.md``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from tools.bench.scale import cluster, figure
from tools.bench.scale.curve import Curve, Run
from tools.bench.scale.machine import size_of_machine

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "scale.md"
FIGURE = ROOT / "docs" / "images" / "scale.svg"
RESULTS = Path(__file__).parent / "results.json"
# A table or a line of the page that is written: ``<!-- scale: NAME -->`` up to the next comment.
_PLACE = re.compile(r"(<!-- scale: (?P<name>[\w ]+) -->\n)(?P<text>.*?)(<!-- end -->)", re.DOTALL)


@dataclass(frozen=True)
class Files:
    """The files that ``--write`` brings up to date."""

    results: Path = RESULTS
    page: Path = PAGE
    figure: Path = FIGURE


def keep(curve: Curve, files: Files) -> None:
    """Keep the figures of a part."""
    found = results(files.results)
    found["machine"] = size_of_machine()
    found.setdefault("curves", {})[curve.name] = curve.to_json()
    files.results.write_text(json.dumps(found, indent=1) + "\n", "utf-8")


def results(path: Path = RESULTS) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return found


def write(files: Files) -> None:
    """Bring the page's tables and its figure up to date."""
    found = results(files.results)
    found["cluster"] = {
        "latencies": [*cluster.latency_rows()],
        "functions in memory": [*cluster.function_rows()],
        "prices": [*cluster.price_rows()],
        "prices by calls": [*cluster.price_growth_rows()],
    }
    files.results.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    files.page.write_text(with_tables(files.page.read_text("utf-8"), found), "utf-8")
    lines = cluster.lines_of_figure()
    files.figure.write_text(
        figure.svg(lines, across="calls a second", upward="median, ms (simulated)"), "utf-8"
    )


def with_tables(page: str, found: Mapping[str, Any]) -> str:
    """Return the page with the tables of the results. Parts without results stay as they are."""
    curves = [Curve.from_json(each) for each in found["curves"].values()]
    texts = {"machine": f"{_measured(curves, found['machine'])}\n"}
    texts |= {each.name: _table(each.rows()) for each in curves}
    texts |= {name: _table(rows) for name, rows in found["cluster"].items()}
    return _PLACE.sub(
        lambda place: f"{place[1]}{texts.get(place['name'], place['text'])}{place[4]}", page
    )


def _measured(curves: Iterable[Curve], machine: str) -> str:
    """Say when and where the parts were measured, and how busy other programs kept the machine."""
    runs: dict[Run | None, list[str]] = {}
    for curve in curves:
        runs.setdefault(curve.run, []).append(curve.name)
    if list(runs) == [None]:
        return f"Measured on a machine that also did other work: {machine}."
    sentences = []
    for run, names in runs.items():
        which = "All tables" if len(runs) == 1 else f"The tables *{', '.join(names)}*"
        if run is None:
            sentences.append(f"{which} were measured on a machine that also did other work.")
            continue
        day = date.fromisoformat(run.day)
        sentences.append(
            f"{which} were measured on {day.day} {day:%B %Y}, on a machine with {run.machine}. "
            f"Before the start, other programs used {run.busy:.0%} of its processors."
        )
    return "\n".join(sentences)


def _table(rows: Iterable[Iterable[str]]) -> str:
    # Numbers and their units stay on one line.
    head, *body = (
        [name, *(cell.replace(" ", "\u00a0") for cell in cells)] for name, *cells in rows
    )
    lines = [head, ["---", *(["---:"] * (len(head) - 1))], *body]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
