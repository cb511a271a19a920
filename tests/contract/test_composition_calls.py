"""Contract §3.2, §3.6: compositions and those who call them, and changes while they run."""

from __future__ import annotations

from typing import Any

from tests.contract.helpers.api import Api, annotated, python
from tests.contract.helpers.conductors import given, scripted
from tests.contract.helpers.feeds import until
from tests.contract.helpers.sequences import ECHO, Sequences, result, sequence
from tests.contract.helpers.triggers import Triggers
from tests.contract.helpers.web import Web, exported

SLOW = "import time\ndef main(args):\n    time.sleep(0.7)\n    return args\n"


def test_result_only_and_non_blocking(sequences: Sequences, api: Api) -> None:
    name = scripted(sequences, {"action": sequences.action(ECHO), "params": {"n": 1}})
    response = api.invoke(name, result=True)
    assert (response.status_code, response.json()) == (200, {"given": {"n": 1}})
    response = api.invoke(name, blocking=False)
    assert response.status_code == 202
    assert given(api.record(response.json()["activationId"])) == {"n": 1}


def test_blocking_longer_than_the_caller_waits(sequences: Sequences, api: Api) -> None:
    slow = sequences.action(SLOW)
    name = scripted(sequences, {"action": slow, "params": {"n": 1}})
    response = api.invoke(name, timeout=100)
    assert response.status_code == 202
    record = api.record(response.json()["activationId"])
    assert given(record) == {"n": 1}
    assert len(record["logs"]) == 3


def waiting(sequences: Sequences, api: Api) -> tuple[str, str]:
    """A conductor that waits for its component, and the id of that session."""
    name = scripted(sequences, {"action": sequences.action(SLOW), "params": {"n": 1}})
    started = api.invoke(name, blocking=False).json()["activationId"]
    until(lambda: api.activations(name=name).json(), bool)
    return name, started


def went_on(sequences: Sequences, record: dict[str, Any]) -> bool:
    """Whether a session ended as its conductor of the start would have ended it."""
    versions = [each["version"] for each in sequences.parts(record)]
    return given(record) == {"n": 1} and versions == ["0.0.1"] * 3


def test_conductor_that_is_updated_while_it_waits(sequences: Sequences, api: Api) -> None:
    name, started = waiting(sequences, api)
    code = "def main(args):\n    return {'params': {'new': True}}\n"
    assert api.put(name, python(code), overwrite=True).status_code == 200
    assert api.invoke(name, result=True).json() == {"new": True}
    assert went_on(sequences, api.record(started))
    assert api.invoke(name, result=True).json() == {"new": True}


def test_conductor_that_is_deleted_while_it_waits(sequences: Sequences, api: Api) -> None:
    name, started = waiting(sequences, api)
    assert api.delete(name).status_code == 200
    assert went_on(sequences, api.record(started))
    assert api.invoke(name).status_code == 404


def test_conductor_that_becomes_a_sequence_while_it_waits(sequences: Sequences, api: Api) -> None:
    name, started = waiting(sequences, api)
    echo = sequences.action(ECHO)
    assert api.put(name, sequence(echo), overwrite=True).status_code == 200
    assert went_on(sequences, api.record(started))
    assert api.invoke(name, {"n": 2}, result=True).json() == {"n": 2}


def test_web_action(sequences: Sequences, web: Web) -> None:
    step = sequences.action("def main(args):\n    return {'body': args['__ow_method']}\n")
    code = f"""
def main(args):
    if '__ow_method' not in args:
        return {{'params': args}}
    return {{'action': {step!r}, 'params': args}}
"""
    annotations = [*exported()["annotations"], {"key": "conductor", "value": True}]
    name = sequences.action(code, annotations=annotations)
    response = web.get(name)
    assert (response.status_code, response.text) == (200, "get")
    record = sequences.api.record(response.headers["x-openwhisk-activation-id"])
    assert annotated(record)["conductor"] is True


def test_rule(sequences: Sequences, triggers: Triggers, api: Api) -> None:
    name = scripted(sequences, {"action": sequences.action(ECHO), "params": {"n": 1}})
    trigger = triggers.trigger()
    triggers.rule(trigger, name)
    (line,) = triggers.lines(triggers.fire(trigger))
    record = api.record(line["activationId"])
    assert given(record) == {"n": 1}
    assert annotated(record)["topmost"] is True


def test_environment_of_the_conductor(sequences: Sequences, api: Api) -> None:
    """What Composer's own conductors look for."""
    code = """
import os
def main(args):
    names = ('API_HOST', 'API_KEY', 'ACTION_NAME', 'ACTIVATION_ID', 'DEADLINE', 'NAMESPACE')
    return {'params': {name: os.environ.get('__OW_' + name) for name in names}}
"""
    annotations = [
        {"key": "conductor", "value": {"type": "empty"}},
        {"key": "provide-api-key", "value": True},
    ]
    name = sequences.action(code, annotations=annotations)
    response = api.invoke(name)
    found = result(response.json())
    assert found["API_HOST"].startswith("http")
    assert found["API_KEY"] == api.target.auth
    assert found["ACTION_NAME"] == f"/{sequences.namespace}/{name}"
    assert found["NAMESPACE"] == sequences.namespace
    assert int(found["DEADLINE"]) > response.json()["start"]
    # Its own, not that of the composition.
    assert [found["ACTIVATION_ID"]] == response.json()["logs"]
