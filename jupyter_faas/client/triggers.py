"""``TriggersClient``: triggers, their feeds, and rules (contract §2.3, §2.4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from jupyter_faas.client.base import TargetClient
from jupyter_faas.client.errors import redacted
from jupyter_faas.client.transport import Reply
from jupyter_faas.errors import (
    ActionNotFound,
    FaasError,
    NotAuthorized,
    RuleNotFound,
    TargetError,
    TargetRefused,
    TriggerNotFound,
)
from jupyter_faas.whisk import Activation, FullName, Rule, Trigger, as_json, check_name
from jupyter_faas.whisk.keyvalues import from_dict
from jupyter_faas.whisk.triggers import ACTIVE, INACTIVE

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


def invoke_feed(client: Client, event: Event, trigger: FullName, feed: Feed) -> None:
    """Invoke the feed action of a trigger with a lifecycle event (contract §2.3).

    Raises TargetRefused with the feed's own message, without the key.
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
        # The host answers alike for a missing action and for one that is not shared.
        raise _no_feed(client, feed, error) from error
    if isinstance(answer, str):
        raise TargetRefused(
            f"{feed.action} on {target.label} has not answered in time (activation {answer}).",
            hint="Try again. Its host's operator can tell what it waits for.",
        )
    if not answer.response.success:
        words = redacted(_reason(answer), target) or answer.response.status
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


FEED = "feed"  # the annotation that names a trigger's feed

# Apache OpenWhisk lists up to 200 at a time, Adobe's no more than 50.
_PAGE = 50

_Entity = TypeVar("_Entity")


class TriggersClient(TargetClient):
    """Triggers and rules of one target; NameNotAllowed for a name.

    A rule's action is ``name``, ``package/name`` or a full one; triggers are the caller's own.
    """

    def __init__(self, client: Client) -> None:
        super().__init__(client.target)
        self._client = client

    # Triggers

    def list_triggers(self) -> list[Trigger]:
        """Summaries, the latest updated first: neither their parameters nor their rules."""
        return self._all("triggers", Trigger.from_json)

    def get_trigger(self, name: str) -> Trigger:
        """Whole, with the rules that it knows. ``TriggerNotFound``."""
        reply = self._send("GET", self._named("triggers", name), missing=self._no_trigger(name))
        return self._read(reply, Trigger.from_json)

    def create_trigger(
        self,
        name: str,
        parameters: Mapping[str, Any],
        annotations: Mapping[str, Any],
        feed: Feed | None = None,
    ) -> Trigger:
        """``ActionConflict`` when something has that name.

        ``feed`` is what fires it; if that refuses, the trigger is removed again.
        """
        notes = {**annotations, **({FEED: feed.action} if feed else {})}
        body = {
            "parameters": as_json(from_dict(parameters)),
            "annotations": as_json(from_dict(notes)),
        }
        reply = self._send("PUT", self._named("triggers", name), {"overwrite": "false"}, body)
        made = self._read(reply, Trigger.from_json)
        if feed is not None:
            try:
                invoke_feed(self._client, "CREATE", made.full_name, feed)
            except BaseException:
                # Also after an interrupt: a trigger that nothing fires would be left behind.
                with suppress(TargetError):
                    self.drop_trigger(name)
                raise
        return made

    def cancel_feed(self, trigger: Trigger) -> None:
        """Tell the trigger's feed, if it has one, to stop firing."""
        feed = feed_of(trigger)
        if feed is not None:
            invoke_feed(self._client, "DELETE", trigger.full_name, Feed(feed))

    def drop_trigger(self, name: str) -> None:
        """Delete the trigger alone: its rules stay, and its feed is not told."""
        self._send("DELETE", self._named("triggers", name), missing=self._no_trigger(name))

    def fire(self, name: str, params: Mapping[str, Any]) -> str | None:
        """The id of its record, or None where it has no active rule. ``TriggerNotFound``."""
        reply = self._send(
            "POST", self._named("triggers", name), body=dict(params), missing=self._no_trigger(name)
        )
        if reply.status == 204:
            return None
        return self._read(reply, lambda body: str(body["activationId"]))

    # Rules

    def list_rules(self) -> list[Rule]:
        """All rules of the namespace; whether one is active is in its trigger's entity."""
        return self._all("rules", Rule.from_json)

    def get_rule(self, name: str) -> tuple[Rule, bool]:
        """Return a rule, and whether it is active. Raises RuleNotFound."""
        reply = self._send("GET", self._named("rules", name), missing=self._no_rule(name))
        return self._read(reply, lambda body: (Rule.from_json(body), body.get("status") == ACTIVE))

    def create_rule(self, name: str, trigger: str, action: str) -> Rule:
        """An active one. ``ActionConflict`` when something has that name; TargetRefused without
        such a trigger or action."""
        whole = FullName.parse(action, default_namespace=self.target.namespace)
        ends = {
            "trigger": f"/{self.target.namespace}/{check_name(trigger)}",
            "action": f"/{whole.path}",
        }
        reply = self._send("PUT", self._named("rules", name), {"overwrite": "false"}, ends)
        return self._read(reply, Rule.from_json)

    def set_rule(self, name: str, active: bool) -> None:
        """``RuleNotFound``, also where its trigger is gone."""
        body = {"status": ACTIVE if active else INACTIVE}
        self._send("POST", self._named("rules", name), body=body, missing=self._no_rule(name))

    def delete_rule(self, name: str) -> None:
        """``RuleNotFound``."""
        self._send("DELETE", self._named("rules", name), missing=self._no_rule(name))

    # Requests

    def _send(
        self,
        method: str,
        path: str,
        query: Mapping[str, str | int] | None = None,
        body: Mapping[str, Any] | None = None,
        *,
        missing: FaasError | None = None,
    ) -> Reply:
        # A rule's new status is acknowledged with "OK" (contract §2.4).
        return self._request(method, path, query=query, body=body, plain=True, missing=missing)

    def _all(self, collection: str, read: Callable[[Any], _Entity]) -> list[_Entity]:
        found: list[_Entity] = []
        skip = 0
        while True:
            query = {"limit": _PAGE, "skip": skip}
            reply = self._send("GET", self._path(collection), query)
            page = self._read(reply, lambda body: [read(each) for each in body])
            found += page
            if len(page) < _PAGE:
                return found
            skip += len(page)

    def _no_trigger(self, name: str) -> TriggerNotFound:
        return TriggerNotFound(
            f"No trigger {name!r} on {self.target.label}.",
            hint="%faas trigger list shows those that there are.",
        )

    def _no_rule(self, name: str) -> RuleNotFound:
        return RuleNotFound(
            f"No rule {name!r} on {self.target.label}.",
            hint="%faas rule list shows those that there are.",
        )

    def _named(self, collection: str, name: str) -> str:
        return self._path(collection, check_name(name))


def feed_of(trigger: Trigger) -> str | None:
    """The full name of the action that fires it; None when only requests do."""
    found = next((each.value for each in trigger.annotations if each.key == FEED), None)
    return found if isinstance(found, str) and found else None
