"""Projects for ``wskdeploy``: deployed, deployed again, synchronized and taken back.

The manifests use what those of wskdeploy's own integration tests use. The requests are the tool's
(``helpers/wskdeploy.py``), since its binary is in no package registry.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.clients.helpers.target import Target
from tests.clients.helpers.wskdeploy import Refused, Wskdeploy
from tests.contract.helpers.api import TIMEOUT_S, annotated
from tests.contract.helpers.feeds import until

FILES = {
    "greet.py": """
def main(args):
    return {"greeting": f"{args.get('word', 'Hello')} {args.get('name', 'stranger')}"}
""",
    "greet.js": """
function main({ word = 'Hello', name = 'stranger' }) {
  return { greeting: `${word} ${name}` };
}
""",
    "shout.py": """
def loud(args):
    return {"greeting": args["greeting"].upper()}
""",
    "page.py": """
def main(args):
    return {"body": {"method": args["__ow_method"], "name": args.get("name")}}
""",
    "twice.py": """
def main(args):
    if args.get("n", 0) < 2:
        return {
            "action": "flow/greet",
            "params": {"name": args.get("greeting", "Ada")},
            "state": {"n": args.get("n", 0) + 1},
        }
    return {"params": {"greeting": args["greeting"]}}
""",
    "library.yaml": """
packages:
  library:
    version: 1.2
    inputs: {word: {type: string, value: Howdy}}
    actions:
      greet: {function: greet.py, runtime: "python:default"}
""",
}

SHOP = """
project:
  name: shop
  packages:
    shop:
      version: 1.0
      license: Apache-2.0
      inputs: {word: {type: string, value: Good day}}
      annotations: {owner: sales, nested: {list: [1, two, {three: 3}]}}
      actions:
        greet:
          version: 1
          function: greet.py
          runtime: python:default
          limits: {timeout: 30000, memorySize: 128, logSize: 1}
          inputs: {name: {type: string, value: customer}}
          annotations: {tone: friendly}
        shout: {version: 1.2.3.4, function: shout.py, main: loud}
        greet-js: {function: greet.js, runtime: "nodejs:default"}
      sequences:
        aloud: {actions: "greet, shout", annotations: {kept: true}}
      triggers:
        sold: {version: 2.1, inputs: {name: {type: string, value: buyer}}}
      rules:
        greet-sold: {trigger: sold, action: aloud}
    archive:
      actions:
        greet: {function: greet.py}
"""
SMALLER = """
project:
  name: shop
  packages:
    shop:
      actions:
        greet: {function: greet.py, runtime: "python:default"}
