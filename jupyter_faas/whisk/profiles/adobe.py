"""Adobe I/O Runtime.

Sources: Adobe's pages system-settings and runtimes, and its documentation of activation records. No
account was used.
"""

from __future__ import annotations

from types import MappingProxyType

from jupyter_faas.whisk.limits import MB, SystemLimits
from jupyter_faas.whisk.profiles.profile import Profile, kinds_of

PROFILE = Profile(
    "adobe",
    "Adobe I/O Runtime",
    documented=SystemLimits(
        max_timeout=10_800_000, max_memory=4096, max_concurrency=500, max_code_bytes=22 * MB
    ),
    fixed_limits=True,
    # Adobe documents Node.js only. Python functions run there as images.
    runtimes=MappingProxyType(
        {"nodejs": kinds_of("nodejs", {"20": "", "22": "", "24": ""}, default="24")}
    ),
    max_listed=50,
    kept_days=7,
    # The header that changes this is limited to 30 calls a minute, so it is sent only if asked for.
    records_blocking_success=False,
    tool="aio",
    renew="aio app use",
    guesses=MappingProxyType(
        {
            "runtimes": "Only the default kind is assumed.",
            "max_listed": "Not documented. Taken from tools that call the host.",
            "records_web_calls": "Assumed to be the same as for other successful runs.",
        }
    ),
)
