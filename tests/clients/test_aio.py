"""npm's ``@adobe/aio-cli``: its ``runtime`` commands, as users of Adobe I/O Runtime type them."""

from __future__ import annotations

import json
import re
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.clients.helpers.npm import binary, npm_install
from tests.clients.helpers.target import Target
from tests.clients.helpers.terminal import Outcome, Terminal, tool
from tests.contract.helpers.api import Api, annotated

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(1800)]

MANIFESTS = Path(__file__).parent / "js" / "manifests.js"

HELLO = """
function main({ name, fail }) {
  console.log('greeting', name);
  return fail ? { error: 'no greeting' } : { hello: name, colour: process.env.COLOUR };
}
"""

PAGE = """
exports.main = ({ name, __ow_method }) =>
  ({ headers: { 'content-type': 'application/json' }, body: { name, method: __ow_method } });
"""

MANIFEST = """
project:
  name: orchard
packages:
  orchard:
    version: 1.0
    license: Apache-2.0
    actions:
      pick:
        function: hello.js
        runtime: nodejs:20
        inputs:
          name: picker
        annotations:
          description: picks
        limits:
          memorySize: 128
      page:
        function: page.js
        runtime: nodejs:20
        web: true
    triggers:
      ripe:
        inputs:
          name: pear
    rules:
      onripe:
        trigger: ripe
        action: pick
"""


@dataclass(frozen=True)
class Aio:
    """``aio`` in a folder with ``hello.js``, ``page.js`` and ``manifest.yml``."""

    terminal: Terminal
    command: Path
    api: Api

    def runtime(self, *words: str, code: int = 0) -> Outcome:
        return self.terminal.run(self.command, "runtime", *words, code=code)

    def json(self, *words: str) -> Any:
        """What it prints as JSON, below a heading or not."""
        printed = self.runtime(*words).stdout
        return json.loads(printed[re.search(r"(?m)^ ?[{\[]", printed).start() :])  # type: ignore[union-attr]


@pytest.fixture(scope="module")
def aio(target: Target, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aio]:
    home = tmp_path_factory.mktemp("aio")
    (home / "hello.js").write_text(HELLO)
    (home / "page.js").write_text(PAGE)
    (home / "manifest.yml").write_text(MANIFEST)
    own = target.namespace("aio")
    variables = {
        "AIO_RUNTIME_APIHOST": own.apihost,
        "AIO_RUNTIME_AUTH": own.auth,
        "AIO_RUNTIME_NAMESPACE": "aio",
        "USE_RUNTIME_AUTH": "true",
        "AIO_TELEMETRY_DISABLED": "true",
        "AIO_SKIP_NEW_VERSION_CHECK": "true",
    }
    installed = npm_install("@adobe/aio-cli@11.1.2")
    tool("node", MANIFESTS, installed / "node_modules", cwd=home)
    with own.api() as api:
        yield Aio(Terminal(home, variables), binary(installed, "aio"), api)


@pytest.fixture(scope="module")
def hello(aio: Aio) -> str:
    """An action with a parameter and a variable."""
    aio.runtime("action", "create", "hello", "hello.js", "-p", "name", "you", "-e", "COLOUR", "red")
    return "hello"


def test_action_is_created_with_what_the_flags_say(aio: Aio) -> None:
    created = aio.json(
        *("action", "create", "made", "hello.js", "--json", "-t", "5000", "-m", "128", "-l", "1"),
        *("-p", "name", "you", "-e", "COLOUR", "red", "-a", "description", "says hello"),
    )
    assert created["limits"] == {"timeout": 5000, "memory": 128, "logs": 1, "concurrency": 1}
    assert created["parameters"] == [
        {"key": "name", "value": "you"},
        {"key": "COLOUR", "value": "red", "init": True},
    ]
    assert annotated(created)["description"] == "says hello"
    again = aio.runtime("action", "create", "made", "hello.js", code=2)
    assert "resource already exists (409 Conflict)" in again.stderr
    updated = aio.json("action", "update", "made", "-m", "256", "--json")
    assert updated["version"] == "0.0.2"
    assert updated["limits"]["memory"] == 256
    assert updated["parameters"] == created["parameters"]
    assert aio.json("action", "delete", "made", "--json")["name"] == "made"
    gone = aio.runtime("action", "get", "made", code=2)
    assert "(404 Not Found)" in gone.stderr


def test_action_is_shown(aio: Aio, hello: str) -> None:
    assert aio.json("action", "get", hello)["name"] == hello
    assert aio.runtime("action", "get", hello, "-c").stdout.strip() == HELLO.strip()
    assert re.search(r"private +nodejs:20 +0\.0\.1 +hello", aio.runtime("action", "list").stdout)


