"""PyPI's ``lithops`` with its openwhisk backend: a function over a list, in the cloud that is here.

It wants https whatever it is told, sends blackbox actions, and keeps its data in Redis.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.playground import PlaygroundInfo, start, stop
from tests.clients.helpers.pypi import pip_install
from tests.clients.helpers.redis import Redis
from tests.clients.helpers.target import auth_of
from tests.clients.helpers.terminal import Outcome, Terminal
from tests.contract.helpers.api import Api, Target, annotated

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(900)]

PROGRAM = Path(__file__).parent / "programs" / "lithops_jobs.py"
CONFIG = "lithops.yaml"


@dataclass(frozen=True)
class Lithops:
    """``bin`` of the environment that has it, a home with ``lithops.yaml``, the REST API."""

    bin: Path
    terminal: Terminal
    playground: PlaygroundInfo
    config: dict[str, Any]
    api: Api

    @property
    def package(self) -> str:
        """Where it puts its actions."""
        return f"lithops_{self.api.target.auth[:5]}"

    def job(self, name: str, code: int = 0) -> Outcome:
        return self.terminal.run(self.bin / "python", PROGRAM.name, name, code=code)

    def result(self, name: str) -> Any:
        return json.loads(self.job(name).stdout.splitlines()[-1])

    def command(self, *words: str) -> Outcome:
        """``lithops``, as its command line."""
        places = (
            ("-b", "openwhisk") if words[0] == "runtime" else ("-b", "openwhisk", "-s", "redis")
        )
        return self.terminal.run(self.bin / "lithops", *words, "-c", CONFIG, *places)

    def actions(self) -> list[dict[str, Any]]:
        found = self.api.request("GET", f"actions/{self.package}/")
        listed: list[dict[str, Any]] = found.json() if found.ok else []
        return listed

    def elsewhere(self, home: Path, *, insecure: bool, **variables: str) -> Lithops:
        """The same for another user, who has installed nothing there yet."""
        section = {**self.config["openwhisk"], "insecure": insecure}
        config = {**self.config, "openwhisk": section}
        terminal = Terminal(home, {**self.terminal.variables, "TMPDIR": str(home), **variables})
        furnish(home, config)
        return dataclasses.replace(self, terminal=terminal, config=config)


def furnish(home: Path, config: dict[str, Any]) -> None:
    shutil.copy(PROGRAM, home)
    # JSON is YAML.
    (home / CONFIG).write_text(json.dumps(config), "utf-8")


@pytest.fixture(scope="module")
def installed() -> Path:
    # It brings its own tests, which want pytest.
    return pip_install("lithops[redis]==3.8.0", "pytest==9.2.0")


@pytest.fixture(scope="module")
def secure(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlaygroundInfo]:
    """A playground with TLS that runs lithops' images under the Python that has lithops."""
    data_dir = tmp_path_factory.mktemp("secure")
    with pytest.MonkeyPatch.context() as patch:
        # Its workers keep files below it.
        patch.setenv("TMPDIR", str(tmp_path_factory.mktemp("workers")))
        info = start(data_dir, port=0, tls=True, wait_s=60)
    mapping = {"docker.io/lithopscloud/*": str(installed / "bin" / "python")}
    (info.wskprops.parent / "kinds.json").write_text(json.dumps(mapping), "utf-8")
    yield info
    stop(data_dir)


@pytest.fixture(scope="module")
def lithops(
    installed: Path, secure: PlaygroundInfo, redis: Redis, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lithops]:
    home = tmp_path_factory.mktemp("lithops")
    auth = auth_of(secure.wskprops)
    config = {
        # Usually it looks every two seconds whether a job has ended.
        "lithops": {"backend": "openwhisk", "storage": "redis", "monitoring_interval": 0.1},
        "openwhisk": {
            "endpoint": secure.https,
            "namespace": "guest",
            "api_key": auth,
            "insecure": True,
        },
        "redis": {"host": redis.host, "port": redis.port},
    }
    furnish(home, config)
    api = Api(Target(secure.apihost, auth, is_playground=True))
    terminal = Terminal(home, {"TMPDIR": str(home)})
    yield Lithops(installed / "bin", terminal, secure, config, api)
    api.session.close()


@pytest.mark.parametrize(
    ("job", "result"),
    [
        ("mapped", [2, 4, 6, 8]),
        ("many", [2 * number for number in range(40)]),
        ("reduced", 12),
        ("called", 7),
        ("waited", [[10, 12], 0]),
        ("failed", "ZeroDivisionError: division by zero"),
        ("stored", ["text of one", "text of two"]),
        ("big", [3_000_000, 5]),
        ("pooled", [2, 4, 6]),
    ],
    ids=lambda each: each if isinstance(each, str) and each.isidentifier() else "gives",
)
def test_job(lithops: Lithops, job: str, result: object) -> None:
    assert lithops.result(job) == result


