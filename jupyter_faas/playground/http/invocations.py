"""``POST /namespaces/{ns}/actions/[{package}/]{name}``: invoke (contract §3.2)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType

import orjson
from starlette.requests import Request
from starlette.responses import Response

from jupyter_faas.playground.http.actions import action_name
from jupyter_faas.playground.http.info import raw_response
from jupyter_faas.playground.http.parsing import boolean, json_payload, wait_ms
from jupyter_faas.playground.http.services import Services, caller, services
from jupyter_faas.playground.invocation.run import Finished
from jupyter_faas.whisk import FullName
from jupyter_faas.whisk.activations import APPLICATION_ERROR, DEVELOPER_ERROR, SUCCESS, WHISK_ERROR
from jupyter_faas.whisk.entities import SEQUENCE

_STATUS = MappingProxyType(
    {SUCCESS: 200, APPLICATION_ERROR: 502, DEVELOPER_ERROR: 502, WHISK_ERROR: 500}
)
ACTIVATION_ID = "x-openwhisk-activation-id"
# The input is one that was kept before.
REPLAY = "x-faas-replay"


@dataclass(frozen=True)
class Asked:
    """What the address of an invocation says. ``wait_s`` is None where nobody waits."""

    name: FullName
    wait_s: float | None
    result_only: bool


def read_asked(request: Request, known: Services) -> Asked:
    """Raises MalformedQuery, NameNotAllowed."""
    blocking = boolean(request, "blocking", False)
    result_only = boolean(request, "result", False)
    wait = wait_ms(request, known.bounds.max_blocking)
    return Asked(action_name(request), wait / 1000 if blocking else None, result_only)


async def invoke_action(request: Request) -> Response:
    known = services(request)
    own = caller(request)
    known.rates.count_invocation(own.namespace)
    asked = read_asked(request, known)
    payload = await json_payload(request, known.bounds.max_payload_bytes)
    known.rates.check_concurrency(own.namespace)
    done = await known.invoker.invoke(
        asked.name,
        payload,
        caller=own,
        transaction_id=request.scope["transaction_id"],
        wait_s=asked.wait_s,
        keep_input=REPLAY not in request.headers,
    )
    if isinstance(done, str):
        status, content = later(done)
        return raw_response(content, status, {ACTIVATION_ID: done})
    status, content = answer_of(done, asked.result_only)
    return raw_response(content, status, {ACTIVATION_ID: done.activation_id})


def later(activation_id: str) -> tuple[int, bytes]:
    """Status and body for a run that goes on."""
    return 202, orjson.dumps({"activationId": activation_id})


def answer_of(done: Finished, result_only: bool) -> tuple[int, bytes]:
    """Status and body for a run that has ended."""
    response = done.response
    status = _STATUS[response.status_code]
    # A list is the whole answer, whether or not only the result was asked for.
    if result_only or isinstance(response.result, list):
        return status, orjson.dumps(response.result)
    # Those of a sequence or composition are the ids of its parts, which its caller gets to see.
    if not done.logs or done.activation.kind == SEQUENCE:
        return status, done.doc
    return status, orjson.dumps(replace(done.activation, logs=()).to_json())
