"""Replay the areas named on the command line, or all of them."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.replay.host import playground
from tools.replay.recordings import AREAS, DIFFERS, expected_differences
from tools.replay.run import replay
from tools.replay.send import Sender

RECURSION_LIMIT = 10_000


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="./dev replay",
        description="Send the recorded requests of a real OpenWhisk, and compare the replies.",
    )
    parser.add_argument(
        "area", nargs="*", help=f"an area to replay: {', '.join(AREAS)}; default: all"
    )
    parser.add_argument(
        "--only", default="", help="replay only requests whose names contain this text"
    )
    parser.add_argument(
        "--all", action="store_true", help="also show the differences that are expected"
    )
    parser.add_argument(
        "--list",
        action="store_true",
        help="print only the names of the requests whose replies differ",
    )
    parser.add_argument("--host", metavar="URL", help="use this server instead of a new playground")
    parser.add_argument(
        "--auth", metavar="UUID:KEY", help="the key for the server; its namespace must be empty"
    )
    given = parser.parse_intermixed_args()
    unknown = sorted({*given.area} - {*AREAS})
    if unknown or bool(given.host) != bool(given.auth):
        parser.error(
            f"unknown area: {unknown[0]}" if unknown else "--host and --auth must be used together"
        )
    # Some replies have hundreds of levels.
    sys.setrecursionlimit(RECURSION_LIMIT)
    expected = expected_differences(DIFFERS.read_text("utf-8"))
    wrong = False
    with _sender(given.host, given.auth) as sender:
        for area in given.area or AREAS:
            tally = replay(sender, area, given.only)
            if given.list:
                print(*tally.different, sep="\n", flush=True)
                continue
            faults = tally.faults({} if given.all else expected)
            print(*(f"  {fault}" for fault in faults), tally, sep="\n", flush=True)
            wrong = wrong or bool(faults)
    return int(wrong)


@contextmanager
def _sender(url: str | None, auth: str | None) -> Iterator[Sender]:
    if url and auth:
        yield Sender(url, auth)
        return
    with (
        tempfile.TemporaryDirectory(prefix="replay-") as folder,
        playground(Path(folder)) as sender,
    ):
        yield sender


if __name__ == "__main__":
    sys.exit(main())
