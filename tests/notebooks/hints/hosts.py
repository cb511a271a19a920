"""The hosts of the cases: each type of host, with the playground of the kernel behind it."""

from __future__ import annotations

import json
import shutil
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

from jupyter_faas.playground.data_dir import DataDirectory
from jupyter_faas.playground.webserver.certificate import server_context
from jupyter_faas.whisk.kinds import Runtime, Runtimes
from jupyter_faas.whisk.profiles import PROFILES
from jupyter_faas.workspace import Workspace
from tests.client.helpers.server import Answer, Asked, closed_port
from tests.hosts.helpers.digitalocean import DigitalOcean
from tests.hosts.helpers.openserverless import OpenServerless
from tests.hosts.helpers.openwhisk import OpenWhisk
from tests.hosts.helpers.provider import Provider, failure, write_props

# The file beside the notebook with the host and its key, as its tool leaves it.
PROPERTIES = "wskprops"
# The file beside the notebook with the authority that signed the host's certificate.
AUTHORITY = "ca.pem"


class Adobe(Provider):
    """Adobe I/O Runtime, whose kinds are those of Node.js, so that Python runs in images."""

    def __init__(self, playground: Workspace) -> None:
        super().__init__(playground, PROFILES["adobe"], "adobe", "")

    def answer(self, asked: Asked) -> Answer:
        if urlsplit(asked.path).path == "/":
            return Answer(body=self.info())
        return self.api(asked)


class Unlisted(OpenServerless):
    """A host of OpenServerless that does not list its kinds."""

    def answer(self, asked: Asked) -> Answer:
        if urlsplit(asked.path).path.startswith("/api/info"):
            return Answer(404, content_type="text/html", raw=b"<p>Not here")
        return super().answer(asked)


class Gateway(OpenWhisk):
    """A host behind a web server that takes less than the host says."""

    def answer(self, asked: Asked) -> Answer:
        if len(asked.body) > 1_000_000:
            return failure(413, "Request Entity Too Large")
        return super().answer(asked)


class FailsFirst(OpenWhisk):
    """A host that answers the first upload of each action with an error, or not at all."""

    def __init__(self, playground: Workspace, namespace: str, error: Answer) -> None:
        super().__init__(playground, namespace)
        self._error = error
        self._failed: set[str] = set()

    def answer(self, asked: Asked) -> Answer:
        path = urlsplit(asked.path).path
        if asked.method == "PUT" and path not in self._failed:
            self._failed.add(path)
            return self._error
        return super().answer(asked)


class SmallCalls(OpenWhisk):
    """A host behind a web server that takes only short calls."""

    def answer(self, asked: Asked) -> Answer:
        if asked.method == "POST" and len(asked.body) > 50_000:
            return _page(413)
        return super().answer(asked)


class Refusing(OpenWhisk):
    """A host that takes nothing from this user."""

    def answer(self, asked: Asked) -> Answer:
        if asked.method == "PUT":
            return failure(403, "The supplied authentication is not authorized.")
        return super().answer(asked)


class LosesRun(OpenWhisk):
    """A host whose connection breaks after the first run of each action, or of each trigger.

    ``what`` is ``actions`` or ``triggers``.
    """

    def __init__(self, playground: Workspace, what: str) -> None:
        super().__init__(playground, f"running-{what}")
        self._what = what
        self._lost: set[str] = set()

    def answer(self, asked: Asked) -> Answer:
        answer, path = super().answer(asked), urlsplit(asked.path).path
        if asked.method == "POST" and f"/{self._what}/" in path and path not in self._lost:
            self._lost.add(path)
            return Answer(reset=True)
        return answer


class Secure(OpenWhisk):
    """A host whose certificate is signed by its own authority, in the file ``ca``."""

    def __init__(self, playground: Workspace) -> None:
        super().__init__(playground, "secure")
        files = DataDirectory(playground.data_dir / "secure")
        files.create()
        server_context(files, datetime.now(timezone.utc))
        self.ca = files.ca
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(files.certificate)


class OnceAMinute(OpenWhisk):
    """A host whose feed takes no schedule with seconds."""

    def answer(self, asked: Asked) -> Answer:
        if asked.method == "POST" and "/alarms/" in asked.path:
            cron = json.loads(asked.body).get("cron", "* * * * *")
            if len(cron.split()) > 5:
                return super().answer(replace(asked, body=b'{"lifecycleEvent": "no"}'))
        return super().answer(asked)


class LateFeed(OpenWhisk):
    """A host whose feed does not answer the first request in time."""

    def __init__(self, playground: Workspace) -> None:
        super().__init__(playground, "late-feed")
        self._is_late = True

    def answer(self, asked: Asked) -> Answer:
        if self._is_late and asked.method == "POST" and "/alarms/" in asked.path:
            self._is_late = False
            return Answer(202, body={"activationId": "0123456789abcdef" * 2})
        return super().answer(asked)


class WithoutAlarms(OpenWhisk):
    """A host whose operator has not installed the feed of schedules."""

    has_system_packages = False


class Plain(OpenWhisk):
    """A host without HTTPS, whose address its user wrote without a scheme."""

    @property
    def url(self) -> str:
        return urlsplit(super().url).netloc


