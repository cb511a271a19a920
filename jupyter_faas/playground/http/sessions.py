"""``/faas/sessions``: what the records of OpenWhisk do not tell of a run.

Its graph as it was when it ran, and that it runs, while it has no record.
"""

from __future__ import annotations

import time
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from jupyter_faas.playground.http.info import json_response
from jupyter_faas.playground.http.services import caller, services
from jupyter_faas.playground.invocation.conductors import Composite
from jupyter_faas.playground.invocation.invoker import Invoker
from jupyter_faas.playground.invocation.run import Run, now_ms

PREFIX = "/faas/sessions"


async def list_sessions(request: Request) -> Response:
    """Sequences and compositions that run now and are part of no other, as ``running`` of one."""
    found = services(request).invoker.sessions(caller(request).namespace)
    return json_response([_running(each) for each in found])


async def get_session(request: Request) -> Response:
    """``{"activation", "running", "graph"}``. Raises ActivationNotFound."""
    known, own = services(request), caller(request).namespace
    activation_id: str = request.path_params["activation_id"]
    # Asked first: what ends meanwhile has its record by then.
    under_way = known.invoker.find_run(activation_id, own)
    graph = await known.records.graph(activation_id, own)
    if under_way is None and graph is None:
        await known.records.get(activation_id, own)
    return json_response(
        {
            "activation": activation_id,
            "running": _whole(known.invoker, under_way) if under_way else None,
            "graph": orjson.Fragment(graph) if graph else None,
        }
    )


def _whole(invoker: Invoker, found: Run | Composite) -> dict[str, Any]:
    """With what it runs now: ``going``."""
    run = found if isinstance(found, Run) else found.run
    return {
        **_running(found),
        "going": [_running(each) for each in invoker.caused_by(run.activation_id)],
    }


def _running(found: Run | Composite) -> dict[str, Any]:
    """``started`` is epoch ms; ``parts`` are the runs that it has caused and that have ended."""
    run = found if isinstance(found, Run) else found.run
    if isinstance(found, Run):
        started = now_ms() - round((time.perf_counter() - run.received) * 1000)
        parts: list[str] = []
    else:
        started, parts = found.start, found.logs
    plan = run.plan
    kind = "composition" if plan.is_conductor else "sequence" if plan.is_sequence else "function"
    return {
        "activation": run.activation_id,
        "path": plan.path,
        "version": plan.action.version,
        "kind": kind,
        "started": started,
        "cause": run.cause,
        "parts": list(parts),
    }
