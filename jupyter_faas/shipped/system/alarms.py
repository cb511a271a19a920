"""Placeholder code of the feeds in ``/whisk.system/alarms``, which the playground performs itself.

An action cannot wait after it has ended, so the playground keeps the alarms and fires their
triggers (``playground/alarms``). This code runs only in a copy of the action.
"""

from typing import Any


def main(args: dict[str, Any]) -> dict[str, Any]:
    """Refuse: a copy of the feed has no alarms."""
    return {"error": "Only /whisk.system/alarms keeps alarms; bind that package instead."}
