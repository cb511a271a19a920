"""Cold starts as hosts have recorded them, and forecasts that use them.

A forecast is measured on this machine, where nothing has to be sent. The first run on a host
records how long its cold start really took (the annotation ``initTime``). Those times are kept for
each host, for the forecasts of this package and of other packages.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_faas.bundle.atomic_files import write_atomically
from jupyter_faas.workspace import text
from jupyter_faas.workspace.preflight.sizes import sent_bytes
from jupyter_faas.workspace.preflight.startup import ms_to_send

if TYPE_CHECKING:
    from jupyter_faas.bundle import DeployRecord, PackageRecord
    from jupyter_faas.cost import PriceList
    from jupyter_faas.whisk import Activation
    from jupyter_faas.workspace.preflight.report import Preflight
    from jupyter_faas.workspace.results import Forecast

_MB = 1024 * 1024
_KEPT = 50
# The time for sending is hidden by other delays if a package is smaller than this.
_LEAST_SENT = 4 * _MB


@dataclass(frozen=True)
class HostStart:
    """One cold start on a host.

    ``bundle`` is the sha256 of the package, ``sent`` its size as sent in bytes, and ``init_ms`` the
    time until the code was loaded, as the host recorded it.
    """

    activation: str
    bundle: str
    sent: int
    init_ms: int


class HostStarts:
    """The recorded cold starts of each host, in one file of the data directory.

    ``place`` is the host's identity in deploy records.
    """

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / "cold-starts.json"

    def add(self, place: str, run: Activation, records: Iterable[DeployRecord]) -> None:
        """Keep the cold start of a successful run of a package that was deployed from here.

        ``records`` are the deploys of the run's action. Does nothing for a warm start.
        """
        if run.init_ms is None or not run.response.success:
            return
        record = next((each for each in records if each.version == run.version), None)
        known = self._read()
        there = known.get(place, [])
        if record is None or any(each["activation"] == run.activation_id for each in there):
            return
        start = {
            "activation": run.activation_id,
            "bundle": record.bundle,
            "sent": sent_bytes(record.size),
            "init_ms": run.init_ms,
        }
        known[place] = [*there, start][-_KEPT:]
        write_atomically(self._path, json.dumps(known).encode(), lasting=False)

    def of(self, place: str) -> list[HostStart]:
        """Return the cold starts on a host, the oldest first."""
        return [HostStart(**each) for each in self._read().get(place, [])]

    def _read(self) -> dict[str, list[dict[str, Any]]]:
        try:
            found = json.loads(self._path.read_text("utf-8"))
            return {
                place: [each for each in starts if {"activation", "bundle", "sent"} <= each.keys()]
                for place, starts in found.items()
            }
        # A damaged file is replaced, because its times only improve a forecast.
        except (OSError, ValueError, AttributeError, TypeError):
            return {}


def on_host(
    found: Forecast,
    record: PackageRecord,
    fitted: Preflight,
    starts: Iterable[HostStart],
    prices: PriceList,
) -> Forecast:
    """Return the forecast for a host, where a cold start includes sending and unpacking.

    ``fitted`` is the check of the package for the host, with the size of what is sent. ``starts``
    are the cold starts that the host has recorded. If there are any of this package, their median
    replaces the times that were measured here.
    """
    if found.state != "measured" or found.cold_ms is None:
        return found
    known = list(starts)
    own = [each.init_ms for each in known if each.bundle in (record.bundle, fitted.bundle)]
    if own:
        cold_ms = round(statistics.median(own)) + (found.first_call_ms or 0)
        note = f"as recorded by {fitted.label}"
    else:
        rates = [each.init_ms / (each.sent / _MB) for each in known if each.sent >= _LEAST_SENT]
        sending = ms_to_send(fitted.sent, statistics.median(rates) if rates else None)
        cold_ms = found.cold_ms + sending
        # This is an estimate, so three decimals would say too much.
        took = f"{sending} ms" if sending < 1000 else f"{sending / 1000:.1f} s"
        size, label = text.size(fitted.sent), fitted.label
        note = f"including {took} to send {size} to {label} and unpack it there"
    return replace(
        found,
        cold_ms=cold_ms,
        timeout_share=round(cold_ms / record.timeout_ms, 4),
        cold_per_million=prices.per_million(record.memory_mb, cold_ms),
        note=note,
    )
