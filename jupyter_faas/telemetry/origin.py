"""``Origin``: what requested a run, with the attributes of its HTTP request or of its timer.

The names are those of OpenTelemetry's conventions for HTTP and for FaaS. The URL of a request is
without its query, and that of a web action without the part after the action's name, because both
are parameters of the function.
Sources: https://opentelemetry.io/docs/specs/semconv/http/http-spans/ and
https://opentelemetry.io/docs/specs/semconv/faas/faas-spans/ (1.40).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timezone
from urllib.parse import urlsplit

from jupyter_faas.telemetry.runs import HTTP, OTHER, PUBSUB, TIMER, Attributes

METHOD, STATUS = "http.request.method", "http.response.status_code"
_PORTS = {"http": 80, "https": 443}
# The conventions require ``_OTHER`` for all others.
_METHODS = frozenset(
    {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"}
)


@dataclass(frozen=True)
class Origin:
    """What requested a run. ``trigger`` is the value of ``faas.trigger``."""

    trigger: str
    attributes: Attributes = field(default_factory=dict)

    @classmethod
    def of_request(cls, method: str, path: str, scheme: str, host: str) -> Origin:
        """Return the origin of a request. ``host`` is the Host header, or empty."""
        found: Attributes = {
            METHOD: method if method in _METHODS else "_OTHER",
            "url.path": path,
            "url.scheme": scheme,
        }
        return cls(HTTP, found | _server(f"{scheme}://{host}"))

    @classmethod
    def of_timer(cls, now_ms: int, cron: str | None) -> Origin:
        """Return the origin of a firing at a time (epoch ms). ``cron`` is its pattern, if any."""
        moment = datetime.fromtimestamp(now_ms / 1000, timezone.utc)
        found: Attributes = {"faas.time": moment.isoformat(timespec="milliseconds")}
        return cls(TIMER, found if cron is None else {**found, "faas.cron": cron})

    def answered(self, status: int) -> None:
        """Add the status of the response, if the attributes of the request are known."""
        if self.attributes:
            self.attributes[STATUS] = status


# Origins without attributes.
CALL, RULE, STEP = Origin(HTTP), Origin(PUBSUB), Origin(OTHER)


def request_attributes(method: str, url: str) -> Attributes:
    """Return the attributes of a request that a client sends, without credentials and query."""
    parts = urlsplit(url)
    plain = parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="")
    return {METHOD: method, "url.full": plain.geturl(), **_server(url)}


def _server(url: str) -> Attributes:
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return {}  # The Host header may be anything.
    if not parts.hostname:
        return {}
    found: Attributes = {"server.address": parts.hostname}
    return found if port is None else {**found, "server.port": port}
