"""mixed [--minutes N] | kill [--rounds N] [--seed S] | hostile [--rounds N] | fuzz [--examples N]"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path

from tools.soak.fuzz import run_examples
from tools.soak.kill import run_rounds


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev soak", description=__doc__)
    parser.set_defaults(run=None)
    kinds = parser.add_subparsers(dest="kind")
    kill = kinds.add_parser("kill", help="SIGKILL at random moments; what was acknowledged stays")
    kill.add_argument("--rounds", type=int, default=200)
    kill.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    fuzz = kinds.add_parser("fuzz", help="property-based tests with many examples")
    fuzz.add_argument("--examples", type=int, default=200, help="for each test")
    given = parser.parse_args()
    if given.kind == "fuzz":
        return run_examples(given.examples)
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        return _kill(Path(folder), given.rounds, given.seed)


def _kill(folder: Path, rounds: int, seed: int) -> int:
    print(f"seed {seed}", flush=True)
    tally = None
    for tally in run_rounds(folder, rounds, seed):
        if tally.rounds % 10 == 0:
            print(tally, flush=True)
    print(f"all kept: {tally}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
