"""What ``playground/webserver`` uses of uvicorn, most of which is not public.

``pyproject.toml`` allows one minor version. When it is raised, this says by name what has gone.
"""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

import pytest
import uvicorn
from uvicorn.protocols.http import httptools_impl
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

# Methods that are overridden or called, with their parameters.
METHODS: list[tuple[type, str, list[str]]] = [
    (HttpToolsProtocol, "connection_made", ["self", "transport"]),
    (HttpToolsProtocol, "data_received", ["self", "data"]),
    (HttpToolsProtocol, "eof_received", ["self"]),
    (HttpToolsProtocol, "connection_lost", ["self", "exc"]),
    (HttpToolsProtocol, "pause_writing", ["self"]),
    (HttpToolsProtocol, "resume_writing", ["self"]),
    (HttpToolsProtocol, "on_message_begin", ["self"]),
    (HttpToolsProtocol, "on_headers_complete", ["self"]),
    (HttpToolsProtocol, "on_message_complete", ["self"]),
    (HttpToolsProtocol, "on_response_complete", ["self"]),
    (HttpToolsProtocol, "send_400_response", ["self", "msg"]),
    (HttpToolsProtocol, "shutdown", ["self"]),
    (HttpToolsProtocol, "_start_asgi_task", ["self", "cycle", "app"]),
    (FlowControl, "drain", ["self"]),
    (FlowControl, "pause_reading", ["self"]),
    (FlowControl, "resume_reading", ["self"]),
    (uvicorn.Server, "startup", ["self", "sockets"]),
    (uvicorn.Server, "shutdown", ["self", "sockets"]),
    (uvicorn.Server, "main_loop", ["self"]),
    (uvicorn.Server, "capture_signals", ["self"]),
]

PROTOCOL = (
    "app config cycle expect_100_continue flow headers loop parser pipeline scheme scope"
    " server_state tasks transport url"
)
CYCLE = "body disconnected keep_alive message_event more_body response_complete response_started"


@pytest.mark.parametrize(
    ("owner", "name", "parameters"),
    METHODS,
    ids=[f"{owner.__name__}.{name}" for owner, name, _ in METHODS],
)
def test_methods(owner: type, name: str, parameters: list[str]) -> None:
    method = getattr(owner, name, None)
    assert method is not None, f"uvicorn {uvicorn.__version__} has no {owner.__name__}.{name}"
    assert list(inspect.signature(method).parameters) == parameters


@pytest.fixture
def protocol() -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None: ...

    async def make() -> HttpToolsProtocol:
        config = uvicorn.Config(app, http="httptools", ws="none", lifespan="off", log_config=None)
        made = HttpToolsProtocol(config=config, server_state=ServerState(), app_state={})
        made.on_message_begin()  # It sets what a request has.
        return made

    return asyncio.run(make())


@pytest.mark.parametrize("name", PROTOCOL.split())
def test_attributes_of_a_connection(protocol: HttpToolsProtocol, name: str) -> None:
    assert hasattr(protocol, name), f"uvicorn {uvicorn.__version__}: HttpToolsProtocol.{name}"


@pytest.mark.parametrize("name", CYCLE.split())
def test_attributes_of_a_request(name: str) -> None:
    parameters = dict.fromkeys(list(inspect.signature(RequestResponseCycle).parameters))
    cycle: Any = RequestResponseCycle(**parameters)  # type: ignore[arg-type]
    assert hasattr(cycle, name), f"uvicorn {uvicorn.__version__}: RequestResponseCycle.{name}"


@pytest.mark.parametrize("name", ["read_paused", "write_paused"])
def test_attributes_of_the_flow_control(name: str) -> None:
    transport: Any = None
    assert hasattr(FlowControl(transport), name), f"uvicorn: FlowControl.{name}"


def test_names_of_the_module() -> None:
    assert httptools_impl.STATUS_LINE[200] == b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize("name", ["config", "lifespan", "server_state"])
def test_attributes_of_the_server(name: str) -> None:
    config = uvicorn.Config("app:app", lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    if name == "lifespan":  # It exists once the server serves.
        assert f"self.{name} =" in inspect.getsource(uvicorn.Server), f"uvicorn.Server.{name}"
    else:
        assert hasattr(server, name), f"uvicorn.Server.{name}"


def test_the_connection_is_registered_where_it_is_counted() -> None:
    assert isinstance(ServerState().connections, set)
    assert isinstance(ServerState().total_requests, int)


def test_sockets_can_be_passed() -> None:
    parameters = inspect.signature(uvicorn.Server.serve).parameters
    assert "sockets" in parameters