"""


@pytest.fixture
def tool(target: Target, request: pytest.FixtureRequest) -> Iterator[Wskdeploy]:
    """The tool with a namespace of its own, where nothing is yet."""
    name = request.node.name.removeprefix("test_")[:40]
    own = target.namespace(name)
    with own.api() as api:
        yield Wskdeploy(own, api)


def names(tool: Wskdeploy, collection: str) -> list[str]:
    return sorted(each["name"] for each in tool.api.request("GET", collection).json())


def everything(tool: Wskdeploy) -> dict[str, list[str]]:
    found = {each: names(tool, each) for each in ("packages", "actions", "triggers", "rules")}
    return {collection: listed for collection, listed in found.items() if listed}


def result(tool: Wskdeploy, action: str, /, **payload: Any) -> Any:
    return tool.api.invoke(action, payload, result=True).json()


def entity(tool: Wskdeploy, path: str) -> Any:
    response = tool.api.request("GET", path)
    assert response.status_code == 200, response.text
    return response.json()


def page(tool: Wskdeploy, package: str, name: str, **options: Any) -> requests.Response:
    (namespace,) = tool.api.session.get(f"{tool.target.apihost}/api/v1/namespaces").json()
    url = f"{tool.target.apihost}/api/v1/web/{namespace}/{package}/{name}"
    return requests.get(url, timeout=TIMEOUT_S, **options)


def test_a_project_is_deployed_and_answers(tool: Wskdeploy) -> None:
    tool.deploy(SHOP, FILES)
    assert everything(tool) == {
        "packages": ["archive", "shop"],
        "actions": ["aloud", "greet", "greet", "greet-js", "shout"],
        "triggers": ["sold"],
        "rules": ["greet-sold"],
    }
    assert result(tool, "shop/greet") == {"greeting": "Good day customer"}
    assert result(tool, "shop/greet-js", name="Eve") == {"greeting": "Good day Eve"}
    assert result(tool, "shop/aloud", name="Bob") == {"greeting": "GOOD DAY BOB"}
    assert result(tool, "archive/greet") == {"greeting": "Hello stranger"}

    package = entity(tool, "packages/shop")
    assert annotated(package) == {"owner": "sales", "nested": {"list": [1, "two", {"three": 3}]}}
    greet = entity(tool, "actions/shop/greet")
    assert (greet["limits"]["timeout"], greet["limits"]["memory"]) == (30000, 128)
    assert greet["limits"]["logs"] == 1
    assert annotated(greet)["tone"] == "friendly"
    assert entity(tool, "rules/greet-sold")["status"] == "active"

    fired = tool.api.request("POST", "triggers/sold", json={}).json()["activationId"]
    (called,) = tool.api.record(fired)["logs"]
    assert tool.api.record(json.loads(called)["activationId"])["response"]["result"] == {
        "greeting": "GOOD DAY BUYER"
    }


def test_versions_are_read_as_openwhisk_reads_them(tool: Wskdeploy) -> None:
    """``1.0``, ``1``, ``1.2.3.4`` and ``2.1``; without one the last number is raised."""

    def versions() -> dict[str, str]:
        paths = (
            *("packages/shop", "actions/shop/greet", "actions/shop/shout"),
            *("actions/shop/aloud", "triggers/sold", "rules/greet-sold"),
        )
        return {path.rpartition("/")[2]: entity(tool, path)["version"] for path in paths}

    given = {"shop": "1.0.0", "greet": "1.0.0", "shout": "1.2.3", "sold": "2.1.0"}
    tool.deploy(SHOP, FILES)
    assert versions() == {**given, "aloud": "0.0.1", "greet-sold": "0.0.1"}
    tool.deploy(SHOP, FILES)
    assert versions() == {**given, "aloud": "0.0.2", "greet-sold": "0.0.2"}


def test_a_second_deployment_replaces_what_changed(tool: Wskdeploy) -> None:
    tool.deploy(SHOP, FILES)
    changed = SHOP.replace("value: customer", "value: client").replace("tone:", "mood:")
    tool.deploy(changed, FILES)
    assert result(tool, "shop/aloud") == {"greeting": "GOOD DAY CLIENT"}
    assert entity(tool, "rules/greet-sold")["status"] == "active"
    # Annotations of an action are added to the old ones; those of a package replace them.
    assert {"tone", "mood"} <= set(annotated(entity(tool, "actions/shop/greet")))


def test_sync_removes_what_left_the_manifest(tool: Wskdeploy) -> None:
    tool.deploy(SHOP, FILES, sync=True)
    other = "project: {name: other, packages: {kept: {actions: {greet: {function: greet.py}}}}}"
    tool.deploy(other, FILES, sync=True)
    tool.deploy(SMALLER, FILES, sync=True)
    assert everything(tool) == {"packages": ["kept", "shop"], "actions": ["greet", "greet"]}
    # The manifest has no inputs any more, so the tool sends none, and the old ones stay.
    assert result(tool, "shop/greet") == {"greeting": "Good day customer"}


def test_undeploy_leaves_nothing(tool: Wskdeploy) -> None:
    tool.deploy(SHOP, FILES)
    tool.undeploy(SHOP, FILES)
    assert everything(tool) == {}
    # The tool asks for each entity first, so doing it again deletes nothing and fails nowhere.
    tool.sent.clear()
    tool.undeploy(SHOP, FILES)
    assert {method for method, _ in tool.sent} == {"GET"}


FEED = """
packages:
  timed:
    actions: {greet: {function: greet.py}}
    triggers:
      tick:
        feed: /whisk.system/alarms/alarm
        inputs:
          cron: {value: "* * * * * *"}
          trigger_payload: {value: {name: clock}}
    rules: {greet-tick: {trigger: tick, action: greet}}
