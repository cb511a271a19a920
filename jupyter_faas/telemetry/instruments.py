"""The metrics of runs, with the names and units of OpenTelemetry's conventions for FaaS.

Two metrics are not in the conventions: ``jupyter_faas.wait_duration`` and ``jupyter_faas.cost``.
"""

from __future__ import annotations

from opentelemetry.metrics import Histogram, Meter

from jupyter_faas.telemetry.runs import metric_attributes
from jupyter_faas.whisk import Activation
from jupyter_faas.whisk.entities import SEQUENCE
from jupyter_faas.whisk.limits import MB

# The bucket boundaries that the conventions recommend for durations, in seconds.
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
_BYTES = tuple(size * MB for size in (16, 32, 64, 128, 256, 512, 1024, 2048, 4096))


class Instruments:
    """The counters and histograms of one process."""

    def __init__(self, meter: Meter) -> None:
        def seconds(name: str, what: str) -> Histogram:
            return meter.create_histogram(
                name, "s", what, explicit_bucket_boundaries_advisory=_SECONDS
            )

        counter = meter.create_counter
        self._invocations = counter(
            "faas.invocations", "{invocation}", "Number of successful invocations"
        )
        self._errors = counter("faas.errors", "{error}", "Number of invocation errors")
        self._timeouts = counter("faas.timeouts", "{timeout}", "Number of invocation timeouts")
        self._cold_starts = counter(
            "faas.coldstarts", "{coldstart}", "Number of invocation cold starts"
        )
        self._duration = seconds("faas.invoke_duration", "Duration of the function's own logic")
        self._init = seconds("faas.init_duration", "Duration of the function's initialization")
        self._wait = seconds(
            "jupyter_faas.wait_duration", "Time from the request to the start of the run"
        )
        self._memory = meter.create_histogram(
            "faas.mem_usage",
            "By",
            "Peak memory of an invocation",
            explicit_bucket_boundaries_advisory=_BYTES,
        )
        self._cost = counter(
            "jupyter_faas.cost", "{USD}", "Cost of invocations according to the price list"
        )

    def record(self, run: Activation, trigger: str, cost_usd: float | None) -> None:
        """Count a run. A failed run is in ``faas.errors`` and not in ``faas.invocations``."""
        attributes = metric_attributes(run, trigger)
        if run.response.success:
            self._invocations.add(1, attributes)
        else:
            self._errors.add(1, attributes)
        if run.timed_out:
            self._timeouts.add(1, attributes)
        if run.init_ms is not None:
            self._cold_starts.add(1, attributes)
            self._init.record(run.init_ms / 1000, attributes)
        duration_ms = own_duration_ms(run)
        if duration_ms is not None:
            self._duration.record(duration_ms / 1000, attributes)
        if run.wait_ms is not None:
            self._wait.record(run.wait_ms / 1000, attributes)
        if run.peak_mb is not None:
            self._memory.record(run.peak_mb * MB, attributes)
        if cost_usd is not None:
            self._cost.add(cost_usd, attributes)


def own_duration_ms(run: Activation) -> int | None:
    """Return the duration without the initialization, or None if it is unknown.

    The record of a composition has the sum of its components. Its duration is the time from its
    start to its end.
    """
    if run.kind == SEQUENCE and run.end is not None:
        return max(0, run.end - run.start)
    return None if run.duration is None else max(0, run.duration - (run.init_ms or 0))
