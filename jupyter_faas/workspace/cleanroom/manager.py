"""CleanRoomManager: isolated tests of packages before a deploy, and forecasts of cold starts.

A clean-room test checks whether a package works without the notebook. The package is unpacked into
an empty directory, loaded by a fresh interpreter that sees only the declared requirements, and
called with the examples in its record (runner.py). The answers are compared with the notebook's
answers (judge.py). The same run measures imports, model loading and calls for the forecast on the
card.

A package cannot change, so a passed test is recorded and not repeated. To save time, the process is
started while the cell is still being packaged (``prestart``). The process continues once the
package is complete (``run_prestarted``), and is ended if packaging fails (``discard``).
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain, repeat
from pathlib import Path
from threading import Lock
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from jupyter_faas.bundle import is_composition
from jupyter_faas.workspace.cleanroom.judge import Judge, failure_of
from jupyter_faas.workspace.cleanroom.runner import (
    CleanRoom,
    PrestartedProcess,
    is_interpreter_available,
    isolation_settings,
)
from jupyter_faas.workspace.cleanroom.target_python import target_python
from jupyter_faas.workspace.results import CleanRoomResult, Forecast, Progress, silent

if TYPE_CHECKING:
    from jupyter_faas.bundle import Bundle, BundleStore, ModelFiles, PackageRecord
    from jupyter_faas.cost import PriceList
    from jupyter_faas.vendoring import VendorCache
    from jupyter_faas.workspace.cleanroom.runner import RunResult
    from jupyter_faas.workspace.cleanroom.target_python import TargetPython

# Time limit of one run in seconds. Loading large models and libraries may take a minute.
_LIMIT_S = 120.0
_ONE_SECOND = 1.0


def forecast(
    record: PackageRecord,
    bundle: Bundle,
    prices: PriceList,
    *,
    folder: Path,
    limit_s: float = _LIMIT_S,
    models: ModelFiles | None = None,
    prestarted: PrestartedProcess | None = None,
    secrets: Mapping[str, str] = MappingProxyType({}),
    python: TargetPython | None = None,
) -> Forecast:
    """Measure a package in a fresh process and compare its answers with the notebook's answers.

    The function is called four times with the first example and once with every other example. If
    an answer differs from the notebook's answer, a second process calls the function four times
    with each example. The forecast's state is ``failed`` if the package does not run.

    ``folder``: the notebook's directory, whose files are hidden from the package.
    ``models``: local copies of the models that are stored outside the package.
    ``prestarted``: a process for the first run, which is used if its settings match.
    ``secrets``: the values of the package's secrets, which the process gets in its environment.
    ``python``: the target's Python, for a package with wheels.
    """
    calls = calls_of(record)
    with CleanRoom.of(record, bundle, folder, models, prestarted, secrets, python) as room:
        run = room.run(calls, limit_s)
        judging = Judge(record, bundle.manifest, folder, {**os.environ, **secrets})
        clean_room = judging.judge(run, _repetition(room, calls, limit_s))
    if python is not None and clean_room.state in ("passed", "loaded"):
        clean_room = replace(clean_room, note=f"{clean_room.note}; {python.note}")
    if run.timings is None or run.exception:
        message = clean_room.message or run.process_error or run.exception
        return Forecast("failed", message=message, clean_room=clean_room)
    return _forecast_of(run.timings, record, bundle, prices, clean_room)


def calls_of(record: PackageRecord) -> list[Mapping[str, Any]]:
    """Return the parameters of the example calls, or [] if the clean-room test is turned off."""
    return [one["params"] for one in record.examples] if record.clean_room else []


def _repetition(
    room: CleanRoom, calls: Sequence[Mapping[str, Any]], limit_s: float
) -> Callable[[], RunResult]:
    """Return a function that repeats the run, each time in a fresh process."""
    # Wait for a second, so that answers that contain the time in seconds differ from the first run.
    pauses = chain([_ONE_SECOND], repeat(0.0))

    def run_again() -> RunResult:
        time.sleep(next(pauses))
        return room.run(calls, limit_s, repeat=True)

    return run_again


def _forecast_of(
    times: Mapping[str, float | None],
    record: PackageRecord,
    bundle: Bundle,
    prices: PriceList,
    clean_room: CleanRoomResult,
) -> Forecast:
    imported, loaded = times["imported"] or 0.0, times["loaded"] or 0.0
    first, warm = times["first"], times["warm"]
    if not bundle.manifest.models:
        # Without a model, loading the package consists only of imports.
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
        prices=prices.label,
        clean_room=clean_room,
    )


class CleanRoomManager:
    """A manager that runs the clean-room tests of one data directory, one at a time.

    The directory ``proofs`` contains an empty file for each package record that passed. Failures
    are not recorded, because the next run may pass.
    """

    def __init__(
        self,
        data_dir: Path,
        store: BundleStore,
        models: ModelFiles,
        prices: Callable[[], PriceList],
        secrets: Callable[[Iterable[str]], Mapping[str, str]] = lambda names: {},
        *,
        wheels: VendorCache | None = None,
    ) -> None:
        self._wheels = wheels
        self._models = models
        self._passed = data_dir / "proofs"
        self._store = store
        self._prices = prices
        self._secrets = secrets
        # Simultaneous runs would slow each other down and distort the measurements. While a caller
        # waits for the lock, its package may pass in another thread.
        self._run_lock = Lock()
        self._prestarted: PrestartedProcess | None = None
        self._prestarted_lock = Lock()

    def prestart(
        self, requirements: Iterable[str], imports: Sequence[str], secrets: Iterable[str] = ()
    ) -> None:
        """Start a process for a package whose model is still being converted.

        ``requirements`` are all requirements of the future package, and ``imports`` are modules
        that the package will import. ``secrets`` are the names of its secrets. Only one such
        process exists at a time. The next run either uses or ends this process.
        """
        with self._prestarted_lock:
            if self._prestarted is None:
                settings = isolation_settings(requirements, Path.cwd())
                self._prestarted = PrestartedProcess(
                    sys.executable, settings, imports, self._secrets(secrets)
                )

    def run_prestarted(self, record: PackageRecord, bundle: Bundle) -> None:
        """Let the prestarted process, if any, run the finished package."""
        with self._prestarted_lock:
            if self._prestarted is not None:
                folder = self._prestarted.files.folder
                secrets = self._secrets(bundle.manifest.secrets)
                room = CleanRoom(
                    record, bundle, folder, Path.cwd(), self._models, self._prestarted, secrets
                )
                room.resume_prestarted(calls_of(record))

    def discard(self) -> None:
        """End the prestarted process, if any."""
        prestarted = self._take_prestarted()
        if prestarted is not None:
            prestarted.close()

    def _take_prestarted(self) -> PrestartedProcess | None:
        with self._prestarted_lock:
            prestarted, self._prestarted = self._prestarted, None
            return prestarted

    def forecast(self, package_id: str) -> Forecast:
        """Measure a cold start and run the package's examples.

        For a composition, return the state ``unmeasured``, because it cannot run without the
        actions that it calls.
        Raises PackageNotFound and BundleNotFound.
        """
        record = self._store.get_package(package_id)
        if is_composition(self._store.get(record.bundle)):
            return Forecast("unmeasured")
        with self._run_lock:
            return self._forecast(package_id)

    def test(
        self, package_id: str, progress: Callable[[str], None], folder: Path | None = None
    ) -> None:
        """Test a package unless it has already passed. Raises CleanRoomFailed if the test fails.

        The test is skipped if the user turned it off, or if the interpreter that packaged the
        function is not on this machine. ``folder`` is the notebook's directory.
        """
        record = self._store.get_package(package_id)
        if not record.clean_room or not is_interpreter_available(record.environment):
            return
        marker = self._marker(record)
        if not marker.exists():
            progress(f"Testing {record.name} in a clean room…")
        with self._run_lock:
            if marker.exists():
                return
            clean_room = self._forecast(package_id, folder, progress).clean_room
        if clean_room is not None and clean_room.state == "failed":
            raise failure_of(clean_room)

    def _forecast(
        self, package_id: str, folder: Path | None = None, progress: Progress = silent
    ) -> Forecast:
        record = self._store.get_package(package_id)
        bundle = self._store.get(record.bundle)
        prestarted = self._take_prestarted()
        try:
            found = forecast(
                record,
                bundle,
                self._prices(),
                folder=folder or Path.cwd(),
                models=self._models,
                prestarted=prestarted,
                secrets=self._secrets(bundle.manifest.secrets),
                python=target_python(bundle.manifest, self._wheels, progress),
            )
        finally:
            if prestarted is not None:
                prestarted.close()
        if found.clean_room is not None and found.clean_room.state in ("passed", "loaded"):
            self._passed.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._marker(record).touch(mode=0o600)
        return found

    def _marker(self, record: PackageRecord) -> Path:
        # A package must be tested again when its examples change. The record's id does not depend
        # on the examples' answers, so the file name includes a digest of the examples.
        examples = json.dumps(record.examples, sort_keys=True)
        return self._passed / f"{record.id}-{hashlib.sha256(examples.encode()).hexdigest()[:16]}"