def test_action_is_invoked(aio: Aio, hello: str) -> None:
    assert aio.json("action", "invoke", hello, "-r") == {"hello": "you", "colour": "red"}
    given = aio.json("action", "invoke", hello, "-r", "-p", "name", "Ada")
    assert given == {"hello": "Ada", "colour": "red"}
    assert aio.json("action", "invoke", hello, "-b")["response"]["status"] == "success"
    started = aio.json("action", "invoke", hello)
    assert aio.api.record(started["activationId"])["response"]["success"] is True


def test_failed_invocation_prints_its_error(aio: Aio, hello: str) -> None:
    assert aio.json("action", "invoke", hello, "-r", "-p", "fail", "true") == {
        "error": "no greeting"
    }


def test_archive_is_an_action(aio: Aio) -> None:
    with zipfile.ZipFile(aio.terminal.home / "archive.zip", "w") as archive:
        archive.writestr("index.js", "exports.main = () => require('./answer');\n")
        archive.writestr("answer.js", "module.exports = { answer: 42 };\n")
    aio.runtime("action", "create", "archive", "archive.zip", "--kind", "nodejs:20")
    assert aio.json("action", "invoke", "archive", "-r") == {"answer": 42}


def test_web_action_answers_at_its_url(aio: Aio) -> None:
    created = aio.json("action", "create", "page", "page.js", "--web", "true", "--json")
    assert annotated(created)["web-export"] is True
    url = aio.runtime("action", "get", "page", "--url").stdout.strip()
    assert url.endswith("/api/v1/web/aio/default/page")
    answer = aio.api.session.get(url, params={"name": "you"}, timeout=30)
    assert answer.json() == {"name": "you", "method": "get"}


def test_sequence_hands_results_on(aio: Aio, hello: str) -> None:
    aio.runtime("action", "create", "steps", "--sequence", f"/whisk.system/utils/echo,{hello}")
    answer = aio.json("action", "invoke", "steps", "-r", "-p", "name", "Ada")
    assert answer == {"hello": "Ada", "colour": "red"}


def test_activations_are_listed_and_read(aio: Aio, hello: str) -> None:
    started = aio.json("action", "invoke", hello, "-p", "name", "Grace")["activationId"]
    aio.api.record(started)
    listed = aio.runtime("activation", "list", hello, "--limit", "1").stdout
    assert re.search(rf"success +nodejs:20 +0\.0\.1 +{started} +(warm|cold) +\d+", listed)
    (entry,) = aio.json("activation", "list", hello, "--limit", "1", "--json")
    assert entry["activationId"] == started
    assert "activation" in aio.runtime("activation", "list", "-c").stdout
    assert aio.json("activation", "get", started)["response"]["result"]["hello"] == "Grace"
    assert aio.json("activation", "get", "--last")["activationId"] == started
    assert aio.json("activation", "result", started)["result"]["hello"] == "Grace"


def test_logs_are_read(aio: Aio, hello: str) -> None:
    started = aio.json("action", "invoke", hello, "-p", "name", "Linus")["activationId"]
    aio.api.record(started)
    logs = aio.runtime("activation", "logs", started).stdout
    assert re.search(r"(?m)^\d{4}-\S+Z +stdout: greeting Linus$", logs), logs
    last = aio.runtime("activation", "logs", "--last", "--strip").stdout
    assert last.splitlines() == [f"aio/hello:{started}", "greeting Linus"]
    named = aio.runtime("activation", "logs", "--action", hello, "--limit", "1").stdout
    assert "greeting Linus" in named


def test_package_is_made_bound_and_deleted_with_all_in_it(aio: Aio) -> None:
    created = aio.json("package", "create", "tools", "-p", "name", "packed", "--json")
    assert created["parameters"] == [{"key": "name", "value": "packed"}]
    aio.runtime("action", "create", "tools/hello", "hello.js")
    aio.runtime("package", "bind", "/aio/tools", "mine", "-p", "name", "bound")
    assert aio.json("action", "invoke", "mine/hello", "-r") == {"hello": "bound"}
    aio.runtime("package", "update", "tools", "--shared", "true")
    assert [each["name"] for each in aio.json("package", "get", "tools")["actions"]] == ["hello"]
    listed = aio.runtime("package", "list").stdout
    assert re.search(r"private +binding +0\.0\.1 +mine", listed)
    assert re.search(r"public +package +0\.0\.2 +tools", listed)
    refused = aio.runtime("package", "delete", "tools", code=2)
    assert "package not empty (contains 1" in refused.stderr
    aio.runtime("package", "delete", "mine")
    aio.runtime("package", "delete", "tools", "--recursive")
    assert aio.api.get_package("tools").status_code == 404


