"""The nodes of a composition, whose steps are functions of the cell."""

from __future__ import annotations

import json
import sys

from tools.bench.figures import sized
from tools.bench.scale.curve import Curve, Point, measured
from tools.bench.scale.machine import folder, playground, watched

SIZES = sized((30, 100, 300, 1_000), (2, 4))


def curve() -> Curve:
    return measured("composition", "nodes in a composition", SIZES, _measure)


def _measure(count: int) -> Point:
    with folder() as data_dir, playground(data_dir) as running:
        command = [sys.executable, "-m", "tools.bench.scale.compose", str(count)]
        ran = watched(command, data_dir)
        times = json.loads(ran.output.splitlines()[-1])
        return {
            ("package the composition", "s"): times["package"],
            ("deploy the composition", "s"): times["deploy"],
            ("the first call", "s"): times["first call"],
            ("a warm call", "s"): times["call"],
            ("open the session", "s"): times["open"],
            ("memory of the notebook's process", "MB"): ran.peak_mb,
            ("memory of the playground", "MB"): running.memory_mb,
        }
