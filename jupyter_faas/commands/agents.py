"""The verb ``mcp``, which serves deployed functions as tools for agents."""

from __future__ import annotations

import argparse
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from jupyter_faas.commands.arguments import Argument, Outcome
from jupyter_faas.errors import InputError
from jupyter_faas.installation import require
from jupyter_faas.workspace.results import Progress

if TYPE_CHECKING:
    from jupyter_faas.workspace.workspace import Workspace

ARGUMENTS = (
    Argument(
        "functions",
        "Serve this function or composition (PACKAGE/NAME if it is in a package). Repeatable. "
        "Default: all functions whose cells have --tool.",
        "--function",
        "NAME",
        kind="many",
        names_function=True,
    ),
    Argument("package", "Serve only the functions with --tool in this package.", "--package", "P"),
    Argument(
        "budget",
        "The maximum total cost of this server's calls, in USD.",
        "--budget",
        "USD",
    ),
    Argument(
        "http",
        "Serve over HTTP on this machine instead of over stdin and stdout. Clients need the token, "
        "which is in the file mcp-token in the data folder.",
        "--http",
        kind="switch",
    ),
    Argument("port", "The port for --http. Default: any free port.", "--port", "PORT", "integer"),
)


def run(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Serve until the client leaves, or, with ``--http``, until an interrupt."""
    if arguments.port is not None and not arguments.http:
        raise InputError("--port can be used only with --http.")
    limit = _amount(arguments.budget)
    require(["mcp"], "mcp", "Serving tools to agents")
    from jupyter_faas.agents.budget import Budget
    from jupyter_faas.agents.server import build_server
    from jupyter_faas.agents.transports import HOST, listen, read_token, serve_http, serve_stdio
    from jupyter_faas.telemetry import process_telemetry
    from jupyter_faas.workspace.handover.tools import tool_actions

    client = workspace.handover.connect(start=True).client
    tools = tool_actions(client, arguments.functions or (), arguments.package)
    # The MCP SDK records a span for each request, whose parent is in ``_meta`` of the request.
    process_telemetry().use_everywhere()
    server = build_server(workspace, tools, Budget(limit))
    if not arguments.http:
        # Stdout belongs to the protocol, so nothing is printed.
        serve_stdio(server)
        return Outcome(None, None)
    listener = listen(arguments.port or 0)
    token, path = read_token(workspace.data_dir)
    port = listener.getsockname()[1]
    served = "1 tool" if len(tools) == 1 else f"{len(tools)} tools"
    progress(f"Serving {served} at http://{HOST}:{port}/mcp. The token is in {path}.")
    serve_http(server, listener, token)
    return Outcome(None, None)


def _amount(text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        found = Decimal(text.removeprefix("$"))
    except InvalidOperation:
        found = Decimal(-1)
    if not found.is_finite() or found <= 0:
        raise InputError(
            f"--budget must be an amount in USD above 0, not {text!r}.", hint="For example: 0.50"
        )
    return found