def test_trigger_runs_what_its_rule_names(aio: Aio, hello: str) -> None:
    aio.runtime("trigger", "create", "events", "-p", "name", "everyone")
    aio.runtime("rule", "create", "onevent", "events", hello)
    fired = aio.json("trigger", "fire", "events")["activationId"]
    (line,) = aio.api.record(fired)["logs"]
    run = aio.api.record(json.loads(line)["activationId"])
    assert run["response"]["result"]["hello"] == "everyone"
    assert aio.json("trigger", "get", "events")["rules"]["aio/onevent"]["status"] == "active"
    assert re.search(r"1 active +0\.0\.1 +events", aio.runtime("trigger", "list").stdout)
    assert re.search(r"active +0\.0\.1 +onevent", aio.runtime("rule", "list").stdout)
    shown = aio.runtime("activation", "list", "events").stdout
    assert re.search(rf"success +trigger +0\.0\.1 +{fired} +-- +-- +-- +-- +events", shown)
    aio.runtime("trigger", "update", "events", "-p", "name", "nobody")
    aio.runtime("trigger", "delete", "events")
    aio.runtime("rule", "delete", "onevent")


def test_rule_is_switched(aio: Aio, hello: str) -> None:
    aio.runtime("trigger", "create", "switched")
    aio.runtime("rule", "create", "switch", "switched", hello)
    assert aio.runtime("rule", "status", "switch").stdout.strip() == "active"
    assert "OK" in aio.runtime("rule", "disable", "switch").stdout
    assert aio.runtime("rule", "status", "switch").stdout.strip() == "inactive"
    assert "OK" in aio.runtime("rule", "enable", "switch").stdout
    assert aio.json("rule", "get", "switch")["status"] == "active"
    aio.runtime("rule", "update", "switch", "switched", "/whisk.system/utils/echo")
    assert aio.json("rule", "get", "switch")["action"]["name"] == "echo"
    aio.runtime("rule", "delete", "switch")
    aio.runtime("trigger", "delete", "switched")


def test_trigger_of_an_alarm_fires(aio: Aio, hello: str) -> None:
    feed = "/whisk.system/alarms/alarm"
    cron = ("-p", "cron", "* * * * * *", "-p", "trigger_payload", '{"name": "clock"}')
    aio.runtime("trigger", "create", "clock", "--feed", feed, *cron)
    trigger = aio.json("trigger", "get", "clock")
    assert {"key": "feed", "value": feed} in trigger["annotations"]
    aio.runtime("rule", "create", "atime", "clock", hello)
    deadline = time.monotonic() + 30
    while not (fired := aio.api.activations(name="clock", docs=True).json()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert fired[0]["response"]["result"] == {"name": "clock"}
    aio.runtime("trigger", "delete", "clock")
    aio.runtime("rule", "delete", "atime")


def test_namespace_is_shown(aio: Aio, hello: str) -> None:
    assert "aio" in aio.runtime("namespace", "list").stdout
    shown = aio.runtime("namespace", "get").stdout
    assert re.search(r"/aio/hello +private +nodejs:20", shown)
    assert aio.json("namespace", "log-forwarding", "get") == {"adobe_io_runtime": {}}


def test_properties_are_shown(aio: Aio) -> None:
    shown = aio.runtime("property", "get", "--apihost", "--apibuild", "--namespace").stdout
    assert re.search(r"whisk API build version +jupyter_faas-\d", shown)
    assert aio.api.target.apihost in shown


def test_manifest_is_deployed_exported_and_undeployed(aio: Aio) -> None:
    deployed = aio.runtime("deploy", "-m", "manifest.yml").stdout
    assert "Deployment completed successfully" in deployed
    assert aio.json("action", "invoke", "orchard/pick", "-r") == {"hello": "picker"}
    aio.runtime("deploy", "sync", "-m", "manifest.yml")
    aio.runtime("deploy", "export", "-m", "exported.yml", "--projectname", "orchard")
    exported = (aio.terminal.home / "exported.yml").read_text()
    assert "pick:" in exported
    assert "ripe:" in exported
    undeployed = aio.runtime("deploy", "undeploy", "-m", "manifest.yml").stdout
    assert "Undeployment completed successfully" in undeployed
    assert aio.api.get_package("orchard").status_code == 404


def test_route_leads_to_a_web_action(aio: Aio) -> None:
    aio.runtime("action", "create", "routed", "page.js", "--web", "true")
    made = aio.runtime(
        "api", "create", "/site", "/page", "get", "routed", "--response-type", "http"
    ).stdout
    url = made.strip()
    assert url.endswith("/site/page")
    answer = aio.api.session.get(url, params={"name": "you"}, timeout=30)
    assert answer.json() == {"name": "you", "method": "get"}
    listed = aio.runtime("api", "list").stdout
    assert re.search(rf"/getPage +get +/site +{url}", listed)
    shown = aio.json("api", "get", "/site")
    assert shown["paths"]["/page"]["get"]["x-openwhisk"]["action"] == "routed"
    aio.runtime("api", "delete", "/site")
    assert aio.api.session.get(url, timeout=30).status_code == 404
