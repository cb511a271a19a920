"""Apache OpenWhisk, as a standalone server, from its Helm chart, or run by another operator.

Sources: core's ansible/files/runtimes.json and application.conf at 1fae641 (2026-08-05); the chart
openwhisk-deploy-kube at 108f327 (2024-07-31).
"""

from __future__ import annotations

from types import MappingProxyType

from jupyter_faas.whisk.kinds import RUNTIMES, Runtimes
from jupyter_faas.whisk.profiles.profile import Profile, kinds_of

OPENWHISK = "openwhisk"

# A host of this type lists its kinds at ``GET /``, so RUNTIMES are only a fallback. Operators set
# their own limits, so no limits are documented.
PROFILE = Profile(OPENWHISK, "Apache OpenWhisk", runtimes=RUNTIMES)

# What ``GET /`` lists on a host that was installed with the chart. Its one Python kind is Python
# 3.7, for which numpy 1.22 and onnxruntime 1.15 and later have no wheels.
CHART_RUNTIMES: Runtimes = MappingProxyType(
    {
        "nodejs": kinds_of(
            "nodejs",
            {
                "14": "openwhisk/action-nodejs-v14:1.17.0",
                "16": "openwhisk/action-nodejs-v16:1.17.0",
            },
            default="14",
        ),
        "python": kinds_of("python", {"3": "openwhisk/action-python-v3.7:1.17.0"}, default="3"),
    }
)
