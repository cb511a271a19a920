"""Split: how a router divides the calls of a function between two versions, and its action."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from jupyter_faas.bundle import shipped_text
from jupyter_faas.errors import InputError
from jupyter_faas.whisk.variants import CANARY, Variant

if TYPE_CHECKING:
    from jupyter_faas.client import HostInfo
    from jupyter_faas.whisk import Action

# With fewer calls, one failure would decide.
ENOUGH_CALLS = 10
# The router keeps no data, and this is the smallest memory that every host accepts.
MEMORY_MB = 128
_SETTINGS = "SETTINGS: dict[str, Any] = {}\n"


@dataclass(frozen=True)
class Split:
    """The division of the calls of ``name`` (``name`` or ``package/name``).

    ``percent``: the share of the calls that the canary gets, from 0 to 100.
    ``sticky``: the parameter whose value decides which version a call gets, or None.
    ``rollback_at``: the percentage of failed calls beyond which the canary gets no more calls.
    ``rolled_back``: why the canary gets no calls any more, or an empty string.
    ``package``: the id of the package that was deployed as the function, and ``canary`` that of the
    new version.
    """

    name: str
    percent: float
    sticky: str | None
    rollback_at: float | None
    package: str
    canary: str
    rolled_back: str = ""

    def check(self) -> None:
        """Raise InputError if a number is out of range."""
        if not 0 < self.percent <= 100:
            raise InputError(
                f"--canary must be more than 0% and at most 100%, not {shown(self.percent)}.",
                hint=f"For a tenth of the calls: %faas deploy {self.name} --canary 10%",
            )
        if self.rollback_at is not None and not 0 <= self.rollback_at < 100:
            raise InputError(
                f"--rollback-at must be at least 0% and less than 100%, not "
                f"{shown(self.rollback_at)}."
            )

    def stopped(self, reason: str) -> Split:
        """Return the split that gives no more calls to the canary."""
        return replace(self, percent=0, rolled_back=reason)

    def body(
        self,
        info: HostInfo,
        namespace: str,
        kind: str,
        timeout_ms: int,
        preset: Iterable[Mapping[str, Any]],
    ) -> dict[str, Any]:
        """Return the body of the PUT that makes the action a router.

        ``namespace`` is the function's, because callers of another one may run it too. ``kind`` is
        its runtime. ``preset`` are parameters (key and value) that callers
        must not replace. The action keeps its other annotations.
        """
        bound = list(preset)
        settings = {
            "stable": f"/{namespace}/{Variant('stable', self.name).name}",
            "canary": f"/{namespace}/{Variant('canary', self.name).name}",
            "percent": self.percent,
            "sticky": self.sticky,
            "rollback_at": self.rollback_at,
            "enough": ENOUGH_CALLS,
            "preset": [each["key"] for each in bound],
        }
        # The settings are written as JSON inside a Python string, because JSON is not Python.
        text = shipped_text("router/router_main.py")
        line = f"SETTINGS = json.loads({json.dumps(json.dumps(settings))})\n"
        annotations = {CANARY: self.to_annotation(), "conductor": True, "provide-api-key": False}
        return {
            "exec": {"kind": python_kind(info, kind), "code": text.replace(_SETTINGS, line, 1)},
            "limits": {"timeout": timeout_ms, "memory": MEMORY_MB},
            "parameters": bound,
            "annotations": [{"key": key, "value": value} for key, value in annotations.items()],
        }

    def to_annotation(self) -> dict[str, Any]:
        return {
            "percent": self.percent,
            "sticky": self.sticky,
            "rollback_at": self.rollback_at,
            "package": self.package,
            "canary": self.canary,
            "rolled_back": self.rolled_back,
        }

    @classmethod
    def read(cls, action: Action) -> Split | None:
        """Return what a router's annotation says, or None for another action."""
        found = action.annotation(CANARY)
        if not isinstance(found, dict):
            return None
        percent, limit, sticky = (found.get(key) for key in ("percent", "rollback_at", "sticky"))
        return cls(
            action.full_name.local,
            percent if isinstance(percent, int | float) else 0,
            sticky if isinstance(sticky, str) else None,
            limit if isinstance(limit, int | float) else None,
            str(found.get("package", "")),
            str(found.get("canary", "")),
            str(found.get("rolled_back", "")),
        )


def python_kind(info: HostInfo, kind: str) -> str:
    """Return the host's Python kind for a router: the function's own, or else the first.

    Raises InputError if the host has no Python.
    """
    kinds = [each for each in info.kinds if each.startswith("python:")]
    if kind in kinds:
        return kind
    if not kinds:
        raise InputError("--canary needs a Python kind, but this host does not have one.")
    return kinds[0]


def shown(percent: float) -> str:
    """Return a percentage, such as ``10%`` or ``0.5%``."""
    return f"{percent:g}%"


def read_percent(text: str, option: str) -> float:
    """Return the number of ``10%`` or ``10``. Raises InputError if it is not a number."""
    try:
        return float(text.strip().removesuffix("%"))
    except ValueError:
        raise InputError(
            f"{option} must be a percentage, not {text!r}.", hint=f"For example: {option} 10%"
        ) from None
