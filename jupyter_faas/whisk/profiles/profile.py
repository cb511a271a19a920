"""Profile: what a type of host does, where hosts differ from each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from jupyter_faas.whisk.kinds import Runtime, Runtimes
from jupyter_faas.whisk.limits import SystemLimits

# How a function is run by the clock. ``alarms``: a trigger with a feed of the package
# ``/whisk.system/alarms``, if the operator installed it. ``cron-annotation``: the action's
# annotation ``cron``. ``trigger-api``: requests to the provider's own API, which needs another key.
Scheduling = Literal["alarms", "cron-annotation", "trigger-api"]

# Where the host's own command line tool keeps the user's key.
Credentials = Literal["wskprops", "doctl"]


@dataclass(frozen=True)
class Profile:
    """What a type of host does, for the checks, the card, the records, the costs and the docs.

    ``title``: the name of the product, as people write it.

    ``documented``: the limits that the provider documents, or None if every operator sets other
    limits. ``fixed_limits``: whether no operator can change them, so that they apply even if the
    host does not advertise limits.
    ``always_documented``: the names of fields of ``documented`` that no host advertises.

    ``runtimes``: the documented kinds, used if a host does not list its kinds.

    ``wait_ms``: how long the host holds a blocking invocation, after which it returns an id.
    ``max_listed``: the largest ``limit`` that a list request may have.
    ``kept_days``: how long activation records are kept, or None if there is no documented limit.
    ``records_web_calls``: whether calls of a web action's URL leave activation records.
    ``records_blocking_success``: whether a successful blocking invocation leaves a record without
    the header ``X-OW-EXTRA-LOGGING``.

    ``scheduling``, ``credentials``: see the types of these names.
    ``provides_api_key``: whether an action can receive the caller's key, as compositions need.
    ``runs_conductors``: whether an action with the annotation ``conductor`` names the next action.
    ``price_list``: the provider's own price list, or None if none is published.
    ``tool``: the host's command line tool.
    ``renew``: the command by which a user logs in and gets a valid key.

    ``guesses``: for each field that is not confirmed, what is known. Docs mark these with [?].
    """

    name: str
    title: str
    documented: SystemLimits | None = None
    fixed_limits: bool = False
    always_documented: tuple[str, ...] = ("max_code_bytes",)
    runtimes: Runtimes = field(default_factory=lambda: MappingProxyType({}))
    wait_ms: int = 60_000
    max_listed: int = 200
    kept_days: int | None = None
    records_web_calls: bool = True
    records_blocking_success: bool = True
    scheduling: Scheduling = "alarms"
    credentials: Credentials = "wskprops"
    provides_api_key: bool = True
    runs_conductors: bool = True
    price_list: str | None = None
    tool: str = "wsk"
    renew: str = "wsk property set --apihost HOST --auth KEY"
    guesses: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def limits(self, told: SystemLimits | None) -> SystemLimits:
        """Return the limits that the host advertises, completed by the documented limits.

        ``told`` contains the advertised limits, or is None if they are unknown.
        """
        if self.documented is None:
            return told or SystemLimits()
        if told is None:
            return self.documented
        # Advertised limits take precedence, except for those that no host advertises.
        own = {name: getattr(self.documented, name) for name in self.always_documented}
        return told._replace(**own)

    def unrecorded(self, extra_logging: bool = False) -> str:
        """Return a sentence about the runs that leave no record, or an empty string."""
        kept = []
        if not self.records_web_calls:
            kept.append("of web requests")
        if not self.records_blocking_success and not extra_logging:
            kept.append("of successful blocking calls")
        return f"{self.title} does not keep records {' or '.join(kept)}." if kept else ""


def kinds_of(family: str, images: Mapping[str, str], *, default: str) -> tuple[Runtime, ...]:
    """Return the kinds of a family by version, such as ``{"3.12": "apache/…"}``.

    An image may be an empty string, for a provider that does not name its images. ``default`` is
    the version that ``family:default`` stands for.
    """
    return tuple(
        Runtime(f"{family}:{version}", image, default=version == default)
        for version, image in images.items()
    )
