"""What users of lithops write: ``python lithops_jobs.py JOB``, with ``lithops.yaml`` beside it.

The last line of the output is the result, as JSON.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lithops
import yaml


def configuration() -> Any:
    return yaml.safe_load(Path("lithops.yaml").read_text("utf-8"))


def executor(**more: Any) -> Any:
    return lithops.FunctionExecutor(
        backend="openwhisk", storage="redis", config=configuration(), **more
    )


def double(number: int) -> int:
    print(f"doubling {number}")
    return 2 * number


def add(first: int, second: int) -> int:
    return first + second


def total(results: list[int]) -> int:
    return sum(results)


def divide(number: int) -> float:
    return 10 / number


def whereabouts(_: int) -> dict[str, Any]:
    return {
        "prefix": sys.prefix,
        "action": os.environ["__OW_ACTION_NAME"],
        "activation": os.environ["__OW_ACTIVATION_ID"],
    }


def keep(name: str, storage: Any) -> str:
    storage.put_object("storage", name, f"text of {name}".encode())
    return name


def large(size: int) -> bytes:
    return b"x" * size


def mapped() -> object:
    fexec = executor()
    fexec.map(double, [1, 2, 3, 4])
    return fexec.get_result()


def many() -> object:
    fexec = executor()
    return fexec.get_result(fexec.map(double, range(40)))


def reduced() -> object:
    fexec = executor()
    return fexec.get_result(fexec.map_reduce(double, [1, 2, 3], total))


def called() -> object:
    fexec = executor()
    future = fexec.call_async(add, {"first": 3, "second": 4})
    return future.result()


def waited() -> object:
    fexec = executor()
    done, pending = fexec.wait(fexec.map(double, [5, 6]))
    return [sorted(future.result() for future in done), len(pending)]


def failed() -> object:
    fexec = executor()
    futures = fexec.map(divide, [5, 0])
    try:
        fexec.get_result(futures)
    except ZeroDivisionError as error:
        return f"{type(error).__name__}: {error}"
    return None


def stored() -> object:
    fexec = executor()
    names = fexec.get_result(fexec.map(keep, ["one", "two"]))
    storage = lithops.Storage(config=configuration())
    return [storage.get_object("storage", name).decode() for name in names]


def big() -> object:
    """More than a result of OpenWhisk may hold: it goes by the storage."""
    fexec = executor()
    return [len(data) for data in fexec.get_result(fexec.map(large, [3_000_000, 5]))]


def traced() -> object:
    """The activations, in the order of the list."""
    fexec = executor()
    futures = fexec.map(double, [1, 2, 3, 4])
    fexec.get_result(futures)
    return [future.activation_id for future in futures]


def placed() -> object:
    fexec = executor(runtime_memory=512)
    return fexec.get_result(fexec.map(whereabouts, [0]))


def pooled() -> object:
    from lithops.multiprocessing import Pool
    from lithops.multiprocessing import config as settings

    settings.set_parameter(settings.LITHOPS_CONFIG, {"config": configuration()})
    with Pool() as pool:
        return pool.map(double, [1, 2, 3])


JOBS: dict[str, Callable[[], object]] = {
    job.__name__: job
    for job in (mapped, many, reduced, called, waited, failed, stored, big, traced, placed, pooled)
}

if __name__ == "__main__":
    print(json.dumps(JOBS[sys.argv[1]]()))
