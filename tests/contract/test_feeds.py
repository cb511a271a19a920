"""Contract §2.2, §2.3: feeds of one's own, and who calls them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.helpers.api import Api, annotated, node, python
from tests.contract.helpers.feeds import ECHO
from tests.contract.helpers.packages import values
from tests.contract.helpers.triggers import Triggers


@pytest.fixture
def feed(api: Api, package: str) -> str:
    """The name of a feed that answers with what it is asked."""
    api.put_package(package, {"parameters": values(of="package")})
    api.put(f"{package}/feed", python(ECHO, annotations=values(feed=True)))
    api.put(f"{package}/action", python(ECHO))
    return f"{package}/feed"


def listed(api: Api, package: str) -> dict[str, list[str]]:
    found = api.get_package(package).json()
    return {key: [each["name"] for each in found[key]] for key in ("actions", "feeds")}


def test_feeds_of_a_package_are_listed_apart(api: Api, feed: str, package: str) -> None:
    assert listed(api, package) == {"actions": ["action"], "feeds": ["feed"]}
    (entry,) = api.get_package(package).json()["feeds"]
    assert set(entry) == {"name", "version", "annotations"}
    assert annotated(entry)["feed"] is True


def test_feeds_behind_a_binding(api: Api, feed: str, package: str, binding: str) -> None:
    api.put_package(binding, {"binding": {"namespace": "_", "name": package}})
    assert listed(api, binding) == {"actions": ["action"], "feeds": ["feed"]}


def test_action_that_becomes_a_feed(api: Api, feed: str, package: str) -> None:
    change: dict[str, Any] = {"annotations": values(feed=True)}
    api.put(f"{package}/action", change, overwrite=True)
    assert listed(api, package) == {"actions": [], "feeds": ["action", "feed"]}
    api.put(f"{package}/action", {"delAnnotations": ["feed"]}, overwrite=True)
    assert listed(api, package)["actions"] == ["action"]


def test_feed_is_called_by_the_client(api: Api, feed: str, triggers: Triggers) -> None:
    """The trigger first, with the name of its feed; then the feed, which is a plain action."""
    trigger = triggers.trigger(annotations=values(feed=f"/_/{feed}"))
    assert api.activations(name=feed).json() == []
    asked = {
        "lifecycleEvent": "CREATE",
        "triggerName": f"/{triggers.namespace}/{trigger}",
        "authKey": "anything",
        "mine": 1,
    }
    assert api.invoke(feed, asked, result=True).json() == {**asked, "of": "package"}
    assert api.request("DELETE", f"triggers/{trigger}").status_code == 200
    assert len(api.activations(name=feed).json()) == 1


def test_feed_that_refuses(api: Api, package: str, feed: str) -> None:
    """The client learns it by the answer, and takes its trigger away again."""
    code = "def main(args):\n    return {'error': {'error': 'no such ' + args['what']}}\n"
    api.put(feed, python(code), overwrite=True)
    response = api.invoke(feed, {"lifecycleEvent": "CREATE", "what": "date"})
    assert response.status_code == 502
    assert response.json()["response"]["result"] == {"error": {"error": "no such date"}}


def test_trigger_tells_its_feed_in_lists(api: Api, triggers: Triggers) -> None:
    """Where clients look before they delete it."""
    trigger = triggers.trigger(annotations=values(feed="/whisk.system/alarms/once"))
    (entry,) = [each for each in api.request("GET", "triggers").json() if each["name"] == trigger]
    assert annotated(entry) == {"feed": "/whisk.system/alarms/once"}


FEEDS_FROM_NODE = """
const openwhisk = require("openwhisk");
exports.main = async args => {
  const feeds = openwhisk().feeds;
  const feed = { feedName: "/whisk.system/alarms/interval", trigger: args.trigger };
  const seen = {};
  await feeds.create({ ...feed, params: { minutes: 1 } });
  seen.created = (await feeds.get(feed)).response.result.config.minutes;
  await feeds.update({ ...feed, params: { minutes: 2 } });
  seen.updated = (await feeds.get(feed)).response.result.config.minutes;
  await feeds.create({ ...feed, params: { minutes: 3 } }).catch(e => { seen.twice = e.message });
  await feeds.delete(feed);
  await feeds.get(feed).catch(e => { seen.deleted = e.message });
  return seen;
};
"""


def test_feeds_of_the_npm_module(api: Api, triggers: Triggers, name: str, ours: None) -> None:
    trigger = triggers.trigger()
    body = node(FEEDS_FROM_NODE, annotations=values(**{"provide-api-key": True}))
    assert api.put(name, body).status_code == 200
    seen = api.invoke(name, {"trigger": trigger}, result=True).json()
    assert (seen["created"], seen["updated"]) == (1, 2)
    assert "error creating alarm trigger." in seen["twice"]
    own = triggers.namespace
    assert f"could not find trigger /{own}/{trigger} in the database" in seen["deleted"]
