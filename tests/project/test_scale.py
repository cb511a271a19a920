"""``./dev bench scale``: what its verdicts say, and that a killed bench leaves nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_faas.playground import control
from tests.cli.conftest import ROOT
from tests.playground.helpers.loop import wait_until
from tools.bench.scale import PARTS, figure, rows
from tools.bench.scale.cluster import INVOKER, MACHINE
from tools.bench.scale.curve import Curve, Quantity, measured
from tools.bench.scale.page import PAGE, results, with_tables
from tools.bench.scale.simulation import Load, simulate

SIZES = (10, 100, 1_000, 10_000)
BENCH = """\
import sys, time
from pathlib import Path
from tools.bench.janitor import cleaned_up
from tools.bench.scale.machine import folder, playground
with cleaned_up(), folder() as data_dir, playground(data_dir):
    print(data_dir, flush=True)
    time.sleep(600)
"""


def quantity(power: float, unit: str = "s") -> Quantity:
    return Quantity("x", unit, {size: size**power / 10 for size in SIZES})


@pytest.mark.parametrize(("power", "holds"), [(0, True), (1, True), (1.05, True), (1.5, False)])
def test_verdict(power: float, holds: bool) -> None:
    found = quantity(power)
    assert found.holds is holds
    assert found.exponent == pytest.approx(power, abs=0.01)
    assert found.last_exponent == pytest.approx(power, abs=0.01)


def test_noise_of_small_values_is_not_growth() -> None:
    assert Quantity("x", "ms", {10: 0.01, 20: 2.5}).holds
    assert Quantity("x", "MB", {10: 0.5, 20: 4}).holds


def test_curve_survives_its_file() -> None:
    curve = measured("a", "things", SIZES, lambda size: {("time", "s"): size / 100})
    assert Curve.from_json(curve.to_json()) == curve
    head, row = curve.rows()
    assert head[:2] == ["things", "10"]
    assert row == ["time", "100.0 ms", "1.0 s", "10.0 s", "100.0 s", "1.00", "1.00", "holds"]


def test_part_that_does_not_exist() -> None:
    with pytest.raises(ValueError, match="no such part: nothing; there are calls, records"):
        list(rows(["nothing"]))


def test_simulated_machine_keeps_up_until_its_processors_are_busy() -> None:
    quiet, full = (simulate(MACHINE, Load(calls, 0.02), 20) for calls in (10, 200))
    assert quiet.steady
    assert 0.01 < quiet.median < 0.03
    assert not full.steady


def test_simulated_nodes_take_more_calls() -> None:
    load = Load(200, 0.02)
    few, many = (simulate(replace(INVOKER, nodes=nodes), load, 20) for nodes in (2, 8))
    assert not few.steady
    assert many.steady
    assert many.cold < 0.01


def test_simulated_functions_compete_for_memory() -> None:
    few, many = (simulate(MACHINE, Load(10, 0.02, functions), 30) for functions in (5, 500))
    assert few.cold < 0.01
    assert many.cold > 0.3


def test_simulation_is_the_same_each_time() -> None:
    assert simulate(MACHINE, Load(20, 0.01), 5) == simulate(MACHINE, Load(20, 0.01), 5)


def test_figure_says_where_a_host_does_not_keep_up() -> None:
    lines: dict[str, figure.Points] = {
        "a <b>": [(10, 1.5), (100, 20.0), (1000, None)],
        "c": [(10, 30.0), (1000, 30.0)],
    }
    drawn = figure.svg(lines, across="calls", upward="ms")
    assert drawn.count("<circle") == 4
    assert "a &lt;b&gt;" in drawn
    assert len(drawn) < 300_000


@pytest.mark.timeout(120)
def test_playground_of_a_killed_bench_ends(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", BENCH],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    data_dir = Path(process.stdout.readline().strip())
    assert control.status(data_dir) is not None
    process.send_signal(signal.SIGKILL)
    process.wait()
    wait_until(lambda: not list(tmp_path.iterdir()), patience_s=60)
    process.stdout.close()


def test_page_has_the_tables_of_the_results() -> None:
    page = PAGE.read_text("utf-8")
    assert with_tables(page, results()) == page
    curves = [Curve.from_json(each) for each in results()["curves"].values()]
    assert [each.name for each in curves] == list(PARTS)
    assert all(len(each.sizes) == 4 for each in curves)