"""


def greeted(tool: Wskdeploy) -> list[Any]:
    listed = tool.api.activations(name="timed/greet", docs=True, limit=200).json()
    return [each["response"]["result"] for each in listed]


def test_a_feed_fires_is_made_again_and_ends(tool: Wskdeploy) -> None:
    tool.deploy(FEED, FILES)
    until(lambda: greeted(tool), lambda found: {"greeting": "Hello clock"} in found)
    tool.deploy(FEED.replace("name: clock", "name: watch"), FILES)
    until(lambda: greeted(tool), lambda found: {"greeting": "Hello watch"} in found)
    assert entity(tool, "rules/greet-tick")["status"] == "active"
    assert annotated(entity(tool, "triggers/tick"))["feed"] == "/whisk.system/alarms/alarm"
    tool.undeploy(FEED, FILES)
    assert everything(tool) == {}


def test_a_trigger_of_a_feed_that_refuses_is_taken_back(tool: Wskdeploy) -> None:
    with pytest.raises(Refused, match="cron"):
        tool.deploy(FEED.replace("* * * * * *", "every morning"), FILES)
    assert names(tool, "triggers") == []


APIS = """
packages:
  books:
    actions:
      page: {function: page.py, web: true}
      secret: {function: page.py, web: yes, annotations: {require-whisk-auth: hush}}
    apis:
      club:
        club:
          list: {page: get}
          members: {page: post}
          closed: {secret: GET}
"""


def test_apis_call_their_actions_and_go(tool: Wskdeploy) -> None:
    tool.deploy(APIS, FILES)
    tool.deploy(APIS, FILES)
    found = tool._management("GET", "getApi", {"basepath": "/club"})["apis"]
    url = found[0]["value"]["gwApiUrl"]
    assert found[0]["value"]["apidoc"]["info"]["title"] == "club"

    answers = [
        requests.get(f"{url}/list", {"name": "Ada"}, timeout=TIMEOUT_S),
        requests.post(f"{url}/members", json={"name": "Bob"}, timeout=TIMEOUT_S),
        requests.get(f"{url}/closed", timeout=TIMEOUT_S),
    ]
    assert [each.json() for each in answers] == [
        {"method": "get", "name": "Ada"},
        {"method": "post", "name": "Bob"},
        # The gateway sends the word that the action wants.
        {"method": "get", "name": None},
    ]
    assert page(tool, "books", "secret").status_code == 401

    tool.undeploy(APIS, FILES)
    assert tool._management("GET", "getApi", {"basepath": "/club"}) == {"apis": []}
    assert requests.get(f"{url}/list", timeout=TIMEOUT_S).status_code == 404


DEPENDENT = """
packages:
  app:
    dependencies:
      tools: {location: /whisk.system/utils, inputs: {separator: {value: "-"}}}
      lib:
        location: library.yaml
        inputs: {word: {type: string, value: Ahoy}}
        annotations: {pinned: true}
    actions: {shout: {function: shout.py, main: loud}}
    sequences: {aloud: {actions: "/_/lib/greet, shout"}}
