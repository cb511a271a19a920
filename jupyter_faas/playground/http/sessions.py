"""``/faas/sessions``: running sequences and compositions, and the graph of each run.

OpenWhisk's activation records contain neither.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from jupyter_faas.errors import ActivationNotFound
from jupyter_faas.playground.http.info import json_response
from jupyter_faas.playground.http.parsing import boolean
from jupyter_faas.playground.http.services import caller, services_of
from jupyter_faas.playground.invocation.conductors import Composite
from jupyter_faas.playground.invocation.in_flight import run_of
from jupyter_faas.playground.invocation.invoker import Invoker
from jupyter_faas.playground.invocation.run import Run, now_ms

PREFIX = "/faas/sessions"


async def list_sessions(request: Request) -> Response:
    """``?all=true``: the running sequences and compositions, or all runs, without components."""
    invoker, own = services_of(request).invoker, caller(request).namespace
    running: Sequence[Run | Composite] = invoker.sessions(own)
    if boolean(request, "all", False):
        running = invoker.top_runs(own)
    return json_response([_running(each) for each in running])


async def cancel_session(request: Request) -> Response:
    """End a running activation. Raises ActivationNotFound if it does not run (any more)."""
    activation_id: str = request.path_params["activation_id"]
    if not services_of(request).invoker.cancel(activation_id, caller(request).namespace):
        raise ActivationNotFound("This activation is not running.")
    return json_response({"activation": activation_id})


async def get_session(request: Request) -> Response:
    """``{"activation", "running", "graph"}`` of a run. Raises ActivationNotFound.

    ``running`` is null if the run has ended, and ``graph`` is null for a plain action. ``running``
    has the log lines so far of a plain action.
    """
    services, own = services_of(request), caller(request).namespace
    activation_id: str = request.path_params["activation_id"]
    # Runs in flight are looked up before records. If the run ends between both lookups, the second
    # one finds its record.
    run = services.invoker.find_run(activation_id, own)
    graph = await services.records.graph(activation_id, own)
    if run is None and graph is None:
        await services.records.get(activation_id, own)
    return json_response(
        {
            "activation": activation_id,
            "running": _with_components(services.invoker, run) if run else None,
            "graph": orjson.Fragment(graph) if graph else None,
        }
    )


def _with_components(invoker: Invoker, entry: Run | Composite) -> dict[str, Any]:
    """Describe a run and its running components (``going``) for the response."""
    run = run_of(entry)
    # A sequence or composition prints nothing itself.
    printed = {"logs": list(run.logs.so_far) if run.logs else []} if isinstance(entry, Run) else {}
    return {
        **_running(entry),
        **printed,
        "going": [_running(each) for each in invoker.caused_by(run.activation_id)],
    }


def _running(entry: Run | Composite) -> dict[str, Any]:
    """Describe a run for the response.

    ``started`` is epoch ms. ``parts`` contains the activation ids of components that have ended.
    """
    run = run_of(entry)
    if isinstance(entry, Run):
        started = now_ms() - round((time.perf_counter() - run.received) * 1000)
        parts: list[str] = []
    else:
        started, parts = entry.start, entry.logs
    resolved = run.resolved
    composite_kind = "composition" if resolved.is_conductor else "sequence"
    return {
        "activation": run.activation_id,
        "path": resolved.path,
        "version": resolved.action.version,
        "kind": composite_kind if resolved.is_composite else "function",
        "started": started,
        "cause": run.cause,
        "parts": list(parts),
    }
