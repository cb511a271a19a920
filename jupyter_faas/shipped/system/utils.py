"""The actions in ``/whisk.system/utils``. Each action's ``main`` names one of these functions."""

import re
from datetime import datetime, timezone
from typing import Any


def cat(args: dict[str, Any]) -> dict[str, Any]:
    """Join ``lines`` with newlines, and return the result as ``payload``."""
    lines = args.get("lines", [])
    return {"lines": lines, "payload": "\n".join(map(str, lines))}


def date(args: dict[str, Any]) -> dict[str, Any]:
    """Return the current date and time in UTC, with milliseconds."""
    now = datetime.now(timezone.utc)
    return {"date": now.isoformat(timespec="milliseconds").replace("+00:00", "Z")}


def echo(args: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters unchanged."""
    return args


def head(args: dict[str, Any]) -> dict[str, Any]:
    """Return the first ``num`` lines, by default one."""
    number = args.get("num", 1)
    return {"lines": args.get("lines", [])[:number], "num": number}


def sort(args: dict[str, Any]) -> dict[str, Any]:
    """Sort ``lines`` as strings."""
    lines = sorted(args.get("lines", []), key=str)
    return {"lines": lines, "length": len(lines)}


def split(args: dict[str, Any]) -> dict[str, Any]:
    """Split ``payload`` at ``separator``, or at line ends if there is no separator."""
    payload = str(args.get("payload", ""))
    separator = args.get("separator")
    lines = payload.split(separator) if separator else re.split(r"\r?\n", payload)
    return {"lines": lines, "payload": payload}
