"""Apache OpenWhisk, as a standalone server, from its Helm chart, or run by another operator.

Sources: core's ansible/files/runtimes.json and application.conf at 1fae641 (2026-08-05); the chart
openwhisk-deploy-kube at 108f327 (2024-07-31).
"""

from __future__ import annotations

from jupyter_faas.whisk.kinds import RUNTIMES
from jupyter_faas.whisk.profiles.profile import Profile

OPENWHISK = "openwhisk"

# A host of this type lists its kinds at ``GET /``, so RUNTIMES are only a fallback. The one Python
# kind of the chart is Python 3.7, for which numpy 1.22 and onnxruntime 1.15 and later have no
# wheels. Operators set their own limits, so no limits are documented.
PROFILE = Profile(OPENWHISK, "Apache OpenWhisk", runtimes=RUNTIMES)
