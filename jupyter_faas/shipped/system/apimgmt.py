"""The actions of ``/whisk.system/apimgmt``, which the playground itself performs.

The routes of an API are the playground's own. This text stands where the code of an action is;
elsewhere it does nothing.
"""

from typing import Any


def main(args: dict[str, Any]) -> dict[str, Any]:
    """Refuse: this is a copy, and nobody here has a gateway."""
    return {"error": "Only /whisk.system/apimgmt manages APIs."}
