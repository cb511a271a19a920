"""A collector on this machine: the OTLP receiver of the package ``oteltest``.

It decodes what arrives with OpenTelemetry's own protocol definitions, as every collector does.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from oteltest.sink import HttpSink
from oteltest.sink.handler import AccumulatingHandler

_Found = TypeVar("_Found")
_PATIENCE_S = 20.0


@dataclass(frozen=True)
class ReceivedSpan:
    """A span as it arrived. Ids are hexadecimal; ``parent`` is empty for a root span."""

    name: str
    kind: str
    trace: str
    id: str
    parent: str
    attributes: dict[str, Any]
    resource: dict[str, Any]
    failed: bool
    message: str


@dataclass(frozen=True)
class Point:
    """A point of a metric. ``value`` is a sum, and ``count`` the number of values, for a counter
    the sum itself.
    """

    name: str
    unit: str
    value: float
    count: float
    attributes: dict[str, Any]


class Collector:
    """What has arrived so far, and the variables that let a process send to it."""

    def __init__(self, handler: AccumulatingHandler, port: int) -> None:
        self._handler = handler
        self.url = f"http://127.0.0.1:{port}"
        self.environ = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": self.url,
            # Usually 5 s and a minute.
            "OTEL_BSP_SCHEDULE_DELAY": "50",
            "OTEL_METRIC_EXPORT_INTERVAL": "100",
        }

    def spans(self) -> list[ReceivedSpan]:
        return [
            _span(span, _values(resource.resource.attributes))
            for request in list(self._handler.telemetry.trace_requests)
            for resource in request.pbreq.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def span(self, name: str, **attributes: Any) -> ReceivedSpan:
        """Wait for the span with that name and these attributes (dots are written ``__``)."""
        wanted = {key.replace("__", "."): value for key, value in attributes.items()}

        def find() -> ReceivedSpan | None:
            for each in self.spans():
                if each.name == name and wanted.items() <= each.attributes.items():
                    return each
            return None

        return until(find, lambda: f"no span {name} {wanted} among {self.spans()}")

    def points(self, name: str) -> list[Point]:
        """The latest points of a metric, one for each set of attributes."""
        found: dict[str, Point] = {}
        for request in list(self._handler.telemetry.metric_requests):
            for resource in request.pbreq.resource_metrics:
                for scope in resource.scope_metrics:
                    for metric in scope.metrics:
                        if metric.name == name:
                            for point in _points(metric):
                                found[str(sorted(point.attributes.items()))] = point
        return list(found.values())

    def point(self, name: str, count: float, **attributes: Any) -> Point:
        """Wait for the point with these attributes that counts at least so many runs."""
        wanted = {key.replace("__", "."): value for key, value in attributes.items()}

        def find() -> Point | None:
            for each in self.points(name):
                if wanted.items() <= each.attributes.items() and each.count >= count:
                    return each
            return None

        return until(find, lambda: f"no {name} of {wanted} with {count} in {self.points(name)}")

    def text(self) -> str:
        """All that has arrived, to look for what must not be there."""
        telemetry = self._handler.telemetry
        everything = [*telemetry.trace_requests, *telemetry.metric_requests]
        return "\n".join(str(each.pbreq) for each in everything)


@contextmanager
def collector(port: int = 0) -> Iterator[Collector]:
    """A running collector, by default on a free port."""
    handler = AccumulatingHandler()
    sink = HttpSink(handler, logging.getLogger("otelsink"), port=port)
    sink.start()
    server = until(lambda: sink.httpd, lambda: "the collector did not start")
    # It would log each request to the output of the tests.
    server.RequestHandlerClass.log_message = lambda *_: None
    try:
        yield Collector(handler, server.server_address[1])
    finally:
        sink.stop()


def until(find: Callable[[], _Found | None], words: Callable[[], str]) -> _Found:
    """Return what ``find`` finds as soon as it does."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        found = find()
        if found is not None:
            return found
        assert time.monotonic() < deadline, words()
        time.sleep(0.02)


def _span(span: Any, resource: dict[str, Any]) -> ReceivedSpan:
    return ReceivedSpan(
        name=span.name,
        kind=type(span).SpanKind.Name(span.kind).removeprefix("SPAN_KIND_"),
        trace=span.trace_id.hex(),
        id=span.span_id.hex(),
        parent=span.parent_span_id.hex(),
        attributes=_values(span.attributes),
        resource=resource,
        failed=span.status.code == 2,
        message=span.status.message,
    )


def _points(metric: Any) -> Iterator[Point]:
    for each in metric.sum.data_points:
        value = each.as_int if each.WhichOneof("value") == "as_int" else each.as_double
        yield Point(metric.name, metric.unit, value, value, _values(each.attributes))
    for each in metric.histogram.data_points:
        yield Point(metric.name, metric.unit, each.sum, each.count, _values(each.attributes))


def _values(attributes: Any) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}
