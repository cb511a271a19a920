"""Every route, with data as it should be and as it should not (schemathesis)."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from schemathesis.generation import GenerationMode

from jupyter_faas.playground.apidocs import document
from jupyter_faas.playground.identities import add_namespace
from tests.contract.api import Api, Target, python
from tests.contract.fuzzing import (
    ACTION,
    PACKAGE,
    RULE,
    TRIGGER,
    Keys,
    Operation,
    check,
    modes_of,
    operations,
    requests_of,
    send,
)
from tests.contract.private import Private, private
from tests.examples import fuzz

OPERATIONS = operations(document("x"))


class Fuzzed:
    """A playground with something of everything, and the keys to it."""

    def __init__(self, found: Private) -> None:
        self.playground = found
        wskprops = add_namespace(found.folder.parent, "neighbour")
        (theirs,) = (
            line.removeprefix("AUTH=")
            for line in wskprops.read_text().splitlines()
            if line.startswith("AUTH=")
        )
        target = found.api.target
        self.keys = Keys(_basic(target.auth), _basic(theirs))
        self.secrets = tuple(each.partition(":")[2] for each in (target.auth, theirs))
        for each in (target, Target(target.apihost, theirs, True)):
            _furnish(Api(each))
        self.session = found.api.session
        self.session.auth = None


def _basic(auth: str) -> str:
    return "Basic " + base64.b64encode(auth.encode()).decode()


def _furnish(api: Api) -> None:
    web = [{"key": "web-export", "value": True}]
    api.put(ACTION, python("def main(args):\n    return args\n"))
    api.put("fuzzed_web", python("def main(args):\n    return args\n", annotations=web))
    api.put_package(PACKAGE, {"publish": True})
    api.put(f"{PACKAGE}/{ACTION}", python("def main(args):\n    return args\n", annotations=web))
    components = [f"/_/{ACTION}", f"/_/{ACTION}"]
    api.put("fuzzed_sequence", {"exec": {"kind": "sequence", "components": components}})
    api.request("PUT", f"triggers/{TRIGGER}", json={})
    rule = {"trigger": f"/_/{TRIGGER}", "action": f"/_/{ACTION}"}
    assert api.request("PUT", f"rules/{RULE}", json=rule).status_code == 200


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzzed]:
    data_dir: Path = tmp_path_factory.mktemp("fuzzed")
    with private(data_dir) as found:
        yield Fuzzed(found)


@pytest.mark.parametrize(
    ("operation", "mode"),
    [(each, mode) for each in OPERATIONS for mode in modes_of(each)],
    ids=lambda each: each if isinstance(each, str) else each.label,
)
def test_any_request_is_answered_as_it_should_be(
    fuzzed: Fuzzed, operation: Operation, mode: GenerationMode
) -> None:
    apihost = fuzzed.playground.info.apihost

    @fuzz(6)
    @given(data=st.data())
    def run(data: st.DataObject) -> None:
        case = data.draw(requests_of(operation, mode))
        key = data.draw(fuzzed.keys.draw())
        check(send(fuzzed.session, apihost, case, key), fuzzed.secrets)

    run()


def test_playground_is_well_after_it_all(fuzzed: Fuzzed) -> None:
    assert fuzzed.session.get(f"{fuzzed.playground.info.apihost}/ping", timeout=5).text == "pong"
    log = fuzzed.playground.log
    assert "ERROR" not in log
    assert "Traceback" not in log
    assert not any(secret in log for secret in fuzzed.secrets)