"""


def test_dependencies_are_bound_and_called(tool: Wskdeploy) -> None:
    tool.deploy(DEPENDENT, FILES)
    tool.deploy(DEPENDENT, FILES)
    assert names(tool, "packages") == ["app", "lib", "library", "tools"]
    assert entity(tool, "packages/library")["version"] == "1.2.0"
    lib = entity(tool, "packages/lib")
    assert lib["binding"]["name"] == "library"
    assert annotated(lib)["pinned"] is True
    assert result(tool, "app/aloud", name="Bob") == {"greeting": "AHOY BOB"}
    assert result(tool, "library/greet") == {"greeting": "Howdy stranger"}
    assert result(tool, "tools/echo", n=1) == {"n": 1, "separator": "-"}
    tool.undeploy(DEPENDENT, FILES)
    assert everything(tool) == {}


WEB = """
packages:
  default:
    actions:
      bare: {function: page.py, web: yes}
  pages:
    actions:
      page: {function: page.py, web: true}
      raw: {function: page.py, web: raw}
      closed: {function: page.py, web: no}
    sequences:
      both: {actions: "page", web: true}
"""


def test_web_flags(tool: Wskdeploy) -> None:
    tool.deploy(WEB, FILES)
    flags = ("web-export", "raw-http", "final")
    found = {
        path: [annotated(entity(tool, f"actions/{path}"))[flag] for flag in flags]
        for path in ("bare", "pages/page", "pages/raw", "pages/closed", "pages/both")
    }
    assert found == {
        "bare": [True, False, True],
        "pages/page": [True, False, True],
        "pages/raw": [True, True, True],
        "pages/closed": [False, False, False],
        "pages/both": [True, False, True],
    }
    answers = {
        "bare": page(tool, "default", "bare"),
        **{each: page(tool, "pages", each) for each in ("page", "raw", "closed", "both")},
    }
    assert {name: each.status_code for name, each in answers.items()} == {
        **dict.fromkeys(("bare", "page", "raw", "both"), 200),
        "closed": 404,
    }


FLOW = """
packages:
  flow:
    actions:
      greet: {function: greet.py}
      twice: {function: twice.py, conductor: true}
"""


def test_a_conductor_runs_its_actions(tool: Wskdeploy) -> None:
    tool.deploy(FLOW, FILES)
    assert annotated(entity(tool, "actions/flow/twice"))["conductor"] is True
    assert result(tool, "flow/twice") == {"greeting": "Hello Hello Ada"}


def test_a_kind_that_the_host_does_not_list_is_refused_before_the_first_request(
    tool: Wskdeploy,
) -> None:
    with pytest.raises(Refused, match=r"Invalid or missing runtime \[python:0\.1\]"):
        tool.deploy(
            FLOW.replace("function: greet.py", "function: greet.py, runtime: 'python:0.1'"), FILES
        )
    assert tool.sent == []


def test_kinds_of_upstream_are_deployed_here_too(tool: Wskdeploy) -> None:
    """Also those whose interpreter this machine lacks: they are refused when they run."""
    kinds = ("nodejs:18", "nodejs:20", "java:8", "php:8.1", "ruby:2.5", "go:1.20", "swift:5.7")
    actions = "".join(
        f"      {kind.replace(':', '_')}: {{function: greet.js, runtime: '{kind}', main: main}}\n"
        for kind in kinds
    )
    tool.deploy(f"packages:\n  p:\n    actions:\n{actions}", FILES)
    found = [entity(tool, f"actions/p/{kind.replace(':', '_')}")["exec"]["kind"] for kind in kinds]
    assert found == list(kinds)


def test_an_image_is_deployed_with_and_without_code(tool: Wskdeploy) -> None:
    manifest = """
packages:
  boxes:
    actions:
      box: {docker: openwhisk/example}
      native: {docker: "openwhisk/dockerskeleton", function: greet.py}
"""
    tool.deploy(manifest, FILES)
    assert entity(tool, "actions/boxes/box")["exec"]["image"] == "openwhisk/example"
    assert entity(tool, "actions/boxes/native")["exec"]["code"].startswith("\ndef main")


def test_a_rule_for_an_action_that_is_missing_is_refused(tool: Wskdeploy) -> None:
    manifest = FLOW + "    triggers: {t: {}}\n    rules: {r: {trigger: t, action: gone}}\n"
    with pytest.raises(Refused, match=r"400: .*action /.*/flow/gone does not exist"):
        tool.deploy(manifest, FILES)
