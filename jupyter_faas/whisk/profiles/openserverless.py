"""Apache OpenServerless, the successor of Nuvolaris, on a cluster of its operator.

Sources: openserverless-task's runtimes.json and setup/kubernetes/whisk.yaml, and the operator's
nuvolaris/endpoint.py and actionexecutor.py, all at their state of 2026-06 to 2026-08.
"""

from __future__ import annotations

from types import MappingProxyType

from jupyter_faas.whisk.kinds import Runtime
from jupyter_faas.whisk.limits import SystemLimits
from jupyter_faas.whisk.profiles.profile import Profile, kinds_of

_IMAGE = "apache/openserverless-runtime-"
_BUILT = "2506091954"

PROFILE = Profile(
    "openserverless",
    "Apache OpenServerless",
    # These are the defaults of its installer. An operator may set others, so the limits that
    # ``/api/info`` advertises take precedence.
    documented=SystemLimits(max_memory=2048),
    runtimes=MappingProxyType(
        {
            "nodejs": kinds_of(
                "nodejs",
                {each: f"{_IMAGE}nodejs:v{each}-{_BUILT}" for each in ("18", "20", "21")},
                default="21",
            ),
            "python": (
                # This kind is Python 3.12, as the name of its image says.
                Runtime("python:3", f"{_IMAGE}python:v3.12-{_BUILT}", default=True),
                *kinds_of(
                    "python",
                    {each: f"{_IMAGE}python:v{each}-{_BUILT}" for each in ("3.11", "3.12", "3.13")},
                    default="",
                ),
                # The kind of Python 3.10 really has no dot in its name.
                Runtime("python:310", f"{_IMAGE}python:v3.10-{_BUILT}"),
            ),
        }
    ),
    scheduling="cron-annotation",
    tool="ops",
    renew="ops -login HOST USER",
    guesses=MappingProxyType(
        {
            "kept_days": "Activation records do not appear to be deleted.",
            "records_blocking_success": "Assumed to be as in Apache OpenWhisk, which it builds on.",
            "runtimes": "The Node.js images and python:310 are assumed to have tags of the same "
            "date as the other Python kinds.",
        }
    ),
)
