"""``POST /namespaces/{ns}/actions/[{package}/]{name}``: invoke (contract §3.2)."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import Response

from jupyter_faas.playground.http.actions import action_name
from jupyter_faas.playground.http.info import json_response, raw_response
from jupyter_faas.playground.http.query import boolean, json_payload, wait_ms
from jupyter_faas.playground.http.services import caller, services
from jupyter_faas.playground.run import Finished
from jupyter_faas.whisk.activations import (
    APPLICATION_ERROR,
    DEVELOPER_ERROR,
    SUCCESS,
    WHISK_ERROR,
)
from jupyter_faas.whisk.entities import SEQUENCE

_STATUS = MappingProxyType(
    {SUCCESS: 200, APPLICATION_ERROR: 502, DEVELOPER_ERROR: 502, WHISK_ERROR: 500}
)
ACTIVATION_ID = "x-openwhisk-activation-id"
# The input is one that was kept before.
REPLAY = "x-faas-replay"


async def invoke_action(request: Request) -> Response:
    known = services(request)
    own = caller(request)
    known.rates.invocation(own.namespace)
    blocking = boolean(request, "blocking", False)
    result_only = boolean(request, "result", False)
    wait = wait_ms(request, known.bounds.max_blocking)
    name = action_name(request)
    payload = await json_payload(request, known.bounds.max_payload_bytes)
    known.rates.start(own.namespace)
    done = await known.invoker.invoke(
        name,
        payload,
        caller=own,
        transaction_id=request.scope["transaction_id"],
        wait_s=wait / 1000 if blocking else None,
        keep_input=REPLAY not in request.headers,
    )
    if isinstance(done, str):
        return json_response({"activationId": done}, 202, {ACTIVATION_ID: done})
    return _finished(done, result_only)


def _finished(done: Finished, result_only: bool) -> Response:
    activation = done.activation
    status = _STATUS[activation.response.status_code]
    headers = {ACTIVATION_ID: activation.activation_id}
    # A list is the whole answer, whether or not only the result was asked for.
    if result_only or isinstance(activation.response.result, list):
        return json_response(activation.response.result, status, headers)
    # Those of a sequence or composition are the ids of its parts, which its caller gets to see.
    if not activation.logs or activation.kind == SEQUENCE:
        return raw_response(done.doc, status, headers)
    return json_response(replace(activation, logs=()).to_json(), status, headers)
