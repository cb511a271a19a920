"""``./dev bench scale``: what its verdicts say, and that a killed bench leaves nothing."""

from __future__ import annotations

import os
import re
import shutil
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
from tools.bench.scale.cluster import INVOKER, MACHINE, differences
from tools.bench.scale.curve import Curve, Quantity, Run, measured
from tools.bench.scale.page import PAGE, results, with_tables
from tools.bench.scale.simulation import Load, simulate

SIZES = (10, 100, 1_000, 10_000)
_PLACE = re.compile(r"<!-- scale: ([\w ]+) -->\n(.*?)<!-- end -->", re.DOTALL)
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


def test_rows_that_contradict_themselves_are_named() -> None:
    start = Quantity("start", "s", {10: 1.0, 100: 2.7, 1_000: 0.8})
    small = Quantity("small", "ms", {10: 2.9, 100: 0.1, 1_000: 0.1})
    noise = Quantity("noise", "MB", {10: 120, 100: 100, 1_000: 100})
    curve = Curve("functions", "functions", [start, small, noise])
    assert list(curve.contradictions()) == [
        "functions: start: 2.7 s with 100 functions, but 800.0 ms with 1,000"
    ]


def test_simulation_whose_numbers_were_measured_otherwise() -> None:
    name = "processor time of the playground per call"
    slow, fine = (
        Curve("calls", "calls", [Quantity(name, "ms", {1: 9.0, 1_000: value})])
        for value in (0.9, MACHINE.front_s * 1000)
    )
    worker = "calls: processor time of a worker per call: measured 0.00 ms"
    assert [line.startswith(worker) for line in differences(fine)] == [True]
    assert f"{name}: measured 0.90 ms" in next(differences(slow))


def test_text_uses_the_numbers_of_the_simulation() -> None:
    page = PAGE.read_text("utf-8")
    front_ms, work_ms = MACHINE.front_s * 1000, (MACHINE.front_s + MACHINE.call_cpu_s) * 1000
    assert f"about {front_ms:.1f} ms per call" in page
    assert f"(t + {work_ms:.1f} ms)" in page


def test_page_says_which_tables_are_of_another_run() -> None:
    run = Run("2026-11-29", 0.04, "2 processors")
    curves = [Curve(name, name, [quantity(1)], run) for name in ("calls", "records")]
    page = "<!-- scale: machine -->\n<!-- end -->"

    def said() -> str:
        found = {"machine": "2 processors", "curves": {c.name: c.to_json() for c in curves}}
        return with_tables(page, {**found, "cluster": {}}).splitlines()[1]

    assert said() == (
        "All tables were measured on 29 November 2026, on a machine with 2 processors. "
        "Before the start, other programs used 4% of its processors."
    )
    curves[1] = replace(curves[1], run=replace(run, busy=0.5))
    assert said().startswith("The tables *calls* were measured on 29 November 2026")


@pytest.mark.heavy
@pytest.mark.timeout(600)
def test_one_command_writes_all_tables_and_the_figure(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("results.json", "scale.md", "scale.svg")]
    shutil.copy(PAGE, files[1])
    code = f"""\
from pathlib import Path
from tools.bench import scale
from tools.bench.janitor import cleaned_up
with cleaned_up():
    print(*scale.rows(["--write"], scale.page.Files(*map(Path, {[*map(str, files)]!r}))), sep="\\n")
"""
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=ROOT,
        env={**os.environ, "FAAS_BENCH_SMOKE": "1"},
        check=True,
        timeout=590,
    )
    found = results(files[0])
    curves = [Curve.from_json(each) for each in found["curves"].values()]
    assert [each.name for each in curves] == list(PARTS)
    assert len({each.run for each in curves}) == 1
    old, new = PAGE.read_text("utf-8"), files[1].read_text("utf-8")
    assert "All tables were measured on" in new
    assert with_tables(old, found) == new
    # In the small form, every table has fewer sizes or rows.
    tables = [dict(_PLACE.findall(page)) for page in (old, new)]
    assert [name for name in tables[0] if tables[0][name] == tables[1][name]] == []
    assert tables[0].keys() == tables[1].keys()
    assert files[2].read_text("utf-8").startswith("<svg")


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
