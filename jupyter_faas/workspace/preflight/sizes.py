"""Upload sizes of a package and its requirements, and the memory that models need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_faas.workspace import text
from jupyter_faas.workspace.targets.model_store_setting import MB

if TYPE_CHECKING:
    from jupyter_faas.bundle import Bundle

OWN = "the function itself"


def sent_bytes(size: int) -> int:
    """Return the base64-encoded length of ``size`` bytes, which hosts limit."""
    # Each group of three bytes, including an incomplete last group, becomes four characters.
    return -(-size // 3) * 4


def dependency_sizes(bundle: Bundle) -> list[tuple[str, int]]:
    """Return pairs of a requirement, such as ``numpy 2.4.6``, and its upload size in bytes.

    The largest requirement is first. The last pair is the function itself. The list is empty if the
    package has no vendored requirements. The sizes add up to slightly less than the whole upload,
    because the zip's directory is not counted.
    """
    owners = bundle.manifest.vendored_owners()
    if not owners:
        return []
    sizes = dict.fromkeys(owners.values(), 0)
    # The function's own models and source files do not belong to any requirement.
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
    """Return ``dependency_sizes`` as the lines of a table, or () if there are none."""
    rows = [(name, text.size(size)) for name, size in dependency_sizes(bundle)]
    return text.table(("REQUIREMENT", "UPLOAD SIZE"), rows) if rows else ()


def memory_for(size: int) -> int:
    """Estimate the memory in MB that is needed to load models with a total size of ``size`` bytes.

    The result is a multiple of 128. In measurements, onnxruntime used 100 MB plus twice the size of
    a model while reading the file.
    """
    needed = 100 + 2 * size / MB
    return int(-(-needed // 128) * 128)
