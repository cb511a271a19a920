"""PreflightCache: the outcomes of preflight checks, for the cards that ask for them again.

A check of a package for a target that lacks its libraries reads and packs tens of MB of wheels. It
is a module of its own, so that the service of the packages has no state besides it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jupyter_faas.workspace.preflight.report import Preflight
    from jupyter_faas.workspace.targets.capabilities import TargetCapabilities

# Larger than the number of cards of a notebook times its targets. An outcome has a few kB.
_MAX_OUTCOMES = 256


class PreflightCache:
    """The latest outcome for each package and target. Instances are thread-safe.

    An outcome is valid as long as the target's kinds and limits are the same. Package records never
    change.
    """

    def __init__(self) -> None:
        self._outcomes: OrderedDict[tuple[str, str], tuple[TargetCapabilities, Preflight]] = (
            OrderedDict()
        )
        self._in_progress: dict[tuple[str, str], Lock] = {}
        self._lock = Lock()

    def get(
        self,
        package_id: str,
        target: TargetCapabilities,
        compute: Callable[[], tuple[Preflight, bool]],
    ) -> Preflight:
        """Return the outcome for a package and a target, computing it if it is not known.

        ``compute`` returns the outcome, and whether it may be kept. Two requests for the same
        outcome compute it once.
        """
        key = (package_id, target.name)
        with self._lock:
            computing = self._in_progress.setdefault(key, Lock())
        with computing:
            with self._lock:
                known = self._outcomes.get(key)
            if known is not None and known[0] == target:
                return known[1]
            found, lasts = compute()
            with self._lock:
                self._in_progress.pop(key, None)
                self._outcomes.pop(key, None)
                if lasts:
                    self._outcomes[key] = (target, found)
                if len(self._outcomes) > _MAX_OUTCOMES:
                    self._outcomes.popitem(last=False)
            return found
