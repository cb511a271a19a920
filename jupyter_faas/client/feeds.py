"""The feed protocol: what is asked of the action that fires a trigger (contract §2.3).

The host never speaks to a feed; whoever makes or deletes a trigger does, with the key in the
request and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from jupyter_faas.client.refusals import shown_words
from jupyter_faas.errors import ActionNotFound, FaasError, NotAuthorized, TargetRefused
from jupyter_faas.whisk import Activation, FullName

if TYPE_CHECKING:
    from jupyter_faas.client.client import Client

_ALARMS = "/whisk.system/alarms"
ALARM, INTERVAL = f"{_ALARMS}/alarm", f"{_ALARMS}/interval"

Event = Literal["CREATE", "DELETE"]


@dataclass(frozen=True)
class Feed:
    """The full name of a feed action, and what it is to do: ``{"cron": "0 3 * * *"}``."""

    action: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


def ask_feed(client: Client, event: Event, trigger: FullName, feed: Feed) -> None:
    """Tell the feed of a trigger of the caller's. TargetRefused when it does not do it.

    Its words are the message, without the key.
    """
    target = client.target
    given = {
        **feed.parameters,
        "lifecycleEvent": event,
        "triggerName": f"/{trigger.path}",
        "authKey": target.auth,
    }
    try:
        answer = client.invoke(feed.action, given)
    except (ActionNotFound, NotAuthorized) as error:
        # A host does not tell what another namespace has not, from what it does not share.
        raise _no_feed(client, feed, error) from error
    if isinstance(answer, str):
        raise TargetRefused(
            f"{feed.action} on {target.label} has not answered in time (activation {answer}).",
            hint="Try again. Its host's operator can tell what it waits for.",
        )
    if not answer.response.success:
        words = shown_words(_reason(answer), target) or answer.response.status
        raise TargetRefused(f"{feed.action} on {target.label} refuses: {words}")


def _no_feed(client: Client, feed: Feed, error: FaasError) -> TargetRefused:
    label = client.target.label
    if not feed.action.startswith(f"{_ALARMS}/"):
        return TargetRefused(f"{label} has no feed {feed.action}.", hint=error.message)
    return TargetRefused(
        f"{label} has no alarms: it lacks {feed.action}, or does not share it.",
        hint="Its operator can install them (openwhisk-package-alarms). Until then make the "
        "trigger without a schedule, and let a cron job run: jupyter faas trigger fire NAME",
    )


def _reason(answer: Activation) -> str:
    """The feed's own words, which may lie one object deeper."""
    found: Any = answer.response.result
    for _ in range(2):
        if isinstance(found, Mapping) and "error" in found:
            found = found["error"]
    return found if isinstance(found, str) else ""
