"""The spans that a playground sends, as a collector receives them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.contract.helpers.api import python
from tests.contract.helpers.conductors import scripted
from tests.contract.helpers.sequences import FAIL
from tests.contract.helpers.web import exported
from tests.shipped.helpers.composed import Composing
from tests.telemetry.helpers.collector import ReceivedSpan, until
from tests.telemetry.helpers.playgrounds import PARENT, PYTHON, SPAN, TRACE, Traced

HEADERS = {"traceparent": PARENT, "tracestate": "vendor=1"}


def test_span_of_a_call(traced: Traced) -> None:
    name = traced.playground.actions.action(PYTHON)
    response = traced.playground.api.invoke(name)
    span = traced.collector.span(name)
    assert span.kind == "SERVER"
    assert not span.parent
    assert not span.failed
    assert span.attributes["faas.name"] == name
    assert span.attributes["faas.version"] == "0.0.1"
    assert span.attributes["faas.trigger"] == "http"
    assert span.attributes["faas.coldstart"] is True
    assert span.attributes["faas.max_memory"] == 256 * 2**20
    id_ = response.headers["x-openwhisk-activation-id"]
    assert span.attributes["faas.invocation_id"] == id_
    namespace = traced.playground.namespace
    assert span.attributes["cloud.resource_id"] == f"/{namespace}/{name}"
    assert span.attributes["openwhisk.init_time_ms"] > 0
    assert span.attributes["jupyter_faas.cost_usd"] > 0
    assert span.resource["service.name"] == "jupyter_faas-playground"
    traced.playground.api.invoke(name)
    warm = traced.collector.span(name, faas__coldstart=False)
    assert "openwhisk.init_time_ms" not in warm.attributes


def test_call_belongs_to_the_span_of_its_caller(traced: Traced) -> None:
    name = traced.playground.actions.action(PYTHON)
    found = traced.playground.call(name, HEADERS)
    span = traced.collector.span(name)
    assert (span.trace, span.parent) == (TRACE, SPAN)
    # What the function does belongs to its own span.
    assert found == {"traceparent": f"00-{TRACE}-{span.id}-01", "tracestate": "vendor=1"}


def test_unsampled_trace_is_not_recorded_but_passed_on(traced: Traced) -> None:
    name = traced.playground.actions.action(PYTHON)
    parent = f"00-{'a' * 32}-{SPAN}-00"
    found = traced.playground.call(name, {"traceparent": parent})
    assert found["traceparent"].startswith(f"00-{'a' * 32}-")
    assert found["traceparent"].endswith("-00")
    traced.playground.call(name, HEADERS)
    traced.collector.span(name, faas__coldstart=False)  # the second one has arrived
    assert "a" * 32 not in [each.trace for each in traced.collector.spans()]


def test_failed_call(traced: Traced) -> None:
    name = traced.playground.actions.action(FAIL)
    traced.playground.call(name)
    span = traced.collector.span(name)
    assert span.failed
    assert span.message == "application error"
    assert span.attributes["error.type"] == "application_error"


def test_call_that_takes_too_long(traced: Traced) -> None:
    code = "import time\ndef main(args):\n    time.sleep(20)\n"
    name = traced.playground.actions.put(python(code, limits={"timeout": 100}))
    traced.playground.call(name)
    assert traced.collector.span(name).attributes["error.type"] == "timeout"


def test_action_that_no_runtime_can_run(traced: Traced) -> None:
    name = traced.playground.actions.put({"exec": {"kind": "php:8.1", "code": "<?php"}})
    traced.playground.call(name)
    span = traced.collector.span(name)
    assert span.attributes["error.type"] == "KindNotSupported"
    assert span.message == ""


def test_steps_of_a_sequence(traced: Traced) -> None:
    step = traced.playground.actions.action(PYTHON)
    name = traced.playground.actions.sequence(step)
    traced.playground.call(name, HEADERS)
    whole = traced.collector.span(name)
    inner = traced.collector.span(step)
    assert (whole.trace, whole.parent, whole.kind) == (TRACE, SPAN, "SERVER")
    assert (inner.trace, inner.parent, inner.kind) == (TRACE, whole.id, "INTERNAL")
    assert inner.attributes["faas.trigger"] == "other"
    assert "http.request.method" not in inner.attributes
    assert "jupyter_faas.cost_usd" not in whole.attributes


def test_steps_of_a_composition(traced: Traced) -> None:
    step = traced.playground.actions.action(PYTHON)
    name = scripted(traced.playground.actions, {"action": step})
    traced.playground.call(name)
    whole = traced.collector.span(name, openwhisk__kind="sequence")
    assert traced.collector.span(step).parent == whole.id
    rounds = [
        each for each in traced.collector.spans() if each.name == name and each.parent == whole.id
    ]
    assert len(rounds) == 2  # the conductor before and after the step


def test_branches_of_a_composition(traced: Traced, tmp_path: Path) -> None:
    """They are calls of the conductor, which sends the context of its own run with them."""
    api, step = traced.playground.api, traced.playground.actions.action(PYTHON)
    name = Composing(tmp_path).compose(f"parallel({step!r}, {step!r})").put(api, "parted", "_")
    results = traced.playground.call(name, HEADERS)["value"]
    assert [each["traceparent"][3:35] for each in results] == [TRACE, TRACE]

    def whole() -> ReceivedSpan | None:
        found = (each for each in traced.collector.spans() if each.name == name)
        return next((each for each in found if each.parent == SPAN), None)

    until(whole, traced.collector.text)  # it ends last
    spans = {each.id: each for each in traced.collector.spans() if each.trace == TRACE}
    steps = [each for each in spans.values() if each.name == step]
    assert len(steps) == 2
    for each in steps:
        branch = spans[each.parent]
        assert (branch.name, spans[branch.parent].name) == (name, name)


def test_actions_of_a_trigger(traced: Traced) -> None:
    trigger = traced.playground.triggers.trigger()
    name = traced.playground.actions.action(PYTHON)
    traced.playground.triggers.rule(trigger, name)
    traced.playground.triggers.fire(trigger, headers=HEADERS)
    fired = traced.collector.span(f"fire {trigger}")
    assert (fired.trace, fired.parent, fired.kind) == (TRACE, SPAN, "PRODUCER")
    run = traced.collector.span(name, faas__trigger="pubsub")
    assert (run.trace, run.parent) == (TRACE, fired.id)


def test_alarm(traced: Traced) -> None:
    triggers, name = traced.playground.triggers, traced.playground.actions.action(PYTHON)
    trigger = triggers.trigger()
    triggers.rule(trigger, name)
    params = {
        "lifecycleEvent": "CREATE",
        "triggerName": f"/{traced.playground.namespace}/{trigger}",
        "authKey": traced.playground.api.target.auth,
        "cron": "* * * * * *",
        "maxTriggers": 1,
    }
    query = {"blocking": "true"}
    path = "actions/alarms/alarm"
    feed = traced.playground.api.elsewhere("POST", "whisk.system", path, json=params, params=query)
    assert feed.status_code == 200, feed.text
    run, fired = traced.collector.span(name, faas__trigger="timer"), f"fire {trigger}"
    fire = traced.collector.span(fired)
    assert run.parent == fire.id
    for each in (run, fire):
        assert each.attributes["faas.cron"] == "* * * * * *"
        moment = datetime.fromisoformat(each.attributes["faas.time"])
        assert moment.utcoffset() == timedelta(0)
        assert abs((datetime.now(timezone.utc) - moment).total_seconds()) < 100
    assert "http.request.method" not in run.attributes


def test_web_action(traced: Traced) -> None:
    code = "def main(args):\n    return {'statusCode': 418}\n"
    name = traced.playground.actions.action(code, **exported())
    path = f"{name}.http"
    traced.playground.web.get(f"{path}/s3cret-path?key=s3cret-query", headers=HEADERS)
    span = traced.collector.span(name)
    assert span.parent == SPAN
    assert request_of(span) == ("GET", 418)
    # The rest of the path and the query are parameters of the function.
    assert span.attributes["url.path"].endswith(f"/default/{path}")
    assert "s3cret" not in traced.collector.text()


def test_copy_of_a_call_for_a_shadow(traced: Traced) -> None:
    api, name = traced.playground.api, traced.playground.actions.action(PYTHON)
    variant = {"role": "shadow", "of": name}
    annotations = [{"key": "faas-variant", "value": variant}]
    api.put(f"{name}-shadow", python(PYTHON, annotations=annotations))
    traced.playground.call(name, HEADERS)
    copy = traced.collector.span(f"{name}-shadow")
    assert (copy.trace, copy.parent) == (TRACE, traced.collector.span(name).id)
    assert copy.attributes["faas.trigger"] == "other"


def request_of(span: ReceivedSpan) -> tuple[object, object]:
    found = span.attributes
    return found["http.request.method"], found.get("http.response.status_code")


def test_request_of_a_call(traced: Traced) -> None:
    name = traced.playground.actions.action(PYTHON)
    traced.playground.api.invoke(name)
    span = traced.collector.span(name)
    assert request_of(span) == ("POST", 200)
    host = urlsplit(traced.playground.api.target.apihost)
    found = {key: value for key, value in span.attributes.items() if key.startswith(("url", "ser"))}
    assert found == {
        "url.path": f"/api/v1/namespaces/_/actions/{name}",
        "url.scheme": "http",
        "server.address": host.hostname,
        "server.port": host.port,
    }


@pytest.mark.parametrize("size", [1, 100_000], ids=["direct", "route"])
def test_status_of_each_response(traced: Traced, size: int) -> None:
    """Large requests take another way through the playground."""
    code = "def main(args):\n    return {'error': 'no'} if args['fail'] else {}\n"
    name, text = traced.playground.actions.action(code), "x" * size
    traced.playground.call(name, fail=True, text=text)
    failed = traced.collector.span(name, openwhisk__status="application error")
    assert request_of(failed) == ("POST", 502)
    path = f"actions/{name}"
    accepted = traced.playground.api.request("POST", path, json={"fail": False, "text": text})
    assert accepted.status_code == 202
    assert request_of(traced.collector.span(name, openwhisk__status="success")) == ("POST", 202)


@pytest.mark.parametrize("size", [1, 100_000], ids=["direct", "route"])
def test_status_of_a_run_that_outlasts_the_wait(traced: Traced, size: int) -> None:
    code = "import time\ndef main(args):\n    time.sleep(0.5)\n    return {}\n"
    name = traced.playground.actions.action(code)
    query, body = {"blocking": "true", "timeout": "100"}, {"text": "x" * size}
    path = f"actions/{name}"
    response = traced.playground.api.request("POST", path, json=body, params=query)
    assert response.status_code == 202
    assert request_of(traced.collector.span(name)) == ("POST", 202)


def test_deploy(traced: Traced) -> None:
    body = python(PYTHON)
    api = traced.playground.api
    response = api.request("PUT", "actions/deployed", json=body, headers=HEADERS)
    assert response.status_code == 200
    span = traced.collector.span("deploy deployed")
    assert (span.trace, span.parent, span.kind) == (TRACE, SPAN, "SERVER")
    assert request_of(span) == ("PUT", 200)


def test_neither_data_nor_keys_are_sent(traced: Traced) -> None:
    """What a function takes, returns, prints and raises stays in the playground."""
    code = (
        "def main(args):\n    print('s3cret-log')\n    raise ValueError('s3cret-' + args['key'])\n"
    )
    name = traced.playground.actions.action(code)
    traced.playground.call(name, key="s3cret-input")
    traced.collector.span(name)
    text = traced.collector.text()
    assert "s3cret" not in text
    assert traced.playground.api.target.auth.partition(":")[2] not in text
