"""For all tests: their order, and what keeps their processes few and fast."""

from __future__ import annotations

import gc
import os
import sys
from collections import defaultdict
from collections.abc import Generator

import pytest

from tests import leftovers

leftovers.end_with_this_process()

# Containers tend to set this, and then each of the thousands of processes that the tests start
# compiles again what it imports: half of the processor time of the whole suite.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# The threads of numpy and scikit-learn spin while they wait for work, in each worker and kernel: a
# tenth of a second after the fit of a small model. Actions and conversions always have one thread.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

# The format "iri", which no test needs. jsonschema would compile its grammar for 0.8 s in each
# worker. Servers and kernels are processes of their own, which do so.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # not a module


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Keep the garbage collector from the twelve thousand tests, which stay until the end.

    It would take a third of the time of the collection, and a second each time it runs later.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(trylast=True)  # folders give their tests timeouts first
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of several workers none is to begin with the longest file when the others have ended.

    How long a file may take is told by the timeouts of its tests. Within one worker alone the
    order would change nothing but what a reader expects.
    """
    if hasattr(config, "workerinput"):
        longest_first(items, float(config.getini("timeout")))


def longest_first(items: list[pytest.Item], usual_s: float) -> None:
    """Sort by file: the one with the largest timeout first. Tests of a file keep their order."""
    patience: dict[str, float] = defaultdict(float)
    for item in items:
        mark = item.get_closest_marker("timeout")
        seconds = usual_s if mark is None else float(mark.args[0])
        patience[_file(item)] = max(patience[_file(item)], seconds)
    items.sort(key=lambda item: -patience[_file(item)])


def _file(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]
