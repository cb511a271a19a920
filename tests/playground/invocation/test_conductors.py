from __future__ import annotations

from dataclasses import replace
from typing import Any

from jupyter_faas.playground.entities.actions import DeployedAction
from jupyter_faas.playground.entities.namespaces import Caller
from jupyter_faas.playground.entities.resolved_action import resolve_action
from jupyter_faas.playground.invocation.conductors import Composite
from jupyter_faas.playground.invocation.run import Run
from jupyter_faas.whisk import (
    Action,
    Activation,
    ActivationResponse,
    Exec,
    FullName,
    KeyValue,
    PackageName,
    as_dict,
)
from tests.playground.invocation.test_run import ACTION
from tests.playground.storage.test_activations import activation

SEQUENCE = replace(ACTION, exec=Exec("sequence", components=(FullName("guest", None, "b"),)))
CONDUCTOR = replace(ACTION, annotations=(KeyValue("conductor", True),))


def begun(
    action: Action = SEQUENCE,
    parent: Composite | None = None,
    binding: PackageName | None = None,
) -> Composite:
    plan = resolve_action(DeployedAction(action, 1), binding=binding)
    cause = parent.run.activation_id if parent else None
    run = Run("a" * 32, "t" * 32, Caller("me", "subject", ""), {}, 0.0, plan, cause=cause)
    return Composite.begin(run, 1000, parent)


def done(memory: int, duration: int) -> Activation:
    limits = KeyValue("limits", {"memory": memory})
    return replace(activation(7, start=1000), duration=duration, annotations=(limits,))


def noted(composite: Composite) -> dict[str, Any]:
    found = as_dict(composite.record(ActivationResponse(0, {}), 2000).annotations)
    assert isinstance(found.pop("waitTime"), int)
    return found


def test_record_adds_up_what_it_has_run() -> None:
    sequence = begun()
    for each in (done(128, 3), done(512, 4), done(256, 5)):
        sequence.add_component(each)
    record = sequence.record(ActivationResponse(1, {"error": "x"}), 2000)
    assert (record.start, record.end, record.duration) == (1000, 2000, 12)
    assert record.logs == (f"{7:032x}",) * 3
    assert record.memory_mb == 512
    assert record.response.status == "application error"
    assert (record.namespace, record.subject, record.version) == ("me", "subject", "0.0.3")


def test_nothing_in_it_begins_before_it_does() -> None:
    sequence = begun()
    sequence.add_component(replace(done(256, 1), start=999))
    assert sequence.record(ActivationResponse(0, {}), 2000).start == 999


def test_limits_only_when_there_are_some() -> None:
    assert noted(begun()) == {"topmost": True, "path": "guest/a", "kind": "sequence"}
    assert noted(begun(CONDUCTOR)) == {
        "topmost": True,
        "path": "guest/a",
        "kind": "sequence",
        "conductor": True,
        "limits": {"timeout": 60000, "memory": 256, "logs": 10, "concurrency": 1},
    }


def test_nested() -> None:
    outer = begun()
    inner = begun(parent=outer)
    record = inner.record(ActivationResponse(0, {}), 2000)
    assert record.cause == "a" * 32
    assert noted(inner)["topmost"] is False
    assert noted(inner)["causedBy"] == "sequence"
    assert inner.depth == 2


def test_counts_are_shared_within_a_kind() -> None:
    sequence, composition = begun(), begun(CONDUCTOR)
    assert begun(SEQUENCE, sequence).counts is sequence.counts
    assert begun(CONDUCTOR, composition).counts is composition.counts
    assert begun(CONDUCTOR, sequence).counts is not sequence.counts
    assert begun(SEQUENCE, composition).counts is not composition.counts


def test_binding() -> None:
    binding = PackageName("me", "mine")
    assert noted(begun(binding=binding))["binding"] == "me/mine"


def test_record_of_one_that_never_ended() -> None:
    sequence = begun()
    sequence.add_component(done(256, 3))
    record = sequence.never_ended(3000)
    assert record.response.status == "whisk internal error"
    assert record.end == 3000
    assert len(record.logs) == 1
