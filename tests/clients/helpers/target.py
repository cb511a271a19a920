"""A playground of one's own, as a client needs to know it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from jupyter_faas.playground import start, stop
from jupyter_faas.playground.entities.namespaces import add_namespace
from tests.contract.helpers.api import Api
from tests.contract.helpers.api import Target as RestTarget


@dataclass(frozen=True)
class Target:
    """``apihost`` has its scheme; ``auth`` is ``uuid:key``; ``wskprops`` is a file of both."""

    apihost: str
    auth: str = field(repr=False)
    wskprops: Path
    data_dir: Path

    @property
    def host(self) -> str:
        """``127.0.0.1:3233``"""
        return self.apihost.partition("://")[2]

    def namespace(self, name: str) -> Target:
        """The same playground with the key of a namespace of its own, where nothing is yet."""
        wskprops = add_namespace(self.data_dir, name)
        return replace(self, auth=auth_of(wskprops), wskprops=wskprops)

    @contextmanager
    def api(self) -> Iterator[Api]:
        """The REST API, to look at what a client did."""
        api = Api(RestTarget(self.apihost, self.auth, is_playground=True))
        try:
            yield api
        finally:
            api.session.close()


@contextmanager
def own_playground(data_dir: Path) -> Iterator[Target]:
    """A playground on a free port, which ends with the block."""
    info = start(data_dir, port=0, wait_s=60)
    try:
        yield Target(info.apihost, auth_of(info.wskprops), info.wskprops, data_dir)
    finally:
        stop(data_dir)


def auth_of(wskprops: Path) -> str:
    """The key in such a file."""
    lines = wskprops.read_text("utf-8").splitlines()
    (auth,) = (line.removeprefix("AUTH=") for line in lines if line.startswith("AUTH="))
    return auth
