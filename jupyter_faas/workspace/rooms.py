"""The clean-room runs of one data folder: one at a time, and what ran well is remembered."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from jupyter_faas.bundle import is_composition
from jupyter_faas.workspace.forecast import calls_of, forecast
from jupyter_faas.workspace.room import Room, hidden_from, is_here
from jupyter_faas.workspace.roomprocess import AheadRoom
from jupyter_faas.workspace.views import Forecast

if TYPE_CHECKING:
    from jupyter_faas.bundle import Bundle, BundleStore, ModelFiles, PackageRecord
    from jupyter_faas.cost import PriceList


class Rooms:
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
        at a time; it is used by the next run, or ended by it, or by ``give_up``.
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

    def give_up(self) -> None:
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

    def prove(
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
            raise clean_room.refusal()

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
