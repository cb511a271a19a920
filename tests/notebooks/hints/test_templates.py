"""No hint of the package is without a case, and each of them has been followed."""

from __future__ import annotations

import pytest

from tests.notebooks.hints.case import all_cases
from tests.notebooks.hints.templates import HintTemplate, templates

# The modules that refuse what is in a notebook, its deploy to a target, or a line of a verb.
ROOMS = (
    "agents/transports.py",
    "capture",
    "client/client.py",
    "client/doctl.py",
    "client/errors.py",
    "client/target.py",
    "client/transport.py",
    "commands",
    "composer",
    "cost",
    "magics",
    "serialization/convert.py",
    "serialization/helper",
    "serialization/networks",
    "serialization/onnx",
    "serialization/precision.py",
    "serialization/sklearn",
    "serialization/skops",
    "vendoring",
    "workspace/batches/inputs.py",
    "workspace/batches/spawned.py",
    "workspace/cleanroom",
    "workspace/compositions",
    "workspace/costs",
    "workspace/deployment/aliases.py",
    "workspace/deployment/compositions.py",
    "workspace/deployment/diff.py",
    "workspace/deployment/history.py",
    "workspace/deployment/plan.py",
    "workspace/deployment/remote_state.py",
    "workspace/deployment/service.py",
    "workspace/deployment/upload.py",
    "workspace/handover",
    "workspace/local/examples.py",
    "workspace/local/typed_values.py",
    "workspace/model_stores/upload.py",
    "workspace/naming.py",
    "workspace/notebook.py",
    "workspace/packaging/composition.py",
    "workspace/packaging/container_image.py",
    "workspace/packaging/contents.py",
    "workspace/packaging/context.py",
    "workspace/packaging/dependencies.py",
    "workspace/packaging/environment.py",
    "workspace/packaging/model_samples.py",
    "workspace/packaging/models.py",
    "workspace/preflight",
    "workspace/replay",
    "workspace/rollouts/router.py",
    "workspace/targets",
    "workspace/triggers/cron_annotation.py",
    "workspace/triggers/host_triggers.py",
    "workspace/triggers/schedules.py",
)

HINTS = [case.hint for case in all_cases()]


@pytest.fixture(scope="module")
def found() -> list[HintTemplate]:
    """The hints, read here because every worker would read the package to collect the tests."""
    return templates(ROOMS)


def test_every_hint_has_a_case(found: list[HintTemplate]) -> None:
    missing = [
        f"{one.place}: {one.text}"
        for one in found
        if not any(one.pattern.search(hint) for hint in HINTS)
    ]
    assert missing == []


def test_names_of_cases_are_unique() -> None:
    names = [case.name for case in all_cases()]
    assert len(set(names)) == len(names)
