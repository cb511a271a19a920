"""What a cold start of a package will take and cost: measured in a fresh process, not guessed."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_faas.workspace.cleanroom import CleanRoom, Judge
from jupyter_faas.workspace.room import Room
from jupyter_faas.workspace.views import Forecast

if TYPE_CHECKING:
    from jupyter_faas.bundle import Bundle, ModelFiles, PackageRecord
    from jupyter_faas.cost import PriceList
    from jupyter_faas.workspace.room import Ran
    from jupyter_faas.workspace.roomprocess import AheadRoom

_LIMIT_S = 120.0
_A_SECOND = 1.0


def forecast(
    record: PackageRecord,
    bundle: Bundle,
    prices: PriceList,
    *,
    folder: Path,
    limit_s: float = _LIMIT_S,
    models: ModelFiles | None = None,
    ahead: AheadRoom | None = None,
) -> Forecast:
    """Unpack, start a fresh interpreter, import, load, and answer the record's examples.

    The first example is called four times, each other one once, and all four times more where an
    answer differs from the notebook's; without examples nothing is called. What lies in the
    notebook's ``folder`` is not there. A package that does not run gives the state ``failed`` with
    the last lines it said. ``models`` has those that do not travel in the package: they are fetched
    from this disk, as from a store. ``ahead`` has begun already, and is used where it suits.
    """
    calls = calls_of(record)
    with Room.of(record, bundle, folder, models, ahead) as room:
        ran = room.run(calls, limit_s)
        judging = Judge(record, bundle.manifest, folder)
        clean_room = judging.judge(ran, lambda: _again(room, calls, limit_s))
    if ran.times is None or ran.failed:
        message = clean_room.message or ran.ended or ran.failed
        return Forecast("failed", message=message, clean_room=clean_room)
    return _forecast(ran.times, record, bundle, prices, clean_room)


def calls_of(record: PackageRecord) -> list[Mapping[str, Any]]:
    """What a package is called with: its examples, unless that is not wanted."""
    return [one["params"] for one in record.examples] if record.clean_room else []


def _again(room: Room, calls: Sequence[Mapping[str, Any]], limit_s: float) -> Ran:
    # In another second than the first time, so that a clock of seconds is seen to go.
    time.sleep(_A_SECOND)
    return room.run(calls, limit_s, often=True)


def _forecast(
    times: Mapping[str, float | None],
    record: PackageRecord,
    bundle: Bundle,
    prices: PriceList,
    clean_room: CleanRoom,
) -> Forecast:
    imported, loaded = times["imported"] or 0.0, times["loaded"] or 0.0
    first, warm = times["first"], times["warm"]
    if not bundle.manifest.models:
        imported, loaded = imported + loaded, 0.0
    cold_ms = round(imported + loaded + (first or 0.0))
    warm_ms = None if warm is None else round(warm)
    return Forecast(
        state="measured",
        cold_ms=cold_ms,
        import_ms=round(imported),
        model_ms=round(loaded) if bundle.manifest.models else None,
        first_call_ms=None if first is None else round(first),
        warm_ms=warm_ms,
        timeout_share=round(cold_ms / record.timeout_ms, 4),
        cold_per_million=prices.per_million(record.memory_mb, cold_ms),
        warm_per_million=None if warm_ms is None else prices.per_million(record.memory_mb, warm_ms),
        clean_room=clean_room,
    )
