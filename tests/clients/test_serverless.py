"""npm's ``serverless`` 3 with ``serverless-openwhisk``: whole services, from a file."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.clients.helpers.npm import binary, npm_install
from tests.clients.helpers.target import Target
from tests.clients.helpers.terminal import Outcome, Terminal
from tests.contract.helpers.api import Api, annotated

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(1200)]

SERVICES = Path(__file__).parent / "services"


@dataclass(frozen=True)
class Service:
    """A service in a folder of its own, for a namespace of its own."""

    folder: Path
    target: Target
    api: Api
    terminal: Terminal
    command: Path

    def run(self, *words: str, code: int = 0) -> Outcome:
        return self.terminal.run(self.command, *words, cwd=self.folder, code=code)

    def invoke(self, function: str, data: dict[str, Any]) -> Any:
        """The result that ``serverless invoke`` prints."""
        return json.loads(self.run("invoke", "-f", function, "-d", json.dumps(data)).stdout)

    def names(self, collection: str) -> list[str]:
        listed = self.api.request("GET", collection).json()
        return sorted(each["name"] for each in listed)


MakeService = Callable[..., Service]


@pytest.fixture(scope="module")
def installed() -> Path:
    return npm_install("serverless@3.40.0", "serverless-openwhisk@0.18.4")


@pytest.fixture(scope="module")
def service(
    installed: Path, target: Target, home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MakeService]:
    """Make a service of the files in ``services/``, for the namespace of its name or another."""
    with contextlib.ExitStack() as stack:

        def make(files: str, namespace: str = "") -> Service:
            folder = tmp_path_factory.mktemp("services") / files
            shutil.copytree(SERVICES / files, folder)
            # It looks for its plugins there.
            (folder / "node_modules").symlink_to(installed / "node_modules")
            own = target.namespace(namespace or files)
            variables = {
                "OW_APIHOST": own.apihost,
                "OW_AUTH": own.auth,
                "SLS_TELEMETRY_DISABLED": "1",
                "SLS_NOTIFICATIONS_MODE": "off",
            }
            return Service(
                folder,
                own,
                stack.enter_context(own.api()),
                Terminal(home, variables),
                binary(installed, "serverless"),
            )

        yield make


@pytest.fixture(scope="module")
def shop(service: MakeService) -> Service:
    """Functions in two languages, a package, a trigger with two rules: deployed."""
    shop = service("shop")
    shop.run("deploy")
    return shop


def anybody(service: Service, method: str, url: str, **options: Any) -> requests.Response:
    """A request without a key."""
    return service.api.session.request(
        method, url, auth=lambda request: request, timeout=30, **options
    )


def test_deploy_makes_what_the_service_names(shop: Service) -> None:
    functions = ["count", "first", "greet", "open", "second"]
    assert shop.names("actions") == ["greet", *(f"shop-dev-{name}" for name in functions)]
    assert shop.names("packages") == ["tools"]
    assert shop.names("triggers") == ["orders"]
    assert shop.names("rules") == ["second_orders", "shop_orders_to_first"]
    greet = shop.api.get("shop-dev-greet").json()
    assert greet["limits"] == {"timeout": 10000, "memory": 128, "logs": 10, "concurrency": 1}
    assert greet["parameters"] == [{"key": "greeting", "value": "Hello"}]
    assert annotated(greet)["description"] == "says hello"
    assert shop.api.get_package("tools").json()["publish"] is True


def test_invoke_prints_the_result(shop: Service) -> None:
    assert shop.invoke("greet", {"name": "you"}) == {"text": "Hello you"}
    assert shop.invoke("count", {"text": "a b c"}) == {"words": 3}
    assert shop.invoke("packaged", {}) == {"text": "Bye stranger"}


def test_invoke_tells_the_action_s_own_error(shop: Service) -> None:
    failed = shop.run("invoke", "-f", "greet", "-d", '{"name": "nobody"}', code=1)
    assert "due to application error" in failed.stderr + failed.stdout
    assert "nobody is there" in failed.stderr + failed.stdout


def test_invoke_that_does_not_wait_prints_the_activation_s_id(shop: Service) -> None:
    started = json.loads(
        shop.run("invoke", "-f", "greet", "-d", "{}", "--type", "nonblocking").stdout
    )
    record = shop.api.record(started["activationId"])
    assert record["response"]["result"] == {"text": "Hello stranger"}


def test_logs_print_the_lines_with_their_times(shop: Service) -> None:
    shop.invoke("greet", {"name": "logbook"})
    printed = shop.run("logs", "-f", "greet").stdout
    assert re.search(r"(?m)^activation \([0-9a-f]{32}\):$", printed), printed
    assert re.search(r"(?m)^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} greeting logbook$", printed)
    filtered = shop.run("logs", "-f", "greet", "--filter", "loudly logbook").stdout
    assert "loudly logbook" in filtered
    assert "greeting logbook" not in filtered


def test_trigger_runs_the_functions_that_listen(shop: Service) -> None:
    fired = shop.api.request("POST", "triggers/orders", json={"item": "book"}).json()
    record = shop.api.record(fired["activationId"])
    lines = [json.loads(line) for line in record["logs"]]
    runs = [shop.api.record(line["activationId"]) for line in lines]
    assert sorted(run["name"] for run in runs) == ["shop-dev-first", "shop-dev-second"]
    assert [run["response"]["result"] for run in runs] == [{"item": "book"}] * 2


def test_web_function_answers_without_a_key(shop: Service) -> None:
    printed = shop.run("deploy").stdout
    (path,) = re.findall(r"/api/v1/web/\S+", printed)
    page = anybody(shop, "GET", f"{shop.target.apihost}{path}")
    assert page.text == "<h1>Shop</h1>"
    assert page.headers["content-type"].startswith("text/html")


def test_deploy_again_raises_the_versions(shop: Service) -> None:
    before = shop.api.get("shop-dev-count").json()["version"]
    shop.run("deploy")
    after = shop.api.get("shop-dev-count").json()["version"]
    assert after.rpartition(".")[2] == str(int(before.rpartition(".")[2]) + 1)


def test_deploy_function_puts_the_one(shop: Service) -> None:
    counted, greeted = shop.api.get("shop-dev-count").json(), shop.api.get("shop-dev-greet").json()
    (shop.folder / "count.py").write_text("def count(args):\n    return {'words': 'many'}\n")
    shop.run("deploy", "function", "-f", "count")
    assert shop.invoke("count", {}) == {"words": "many"}
    assert shop.api.get("shop-dev-count").json()["version"] != counted["version"]
    assert shop.api.get("shop-dev-greet").json()["version"] == greeted["version"]


def test_info_lists_what_there_is(shop: Service) -> None:
    printed = shop.run("info").stdout
    for part in ("tools", "shop-dev-greet", "tools/greet", "orders", "second_orders"):
        assert part in printed
    assert "**no routes deployed**" in printed


def test_remove_leaves_nothing(service: MakeService) -> None:
    shop = service("shop", "removed")
    shop.run("deploy")
    assert shop.names("actions")
    shop.run("remove")
    for collection in ("actions", "packages", "triggers", "rules"):
        assert shop.names(collection) == []


def test_sequence_hands_results_on(service: MakeService) -> None:
    pipeline = service("pipeline")
    pipeline.run("deploy")
    assert pipeline.invoke("both", {"text": "c a b"}) == {"numbered": ["0 a", "1 b", "2 c"]}
    pipeline.run("remove")
    assert pipeline.names("actions") == []


def test_schedule_makes_the_trigger_of_an_alarm_and_its_rule(service: MakeService) -> None:
    """Version 0.18.4 never calls the feed: it has forgotten it when it comes to the feeds."""
    clock = service("clock")
    clock.run("deploy")
    trigger = clock.api.request("GET", "triggers/clock_tick_schedule_trigger").json()
    assert annotated(trigger)["feed"] == "/whisk.system/alarms/alarm"
    assert list(trigger["rules"]) == ["clock/clock_tick_schedule_rule"]
    payload = {"word": "tick"}
    fired = clock.api.request("POST", f"triggers/{trigger['name']}", json=payload).json()
    (line,) = clock.api.record(fired["activationId"])["logs"]
    run = clock.api.record(json.loads(line)["activationId"])
    assert run["response"]["result"] == payload
    clock.run("remove")
    assert clock.names("triggers") == clock.names("rules") == []


def test_http_events_are_routes(service: MakeService) -> None:
    site = service("site")
    printed = site.run("deploy").stdout
    routes = dict(re.findall(r"(?m)^(GET|POST) (http://\S+/site/hello) --> ", printed))
    assert sorted(routes) == ["GET", "POST"], printed
    got = anybody(site, "GET", f"{routes['GET']}?name=you")
    assert got.json() == {"body": {"name": "you", "method": "get"}}
    posted = anybody(site, "POST", routes["POST"], json={"name": "me"})
    assert posted.json() == {"name": "me", "method": "post"}
    assert f"GET {routes['GET']} --> site-dev-hello" in site.run("info").stdout
    site.run("remove")
    assert anybody(site, "GET", routes["GET"]).status_code == 404
