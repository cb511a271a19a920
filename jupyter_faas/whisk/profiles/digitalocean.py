"""DigitalOcean Functions.

Sources: doctl at 168188d (2026-08-06); functions-deployer at d11b2b6 (2023-01-20); its MCP server;
the pages limits (2025-01-17), async-functions (2026-01-21), runtimes and insights of
docs.digitalocean.com. No account was used, so nothing here was seen on the host itself.
"""

from __future__ import annotations

from types import MappingProxyType

from jupyter_faas.whisk.limits import MB, SystemLimits
from jupyter_faas.whisk.profiles.profile import Profile, kinds_of

PROFILE = Profile(
    "digitalocean",
    "DigitalOcean Functions",
    documented=SystemLimits(
        max_timeout=900_000, max_memory=1024, max_code_bytes=48 * MB, max_blocking=30_000
    ),
    fixed_limits=True,
    always_documented=("max_code_bytes", "max_blocking"),
    # The provider does not publish the names of its images.
    runtimes=MappingProxyType(
        {
            "nodejs": kinds_of("nodejs", {"18": "", "20": "", "22": ""}, default="18"),
            "python": kinds_of(
                "python", {"3.9": "", "3.11": "", "3.12": "", "3.13": ""}, default="3.11"
            ),
        }
    ),
    # After this time a blocking invocation continues without the caller.
    wait_ms=30_000,
    kept_days=3,
    records_web_calls=False,
    scheduling="trigger-api",
    credentials="doctl",
    provides_api_key=False,
    runs_conductors=False,
    price_list="digitalocean",
    tool="doctl",
    renew="doctl serverless connect",
    guesses=MappingProxyType(
        {
            "runtimes": "Only the default kind and the Node.js kinds are assumed. If the host "
            "lists its kinds at /api/v1, that list is used instead.",
            "max_listed": "Assumed to be as in Apache OpenWhisk.",
            "provides_api_key": "doctl refuses the annotation `provide-api-key` in project.yml. "
            "Whether the API refuses it is not documented.",
            "runs_conductors": "The documentation mentions neither conductors nor compositions.",
            "documented": "The limit of 48 MB is for the built function. It is not documented "
            "whether the limit applies to the size in base64. This is assumed, as "
            "in Apache OpenWhisk.",
        }
    ),
)
