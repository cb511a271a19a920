from __future__ import annotations

from dataclasses import replace

import orjson
from hypothesis import given
from hypothesis import strategies as st

from jupyter_faas.playground.entities.actions import DeployedAction
from jupyter_faas.playground.entities.namespaces import Caller
from jupyter_faas.playground.entities.resolved_action import resolve_action
from jupyter_faas.playground.invocation.activation_json import Recording
from jupyter_faas.playground.invocation.run import Run
from jupyter_faas.playground.storage.filters import ActivationRow
from jupyter_faas.playground.workers.exchange import Outcome, OutcomeStatus
from jupyter_faas.whisk import ActivationResponse, PackageName
from jupyter_faas.whisk.activations import APPLICATION_ERROR, SUCCESS
from tests.playground.invocation.test_run import ACTION

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=9)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)


@given(
    names=st.tuples(NAMES, NAMES, NAMES, NAMES),
    # Developer errors are not recorded this way.
    code=st.sampled_from((SUCCESS, APPLICATION_ERROR)),
    result=JSON,
    size=st.none() | st.integers(0, 2**40),
    logs=st.lists(NAMES, max_size=3),
    cause=st.none() | st.just("c" * 32),
    bound=st.booleans(),
    peak=st.none() | st.integers(1, 10**6),
    times=st.tuples(st.floats(0, 1e5), st.floats(0, 1e5), st.integers(10**12, 2 * 10**12)),
)
def test_text_and_row_are_those_of_the_record(
    names: tuple[str, str, str, str],
    code: int,
    result: object,
    size: int | None,
    logs: list[str],
    cause: str | None,
    bound: bool,
    peak: int | None,
    times: tuple[float, float, int],
) -> None:
    namespace, subject, name, binding = names
    waited_s, seconds, end = times
    deployed = DeployedAction(replace(ACTION, namespace=namespace, name=name), 1)
    plan = resolve_action(deployed, binding=PackageName("guest", binding) if bound else None)
    run = Run("a" * 32, "t" * 32, Caller(namespace, subject, "k"), {}, 0.0, plan, cause=cause)
    response = ActivationResponse(code, result, size)
    outcome = Outcome(OutcomeStatus.ANSWERED, b"", 0, seconds, tuple(logs), peak_mb=peak)
    record = run.record(response, started=None, outcome=outcome, waited_s=waited_s, end=end)
    recording = Recording(run, waited_s)
    doc = recording.doc(response, outcome, end)
    assert doc == orjson.dumps(record.to_json())
    assert recording.row(doc, code, outcome, end) == ActivationRow.of(record, doc)
