"""``TriggersClient``, a client for triggers, their feeds and rules (contract §2.3, §2.4)."""

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
    """The full name of a feed action, and its parameters, such as ``{"cron": "0 3 * * *"}``."""

    action: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


def invoke_feed(client: Client, event: Event, trigger: FullName, feed: Feed) -> None:
    """Invoke the feed action of a trigger with a lifecycle event (contract §2.3).

    Raises TargetRefused if the feed does not exist, does not answer in time, or fails. If it fails,
    the error has the feed's own message without the API key.
    """
    # OpenWhisk itself never invokes feeds. Clients invoke them with these parameters.
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
        # Some hosts answer 403 for a missing action too, so both cases raise the same error.
        raise _no_feed(client, feed, trigger, error) from error
    if isinstance(answer, str):
        raise TargetRefused(
            f"{feed.action} on {target.label} did not respond in time (activation {answer}).",
            hint="Try again, or ask the operator of the host for help.",
        )
    if not answer.response.success:
        words = redacted(_reason(answer), target) or answer.response.status
        raise TargetRefused(f"{feed.action} on {target.label} rejected the request: {words}")


def _no_feed(client: Client, feed: Feed, trigger: FullName, error: FaasError) -> TargetRefused:
    label = client.target.label
    if not feed.action.startswith(f"{_ALARMS}/"):
        return TargetRefused(f"{label} does not have the feed {feed.action}.", hint=error.message)
    return TargetRefused(
        f"{label} does not support schedules: {feed.action} is missing or not shared.",
        hint="The host's operator can install it (openwhisk-package-alarms). Until then, "
        "create the trigger without --every and --cron, and run this in a cron job: jupyter faas "
        f"trigger fire {trigger.name} --target {client.target.name}",
    )


def _reason(answer: Activation) -> str:
    """Return the feed's error message, which may be nested in ``error``, or an empty string."""
    found: Any = answer.response.result
    for _ in range(2):
        if isinstance(found, Mapping) and "error" in found:
            found = found["error"]
    return found if isinstance(found, str) else ""


FEED = "feed"  # The annotation that names a trigger's feed.

# Apache OpenWhisk returns up to 200 entities per request, and Adobe I/O Runtime up to 50.
_PAGE = 50

_Entity = TypeVar("_Entity")


class TriggersClient(TargetClient):
    """A client for the triggers and rules in the namespace of a target.

    Its methods accept the action of a rule as ``name``, as ``package/name`` or as a full name. They
    raise NameNotAllowed for an illegal name.
    """

    def __init__(self, client: Client) -> None:
        super().__init__(client.target)
        self._client = client

    # -- Triggers

    def list_triggers(self) -> list[Trigger]:
        """Return all triggers without parameters and rules, most recently updated first."""
        return self._all("triggers", Trigger.from_json)

    def get_trigger(self, name: str) -> Trigger:
        """Return a trigger with its parameters and rules. Raises TriggerNotFound."""
        reply = self._send("GET", self._named("triggers", name), missing=self._no_trigger(name))
        return self._read(reply, Trigger.from_json)

    def create_trigger(
        self,
        name: str,
        parameters: Mapping[str, Any],
        annotations: Mapping[str, Any],
        feed: Feed | None = None,
    ) -> Trigger:
        """Create a trigger, and register it with ``feed``, which then fires the trigger.

        If the feed fails, the trigger is deleted again. Raises ActionConflict if an entity has that
        name, and TargetRefused if the feed refuses.
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
                # BaseException includes KeyboardInterrupt, which must not leave a trigger without
                # a working feed.
                with suppress(TargetError):
                    self.drop_trigger(name)
                raise
        return made

    def cancel_feed(self, trigger: Trigger) -> None:
        """Tell the feed of a trigger to stop firing it. Raises TargetRefused.

        Does nothing if the trigger does not have a feed.
        """
        feed = feed_of(trigger)
        if feed is not None:
            invoke_feed(self._client, "DELETE", trigger.full_name, Feed(feed))

    def drop_trigger(self, name: str) -> None:
        """Delete a trigger without cancelling its feed or deleting its rules.

        Raises TriggerNotFound.
        """
        self._send("DELETE", self._named("triggers", name), missing=self._no_trigger(name))

    def fire(self, name: str, params: Mapping[str, Any]) -> str | None:
        """Fire a trigger. Return its activation id, or None if it does not have an active rule.

        Raises TriggerNotFound.
        """
        reply = self._send(
            "POST", self._named("triggers", name), body=dict(params), missing=self._no_trigger(name)
        )
        if reply.status == 204:
            return None
        return self._read(reply, lambda body: str(body["activationId"]))

    # -- Rules

    def list_rules(self) -> list[Rule]:
        """Return all rules. Their status is not included, because triggers store it."""
        return self._all("rules", Rule.from_json)

    def get_rule(self, name: str) -> tuple[Rule, bool]:
        """Return a rule, and whether it is active. Raises RuleNotFound."""
        reply = self._send("GET", self._named("rules", name), missing=self._no_rule(name))
        return self._read(reply, lambda body: (Rule.from_json(body), body.get("status") == ACTIVE))

    def create_rule(self, name: str, trigger: str, action: str) -> Rule:
        """Create an active rule.

        Raises ActionConflict if an entity has that name, and TargetRefused if the trigger or the
        action does not exist.
        """
        whole = FullName.parse(action, default_namespace=self.target.namespace)
        ends = {
            "trigger": f"/{self.target.namespace}/{check_name(trigger)}",
            "action": f"/{whole.path}",
        }
        reply = self._send("PUT", self._named("rules", name), {"overwrite": "false"}, ends)
        return self._read(reply, Rule.from_json)

    def set_rule(self, name: str, active: bool) -> None:
        """Activate or deactivate a rule.

        Raises RuleNotFound if the rule does not exist or its trigger was deleted.
        """
        body = {"status": ACTIVE if active else INACTIVE}
        self._send("POST", self._named("rules", name), body=body, missing=self._no_rule(name))

    def delete_rule(self, name: str) -> None:
        """Delete a rule. Raises RuleNotFound."""
        self._send("DELETE", self._named("rules", name), missing=self._no_rule(name))

    # -- Requests

    def _send(
        self,
        method: str,
        path: str,
        query: Mapping[str, str | int] | None = None,
        body: Mapping[str, Any] | None = None,
        *,
        missing: FaasError | None = None,
    ) -> Reply:
        # ``plain`` is needed because hosts answer a change of a rule's status with the plain text
        # ``OK`` (contract §2.4).
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
            f"There is no trigger {name!r} on {self.target.label}.",
            hint="To list the triggers: %faas trigger list",
        )

    def _no_rule(self, name: str) -> RuleNotFound:
        return RuleNotFound(
            f"There is no rule {name!r} on {self.target.label}.",
            hint="To list the rules: %faas rule list",
        )

    def _named(self, collection: str, name: str) -> str:
        return self._path(collection, check_name(name))


def feed_of(trigger: Trigger) -> str | None:
    """Return the full name of the feed action of a trigger, or None if it has no feed."""
    found = next((each.value for each in trigger.annotations if each.key == FEED), None)
    return found if isinstance(found, str) and found else None
