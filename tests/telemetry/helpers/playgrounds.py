"""Playgrounds with and without a collector, and the functions in them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.playground import start, stop
from jupyter_faas.playground.data_dir import DataDirectory
from tests.contract.helpers.api import Api, Target
from tests.contract.helpers.sequences import Sequences
from tests.contract.helpers.triggers import Triggers
from tests.contract.helpers.web import Web
from tests.telemetry.helpers.collector import Collector

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = "00f067aa0ba902b7"
PARENT = f"00-{TRACE}-{SPAN}-01"

# Returns the trace context that it finds.
PYTHON = """
import os
def main(args):
    return {each: os.environ.get(each) for each in ("traceparent", "tracestate")}
"""


@dataclass(frozen=True)
class Served:
    """A running playground, and what clients of it use."""

    data_dir: Path
    api: Api
    pid: int

    @cached_property
    def namespace(self) -> str:
        url = f"{self.api.target.apihost}/api/v1/namespaces"
        (found,) = self.api.session.get(url).json()
        return str(found)

    @cached_property
    def actions(self) -> Sequences:
        return Sequences(self.api, self.namespace)

    @cached_property
    def triggers(self) -> Triggers:
        return Triggers(self.api, self.namespace)

    @cached_property
    def web(self) -> Web:
        return Web(self.api.target, self.namespace)

    def call(self, name: str, headers: Mapping[str, str] | None = None, **params: Any) -> Any:
        """Return the result of a blocking call."""
        query = {"blocking": "true", "result": "true"}
        path = f"actions/{name}"
        return self.api.request("POST", path, json=params, params=query, headers=headers).json()

    @property
    def log(self) -> str:
        return DataDirectory(self.data_dir).log.read_text()


@contextmanager
def served(data_dir: Path, environ: Mapping[str, str] | None = None) -> Iterator[Served]:
    """A playground that starts with these variables of OpenTelemetry, and no others."""
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        for name in [each for each in os.environ if each.startswith("OTEL_")]:
            patch.delenv(name)
        for name, value in (environ or {}).items():
            patch.setenv(name, value)
        info = start(data_dir, port=0, wait_s=60)
    try:
        lines = info.wskprops.read_text().splitlines()
        (auth,) = (line.removeprefix("AUTH=") for line in lines if line.startswith("AUTH="))
        yield Served(data_dir, Api(Target(info.apihost, auth, True)), info.pid)
    finally:
        stop(data_dir)


@dataclass(frozen=True)
class Traced:
    """A playground and the collector that it sends to."""

    playground: Served
    collector: Collector
