from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_faas.bundle import DeployRecord, PackageRecord
from jupyter_faas.cost import load_price_list
from jupyter_faas.whisk.activations import Activation, ActivationResponse
from jupyter_faas.whisk.keyvalues import from_dict
from jupyter_faas.workspace.cleanroom.host_starts import HostStart, HostStarts, on_host
from jupyter_faas.workspace.preflight.report import Preflight
from jupyter_faas.workspace.results import Forecast
from tests.workspace.helpers.cells import packaged

MB = 1024 * 1024
PLACE = "https://lab.example"
HERE = Forecast("measured", cold_ms=400, first_call_ms=10, timeout_share=0.0067)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[PackageRecord, Preflight]:
    folder: Path = tmp_path_factory.mktemp("store")
    found = packaged(folder)
    return found.record, Preflight("lab", "Lab", (), bundle="f" * 64, sent=18 * MB)


def forecast(made: tuple[PackageRecord, Preflight], *starts: HostStart) -> Forecast:
    return on_host(HERE, *made, starts, load_price_list())


def run(init_ms: int | None, version: str = "0.0.2", code: int = 0, number: int = 1) -> Activation:
    notes = {} if init_ms is None else {"initTime": init_ms}
    response = ActivationResponse(code, {})
    return Activation(
        "_", "iris", version, "me", f"{number:032x}", 1, 2, 1, response, (), from_dict(notes)
    )


def deployed(version: str) -> DeployRecord:
    return DeployRecord(
        "iris", "lab", PLACE, "_", version, "b" * 64, "p" * 16, 3 * MB, 1, 1, user="me"
    )


RECORDS = [deployed("0.0.2"), deployed("0.0.1")]


def test_sending_and_unpacking_are_part_of_a_cold_start(
    made: tuple[PackageRecord, Preflight],
) -> None:
    found = forecast(made)
    assert found.cold_ms == 400 + 990
    assert found.note == "including 990 ms to send 18.0 MB to Lab and unpack it there"
    assert found.timeout_share == pytest.approx(1.39 / 60, abs=1e-4)
    assert found.cold_per_million is not None
    assert found.to_json()["note"] == found.note


def test_the_host_s_own_records_replace_what_was_measured_here(
    made: tuple[PackageRecord, Preflight],
) -> None:
    # The host runs the package as it was packaged, or with the wheels that the host lacks.
    bundles = (made[0].bundle, made[1].bundle, made[1].bundle)
    times = (900, 5000, 1000)
    own = [HostStart(str(ms), sha, 18 * MB, ms) for sha, ms in zip(bundles, times, strict=True)]
    found = forecast(made, *own)
    assert (found.cold_ms, found.note) == (1010, "as recorded by Lab")


def test_records_of_other_packages_tell_how_slow_the_host_is(
    made: tuple[PackageRecord, Preflight],
) -> None:
    assert forecast(made, HostStart("a", "other", 10 * MB, 2000)).cold_ms == 400 + 3600
    assert forecast(made, HostStart("a", "other", MB, 2000)).cold_ms == 400 + 990


def test_a_failed_forecast_stays(made: tuple[PackageRecord, Preflight]) -> None:
    failed = Forecast("failed", message="no")
    assert on_host(failed, *made, [], load_price_list()) is failed


def test_a_cold_start_is_kept_with_its_package(tmp_path: Path) -> None:
    HostStarts(tmp_path).add(PLACE, run(1300), RECORDS)
    assert HostStarts(tmp_path).of(PLACE) == [HostStart(f"{1:032x}", "b" * 64, 4 * MB, 1300)]
    assert HostStarts(tmp_path).of("https://other.example") == []


@pytest.mark.parametrize(
    "activation",
    [run(None), run(1300, version="0.0.9"), run(1300, code=2)],
    ids=["warm", "deployed elsewhere", "failed"],
)
def test_other_runs_teach_nothing(tmp_path: Path, activation: Activation) -> None:
    HostStarts(tmp_path).add(PLACE, activation, RECORDS)
    assert HostStarts(tmp_path).of(PLACE) == []


def test_a_run_counts_once_and_old_ones_are_dropped(tmp_path: Path) -> None:
    starts = HostStarts(tmp_path)
    for number in (*range(60), 59):
        starts.add(PLACE, run(1000 + number, number=number), RECORDS)
    assert [each.init_ms for each in starts.of(PLACE)] == list(range(1010, 1060))


def test_a_damaged_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "cold-starts.json").write_text('{"https://lab.example": [{"x": 1}, 7]')
    HostStarts(tmp_path).add(PLACE, run(1300), RECORDS)
    assert len(HostStarts(tmp_path).of(PLACE)) == 1
