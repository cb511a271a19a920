"""What ``./dev bench peers`` prints, and the raw figures in a file."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tools.bench.figures import SMOKE, sized
from tools.bench.peers import cells, models
from tools.bench.peers.measure import Rounds, interleave
from tools.bench.peers.ours import Playground
from tools.bench.peers.places import ROOT
from tools.bench.peers.ratios import Gate, ratio
from tools.bench.peers.systems import BentoML, Floor, FunctionsFramework, LitServe, MLflow, Relay

# The others are installed in environments of their own, which takes minutes.
_SYSTEMS = sized(
    (Floor, Relay, Playground, FunctionsFramework, LitServe, MLflow, BentoML), (Playground,)
)
RAW = ROOT / "test-output" / "bench" / "peers.json"
_US, _FLOOR, _FF = Playground.name, Floor.name, FunctionsFramework.name
_FROM = {"estimator": "the fitted estimator", "onnx": "a finished ONNX model"}
_HEADS = (
    ("port → 1st ms", "first"),
    ("start → 1st ms", "start"),
    ("p50 ms", "p50"),
    ("Session p50 ms", "session"),
    ("p99 ms", "p99"),
    ("req/s at 16", "per_second"),
    ("idle MB", "pss"),
    ("MB/worker", "worker_pss"),
)


def rows() -> Iterator[str]:
    """Lines, as they come. ``FAAS_BENCH_ROUNDS`` rounds, 5 unless it says otherwise."""
    count = sized(int(os.environ.get("FAAS_BENCH_ROUNDS", "5")), 1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        known = dict(list(models.make(folder).items())[: sized(None, 1)])
        systems = [each() for each in _SYSTEMS]
        for system in systems:
            system.prepare(folder, known)
        raw: dict[str, object] = {}
        for model in known.values():
            found = interleave(systems, model, count)
            raw[model.name] = found.to_json()
            yield from _table(found)
            if not SMOKE:
                yield from (gate.row() for gate in _gates(found))
        for model in known.values():
            for variant in cells.VARIANTS:
                times = cells.interleave(folder, model, variant, count)
                raw[f"{model.name}: cell from {variant}"] = times
                yield from cell_rows(times, model.name, variant)
    RAW.parent.mkdir(parents=True, exist_ok=True)
    RAW.write_text(json.dumps(raw, indent=1) + "\n")
    yield f"raw figures: {RAW.relative_to(ROOT)}"


def _table(found: Rounds) -> Iterator[str]:
    yield ""
    yield f"{found.model:<20}" + "".join(f"{head:>15}" for head, _ in _HEADS)
    for system in found.samples:
        numbers = (found.middle(system, figure) for _, figure in _HEADS)
        yield f"{system:<20}" + "".join(f"{number:15,.2f}" for number in numbers)


def _gates(found: Rounds) -> Iterator[Gate]:
    def of(figure: str, other: str) -> tuple[list[float], list[float]]:
        return found.column(_US, figure), found.column(other, figure)

    yield Gate("warm p50 / in-process floor", ratio(*of("p50", _FLOOR)), 1.5, 1.2, at_most=True)
    for other, must, aim in ((_FLOOR, 1.15, 1.1), (_FF, 0.7, 0.6)):
        name = f"requests.Session p50 / {other}"
        yield Gate(name, ratio(*of("session", other)), must, aim, at_most=True)
    for other, must, aim in ((BentoML.name, 8, 12), (MLflow.name, 4, 6), (_FF, 2.5, 4)):
        name = f"requests/s at 16 connections / {other}"
        yield Gate(name, ratio(*of("per_second", other)), must, aim)


def cell_rows(times: dict[str, list[dict[str, float]]], model: str, variant: str) -> Iterator[str]:
    """Ours alone compares what it converted with the original."""
    yield ""
    yield f"{model}: notebook cell → first remote answer, from {_FROM[variant]}"
    yield "  (before the clock: imports, the fit, and what %load_ext begins in the background)"
    for name, found in times.items():
        stages = (
            f"{stage} {cells.middle(found, stage):,.0f} ms" for stage in found[0] if stage != "all"
        )
        yield f"  {name:<56} {cells.middle(found, 'all'):9,.0f} ms  ({' · '.join(stages)})"
    ours = [each["all"] for each in times[_US]]
    for name in times.keys() & {BentoML.name, MLflow.name}:
        less = ratio([each["all"] for each in times[name]], ours)
        yield Gate(f"cell → first answer from {variant}: {name} / ours", less, 5, 10).row()
