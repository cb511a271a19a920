"""Sizes of a package as it is uploaded, by requirement, and the memory that models need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_faas.workspace import text
from jupyter_faas.workspace.targets.model_store_setting import MB

if TYPE_CHECKING:
    from jupyter_faas.bundle import Bundle

OWN = "the function itself"


def sent_bytes(size: int) -> int:
    """Return the length of ``size`` bytes in base64, to which a host's limit applies."""
    return -(-size // 3) * 4


def dependency_sizes(bundle: Bundle) -> list[tuple[str, int]]:
    """Return ``("numpy 2.4.6", bytes as sent)``, the largest first; the function itself is last.

    Empty without vendored requirements. The sum is slightly less than the whole upload.
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
    """Return :func:`dependency_sizes` as lines of a table."""
    rows = [(name, text.size(size)) for name, size in dependency_sizes(bundle)]
    return text.table(("REQUIREMENT", "AS SENT"), rows) if rows else ()


def memory_for(size: int) -> int:
    """Return the MB of memory for loading models of ``size`` bytes, in steps of 128.

    onnxruntime needs 100 MB, and twice the size while it reads the file (measured).
    """
    needed = 100 + 2 * size / MB
    return int(-(-needed // 128) * 128)
