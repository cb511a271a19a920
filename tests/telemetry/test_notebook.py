"""A notebook with a collector: from the cell through a composition into the function."""

from __future__ import annotations

from pathlib import Path

from tests.magics.helpers.kernels import notebook_kernel
from tests.telemetry.helpers.collector import ReceivedSpan, collector, until

CELL = """
%%function twice
import os

def twice(n: int):
    return {"n": 2 * n, "traceparent": os.environ["traceparent"]}
"""
COMPOSITION = """
%%composition both
seq("twice", lambda params: {"traceparent": params["traceparent"]})
"""


def test_calls_of_a_notebook(tmp_path: Path) -> None:
    with collector() as found, notebook_kernel(tmp_path, **found.environ) as kernel:
        kernel.run("%load_ext jupyter_faas")
        kernel.run(CELL.strip())
        kernel.run("%faas deploy twice")
        kernel.run(COMPOSITION.strip())
        kernel.run("%faas deploy both")
        kernel.run("%faas invoke twice n=1")
        (result,) = kernel.run("both.invoke(n=2).result['traceparent']").results

        deploy = found.span("deploy twice", jupyter_faas__target="playground")
        assert found.span("deploy twice", cloud__resource_id="/guest/twice").parent == deploy.id

        typed = found.span("twice", faas__invoked_name="twice")
        # The playground reports its spans after the call has returned.
        until(lambda: _children(found.spans(), typed, "twice") or None, found.text)

        call = found.span("both", faas__invoked_name="both")
        whole = until(lambda: next(iter(_children(found.spans(), call, "both")), None), found.text)
        (step,) = until(lambda: _children(found.spans(), whole, "twice") or None, found.text)
        assert step.trace == call.trace
        assert f"00-{step.trace}-{step.id}-" in result["text/plain"]


def _children(spans: list[ReceivedSpan], parent: ReceivedSpan, name: str) -> list[ReceivedSpan]:
    return [each for each in spans if each.parent == parent.id and each.name == name]