class Down(OpenWhisk):
    """A host to which nothing can connect."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{closed_port()}"


class Named(OpenWhisk):
    """A host that is called through the proxy of the environment, because it is not localhost."""

    @property
    def url(self) -> str:
        # Another way to write the address of this machine.
        return super().url.replace("127.0.0.1", "127.1")


class Moved(OpenWhisk):
    """A host that redirects to the playground."""

    def answer(self, asked: Asked) -> Answer:
        return Answer(308, headers={"Location": f"{self.behind}{asked.path}"})


class Forgets(OpenWhisk):
    """A host whose connection breaks before the first run of each action begins."""

    def __init__(self, playground: Workspace) -> None:
        super().__init__(playground, "forgets")
        self._lost: set[str] = set()

    def answer(self, asked: Asked) -> Answer:
        path = urlsplit(asked.path).path
        if asked.method == "POST" and path not in self._lost:
            self._lost.add(path)
            return Answer(reset=True)
        return super().answer(asked)


class OtherJson(OpenWhisk):
    """A web server that answers with JSON of its own."""

    def answer(self, asked: Asked) -> Answer:
        return Answer(body={"status": "up"})


class WebPage(OpenWhisk):
    """A web server instead of a host."""

    def answer(self, asked: Asked) -> Answer:
        return Answer(content_type="text/html", raw=b"<p>Welcome</p>")


def _page(status: int) -> Answer:
    """The answer of a proxy in front of a host."""
    return Answer(status, content_type="text/html", raw=b"<p>Sorry</p>")


def _openwhisk(
    namespace: str, runtimes: Runtimes | None = None, **limits: int
) -> Callable[[Workspace], Provider]:
    def make(playground: Workspace) -> Provider:
        host = OpenWhisk(playground, namespace)
        host.runtimes = runtimes or host.runtimes
        host.limits = host.limits._replace(**limits)
        return host

    return make


def _python(*kinds: Runtime) -> Runtimes:
    return MappingProxyType({"python": kinds})


_CHART = Runtime("python:3", "openwhisk/action-python-v3.7:1.17.0", default=True)
_OLD = Runtime("python:3.10", "openwhisk/action-python-v3.10:1.20.0", default=True)
_NEW = Runtime("python:3.11", "openwhisk/action-python-v3.11:1.20.0")
_OWN = Runtime("python:3.11", "acme/python:1", default=True)

HOSTS: Mapping[str, Callable[[Workspace], Provider]] = MappingProxyType(
    {
        "openserverless": OpenServerless,
        "digitalocean": DigitalOcean,
        "adobe": Adobe,
        "unlisted": lambda playground: Unlisted(playground, "unlisted"),
        "openwhisk": _openwhisk("lab"),
        # The one kind of the Helm chart, and the same with kinds that its operator added.
        "chart": _openwhisk("chart", _python(_CHART)),
        "added": _openwhisk("added", _python(_CHART, _OLD, _NEW)),
        "old": _openwhisk("old", _python(_OLD)),
        "acme": _openwhisk("acme", _python(_OWN)),
        "small": _openwhisk("small", max_memory=256, max_code_bytes=4_000_000),
        "tiny": _openwhisk("tiny", max_code_bytes=1_000_000),
        "gateway": lambda playground: Gateway(playground, "gateway"),
        "busy": lambda playground: FailsFirst(
            playground, "busy", failure(429, "Too many requests in the last minute.")
        ),
        "failing": lambda playground: FailsFirst(
            playground, "failing", failure(503, "The service is not available.")
        ),
        **{
            f"page_{status}": partial(FailsFirst, namespace=f"page-{status}", error=_page(status))
            for status in (500, 502, 503, 504)
        },
        "once_a_minute": lambda playground: OnceAMinute(playground, "once-a-minute"),
        "late_feed": LateFeed,
        "without_alarms": lambda playground: WithoutAlarms(playground, "without-alarms"),
        "small_calls": lambda playground: SmallCalls(playground, "small-calls"),
        "losing": lambda playground: FailsFirst(playground, "losing", Answer(reset=True)),
        "refusing": lambda playground: Refusing(playground, "refusing"),
        "running": lambda playground: LosesRun(playground, "actions"),
        "firing": lambda playground: LosesRun(playground, "triggers"),
        "secure": Secure,
        "plain": lambda playground: Plain(playground, "plain"),
        "down": lambda playground: Down(playground, "down"),
        "named": lambda playground: Named(playground, "named"),
        "moved": lambda playground: Moved(playground, "moved"),
        "forgets": Forgets,
        "other_json": lambda playground: OtherJson(playground, "other-json"),
        "page": lambda playground: WebPage(playground, "page"),
    }
)


@contextmanager
def serving(name: str, playground: Workspace) -> Iterator[Provider]:
    """Serve the host of a case. ``playground`` must run."""
    with HOSTS[name](playground).serve() as host:
        yield host


def write_properties(host: Provider, folder: Path) -> None:
    write_props(folder / PROPERTIES, APIHOST=host.url, AUTH=host.key)
    if isinstance(host, Secure):
        shutil.copy(host.ca, folder / AUTHORITY)
