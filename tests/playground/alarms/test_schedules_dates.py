from __future__ import annotations

import pytest

from jupyter_faas.playground.alarms.schedules import epoch_ms

NOON = 1_795_608_000_000


@pytest.mark.parametrize(
    "date",
    [
        NOON,
        float(NOON),
        "2026-11-25T12:00:00.000Z",
        "2026-11-25T12:00:00Z",
        "2026-11-25T12:00Z",
        "2026-11-25T12:00:00",
        "2026-11-25T14:00:00+02:00",
        "2026-11-25T04:30:00-0730",
        " 2026-11-25t12:00:00z ",
    ],
    ids=str,
)
def test_date(date: object) -> None:
    assert epoch_ms(date) == NOON


def test_date_without_a_time() -> None:
    assert epoch_ms("2026-11-25") == NOON - 12 * 3600 * 1000
    assert epoch_ms("2026-11") == epoch_ms("2026-11-01")
    assert epoch_ms("2026") == epoch_ms("2026-01-01")


def test_fraction_of_a_second() -> None:
    assert epoch_ms("2026-11-25T12:00:00.5Z") == NOON + 500
    assert epoch_ms("2026-11-25T12:00:00.0039Z") == NOON + 3


@pytest.mark.parametrize(
    "date",
    [
        *("tomorrow", "", "2026-13-01", "2026-02-30", "2026-11-25T25:00", "2026-11-25 12:00"),
        *("2026-11-25T12:00:00+99:00", "1900-01-01", "9999-12-31T23:00:00-12:00", "٢٠٢٦"),
        *(True, None, [1], -1, 1e300, 8.64e15),
    ],
    ids=str,
)
def test_date_that_is_none(date: object) -> None:
    assert epoch_ms(date) is None
