"""Memory and time that a host takes to start a package, before the package's own code runs.

On OpenWhisk and the hosts that stem from it, a proxy in the container receives the code. It holds
the JSON text, the base64 text and the zip at once, and keeps most of that memory while Python
starts beside it. Measured on Apache OpenWhisk 2 and on OpenServerless' images (November 2026): a
package of 47 MB as sent takes 216 MB at the peak and 167 MB afterwards, and a cold start takes 41
to 63 ms per MB sent in addition to the imports.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from jupyter_faas.workspace.preflight.sizes import sent_bytes

if TYPE_CHECKING:
    from jupyter_faas.bundle import Bundle

_MB = 1024 * 1024
_PEAK_PER_SENT = 4.6
_KEPT_PER_SENT = 167 / 47
_MS_PER_MB_SENT = 55.0

# The resident memory in MB that an import adds, with what it imports itself. These are rounded up
# from measurements of numpy 1.26 to 2.4, onnxruntime 1.32, pandas 3.0 and scikit-learn 1.5 to 1.9.
_PYTHON_MB = 15
_LIBRARIES_MB: Mapping[str, int] = MappingProxyType(
    {
        "lightgbm": 20,
        "numpy": 20,
        "onnxruntime": 30,
        "pandas": 45,
        "pillow": 10,
        "scikit-learn": 60,
        "scipy": 50,
        "torch": 250,
        "xgboost": 60,
    }
)
_OTHER_LIBRARY_MB = 5


def memory_to_start(bundle: Bundle) -> int:
    """Return the memory in MB that a cold start of the package needs, at its highest point."""
    sent = sent_bytes(len(bundle.data)) / _MB
    names = {canonicalize_name(str(each["name"])) for each in bundle.manifest.requirements}
    python = _PYTHON_MB + sum(_LIBRARIES_MB.get(name, _OTHER_LIBRARY_MB) for name in names)
    return round(max(_PEAK_PER_SENT * sent, _KEPT_PER_SENT * sent + python))


def sent_within(memory_mb: int) -> int:
    """Return the largest size as sent, in bytes, that a host can receive within this memory."""
    return round(memory_mb / _PEAK_PER_SENT * _MB)


def ms_to_send(sent: int, ms_per_mb: float | None = None) -> int:
    """Return the time in ms for sending a package to a container and unpacking it there.

    ``sent`` is its size as sent in bytes. ``ms_per_mb`` is the time per MB as sent that was
    measured on the host, or None.
    """
    rate = _MS_PER_MB_SENT if ms_per_mb is None else ms_per_mb
    return round(sent / _MB * rate)
