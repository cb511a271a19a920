"""Placeholder code for the feeds in ``/whisk.system/alarms``, which the playground implements.

An action cannot wait after it has ended, so the playground stores the alarms and fires their
triggers (``playground/alarms``). This code runs only in copies of the feed action.
"""

from typing import Any


def main(args: dict[str, Any]) -> dict[str, Any]:
    """Return an error, because a copy of the feed action cannot manage alarms."""
    return {"error": "Only /whisk.system/alarms can store alarms. Bind that package instead."}
