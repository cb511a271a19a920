"""The names that a piece of source takes from outside itself, and where."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Use:
    """One read of a name that the source does not bind.

    ``user`` is the function (``iris``), method (``Cleaner.fit``) or class that reads it, empty
    for the source's top level. ``immediate``: it is read while the source itself runs, so it must
    exist before (decorators, defaults, bases, top-level statements).
    """

    name: str
    line: int
    user: str
    immediate: bool


@dataclass(frozen=True)
class Names:
    """What :func:`jupyter_faas.capture.reader.find_names` found.

    ``attributes`` holds, per outside name, the dotted chains read from it: ``scipy.stats.norm``
    gives ``{"scipy": {("stats", "norm")}}``. ``set_by_functions`` are the names that some function
    binds through ``global``. ``rebound`` are names that the top level reads and binds afterwards.
    """

    uses: tuple[Use, ...]
    bound: frozenset[str]
    set_by_functions: frozenset[str]
    rebound: tuple[Use, ...]
    attributes: dict[str, set[tuple[str, ...]]]
    top_level_await: int | None
    future_annotations: bool
