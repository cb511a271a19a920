"""Placeholder code for the actions in ``/whisk.system/apimgmt``, which the playground implements.

The playground stores the routes of APIs (``playground/gateway``). This code runs only in copies of
the actions.
"""

from typing import Any


def main(args: dict[str, Any]) -> dict[str, Any]:
    """Return an error, because a copy of the action cannot manage APIs."""
    return {"error": "Only /whisk.system/apimgmt can manage APIs."}
