"""``./dev bench models``: every case of the model matrix, and how it ends."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

import threadpoolctl

from jupyter_faas.serialization.action_models import load_action_models
from jupyter_faas.serialization.artifact import ModelArtifact
from jupyter_faas.serialization.convert import ConversionRequest, convert
from tests.serialization.matrix.judging import Outcome, judge
from tests.serialization.matrix.table import TABLE, all_cases, expected

HEAD = """\
# How every case of the model matrix ends: `name | label or value | route` as ONNX, `… | skops: why`
# where the estimator itself is packaged, or `… | refused: why`.
# Written by `./dev bench models --write`. The tests in this folder compare their results with it.
"""


def main(arguments: Sequence[str]) -> int:
    """Print the table; ``--write`` also commits it to the file. 1 when an answer differs."""
    action_models, outcomes, known = load_action_models(), {}, expected()
    for case in all_cases():
        started = time.monotonic()
        outcome = outcomes[case.name] = judge(case, _convert(action_models), action_models)
        flags = "" if known.get(case.name) == outcome.line else "  (another outcome before)"
        wrong = f"  DIFFERS: {outcome.different}" if outcome.different else ""
        seconds = time.monotonic() - started
        print(f"{case.name:62} {outcome.line}{flags}{wrong}  {seconds:.1f} s", flush=True)
    _sum_up(outcomes)
    if "--write" in arguments:
        lines = [f"{name} | {outcome.line}\n" for name, outcome in outcomes.items()]
        TABLE.write_text(HEAD + "".join(lines), "utf-8")
    return int(any(outcome.different for outcome in outcomes.values()))


def _convert(action_models: Any) -> Any:
    def run(model: Any, sample: Any) -> ModelArtifact:
        order = ConversionRequest("model", model, sample, budget_s=60.0)
        return convert(order, action_models, progress=lambda _: None, clock=time.monotonic)

    return run


def _sum_up(outcomes: dict[str, Outcome]) -> None:
    labels = [outcome for outcome in outcomes.values() if outcome.labels]
    exact = [each for each in labels if not each.refused and not each.different]
    routes = Counter(each.words for each in outcomes.values() if not each.refused)
    print(f"\n{len(outcomes)} cases: {dict(routes)}")
    refused = [each for each in outcomes.values() if each.refused]
    itself = sum(bool(each.skops_options) for each in refused)
    print(f"{len(refused)} without an ONNX form, of which {itself} are packaged as skops")
    print(f"{len(exact)} of {len(labels)} cases with labels are label-exact as ONNX")


if __name__ == "__main__":
    with threadpoolctl.threadpool_limits(1):
        sys.exit(main(sys.argv[1:]))
