"""Every action that misbehaves, one after the other, and what the playground is like afterwards."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from jupyter_faas.playground import PlaygroundInfo, start, stop
from tests.contract.helpers import hostile
from tests.contract.helpers.api import HELLO, Api, python
from tests.playground.helpers.loop import wait_until
from tests.playground.helpers.processes import with_argument
from tools.soak.footprint import Footprint
from tools.soak.kill import target_of

_IDLE = {
    "JUPYTER_FAAS_PLAYGROUND_WORKER_IDLE_SECONDS": "1",
    "JUPYTER_FAAS_PLAYGROUND_ZYGOTE_IDLE_SECONDS": "2",
}
# So long no process is seen beside the playground's own. After a second without workers, the
# playground returns freed memory to the system.
_QUIET_S = 2.0


@contextmanager
def short_tempered(data_dir: Path) -> Iterator[tuple[PlaygroundInfo, Api]]:
    """A playground that keeps nothing that is idle, so that what is left is what leaked."""
    kept = {name: os.environ.get(name) for name in _IDLE}
    os.environ.update(_IDLE)
    try:
        info = start(data_dir, port=0, wait_s=30)
    finally:
        for name, value in kept.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
    api = Api(target_of(info))
    try:
        yield info, api
    finally:
        api.session.close()
        stop(data_dir)


def run_all(api: Api, scratch: Path) -> None:
    """Raises AssertionError for a wrong answer, and when one keeps the others from theirs."""
    assert api.put("healthy", python(HELLO)).status_code == 200
    for number, case in enumerate(hostile.ALL):
        counter = scratch / uuid.uuid4().hex
        counter.touch()
        name = f"hostile_{number}"
        found = hostile.invoke(api, name, replace(case, payload={"counter": str(counter)}))
        try:
            case.judge(found)
        except AssertionError as error:
            raise AssertionError(f"{case.name}: {error}") from error
        assert api.invoke("healthy", result=True).json() == {"greeting": "Hello stranger"}
        assert api.delete(name).status_code == 200
    assert api.delete("healthy").status_code == 200
    wait_until(lambda: not with_argument(hostile.LEFT))


def at_rest(info: PlaygroundInfo) -> Footprint:
    """When nothing has anything to do any more."""
    # A process may start between two others, so one look is not enough.
    quiet_since = time.monotonic()
    seen = Footprint.of(info.pid)

    def is_quiet() -> bool:
        nonlocal quiet_since, seen
        seen = Footprint.of(info.pid)
        if seen.processes > 1:
            quiet_since = time.monotonic()
        return time.monotonic() - quiet_since > _QUIET_S

    wait_until(is_quiet, patience_s=60)
    return seen
