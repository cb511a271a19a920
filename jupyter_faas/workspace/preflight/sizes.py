"""Upload sizes of a package and its requirements, and the memory that models need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_faas.workspace import text
from jupyter_faas.workspace.targets.model_store_setting import MB

if TYPE_CHECKING:
    from jupyter_faas.bundle import Bundle

OWN = "the function itself"


def sent_bytes(size: int) -> int:
    """Return the length of ``size`` bytes in base64; hosts limit this length."""
    # Each group of three bytes, also an incomplete last one, becomes four characters.
    return -(-size // 3) * 4


def dependency_sizes(bundle: Bundle) -> list[tuple[str, int]]:
    """Return pairs such as ``("numpy 2.4.6", bytes in base64)``, the largest first.

    The last pair is the function itself. Empty without vendored requirements. The sum is slightly
    less than the whole upload, since the zip's directory belongs to no requirement.
    """
    owners = bundle.manifest.vendored_owners()
    if not owners:
        return []
    sizes = dict.fromkeys(owners.values(), 0)
    # Models and sources of the function have no owner among the requirements.
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
    """Return ``dependency_sizes`` as the lines of a table."""
    rows = [(name, text.size(size)) for name, size in dependency_sizes(bundle)]
    return text.table(("REQUIREMENT", "AS SENT"), rows) if rows else ()


def memory_for(size: int) -> int:
    """Return the memory in MB that loading models of ``size`` bytes takes, in steps of 128.

    Measured: onnxruntime takes 100 MB, and twice the size of a model while it reads the file.
    """
    needed = 100 + 2 * size / MB
    return int(-(-needed // 128) * 128)
