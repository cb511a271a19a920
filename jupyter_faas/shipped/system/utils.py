"""The actions of ``/whisk.system/utils``. Each is the function of this file that ``main`` names."""

import re
from datetime import datetime, timezone
from typing import Any


def cat(args: dict[str, Any]) -> dict[str, Any]:
    """Join lines to one text."""
    lines = args.get("lines", [])
    return {"lines": lines, "payload": "\n".join(map(str, lines))}


def date(args: dict[str, Any]) -> dict[str, Any]:
    """Return the date and time in UTC."""
    now = datetime.now(timezone.utc)
    return {"date": now.isoformat(timespec="milliseconds").replace("+00:00", "Z")}


def echo(args: dict[str, Any]) -> dict[str, Any]:
    """Return the input."""
    return args


def head(args: dict[str, Any]) -> dict[str, Any]:
    """Return the first ``num`` lines; one line by default."""
    number = args.get("num", 1)
    return {"lines": args.get("lines", [])[:number], "num": number}


def sort(args: dict[str, Any]) -> dict[str, Any]:
    """Sort lines by their characters."""
    lines = sorted(args.get("lines", []), key=str)
    return {"lines": lines, "length": len(lines)}


def split(args: dict[str, Any]) -> dict[str, Any]:
    """Split a text into lines, or at a separator."""
    payload = str(args.get("payload", ""))
    separator = args.get("separator")
    lines = payload.split(separator) if separator else re.split(r"\r?\n", payload)
    return {"lines": lines, "payload": payload}
