"""The attributes of a run, with the names of OpenTelemetry's conventions for FaaS.

Source: https://opentelemetry.io/docs/specs/semconv/faas/ (1.40). What the conventions lack begins
with ``openwhisk.`` or ``jupyter_faas.``. Neither inputs nor results, messages or logs of functions
are among the attributes, because they may contain personal data and secrets.
"""

from __future__ import annotations

from jupyter_faas.whisk import Activation
from jupyter_faas.whisk.limits import MB

Attributes = dict[str, str | bool | int | float]

# The values of ``faas.trigger``. A component of a sequence or composition has OTHER.
HTTP, PUBSUB, TIMER, OTHER = "http", "pubsub", "timer", "other"

NAME, TRIGGER, KIND, ERROR = "faas.name", "faas.trigger", "openwhisk.kind", "error.type"


def run_attributes(run: Activation, trigger: str, cost_usd: float | None) -> Attributes:
    """Return the attributes of the span of a run that has ended."""
    found: dict[str, str | bool | int | float | None] = {
        NAME: run_name(run),
        "faas.version": run.version,
        TRIGGER: trigger,
        "faas.invocation_id": run.activation_id,
        "faas.coldstart": run.cold,
        "faas.max_memory": None if run.memory_mb is None else run.memory_mb * MB,
        "openwhisk.namespace": run.namespace,
        KIND: run.kind,
        "openwhisk.status": run.response.status,
        "openwhisk.wait_time_ms": run.wait_ms,
        "openwhisk.init_time_ms": run.init_ms,
        "openwhisk.duration_ms": run.duration,
        "jupyter_faas.peak_memory": None if run.peak_mb is None else run.peak_mb * MB,
        "jupyter_faas.cost_usd": cost_usd,
    }
    if not run.response.success:
        found[ERROR] = error_type(run)
    return {key: value for key, value in found.items() if value is not None}


def metric_attributes(run: Activation, trigger: str) -> Attributes:
    """Return the attributes of a run's metrics, which have few different values."""
    found: Attributes = {NAME: run_name(run), TRIGGER: trigger, KIND: run.kind or "unknown"}
    if not run.response.success:
        found[ERROR] = error_type(run)
    return found


def run_name(run: Activation) -> str:
    """Return the name of the action that ran, as ``name`` or ``package/name``."""
    path = run.annotation("path")
    return path.partition("/")[2] if isinstance(path, str) and "/" in path else run.name


def error_type(run: Activation) -> str:
    """Return the kind of failure: ``timeout``, or the status, such as ``application_error``."""
    return "timeout" if run.timed_out else run.response.status.replace(" ", "_")
