"""The figures that ``./dev bench scale --write`` keeps, and the tables of ``docs/scale.md``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tools.bench.scale import cluster, figure
from tools.bench.scale.curve import Curve
from tools.bench.scale.machine import size_of_machine

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "scale.md"
FIGURE = ROOT / "docs" / "images" / "scale.svg"
RESULTS = Path(__file__).parent / "results.json"
# A table or a line of the page that is written: ``<!-- scale: NAME -->`` up to the next comment.
_PLACE = re.compile(r"(<!-- scale: (?P<name>[\w ]+) -->\n)(?P<text>.*?)(<!-- end -->)", re.DOTALL)


def keep(curve: Curve) -> None:
    """Keep the figures of a part, with the machine on which they were measured."""
    found = results()
    found["machine"] = size_of_machine()
    found.setdefault("curves", {})[curve.name] = curve.to_json()
    RESULTS.write_text(json.dumps(found, indent=1) + "\n", "utf-8")


def results() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    return found


def write() -> None:
    """Bring the page's tables and its figure up to date."""
    found = results()
    found["cluster"] = {
        "latencies": [*cluster.latency_rows()],
        "functions in memory": [*cluster.function_rows()],
        "prices": [*cluster.price_rows()],
        "prices by calls": [*cluster.price_growth_rows()],
    }
    RESULTS.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    PAGE.write_text(with_tables(PAGE.read_text("utf-8"), found), "utf-8")
    lines = cluster.lines_of_figure()
    FIGURE.write_text(
        figure.svg(lines, across="calls a second", upward="median, ms (simulated)"), "utf-8"
    )


def with_tables(page: str, found: Mapping[str, Any]) -> str:
    """Return the page with the tables of the results. Parts without results stay as they are."""
    machine = f"Measured on a machine that also did other work: {found['machine']}."
    texts = {"machine": f"{machine}\n"}
    texts |= {name: _table(Curve.from_json(each).rows()) for name, each in found["curves"].items()}
    texts |= {name: _table(rows) for name, rows in found["cluster"].items()}
    return _PLACE.sub(
        lambda place: f"{place[1]}{texts.get(place['name'], place['text'])}{place[4]}", page
    )


def _table(rows: Iterable[Iterable[str]]) -> str:
    # Numbers and their units stay on one line.
    head, *body = (
        [name, *(cell.replace(" ", "\u00a0") for cell in cells)] for name, *cells in rows
    )
    lines = [head, ["---", *(["---:"] * (len(head) - 1))], *body]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
