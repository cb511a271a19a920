"""What a package weighs as it is sent, and what of that each requirement weighs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_faas.workspace import text
from jupyter_faas.workspace.targets.model_store_setting import MB

if TYPE_CHECKING:
    from jupyter_faas.bundle import Bundle

OWN = "the function itself"


def sent_bytes(size: int) -> int:
    """The length of ``size`` bytes in base64, which is what a host's limit counts."""
    return -(-size // 3) * 4


def dependency_sizes(bundle: Bundle) -> list[tuple[str, int]]:
    """``("numpy 2.4.6", bytes as sent)``, the largest first; last what belongs to none of them.

    Empty when no requirement travels with the package. They add up to what is sent, nearly.
    """
    owners = bundle.manifest.vendored_owners()
    if not owners:
        return []
    sizes = dict.fromkeys(owners.values(), 0)
    own = 0
    for path, _, compressed in bundle.members():
        owner = bundle.manifest.owner_of(path)
        if owner is None:
            own += compressed
        else:
            sizes[owner] += compressed
    largest_first = sorted(sizes.items(), key=lambda item: (-item[1], item[0]))
    return [(name, sent_bytes(size)) for name, size in (*largest_first, (OWN, own))]


def dependency_lines(bundle: Bundle) -> tuple[str, ...]:
    """The table of :func:`dependency_sizes` for people."""
    rows = [(name, text.size(size)) for name, size in dependency_sizes(bundle)]
    return text.table(("REQUIREMENT", "AS SENT"), rows) if rows else ()


def memory_for(size: int) -> int:
    """MB that an action needs to load a model of ``size`` bytes, in steps of 128.

    onnxruntime holds it twice while it reads a file (measured), beside 100 MB of its own.
    """
    needed = 100 + 2 * size / MB
    return int(-(-needed // 128) * 128)
