"""Every route, with data as it should be and as it should not (schemathesis)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip("schemathesis", reason="it needs Python 3.11")

from hypothesis import given
from hypothesis import strategies as st
from schemathesis.generation import GenerationMode

from jupyter_faas.playground.openapi import document
from tests.contract.helpers.fuzzed import Fuzzed, check, fuzzed_playground
from tests.contract.helpers.fuzzing import Operation, modes_of, operations, requests_of, send
from tests.examples import fuzz


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzzed]:
    with fuzzed_playground(tmp_path_factory.mktemp("fuzzed")) as found:
        yield found


@pytest.mark.parametrize(
    ("operation", "mode"),
    [(each, mode) for each in operations(document("x")) for mode in modes_of(each)],
    ids=lambda each: each if isinstance(each, str) else each.label,
)
def test_any_request_is_answered_as_it_should_be(
    fuzzed: Fuzzed, operation: Operation, mode: GenerationMode
) -> None:
    @fuzz(4)
    @given(data=st.data())
    def run(data: st.DataObject) -> None:
        case = data.draw(requests_of(operation, mode))
        key = data.draw(fuzzed.keys.draw())
        check(send(fuzzed.session, fuzzed.apihost, case, key), fuzzed.secrets)

    run()
