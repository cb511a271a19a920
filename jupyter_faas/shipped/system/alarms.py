"""The feeds of ``/whisk.system/alarms``, which the playground itself performs.

An action has no clock that goes on when it has ended: the playground keeps the alarms, and fires
their triggers. This text stands where the code of an action is; elsewhere it does nothing.
"""

from typing import Any


def main(args: dict[str, Any]) -> dict[str, Any]:
    """Refuse: this is a copy, and nobody here keeps its alarms."""
    return {"error": "Only /whisk.system/alarms keeps alarms; bind that package instead."}
