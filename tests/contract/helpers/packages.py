"""What the tests of packages and bindings put into them."""

from __future__ import annotations

from typing import Any

ARGS = "def main(args):\n    return {'args': args}\n"
ENVIRONMENT = """
import os
SEEN = os.environ.get("secret")
def main(args):
    return {"seen": SEEN, "args": args}
"""


def values(**given: Any) -> list[dict[str, Any]]:
    return [{"key": key, "value": value} for key, value in given.items()]
