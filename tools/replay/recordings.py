"""The recorded requests and replies, and the list of those that differ."""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "tests" / "data" / "replies"
DIFFERS = FOLDER / "differs.txt"
AREAS = ("names", "packages", "triggers", "routes", "actions", "web", "waits", "invocations")
REASONS = ("on purpose: contract §9.", "configuration")
# At most this many requests may be listed.
MAX_DIFFERENCES = 100


@dataclass(frozen=True)
class Recorded:
    """A request, and the reply of the real OpenWhisk, as the package's docstring describes them."""

    request: dict[str, Any]
    reply: dict[str, Any]

    @property
    def name(self) -> str:
        name: str = self.request["name"]
        # Some names end with a space, which an editor may take out of the list of differences.
        return name.strip()


def recorded(area: str) -> Iterator[Recorded]:
    """Yield what was recorded of an area, in order. Raises OSError if there is no such area."""
    with lzma.open(FOLDER / f"{area}.jsonl.xz", "rt", encoding="utf-8") as lines:
        for line in lines:
            pair = json.loads(line)
            yield Recorded(pair["request"], pair["reply"])


def expected_differences(text: str) -> dict[str, str]:
    """Read the list of requests that differ: one name on each line, below a ``# reason`` line.

    Returns the reasons by name. Raises ValueError for a name without a known reason, and for a name
    that is there twice.
    """
    found: dict[str, str] = {}
    reason = ""
    for line in filter(None, text.splitlines()):
        if line.startswith("#"):
            reason = line[1:].strip()
        elif not reason.startswith(REASONS):
            raise ValueError(
                f"{line}: '{reason}' is not a known reason; the reasons are {', '.join(REASONS)}"
            )
        elif line in found:
            raise ValueError(f"{line} occurs twice")
        else:
            found[line] = reason
    return found
