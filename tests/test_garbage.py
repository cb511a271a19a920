from __future__ import annotations

import gc
import subprocess
import sys
import weakref
from collections.abc import Iterator

import pytest

from jupyter_faas.garbage import skip_old_objects


class Circle:
    """An object that only the collector of garbage can free."""

    def __init__(self) -> None:
        self.own = self


@pytest.fixture
def by_hand() -> Iterator[None]:
    """The collector of garbage runs only when a test calls it."""
    gc.disable()
    # The tests freeze what they have collected.
    gc.unfreeze()
    yield
    gc.enable()


@pytest.mark.usefixtures("by_hand")
def test_only_garbage_of_the_block_is_collected_in_it() -> None:
    old = weakref.ref(Circle())
    with skip_old_objects():
        new = weakref.ref(Circle())
        gc.collect()
        assert new() is None
        assert old() is not None
    gc.collect()
    assert old() is None


@pytest.mark.usefixtures("by_hand")
def test_what_the_notebook_has_frozen_stays_frozen() -> None:
    gc.freeze()
    try:
        with skip_old_objects():
            pass
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()


@pytest.mark.usefixtures("by_hand")
def test_nothing_stays_frozen_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), skip_old_objects():
        _ = 1 / 0
    assert gc.get_freeze_count() == 0


LOADED_BY_A_SERVER = """
import gc
import jupyter_server.extension.application, jupyter_faas.garbage
objects = [[] for _ in range(200_000)]
seen = []
gc.collect()
gc.callbacks.append(lambda phase, info: seen.append(len(gc.get_objects())))
gc.set_threshold(100, 1, 1)
jupyter_faas._jupyter_server_extension_points()
gc.set_threshold(0)
print(len(seen) > 0, max(seen) < 100_000)
"""


def test_a_server_that_loads_the_extension_does_not_collect_its_own_objects() -> None:
    command = [sys.executable, "-c", LOADED_BY_A_SERVER]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "True True\n"
