"""The clean-room runs of one data folder: one at a time, and what ran well is remembered."""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from jupyter_faas.bundle import is_composition
from jupyter_faas.workspace.cleanroom.judge import Judge, failure_of
from jupyter_faas.workspace.cleanroom.runner import AheadRoom, Room, hidden_from, is_here
from jupyter_faas.workspace.results import CleanRoomResult, Forecast

if TYPE_CHECKING:
    from jupyter_faas.bundle import Bundle, BundleStore, ModelFiles, PackageRecord
    from jupyter_faas.cost import PriceList
    from jupyter_faas.workspace.cleanroom.runner import AheadRoom, Ran


# -- What a cold start of a package will take and cost: measured in a fresh process, not guessed.


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
    clean_room: CleanRoomResult,
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


class CleanRoomManager:
    """``proofs/`` in ``data_dir`` has an empty file per package record that ran well.

    What failed is not kept: the next run may go better.
    """

    def __init__(
        self,
        data_dir: Path,
        store: BundleStore,
        models: ModelFiles,
        prices: Callable[[], PriceList],
    ) -> None:
        self._models = models
        self._proofs = data_dir / "proofs"
        self._store = store
        self._prices = prices
        # Two measurements at once would slow each other; and who waits for one may need no other.
        self._running = Lock()
        self._ahead: AheadRoom | None = None
        self._changing = Lock()

    def begin(self, requirements: Iterable[str], imports: Sequence[str]) -> None:
        """Begin the room of a package that is being made, while a model of it is converted.

        ``requirements`` are all that it will have, ``imports`` are modules that it will import. One
        at a time; it is used by the next run, or ended by it, or by ``discard``.
        """
        with self._changing:
            if self._ahead is None:
                told = hidden_from(requirements, Path.cwd())
                self._ahead = AheadRoom(sys.executable, told, imports)

    def go_on(self, record: PackageRecord, bundle: Bundle) -> None:
        """The package is there: where a room was begun for it, it is run from now on."""
        with self._changing:
            if self._ahead is not None:
                folder = self._ahead.files.folder
                room = Room(record, bundle, folder, Path.cwd(), self._models, self._ahead)
                room.begin(calls_of(record))

    def discard(self) -> None:
        """No package came of it."""
        ahead = self._taken()
        if ahead is not None:
            ahead.close()

    def _taken(self) -> AheadRoom | None:
        with self._changing:
            ahead, self._ahead = self._ahead, None
            return ahead

    def forecast(self, package_id: str) -> Forecast:
        """Measure a cold start, and run the package's examples. PackageNotFound, BundleNotFound.

        Compositions are not measured: without the actions that they call they do nothing.
        """
        record = self._store.get_package(package_id)
        if is_composition(self._store.get(record.bundle)):
            return Forecast("unmeasured")
        with self._running:
            return self._forecast(package_id)

    def test(
        self, package_id: str, progress: Callable[[str], None], folder: Path | None = None
    ) -> None:
        """Run a package unless it ran well before, for it cannot change. Raises CleanRoomFailed.

        Not done where the user does not want it, and where the Python that packaged it is on
        another machine: whoever has it there has it proven. ``folder`` is the notebook's.
        """
        record = self._store.get_package(package_id)
        if not record.clean_room or not is_here(record.environment):
            return
        proof = self._proof(record)
        if not proof.exists():
            progress(f"Trying {record.name} on its own…")
        with self._running:
            if proof.exists():
                return
            clean_room = self._forecast(package_id, folder).clean_room
        if clean_room is not None and clean_room.state == "failed":
            raise failure_of(clean_room)

    def _forecast(self, package_id: str, folder: Path | None = None) -> Forecast:
        record = self._store.get_package(package_id)
        bundle = self._store.get(record.bundle)
        ahead = self._taken()
        try:
            found = forecast(
                record,
                bundle,
                self._prices(),
                folder=folder or Path.cwd(),
                models=self._models,
                ahead=ahead,
            )
        finally:
            if ahead is not None:
                ahead.close()
        if found.clean_room is not None and found.clean_room.state in ("passed", "loaded"):
            self._proofs.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._proof(record).touch(mode=0o600)
        return found

    def _proof(self, record: PackageRecord) -> Path:
        # The answers are no part of the id: another answer of the notebook needs another proof.
        examples = json.dumps(record.examples, sort_keys=True)
        return self._proofs / f"{record.id}-{hashlib.sha256(examples.encode()).hexdigest()[:16]}"
