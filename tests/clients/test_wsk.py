"""The real ``wsk``, built from its Go module where there is a ``go``."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.clients.helpers.cache import installed
from tests.clients.helpers.target import Target
from tests.clients.helpers.terminal import Outcome, Terminal, tool
from tests.contract.helpers.api import Api, annotated

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(1800)]

MODULE = "github.com/apache/openwhisk-cli@23f3cf7"

# Exit codes are the HTTP status modulo 256.
NOT_FOUND, BAD_GATEWAY = 404 - 256, 502 - 256

HELLO = """
def main(args):
    print("greeting", args.get("name"))
    if args.get("fail"):
        return {"error": "no greeting"}
    return {"hello": args.get("name", "stranger")}
"""

PAGE = """
def main(args):
    return {"body": {"name": args.get("name"), "method": args["__ow_method"]}}
"""


@dataclass(frozen=True)
class Wsk:
    """``wsk`` in a folder with ``hello.py`` and ``page.py``."""

    terminal: Terminal
    command: Path
    api: Api

    def __call__(self, *words: str, code: int = 0) -> Outcome:
        return self.terminal.run(self.command, *words, code=code)

    def json(self, *words: str) -> Any:
        """What it prints as JSON, below a line that says ok or not."""
        printed = self(*words).stdout
        return json.loads(printed[printed.index("{") :])


@pytest.fixture(scope="module")
def wsk(target: Target, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wsk]:
    go = shutil.which("go")
    if go is None:
        pytest.skip("wsk comes as a Go module only, and there is no go on the PATH")

    def build(folder: Path) -> None:
        tool("env", f"GOBIN={folder}", "GOFLAGS=-modcacherw", go, "install", MODULE, cwd=folder)

    command = installed("wsk-23f3cf7", MODULE, build) / "openwhisk-cli"
    home = tmp_path_factory.mktemp("wsk")
    (home / "hello.py").write_text(HELLO)
    (home / "page.py").write_text(PAGE)
    own = target.namespace("wsk")
    with own.api() as api:
        wsk = Wsk(Terminal(home, {"WSK_CONFIG_FILE": str(home / ".wskprops")}), command, api)
        wsk("property", "set", "--apihost", own.apihost, "--auth", own.auth)
        yield wsk


@pytest.fixture(scope="module")
def hello(wsk: Wsk) -> str:
    assert "ok: created action hello" in wsk("action", "create", "hello", "hello.py").stdout
    return "hello"


def test_properties_tell_the_build(wsk: Wsk) -> None:
    shown = wsk("property", "get").stdout
    assert wsk.api.target.apihost in shown
    assert "jupyter_faas-" in shown


def test_action_is_created_updated_and_deleted(wsk: Wsk) -> None:
    flags = ("-p", "name", "you", "-a", "description", "greets", "-t", "5000", "-m", "128")
    wsk("action", "create", "made", "hello.py", *flags)
    made = wsk.json("action", "get", "made")
    assert made["limits"]["memory"] == 128
    assert made["parameters"] == [{"key": "name", "value": "you"}]
    assert annotated(made)["description"] == "greets"
    again = wsk("action", "create", "made", "hello.py", code=409 - 256)
    assert "resource already exists" in again.stderr
    assert "ok: updated action made" in wsk("action", "update", "made", "-m", "256").stdout
    assert wsk.json("action", "get", "made")["version"] == "0.0.2"
    assert "ok: deleted action made" in wsk("action", "delete", "made").stdout
    gone = wsk("action", "get", "made", code=NOT_FOUND)
    assert re.search(r"error: Unable to get action 'made': .* \(code \w+\)", gone.stderr)


def test_action_is_invoked(wsk: Wsk, hello: str) -> None:
    assert wsk.json("action", "invoke", hello, "-r", "-p", "name", "Ada") == {"hello": "Ada"}
    whole = wsk("action", "invoke", hello, "-b").stdout
    assert re.search(r"ok: invoked /_/hello with id [0-9a-f]{32}", whole)
    failed = wsk("action", "invoke", hello, "-r", "-p", "fail", "true", code=BAD_GATEWAY)
    assert "no greeting" in failed.stdout + failed.stderr


def test_activations_and_logs_are_read(wsk: Wsk, hello: str) -> None:
    printed = wsk("action", "invoke", hello, "-p", "name", "Linus").stdout
    (started,) = re.findall(r"[0-9a-f]{32}", printed)
    wsk.api.record(started)
    assert started in wsk("activation", "list", hello).stdout
    assert wsk.json("activation", "get", started)["response"]["result"] == {"hello": "Linus"}
    assert wsk.json("activation", "result", started) == {"hello": "Linus"}
    assert "stdout: greeting Linus" in wsk("activation", "logs", started).stdout
    assert wsk("activation", "logs", started, "--strip").stdout.strip() == "greeting Linus"


def test_package_is_made_and_bound(wsk: Wsk) -> None:
    assert "ok: created package tools" in wsk("package", "create", "tools").stdout
    wsk("action", "create", "tools/hello", "hello.py")
    bound = wsk("package", "bind", "/_/tools", "mine", "-p", "name", "bound").stdout
    assert "ok: created binding mine" in bound
    assert wsk.json("action", "invoke", "mine/hello", "-r") == {"hello": "bound"}
    assert "hello" in wsk("package", "get", "tools", "--summary").stdout
    refused = wsk("package", "delete", "tools", code=409 - 256)
    assert "Package not empty" in refused.stderr
    wsk("package", "delete", "mine")
    wsk("action", "delete", "tools/hello")
    assert "ok: deleted package tools" in wsk("package", "delete", "tools").stdout


def test_trigger_runs_what_its_rule_names(wsk: Wsk, hello: str) -> None:
    wsk("trigger", "create", "events", "-p", "name", "everyone")
    wsk("rule", "create", "onevent", "events", hello)
    fired = wsk("trigger", "fire", "events").stdout
    (activation,) = re.findall(r"[0-9a-f]{32}", fired)
    (line,) = wsk.api.record(activation)["logs"]
    run = wsk.api.record(json.loads(line)["activationId"])
    assert run["response"]["result"] == {"hello": "everyone"}
    assert "ok: disabled rule onevent" in wsk("rule", "disable", "onevent").stdout
    assert "ok: rule onevent is inactive" in wsk("rule", "status", "onevent").stdout
    assert "ok: enabled rule onevent" in wsk("rule", "enable", "onevent").stdout
    listed = wsk("list").stdout
    for name in ("/wsk/hello", "/wsk/events", "/wsk/onevent"):
        assert name in listed
    wsk("rule", "delete", "onevent")
    wsk("trigger", "delete", "events")


def test_trigger_of_an_alarm_is_made_and_deleted(wsk: Wsk) -> None:
    feed = ("--feed", "/whisk.system/alarms/alarm")
    made = wsk("trigger", "create", "clock", *feed, "-p", "cron", "0 0 1 1 *").stdout
    assert "ok: created trigger clock" in made
    assert "ok: deleted trigger clock" in wsk("trigger", "delete", "clock").stdout


def test_sequence_hands_results_on(wsk: Wsk, hello: str) -> None:
    wsk("action", "create", "steps", "--sequence", f"/whisk.system/utils/echo,{hello}")
    assert wsk.json("action", "invoke", "steps", "-r", "-p", "name", "Ada") == {"hello": "Ada"}


def test_web_action_answers_at_its_url(wsk: Wsk) -> None:
    wsk("action", "create", "page", "page.py", "--web", "true")
    (url,) = re.findall(r"http://\S+", wsk("action", "get", "page", "--url").stdout)
    answer = wsk.api.session.get(url, params={"name": "you"}, timeout=30)
    assert answer.json() == {"name": "you", "method": "get"}


def test_route_leads_to_a_web_action(wsk: Wsk) -> None:
    wsk("action", "create", "routed", "page.py", "--web", "true")
    made = wsk("api", "create", "/site", "/page", "get", "routed", "--response-type", "http")
    (url,) = re.findall(r"http://\S+/site/page", made.stdout)
    answer = wsk.api.session.get(url, params={"name": "you"}, timeout=30)
    assert answer.json() == {"name": "you", "method": "get"}
    assert url in wsk("api", "list").stdout
    wsk("api", "delete", "/site")
    assert wsk.api.session.get(url, timeout=30).status_code == 404
