"""What a cold start of a package will take and cost: measured in a fresh process, not guessed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_faas.workspace.models import local_environment
from jupyter_faas.workspace.views import Forecast

if TYPE_CHECKING:
    from jupyter_faas.bundle import Bundle, ModelFiles, PackageRecord
    from jupyter_faas.cost import PriceList

_STOPWATCH = Path(__file__).with_name("stopwatch.py")
# As in a worker: one thread each, and no telemetry of onnxruntime.
_WORKER_ENVIRONMENT = {
    "ORT_DISABLE_TELEMETRY": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
_LIMIT_S = 120.0
_MESSAGE_LINES = 3


def forecast(
    record: PackageRecord,
    bundle: Bundle,
    prices: PriceList,
    *,
    params: Mapping[str, Any] | None = None,
    limit_s: float = _LIMIT_S,
    models: ModelFiles | None = None,
) -> Forecast:
    """Unpack, start a fresh interpreter, import, load, and call when there are ``params``.

    Calls have whatever effects the function has, so nothing is called with made-up parameters. A
    package that does not run gives the state ``failed`` with the last lines it said. ``models``
    has those that do not travel in the package: they are fetched from this disk, as from a store.
    """
    with tempfile.TemporaryDirectory(prefix="faas-forecast-") as folder:
        around = Path(folder)
        brought = local_environment(bundle, models, around / "cache") if models else {}
        return _measured(record, bundle, prices, around, params, limit_s, brought)


def _measured(
    record: PackageRecord,
    bundle: Bundle,
    prices: PriceList,
    folder: Path,
    params: Mapping[str, Any] | None,
    limit_s: float,
    environment: Mapping[str, str],
) -> Forecast:
    package, answer, complaints = (folder / name for name in ("package", "answer", "complaints"))
    bundle.unpack(package)
    words = [_interpreter(record.environment), str(_STOPWATCH), str(package), str(time.time_ns())]
    words.append(str(answer))
    if params is not None:
        given = folder / "params"
        given.write_text(json.dumps({**record.parameters, **params}), "utf-8")
        words.append(str(given))
    with complaints.open("wb") as stderr:
        # Files and not pipes: a process that the function leaves behind would hold a pipe open.
        process = subprocess.Popen(
            words,
            cwd=package,
            env={**os.environ, **_WORKER_ENVIRONMENT, **environment},
            stdin=subprocess.PIPE,  # by its closing the process knows that the kernel has ended
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            start_new_session=True,
        )
        try:
            process.wait(limit_s)
        except subprocess.TimeoutExpired:
            return Forecast("failed", message=f"The package did not answer within {limit_s:g} s.")
        finally:
            _end(process)
    if process.returncode != 0 or not answer.exists():
        said = complaints.read_text("utf-8", "replace")
        return Forecast("failed", message=_last_lines(said, package, process.returncode))
    return _forecast(json.loads(answer.read_text("utf-8")), record, bundle, prices)


def _end(process: subprocess.Popen[bytes]) -> None:
    """The whole group: the function may have started processes of its own."""
    with suppress(ProcessLookupError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()
    if process.stdin is not None:
        process.stdin.close()


def _forecast(
    times: Mapping[str, float | None], record: PackageRecord, bundle: Bundle, prices: PriceList
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
    )


def _interpreter(environment: Mapping[str, Any]) -> str:
    """The interpreter that packaged it; this one when that is on another machine."""
    executable = str(environment.get("executable", ""))
    return executable if executable and os.access(executable, os.X_OK) else sys.executable


def _last_lines(complained: str, package: Path, status: int) -> str:
    lines = [line.strip() for line in complained.splitlines() if line.strip()]
    if not lines:
        return f"The package ended with status {status} and said nothing."
    # Paths of the measurement mean nothing to the reader.
    return "\n".join(lines[-_MESSAGE_LINES:]).replace(f"{package}{os.sep}", "")
