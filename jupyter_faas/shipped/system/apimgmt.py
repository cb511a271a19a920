"""Placeholder code of the actions in ``/whisk.system/apimgmt``, which the playground performs.

The playground keeps the routes of APIs (``playground/gateway``). This code runs only in a copy of
the action.
"""

from typing import Any


def main(args: dict[str, Any]) -> dict[str, Any]:
    """Refuse: a copy of the action has no gateway."""
    return {"error": "Only /whisk.system/apimgmt manages APIs."}
