"""Whether there is telemetry, which the standard variables of OpenTelemetry decide.

There is if they name a collector (``OTEL_EXPORTER_OTLP_ENDPOINT``, or the variable of one signal)
and ``OTEL_SDK_DISABLED`` is not true. The SDK itself reads the other variables.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from functools import cache

from jupyter_faas.telemetry.telemetry import METRICS, TRACES, Telemetry

log = logging.getLogger(__name__)

# The default service names of this library's processes.
CLIENT, PLAYGROUND = "jupyter_faas", "jupyter_faas-playground"

EXTRA = "otel"


def signals(environ: Mapping[str, str]) -> frozenset[str]:
    """Return which of TRACES and METRICS have a collector according to the variables."""
    if environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return frozenset()
    endpoint = environ.get("OTEL_EXPORTER_OTLP_ENDPOINT", "").strip()
    found = {
        TRACES: environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "").strip() or endpoint,
        METRICS: environ.get("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "").strip() or endpoint,
    }
    exporters = {
        TRACES: environ.get("OTEL_TRACES_EXPORTER", ""),
        METRICS: environ.get("OTEL_METRICS_EXPORTER", ""),
    }
    return frozenset(
        signal
        for signal, url in found.items()
        if url and exporters[signal].strip().lower() in ("", "otlp")
    )


def open_telemetry(service: str, *, joins: bool = False) -> Telemetry:
    """Return telemetry according to the environment variables of this process.

    ``service`` is the service name unless a variable sets another one. ``joins``: whether spans
    belong to the current span, or to the trace of the process that started this one. If the extra
    is missing, a warning with the command that installs it is logged, and the telemetry is off.
    """
    wanted = signals(os.environ)
    if not wanted:
        return Telemetry()
    try:
        from jupyter_faas.telemetry.sdk import SdkTelemetry

        return SdkTelemetry(service, wanted, joins=joins)
    except ImportError:
        # Imported here, because nothing else of it is needed at the start of a process.
        from jupyter_faas.installation import install_hint

        log.warning(
            "Traces and metrics are off, because OpenTelemetry is not installed. %s",
            install_hint(EXTRA),
        )
    except Exception as error:
        # Such as an invalid number in a variable. Telemetry must never stop what it observes.
        log.warning("Traces and metrics are off: %s: %s", type(error).__name__, error)
    return Telemetry()


@cache
def process_telemetry() -> Telemetry:
    """Return the telemetry of a process other than the playground, opened on the first call.

    It is closed when the process ends.
    """
    found = open_telemetry(CLIENT, joins=True)
    if found.is_on:
        import atexit

        atexit.register(_close_in, os.getpid(), found)
    return found


def _close_in(pid: int, telemetry: Telemetry) -> None:
    # A forked process inherits this handler, but not the threads that send.
    if os.getpid() == pid:
        telemetry.close()