def test_action_is_a_blackbox_with_code(lithops: Lithops) -> None:
    lithops.job("mapped")
    (action,) = (each for each in lithops.actions() if "_256MB_" in each["name"])
    made = lithops.api.get(f"{lithops.package}/{action['name']}", code=False).json()
    assert made["exec"]["kind"] == "blackbox"
    assert made["exec"]["image"].startswith("docker.io/lithopscloud/openwhisk-python-v3")
    assert made["exec"]["binary"] is True
    assert (made["limits"]["timeout"], made["limits"]["memory"]) == (300_000, 256)


def test_each_element_is_an_activation(lithops: Lithops) -> None:
    for number, activation_id in enumerate(lithops.result("traced"), 1):
        record = lithops.api.record(activation_id)
        assert record["response"]["result"] == {"Execution": "Finished"}
        assert annotated(record)["kind"] == "blackbox"
        assert annotated(record)["faas-runtime"].startswith("python 3.")
        said = [line for line in record["logs"] if "doubling" in line]
        assert [line.partition("stdout: ")[2] for line in said] == [f"doubling {number}"]


def test_function_runs_where_lithops_is(lithops: Lithops) -> None:
    (place,) = lithops.result("placed")
    assert place["prefix"] == str(lithops.bin.parent)
    (action,) = (each for each in lithops.actions() if "_512MB_" in each["name"])
    assert place["action"] == f"/guest/{lithops.package}/{action['name']}"
    assert lithops.api.record(place["activation"])["response"]["success"]


def test_its_own_tests_pass(lithops: Lithops) -> None:
    """Those of ``map`` and ``call_async``; others want data from the internet, or other clouds."""
    (folder,) = lithops.bin.parent.glob("lib/python*/site-packages/lithops/tests")
    # Else it takes our settings, for the folder lies below ours.
    (lithops.terminal.home / "pytest.ini").write_text("[pytest]\n")
    words = ("-m", "pytest", "-c", "pytest.ini", "-p", "no:cacheprovider", "--config", CONFIG)
    places = ("--backend", "openwhisk", "--storage", "redis")
    files = (folder / "test_call_async.py", folder / "test_map.py")
    outcome = lithops.terminal.run(lithops.bin / "python", *words, *places, *files, patience_s=800)
    assert "26 passed" in outcome.stdout, outcome.words


def test_command_says_hello(lithops: Lithops) -> None:
    said = lithops.command("hello")
    assert "Hello" in said.stdout + said.stderr


def test_command_lists_and_deletes_runtimes(lithops: Lithops) -> None:
    lithops.job("mapped")
    names = [each["name"] for each in lithops.actions()]
    listed = lithops.command("runtime", "list").stdout
    assert all(name in listed for name in names), listed
    image = "docker.io/lithopscloud/" + names[0].split("_")[2]
    lithops.command("runtime", "delete", image)
    assert lithops.actions() == []


def test_command_cleans_up(lithops: Lithops) -> None:
    lithops.job("mapped")
    assert lithops.actions()
    lithops.command("clean")
    assert lithops.actions() == []
    assert lithops.api.get_package(lithops.package).status_code == 404
    # And all is made again when it is wanted.
    assert lithops.result("mapped") == [2, 4, 6, 8]


def test_certificate_is_checked_when_its_authority_is_named(
    lithops: Lithops, tmp_path: Path
) -> None:
    lithops.command("clean")
    bundle = str(lithops.playground.ca)
    trusting = lithops.elsewhere(tmp_path, insecure=False, REQUESTS_CA_BUNDLE=bundle)
    assert trusting.result("mapped") == [2, 4, 6, 8]


def test_certificate_is_refused_when_nobody_vouches_for_it(
    lithops: Lithops, tmp_path: Path
) -> None:
    lithops.command("clean")
    outcome = lithops.elsewhere(tmp_path, insecure=False).job("mapped", code=1)
    assert "CERTIFICATE_VERIFY_FAILED" in outcome.stderr


def test_bundle_of_others_defeats_insecure(lithops: Lithops, tmp_path: Path) -> None:
    """A thing of ``requests``: the variable goes before what the session says."""
    lithops.command("clean")
    others = str(next(lithops.bin.parent.glob("lib/python*/site-packages/certifi/cacert.pem")))
    outcome = lithops.elsewhere(tmp_path, insecure=True, REQUESTS_CA_BUNDLE=others).job(
        "mapped", code=1
    )
    assert "CERTIFICATE_VERIFY_FAILED" in outcome.stderr


def test_runtime_that_others_removed_comes_back_after_clean(lithops: Lithops) -> None:
    """Without it lithops 3.8.0 takes the status 404 for the id of an activation, and waits."""
    lithops.job("mapped")
    assert lithops.api.delete_package(lithops.package, force=True).ok
    lithops.command("clean")
    assert lithops.result("mapped") == [2, 4, 6, 8]


def test_image_without_a_python_tells_the_way_out(lithops: Lithops, tmp_path: Path) -> None:
    lithops.command("clean")
    mapping = lithops.playground.wskprops.parent / "kinds.json"
    known = mapping.read_text("utf-8")
    mapping.unlink()
    try:
        outcome = lithops.job("mapped", code=1)
    finally:
        mapping.write_text(known, "utf-8")
    assert "Failed to pull container image" in outcome.words
