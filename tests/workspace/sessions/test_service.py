"""Sessions of our compositions on a real playground."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.commands.sessions import session_lines
from jupyter_faas.cost import load_price_list
from jupyter_faas.errors import ActivationNotFound
from jupyter_faas.playground import stop
from jupyter_faas.workspace import Workspace, text
from jupyter_faas.workspace.costs.service import CostQuery
from jupyter_faas.workspace.sessions.model import RunInfo, Session, Step
from jupyter_faas.workspace.sessions.records import RecordLoader
from jupyter_faas.workspace.sessions.tree import collect_tree
from tests.workspace.helpers.composing import ComposingNotebook
from tests.workspace.helpers.samples import assert_same_shape, sample
from tests.workspace.helpers.sessions import FAILS, IN_THE_END, STEP, Place


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A playground with some actions, for all tests here."""
    place = Place(Workspace.open(tmp_path_factory.mktemp("faas"), target="playground"))
    place.put("step", STEP)
    place.put("large", STEP, memory=512)
    place.put("fails", FAILS)
    yield place
    stop(place.workspace.data_dir)


@pytest.fixture
def notebook(place: Place) -> Iterator[ComposingNotebook]:
    notebook = ComposingNotebook(place.workspace)
    yield notebook
    notebook.forget_sources()


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A composition that no other test deploys."""
    words: str = request.node.name.removeprefix("test_")
    return words.replace("[", "-").rstrip("]")


def composed(notebook: ComposingNotebook, name: str, body: str) -> str:
    made = notebook.compose(name, body)
    notebook.workspace.deploy(made.record.id)
    return name


def session(place: Place, name: str, params: dict[str, Any] | None = None) -> Session:
    return place.workspace.sessions.session(place.run(name, params))


def with_role(found: Session, *roles: str) -> list[Step]:
    return [each for each in found.steps if each.role in roles]


def counts(found: Session) -> dict[str, tuple[int, int]]:
    return {path: (each.visits, each.failed) for path, each in found.nodes.items()}


def sum_of_records(place: Place, activation_id: str) -> Decimal:
    """What a run and all that its records name cost, counted by hand."""
    prices, total = load_price_list(), Decimal(0)
    left, seen = [activation_id], set()
    while left:
        one = left.pop()
        if one in seen:
            continue
        seen.add(one)
        record = place.record(one)
        if record.kind == "sequence":
            left += record.logs
        else:
            assert record.memory_mb is not None
            assert record.duration is not None
            total += prices.per_million(record.memory_mb, record.duration)
        kept = record.response.result.get("state", {}).get("$composer", {})
        for beside in ("branches", "spawned"):
            left += [id_ for ids in kept.get(beside, {}).values() for id_ in ids if id_]
    return total


def test_session_has_the_shape_of_the_sample(
    place: Place, notebook: ComposingNotebook, name: str
) -> None:
    composed(notebook, name, "sequence('step', lambda params: {'stored': True})\n")
    made, wanted = session(place, name).to_json(), sample("session")
    # What depends on the graph and the host is looked at elsewhere.
    for each in (made, wanted):
        for key in ("nodes", "graph", "annotations", "result"):
            each.pop(key, None)
            each["activation"].pop(key, None)
        each["cost"].pop("waiting_usd"), each["cost"].pop("waiting_text")
    wanted["cell_id"] = None
    assert list(made) == list(wanted)
    assert_same_shape({**made, "steps": [], "logs": []}, {**wanted, "steps": [], "logs": []})
    assert list(made["steps"][0]) == list(wanted["steps"][0])
    assert list(made["logs"][0]) == list(wanted["logs"][0])


def test_retry_that_succeeds_at_the_third_try(
    place: Place, notebook: ComposingNotebook, name: str, tmp_path: Path
) -> None:
    parameters = [{"key": "file", "value": str(tmp_path / "n")}, {"key": "after", "value": 3}]
    place.put("third", IN_THE_END, parameters=parameters)
    composed(notebook, name, "sequence(retry(5, 'third'), lambda params: {'done': True})\n")
    found = session(place, name)
    assert found.activation.result == {"done": True}
    assert counts(found) == {"": (1, 0), "[0]": (1, 0), "[0][0]": (3, 2), "[1]": (1, 0)}
    assert (found.calls, found.retried, found.failed) == (3, 2, 2)
    assert [(each.path, each.nth, each.error) for each in with_role(found, "action")] == [
        ("[0][0]", 1, "not there yet"),
        ("[0][0]", 2, "not there yet"),
        ("[0][0]", 3, None),
    ]
    assert [each.visited for each in with_role(found, "conductor")] == [
        ("", "[0]", "[0][0]"),
        ("[0][0]",),
        ("[0][0]",),
        ("[1]",),
    ]
    assert found.cost.total == sum_of_records(place, found.id)
    assert found.cost.waiting is None


def test_failing_step_ends_it_after_its_ensure(
    place: Place, notebook: ComposingNotebook, name: str
) -> None:
    composed(notebook, name, "sequence(ensure('fails', 'step'), 'large')\n")
    found = session(place, name)
    # The finalizer's answer is what is left of it.
    assert found.activation.ok
    assert counts(found)["[0].body"] == (1, 1)
    assert counts(found)["[0].finalizer"] == (1, 0)
    assert (found.calls, found.retried, found.failed) == (3, 0, 1)


def test_failed_session(place: Place, notebook: ComposingNotebook, name: str) -> None:
    composed(notebook, name, "sequence('fails', 'step')\n")
    found = session(place, name)
    assert (found.activation.ok, found.calls, found.failed) == (False, 1, 1)
    assert counts(found) == {"": (1, 0), "[0]": (1, 1)}
    assert found.failed_step is not None
    assert found.failed_step.name == "fails"


def test_one_duration_and_one_cost_of_a_session(
    place: Place, notebook: ComposingNotebook, name: str
) -> None:
    composed(notebook, name, "sequence('step', map('step'))\n")
    found = session(place, name, {"value": [{"n": 1}, {"n": 2}]})
    shown = found.to_json()
    workspace = place.workspace
    entries = [
        workspace.sessions.top(limit=1, name=name)[0].to_json(),
        workspace.sessions.latest(limit=1, name=name)[0].to_json(),
        workspace.activations(limit=200, name=name)[-1].to_json(),
        workspace.activation(found.id).to_json(),
    ]
    whole = [each for each in entries if each["id"] == found.id]
    assert len(whole) >= 3
    assert {each["duration_ms"] for each in whole} == {shown["elapsed_ms"]}
    assert {each["cost_text"] for each in whole} == {shown["cost"]["text"]}
    report = workspace.costs.report(CostQuery(name=name)).to_json()
    assert shown["elapsed_ms"] in [each["p50_ms"] for each in report["functions"]]
    line = session_lines(shown)[0]
    assert f"{text.duration(shown['elapsed_ms'])} including waiting" in line


def test_inline_function_that_fails(place: Place, notebook: ComposingNotebook, name: str) -> None:
    composed(notebook, name, "sequence('step', lambda params: 1 / 0)\n")
    found = session(place, name)
    assert counts(found) == {"": (1, 0), "[0]": (1, 0), "[1]": (1, 1)}
    assert (found.calls, found.failed) == (1, 0)
    assert any("ZeroDivisionError" in line.text for line in found.logs)
    assert found.failed_step is not None
    assert found.failed_step.failure.headline == "ZeroDivisionError: division by zero"
    printed = place.workspace.logs(found.id)
    assert not any("Entering" in line for line in printed)
    assert any("ZeroDivisionError" in line for line in printed)
    whole = place.workspace.logs(found.id, every=True)
    assert any("Entering composition" in line for line in whole)


def test_failure_that_a_nested_composition_names_is_not_the_outer_ones(
    place: Place, notebook: ComposingNotebook, name: str
) -> None:
    composed(notebook, f"{name}_inner", "sequence('step', lambda params: 1 / 0)\n")
    composed(notebook, name, f"sequence('{name}_inner', lambda params: params)\n")
    found = session(place, name)
    assert counts(found) == {"": (1, 0), "[0]": (1, 1)}


def test_choice_takes_one_way(place: Place, notebook: ComposingNotebook, name: str) -> None:
    composed(notebook, name, "when(lambda p: {'value': p['n'] > 3}, 'step', 'large')\n")
    high, low = session(place, name, {"n": 5}), session(place, name, {"n": 1})
    assert list(counts(high)) == ["", ".test", ".consequent"]
    assert list(counts(low)) == ["", ".test", ".alternate"]
    assert (high.activation.result, low.activation.memory_mb) == ({"n": 6}, 512)


def test_nested_composition_and_sequence_bring_their_steps(
    place: Place, notebook: ComposingNotebook, name: str
) -> None:
    composed(notebook, f"{name}_inner", "sequence('step', 'step')\n")
    place.sequence(f"{name}_seq", "step", "large")
    composed(notebook, name, f"sequence('{name}_inner', '{name}_seq')\n")
    found = session(place, name)
    inner, seq = with_role(found, "composition", "sequence")
    assert (inner.role, inner.path, inner.parent) == ("composition", "[0]", found.id)
    assert (seq.role, seq.path, seq.parent) == ("sequence", "[1]", found.id)
    by_parent = [
        (each.role, each.path, each.visited)
        for each in found.steps
        if each.parent == inner.summary.id
    ]
    # Their graphs are others.
    assert by_parent == [
        ("conductor", None, ()),
        ("action", None, ()),
        ("conductor", None, ()),
        ("action", None, ()),
        ("conductor", None, ()),
    ]
    assert [each.summary.name for each in found.steps if each.parent == seq.summary.id] == [
        "step",
        "large",
    ]
    assert counts(found) == {"": (1, 0), "[0]": (1, 0), "[1]": (1, 0)}
    assert found.calls == 6
    assert found.cost.total == sum_of_records(place, found.id)


def test_map_over_twenty(place: Place, notebook: ComposingNotebook, name: str) -> None:
    composed(notebook, name, "sequence(map('step'), lambda p: {'count': len(p['value'])})\n")
    found = session(place, name, {"value": [{"n": number} for number in range(20)]})
    assert found.activation.result == {"count": 20}
    branches = with_role(found, "branch")
    assert len(branches) == 20
    assert {(each.path, each.parent) for each in branches} == {("[0]", found.id)}
    assert sorted(each.nth or 0 for each in branches) == list(range(1, 21))
    inside = with_role(found, "action")
    assert {each.path for each in inside} == {"[0][0]"}
    assert {each.parent for each in inside} == {each.summary.id for each in branches}
    assert counts(found) == {"": (1, 0), "[0]": (1, 0), "[0][0]": (20, 0), "[1]": (1, 0)}
    assert (found.calls, found.failed) == (20, 0)
    (wait, *_) = with_role(found, "wait")
    assert (wait.path, wait.summary.name) == ("[0]", "utils/echo")
    assert found.cost.total == sum_of_records(place, found.id)
    waiting = [each.summary.cost_per_million for each in found.steps if each.waiting]
    assert found.cost.waiting == sum(each for each in waiting if each is not None)
    assert len(waiting) == 2 * len(with_role(found, "wait")) + 1
    # A list shows the session, and none of the branches.
    (entry,) = (one for one in place.workspace.sessions.latest(name=name))
    assert (entry.summary.id, entry.calls) == (found.id, 20)
    assert entry.summary.cost_per_million == found.cost.total


def test_branches_of_parallel_are_its_components(
    place: Place, notebook: ComposingNotebook, name: str
) -> None:
    composed(notebook, name, "parallel('step', 'fails', lambda params: {'n': 7})\n")
    found = session(place, name)
    assert sorted(each.path or "" for each in with_role(found, "branch")) == ["[0]", "[1]", "[2]"]
    assert counts(found) == {"": (1, 0), "[0]": (1, 0), "[1]": (1, 1), "[2]": (1, 0)}
    assert {each.nth for each in found.steps if each.path == "[0]"} == {1}
    assert (found.calls, found.failed) == (2, 1)


def test_asynchronous_part(place: Place, notebook: ComposingNotebook, name: str) -> None:
    composed(notebook, name, "sequence(asynchronous('large'), 'step')\n")
    activation_id = place.run(name)
    found = place.workspace.sessions.session(activation_id)
    while found.running:
        found = place.workspace.sessions.session(activation_id)
    (beside,) = with_role(found, "async")
    assert (beside.path, beside.parent) == ("[0]", found.id)
    assert counts(found)["[0][0]"] == (1, 0)
    assert found.calls == 2
    assert found.cost.total == sum_of_records(place, found.id)


def test_sequence(place: Place) -> None:
    name = place.sequence("three", "step", "fails", "step")
    found = session(place, name)
    assert (found.kind, found.calls, found.failed) == ("sequence", 2, 1)
    assert found.graph is not None
    assert [each["name"] for each in found.graph["components"]] == [
        "/guest/step",
        "/guest/fails",
        "/guest/step",
    ]
    assert counts(found) == {"": (1, 0), "[0]": (1, 0), "[1]": (1, 1)}
    assert found.cost.total == sum_of_records(place, found.id)


def test_plain_function(place: Place) -> None:
    found = session(place, "step")
    assert (found.kind, found.steps, found.graph, found.nodes) == ("function", (), None, {})
    assert found.cost.total == sum_of_records(place, found.id)
    assert [(line.text, line.step) for line in found.logs] == [("in step", found.id)]


def test_slide_is_the_largest_memory_for_the_whole_time(
    place: Place, notebook: ComposingNotebook, name: str
) -> None:
    composed(notebook, name, "sequence('step', 'large')\n")
    found = session(place, name)
    assert found.activation.duration_ms is not None
    expected = load_price_list().per_million(512, found.activation.duration_ms)
    assert found.cost.slide == expected


def test_logs_of_all_steps_by_time(place: Place, notebook: ComposingNotebook, name: str) -> None:
    composed(notebook, name, "sequence('step', 'step')\n")
    found = session(place, name)
    times = [line.time for line in found.logs]
    assert times == sorted(times)
    printed = {each.summary.id: each.role for each in found.steps}
    said = [(printed[line.step], line.text) for line in found.logs]
    assert said == [
        ("conductor", "Entering composition"),
        ("conductor", "Entering composition[0]"),
        ("action", "in step"),
        ("conductor", "Entering composition[1]"),
        ("action", "in step"),
        ("conductor", "Entering final state"),
    ]


def test_origin_and_graph_survive_redeploy_and_delete(
    place: Place, notebook: ComposingNotebook, name: str
) -> None:
    composed(notebook, name, "sequence('step')\n")
    first = place.run(name)
    composed(notebook, name, "sequence('step', 'large')\n")
    before = place.workspace.sessions.session(first)
    place.client.delete_action(name)
    after = place.workspace.sessions.session(first)
    for found in (before, after):
        assert found.graph is not None
        assert len(found.graph["components"]) == 1
        assert (found.graph_from, found.notebook) == ("playground", "flow.ipynb")
    assert (before.deployed, after.deployed) == (True, False)


def test_origin_of_what_was_deployed_elsewhere_is_that_of_its_annotations(
    place: Place, name: str
) -> None:
    """As the manifest of an export has them."""
    origin = {"faas-notebook": "flowers.ipynb", "faas-cell": "c7"}
    annotations = [{"key": key, "value": value} for key, value in origin.items()]
    code = {"kind": "python:default", "code": STEP}
    place.client.put_action(name, {"exec": code, "annotations": annotations})
    found = session(place, name)
    assert (found.notebook, found.cell_id) == ("flowers.ipynb", "c7")


def test_unknown_session(place: Place) -> None:
    with pytest.raises(ActivationNotFound, match=f"no activation {'0' * 32}"):
        place.workspace.sessions.session("0" * 32)


def test_session_that_runs_is_found_from_its_first_moment_to_its_end(
    place: Place, notebook: ComposingNotebook, name: str, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    waits = f"import os, time\ndef main(args):\n    while not os.path.exists({str(gate)!r}):\n"
    place.put("waits", f"{waits}        time.sleep(0.02)\n    return args\n")
    composed(notebook, name, "sequence('step', 'waits', 'step')\n")
    activation_id = place.start(name)
    found = place.workspace.sessions.session(activation_id)
    assert (found.running, found.activation.name) == (True, name)
    assert (found.activation.status, found.activation.end) == ("running", None)
    assert found.graph is not None
    while not any(each.summary.end for each in with_role(found, "action")):
        found = place.workspace.sessions.session(activation_id)
        assert found.running
    assert found.activation.duration_ms is None
    assert found.cost.total is not None
    seen = len(found.steps)
    gate.touch()
    while found.running:
        found = place.workspace.sessions.session(activation_id)
        assert len(found.steps) >= seen
        seen = len(found.steps)
    assert (found.calls, found.activation.status) == (3, "success")
    assert found.cost.total == sum_of_records(place, activation_id)


def test_what_runs_now_is_a_step_however_deep(
    place: Place, notebook: ComposingNotebook, name: str, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    waits = f"import os, time\ndef main(args):\n    while not os.path.exists({str(gate)!r}):\n"
    place.put("held", f"{waits}        time.sleep(0.02)\n    return args\n")
    place.sequence(f"{name}_pair", "step", "held")
    composed(notebook, f"{name}_inner", f"sequence('step', '{name}_pair')\n")
    composed(notebook, name, f"sequence('step', '{name}_inner')\n")
    activation_id = place.start(name)
    going: dict[str, Step] = {}
    while "held" not in going:
        found = place.workspace.sessions.session(activation_id)
        going = {each.summary.name: each for each in found.steps if each.summary.end is None}
    inner, pair, held = going[f"{name}_inner"], going[f"{name}_pair"], going["held"]
    assert (inner.role, inner.parent, inner.path, inner.nth) == (
        "composition",
        activation_id,
        "[1]",
        1,
    )
    assert (pair.role, pair.parent, pair.path) == ("sequence", inner.summary.id, None)
    assert (held.role, held.parent) == ("action", pair.summary.id)
    assert {each.summary.status for each in going.values()} == {"running"}
    assert counts(found)["[1]"] == (1, 0)
    (entry,) = place.workspace.sessions.latest(name=name)
    assert (entry.summary.id, entry.summary.status) == (activation_id, "running")
    assert entry.calls == found.calls
    gate.touch()
    while found.running:
        found = place.workspace.sessions.session(activation_id)
    assert {each.summary.status for each in found.steps} == {"success"}
    assert found.cost.total == sum_of_records(place, activation_id)


def test_running_branches_are_steps(
    place: Place, notebook: ComposingNotebook, name: str, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    waits = f"import os, time\ndef main(args):\n    while not os.path.exists({str(gate)!r}):\n"
    place.put("gated", f"{waits}        time.sleep(0.02)\n    return args\n")
    composed(notebook, name, "parallel('gated', 'step')\n")
    activation_id = place.start(name)
    going: list[Step] = []
    while not going:
        found = place.workspace.sessions.session(activation_id)
        going = [each for each in with_role(found, "branch") if each.summary.end is None]
    assert going[0].path in ("[0]", "[1]")
    assert (going[0].summary.status, going[0].parent) == ("running", activation_id)
    gate.touch()
    while found.running:
        found = place.workspace.sessions.session(activation_id)
    assert all(each.summary.end is not None for each in found.steps)


@pytest.mark.parametrize(
    "body",
    [
        "sequence('step', lambda p: p, 'large')\n",
        "when(lambda p: {'value': p['n'] > 0}, sequence('step', 'large'), 'fails')\n",
        "sequence(repeat(3, 'step'), 'step')\n",
        "sequence(do('fails', 'step'), 'large')\n",
        "sequence(retry(1, 'fails'), 'step')\n",
        "sequence(ensure('fails', 'step'), retain('large'))\n",
        "loop(lambda p: {'value': p['n'] < 4}, 'step')\n",
        "sequence(parallel('step', sequence('large', 'step')), lambda p: p)\n",
    ],
    ids=["sequence", "when", "repeat", "do", "retry", "ensure", "loop", "parallel"],
)
def test_path_is_told_by_the_states_where_nothing_is_logged(
    place: Place, notebook: ComposingNotebook, name: str, body: str
) -> None:
    composed(notebook, name, body)
    told = session(place, name, {"n": 1})
    place.client.put_action(name, {"limits": {"logs": 0}})
    found = session(place, name, {"n": 1})
    assert not any(line.text.startswith("Entering") for line in found.logs)

    def calls(one: Session) -> list[tuple[str | None, str]]:
        return sorted(
            (str(each.path), each.summary.name) for each in one.steps if each.role != "conductor"
        )

    assert calls(found) == calls(told)
    assert set(found.nodes) <= set(told.nodes)
    assert {path for path, _ in calls(told) if path != "None"} <= set(found.nodes)


def test_more_than_is_followed(place: Place, notebook: ComposingNotebook, name: str) -> None:
    composed(notebook, name, "map('step')\n")
    root = place.record(place.run(name, {"value": [{}, {}]}))
    with closing(RecordLoader(place.client)) as runs:
        whole = collect_tree(runs, RunInfo.from_record(root), None)
        cuts = [
            collect_tree(runs, RunInfo.from_record(root), None, most=most) for most in (2, 4, 7)
        ]
    assert not whole.truncated
    for cut in cuts:
        assert cut.truncated
        assert cut.children == whole.children[: len(cut.children)]
    assert [len(cut.children) for cut in cuts] == [2, 4, 7]


def test_a_conductor_that_starts_cold_does_not_make_its_session_cold(
    place: Place, notebook: ComposingNotebook, name: str
) -> None:
    place.run("step")
    found = session(place, composed(notebook, name, 'action("step")'))
    first, *_ = with_role(found, "conductor")
    assert first.summary.cold
    assert not any(each.summary.cold for each in found.steps if each.is_call)
    assert not found.cold
    (listed,) = place.workspace.sessions.latest(name=name)
    assert not listed.summary.cold
    (line,) = place.workspace.costs.report(CostQuery(name=name)).to_json()["functions"]
    assert (line["kind"], line["calls"], line["cold"], line["cold_share"]) == (
        "composition", 1, None, None,
    )  # fmt: skip
    assert line["cold_start"] is None
