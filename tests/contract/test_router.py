"""What a canary needs of a host: a function that becomes a conductor, and a function again.

The router is the one that ``--canary`` deploys, with the body of its PUT.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from jupyter_faas.client import HostInfo
from jupyter_faas.whisk.variants import CANARY
from jupyter_faas.workspace.rollouts.router import Split
from tests.contract.helpers.api import Api, annotated, python
from tests.contract.helpers.feeds import until
from tests.contract.helpers.sequences import FAIL, Sequences, failure, result
from tests.contract.helpers.triggers import Triggers
from tests.contract.helpers.web import EXPORTED, Web

OLD, NEW = (
    "def main(args):\n    return {'by': 'old'}\n",
    "def main(args):\n    return {'by': 'new'}\n",
)


class Divided:
    """A function with two versions beside it, whose calls all go to the new one."""

    def __init__(self, api: Api, sequences: Sequences) -> None:
        annotations = [{"key": key, "value": value} for key, value in EXPORTED.items()]
        self.api, self.sequences = api, sequences
        self.name = sequences.action(OLD, annotations=annotations)
        self.canary = f"{self.name}-canary"
        self.change("canary", NEW)
        self.change("stable", OLD)
        kind = api.get(self.name).json()["exec"]["kind"]
        info = HostInfo.from_json(api.session.get(api.target.apihost).json())
        split = Split(self.name, 100, None, None, "old", "new")
        response = api.put(
            self.name, split.body(info, sequences.namespace, kind, 60_000, ()), overwrite=True
        )
        assert response.status_code == 200, response.text

    def change(self, role: str, code: str) -> None:
        response = self.api.put(f"{self.name}-{role}", python(code), overwrite=True)
        assert response.status_code == 200, response.text

    def close(self) -> None:
        for role in ("canary", "stable"):
            self.api.delete(f"{self.name}-{role}")


@pytest.fixture
def divided(api: Api, sequences: Sequences) -> Iterator[Divided]:
    found = Divided(api, sequences)
    yield found
    found.close()


def test_update_makes_a_function_a_router(divided: Divided) -> None:
    record = divided.sequences.run(divided.name, {"n": 1})
    assert result(record) == {"by": "new"}
    assert annotated(record)["conductor"] is True
    parts = divided.sequences.parts(record)
    assert [each["name"] for each in parts] == [divided.name, divided.canary, divided.name]


def test_failure_of_a_version_is_that_of_the_call(divided: Divided) -> None:
    divided.change("canary", FAIL)
    record = divided.sequences.run(divided.name)
    assert failure(record, "application error") == "went wrong"
    assert divided.api.invoke(divided.name).status_code == 502


def test_version_that_is_missing(divided: Divided) -> None:
    divided.api.delete(divided.canary)
    where = f"{divided.sequences.namespace}/{divided.canary}"
    words = f"Failed to resolve action with name '{where}' during composition."
    assert failure(divided.sequences.run(divided.name), "application error") == words


def test_calls_of_a_version_are_listed_by_its_name(divided: Divided) -> None:
    since = divided.api.get(divided.canary).json()["updated"]
    divided.sequences.run(divided.name)
    found = until(lambda: divided.api.activations(name=divided.canary, since=since).json(), bool)
    assert [(each["version"], each["statusCode"]) for each in found] == [("0.0.1", 0)]


def test_web_page_and_rule_of_the_function_stay(
    divided: Divided, web: Web, triggers: Triggers
) -> None:
    assert web.get(f"{divided.name}.json").json() == {"by": "new"}
    trigger = triggers.trigger()
    triggers.rule(trigger, divided.name)
    (line,) = triggers.lines(triggers.fire(trigger))
    assert result(divided.api.record(line["activationId"])) == {"by": "new"}


def test_another_update_makes_it_a_function_again(divided: Divided) -> None:
    body = {**python(OLD), "delAnnotations": ["conductor", CANARY]}
    assert divided.api.put(divided.name, body, overwrite=True).status_code == 200
    record = divided.sequences.run(divided.name)
    assert result(record) == {"by": "old"}
    assert "conductor" not in annotated(record)
    assert annotated(divided.api.get(divided.name).json())["web-export"] is True
