"""mixed [--minutes N] | kill [--rounds N] | hostile [--rounds N] | fuzz [--examples N]"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from tests.contract.helpers.api import HELLO, python
from tools.soak.fuzz import run_examples
from tools.soak.hostile import at_rest, run_all, short_tempered
from tools.soak.kill import run_rounds
from tools.soak.mixed import run_mixed

# What one round of hostile actions may leave behind, once the first has filled what is kept.
LEAK_MB = 3.0


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev soak", description="Run long stress tests.")
    kinds = parser.add_subparsers(dest="kind")
    mixed = kinds.add_parser(
        "mixed",
        help="mixed load; checks that speed, memory and file descriptors stay stable (default)",
    )
    mixed.add_argument("--minutes", type=float, default=10)
    kill = kinds.add_parser(
        "kill", help="SIGKILL at random moments; checks that nothing acknowledged is lost"
    )
    kill.add_argument("--rounds", type=int, default=200)
    hostile = kinds.add_parser(
        "hostile", help="actions that misbehave; checks that they leave nothing behind"
    )
    hostile.add_argument("--rounds", type=int, default=5)
    fuzz = kinds.add_parser("fuzz", help="property-based tests with many examples")
    fuzz.add_argument(
        "--examples", type=int, default=200, help="the number of examples for each test"
    )
    for kind in (mixed, kill):
        kind.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    given = parser.parse_args(sys.argv[1:] or ["mixed"])
    if given.kind is None:
        parser.error("choose a kind of test: mixed, kill, hostile or fuzz")
    if given.kind == "fuzz":
        return run_examples(given.examples)
    if "seed" in given:
        print(f"seed {given.seed}", flush=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        if given.kind == "mixed":
            for part in run_mixed(Path(folder), given.minutes, given.seed):
                print(part, flush=True)
        elif given.kind == "kill":
            for tally in run_rounds(Path(folder), given.rounds, given.seed):
                if tally.rounds % 10 == 0 or tally.rounds == given.rounds:
                    print(tally, flush=True)
        else:
            _hostile(Path(folder), given.rounds)
    print(f"no errors found in {(time.monotonic() - began) / 60:.1f} minutes")
    return 0


def _hostile(folder: Path, rounds: int) -> None:
    with short_tempered(folder) as (info, api):
        api.put("hello", python(HELLO))
        api.invoke("hello")
        seen = [at_rest(info)]
        print(f"before: {seen[0]}", flush=True)
        for number in range(1, rounds + 1):
            run_all(api, folder)
            seen.append(at_rest(info))
            print(f"round {number}: {seen[-1]}", flush=True)
    assert {each.descriptors for each in seen} == {seen[0].descriptors}
    assert seen[-1].own_mb <= seen[1].own_mb + LEAK_MB * (rounds - 1)


if __name__ == "__main__":
    sys.exit(main())
