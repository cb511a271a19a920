"""The application when a part behind it is broken."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from jupyter_faas.playground.entities.namespaces import Caller
from jupyter_faas.playground.http import Services, make_app
from jupyter_faas.whisk import RUNTIMES, SystemLimits
from tests.playground.helpers.loop import in_loop


class Broken:
    """Whatever is asked of it fails."""

    def __getattr__(self, name: str) -> Any:
        raise ZeroDivisionError("a detail that is nobody's business")


class Everybody:
    """Takes every key for guest's."""

    def by_auth(self, auth: bytes) -> Caller:
        return Caller("guest", "guest", auth.decode())


def services() -> Services:
    broken: Any = Broken()
    everybody: Any = Everybody()
    return Services(
        namespaces=everybody,
        actions=broken,
        packages=broken,
        prewarmer=broken,
        access=broken,
        components=broken,
        triggers=broken,
        firing=broken,
        invoker=broken,
        records=broken,
        rates=broken,
        gateway=broken,
        models=broken,
        inputs=broken,
        bounds=SystemLimits(),
        runtimes=RUNTIMES,
        build="x",
        opens_web=False,
        new_id=lambda: "0" * 32,
        touch=lambda: None,
        look=lambda: None,
    )


@in_loop
async def test_fault_of_ours_shows_no_details() -> None:
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/api/v1/namespaces/_/actions",
        "raw_path": b"/api/v1/namespaces/_/actions",
        "query_string": b"",
        "headers": [(b"authorization", b"Basic YTpi"), (b"host", b"localhost")],
    }
    # The server logs what is raised once more after the answer.
    with pytest.raises(ZeroDivisionError):
        await make_app(services())(scope, receive, send)
    assert sent[0]["status"] == 500
    assert orjson.loads(sent[1]["body"]) == {
        "error": "There was an internal server error.",
        "code": "0" * 32,
    }
