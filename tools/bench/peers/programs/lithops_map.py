"""``python lithops_map.py N``: the calls per second of Lithops' map, with ``lithops.yaml`` here.

It runs in Lithops' own environment. The last line of its output is the number.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import lithops
import yaml


def double(number: int) -> int:
    return 2 * number


def main() -> None:
    count = int(sys.argv[1])
    config = yaml.safe_load(Path("lithops.yaml").read_text("utf-8"))
    executor = lithops.FunctionExecutor(backend="openwhisk", storage="redis", config=config)
    # The first map creates the action and starts its workers.
    executor.map(double, range(8))
    executor.get_result()
    began = time.perf_counter()
    futures = executor.map(double, range(count))
    found = executor.get_result(futures)
    seconds = time.perf_counter() - began
    assert found == [2 * number for number in range(count)]
    print(count / seconds)


if __name__ == "__main__":
    main()
