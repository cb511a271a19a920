"""``SdkTelemetry``: spans and metrics with OpenTelemetry's SDK, sent by OTLP.

Spans and metrics are sent by the SDK's own threads, so nothing waits for the collector. If it does
not answer, one line is logged, and what cannot be sent is dropped. The providers are not registered
globally, because a notebook may use OpenTelemetry itself. Spans of both belong together anyway: the
current span is the same for all providers.
"""

from __future__ import annotations

import logging
import os
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

import requests
from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricExporter, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from jupyter_faas.errors import FaasError, TargetNotReachable
from jupyter_faas.telemetry.context import TraceContext, context_of, current_context
from jupyter_faas.telemetry.instruments import Instruments
from jupyter_faas.telemetry.runs import ERROR, Attributes
from jupyter_faas.telemetry.telemetry import (
    CLOSE_S,
    METRICS,
    NO_SPAN,
    TRACES,
    Span,
    SpanKind,
    Telemetry,
)
from jupyter_faas.version import __version__
from jupyter_faas.whisk import Activation

log = logging.getLogger(__name__)

_SCOPE = "jupyter_faas"
_PROPAGATOR = TraceContextTextMapPropagator()
_KINDS = {kind: trace.SpanKind[kind.value] for kind in SpanKind}

# The loggers of the exporters, which would log every attempt. ``Link`` logs one line instead.
_NOISY = (
    "opentelemetry.exporter.otlp.proto.http.trace_exporter",
    "opentelemetry.exporter.otlp.proto.http.metric_exporter",
)
# How long ``close`` waits for a collector that did not answer before, in seconds.
_BROKEN_S = 0.5
# The logger of the parser of headers, which would log a header that it cannot read, with its key.
_HEADER_PARSER = "opentelemetry.util.re"
_GRPC = "opentelemetry-exporter-otlp-proto-grpc"


class HeaderFilter(logging.Filter):
    """Replaces the parser's warnings about headers, which may contain a key, by one without it."""

    def __init__(self) -> None:
        super().__init__()
        self._is_new = True

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = (
            "A header in OTEL_EXPORTER_OTLP_HEADERS is not sent, because it does not have the "
            "form NAME=VALUE with percent-encoded characters (such as %20 for a space).",
            (),
        )
        is_new, self._is_new = self._is_new, False
        return is_new


