"""Who waits for a zygote that is not ready yet, and who does not."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from jupyter_faas.playground.scheduling.zygote_pool import LIGHT_START_S, ZygoteOptions, ZygotePool
from tests.playground.conftest import MakeSpec
from tests.playground.helpers.loop import in_loop
from tests.playground.helpers.zygotes import FORK_TIMEOUT_S, at_work, is_forked, with_zygote

PLAIN = "def main(p): return {}"


@in_loop
async def test_light_action_does_not_wait_for_a_zygote_that_has_just_begun(spec: MakeSpec) -> None:
    made = with_zygote(spec(PLAIN))
    zygotes = ZygotePool(ZygoteOptions(warm_up_s=600))
    async with at_work(zygotes, made) as worker:
        assert not is_forked(worker)
    await zygotes.close()


@in_loop
async def test_light_action_waits_for_a_zygote_that_is_nearly_warm(spec: MakeSpec) -> None:
    made = with_zygote(spec(PLAIN))
    zygotes = ZygotePool(ZygoteOptions(warm_up_s=0))
    began = time.monotonic()
    async with at_work(zygotes, made):
        assert zygotes.pids or time.monotonic() - began > 2 * LIGHT_START_S
    await zygotes.close()


@in_loop
async def test_action_that_loads_the_same_waits_for_the_zygote(spec: MakeSpec) -> None:
    made = with_zygote(spec(f"import numpy\n{PLAIN}"))
    zygotes = ZygotePool(ZygoteOptions(fork_timeout_s=FORK_TIMEOUT_S))
    async with at_work(zygotes, made) as worker:
        assert is_forked(worker)
    await zygotes.close()


@pytest.mark.parametrize(
    ("installed", "fork_timeout_s"),
    [
        ("raise OSError('libsomething.so is missing')", FORK_TIMEOUT_S),
        ("import time; time.sleep(600)", 0.2),
    ],
    ids=["fails", "hangs"],
)
@in_loop
async def test_who_waits_for_a_zygote_in_vain_starts_by_itself(
    spec: MakeSpec, tmp_path: Path, installed: str, fork_timeout_s: float
) -> None:
    (tmp_path / "onnxruntime.py").write_text(installed)
    made = with_zygote(spec(f"import numpy\n{PLAIN}"), PYTHONPATH=str(tmp_path))
    zygotes = ZygotePool(ZygoteOptions(fork_timeout_s=fork_timeout_s))
    async with at_work(zygotes, made) as worker:
        assert not is_forked(worker)
    await zygotes.close()