class Link:
    """What is known of the connection to the collector. Thread-safe.

    ``on_failure`` is set after each failure.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._broken = False
        self.on_failure = threading.Event()

    def failed(self, url: str, reason: str) -> None:
        """Log that the collector does not answer, unless this is known already."""
        with self._lock:
            is_new, self._broken = not self._broken, True
        self.on_failure.set()
        if is_new:
            parts = urlsplit(url)
            port = f":{parts.port}" if parts.port else ""
            log.warning(
                "Traces and metrics are dropped, because the collector %s://%s%s does not accept "
                "them (%s).",
                parts.scheme,
                parts.hostname,
                port,
                reason,
            )

    @property
    def is_broken(self) -> bool:
        return self._broken

    def succeeded(self) -> None:
        with self._lock:
            was_broken, self._broken = self._broken, False
        if was_broken:
            log.info("The collector accepts traces and metrics again.")


class ReportingSession(requests.Session):
    """An HTTP session that tells ``link`` about each request to the collector."""

    def __init__(self, link: Link) -> None:
        super().__init__()
        self._link = link

    def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> requests.Response:
        try:
            response = super().request(method, url, *args, **kwargs)
        except requests.RequestException as error:
            self._link.failed(str(url), type(error).__name__)
            raise
        if response.ok:
            self._link.succeeded()
        else:
            self._link.failed(str(url), f"status {response.status_code}")
        return response


class SdkSpan(Span):
    """A span of OpenTelemetry. ``fail`` and ``end`` may be called from any thread."""

    def __init__(self, span: trace.Span) -> None:
        self.otel = span
        self.context = context_of(span)

    def set(self, attributes: Mapping[str, str | bool | int | float]) -> None:
        self.otel.set_attributes(attributes)

    def fail(self, error_type: str, message: str = "") -> None:
        self.otel.set_attribute(ERROR, error_type)
        self.otel.set_status(trace.StatusCode.ERROR, message or None)

    def end(self) -> None:
        self.otel.end()


class SdkTelemetry(Telemetry):
    """Telemetry that is on, for the signals that have a collector."""

    is_on = True

    def __init__(self, service: str, wanted: frozenset[str], *, joins: bool) -> None:
        """Start the SDK.

        ``joins``: whether a span without a parent belongs to the current span or to the trace in
        the environment variables of this process. Raises ImportError if a library is missing.
        """
        self._joins = joins
        self._link = Link()
        resource = _resource(service)
        for name in _NOISY:
            logger = logging.getLogger(name)
            if logger.level == logging.NOTSET:
                logger.setLevel(logging.CRITICAL + 1)
        logging.getLogger(_HEADER_PARSER).addFilter(HeaderFilter())
        # ``close`` stops both, because the SDK's own handlers may wait for half a minute.
        self._traces = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._tracer: trace.Tracer | None = None
        if TRACES in wanted:
            self._traces.add_span_processor(BatchSpanProcessor(_span_exporter(self._link)))
            self._tracer = self._traces.get_tracer(_SCOPE, __version__)
        readers = []
        if METRICS in wanted:
            readers.append(PeriodicExportingMetricReader(_metric_exporter(self._link)))
        self._metrics = MeterProvider(readers, resource=resource, shutdown_on_exit=False)
        self._instruments = Instruments(self._metrics.get_meter(_SCOPE, __version__))

    def start_span(
        self,
        name: str,
        kind: SpanKind = SpanKind.INTERNAL,
        *,
        parent: TraceContext | None = None,
        attributes: Attributes | None = None,
        ago_s: float = 0.0,
    ) -> Span:
        # A span that is not sent must not become the parent of spans that are.
        if self._tracer is None:
            return NO_SPAN
        begun = time.time_ns() - round(ago_s * 1e9) if ago_s else None
        return SdkSpan(
            self._tracer.start_span(
                name,
                context=self._context(parent),
                kind=_KINDS[kind],
                attributes=attributes,
                start_time=begun,
            )
        )

    def span(
        self,
        name: str,
        kind: SpanKind = SpanKind.INTERNAL,
        *,
        parent: TraceContext | None = None,
        attributes: Attributes | None = None,
    ) -> AbstractContextManager[Span]:
        return self._current(name, kind, parent, attributes)

    @contextmanager
    def _current(
        self,
        name: str,
        kind: SpanKind,
        parent: TraceContext | None,
        attributes: Attributes | None,
    ) -> Iterator[Span]:
        found = self.start_span(name, kind, parent=parent, attributes=attributes)
        if not isinstance(found, SdkSpan):
            yield found
            return
        token = otel_context.attach(trace.set_span_in_context(found.otel))
        try:
            yield found
        except BaseException as error:
            found.fail(type(error).__name__, _safe_message(error))
            raise
        finally:
            otel_context.detach(token)
            found.end()

    def _context(self, parent: TraceContext | None) -> otel_context.Context | None:
        if parent is None and self._joins:
            parent = current_context()
        if parent is None:
            return otel_context.Context()
        return _PROPAGATOR.extract(parent.headers(), otel_context.Context())

    def record(self, run: Activation, trigger: str, cost_usd: float | None) -> None:
        self._instruments.record(run, trigger, cost_usd)

    def use_everywhere(self) -> None:
        if self._tracer is not None:
            trace.set_tracer_provider(self._traces)

    def close(self, wait_s: float = CLOSE_S) -> None:
        # The threads are daemons, so a collector that does not answer cannot keep the process.
        ended = self._link.on_failure
        if self._link.is_broken:
            wait_s = min(wait_s, _BROKEN_S)
        ended.clear()

        def stop() -> None:
            self._traces.shutdown()
            self._metrics.shutdown(wait_s * 1000)
            ended.set()

        threading.Thread(target=stop, name="telemetry-close", daemon=True).start()
        ended.wait(wait_s)


def _safe_message(error: BaseException) -> str:
    """Return the message of an error, or "" if it may contain parameters of a function.

    Errors of the network are in our own words, which name the host only.
    """
    return error.message if isinstance(error, TargetNotReachable) else ""


def _resource(service: str) -> Resource:
    """Return what describes this process. Variables take precedence."""
    own: dict[str, str] = {
        "service.name": service,
        "service.version": __version__,
        "service.instance.id": str(uuid.uuid4()),
    }
    # ``Resource.create`` would prefer its arguments.
    chosen = OTELResourceDetector().detect().attributes
    return Resource.create({key: value for key, value in own.items() if key not in chosen})


def _span_exporter(link: Link) -> SpanExporter:
    found: SpanExporter = _exporter("trace_exporter", "OTLPSpanExporter", TRACES, link)
    return found


def _metric_exporter(link: Link) -> MetricExporter:
    found: MetricExporter = _exporter("metric_exporter", "OTLPMetricExporter", METRICS, link)
    return found


def _exporter(module: str, name: str, signal: str, link: Link) -> Any:
    """Return the exporter of the protocol that the variables choose, by default HTTP.

    Raises FaasError if that protocol's library is missing.
    """
    protocol = (
        os.environ.get(f"OTEL_EXPORTER_OTLP_{signal.upper()}_PROTOCOL")
        or os.environ.get("OTEL_EXPORTER_OTLP_PROTOCOL")
        or "http/protobuf"
    )
    if protocol == "http/protobuf":
        found = import_module(f"opentelemetry.exporter.otlp.proto.http.{module}")
        return getattr(found, name)(session=ReportingSession(link))
    if protocol == "grpc":
        try:
            found = import_module(f"opentelemetry.exporter.otlp.proto.grpc.{module}")
        except ImportError:
            raise FaasError(f"the protocol grpc needs the package {_GRPC}") from None
        return getattr(found, name)()
    raise FaasError(f"unknown OTEL_EXPORTER_OTLP_PROTOCOL {protocol!r}")
