"""From the login of the host's own tool to a rollback, without an option for the host.

Once in a notebook, and once with the command line. This is what issue 16 calls done.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from jupyter_faas.workspace import Workspace
from tests.cli.conftest import program
from tests.cli.helpers import notebooks
from tests.client.helpers.server import Asked
from tests.hosts.helpers.digitalocean import TOKEN, DigitalOcean
from tests.hosts.helpers.openserverless import OpenServerless
from tests.hosts.helpers.openwhisk import OpenWhisk
from tests.hosts.helpers.provider import Provider
from tests.magics.helpers.kernels import Cell, NotebookKernel, notebook_kernel

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(900)]

OWN = f"{sys.version_info.major}.{sys.version_info.minor}"
HOSTS = ("openwhisk", "openserverless", "digitalocean")
# The first of the iris data.
ROW = {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}
WORDS = [f"{name}={value}" for name, value in ROW.items()]
IRIS = notebooks.IRIS.replace("--sample X", "--sample X --web")
SECOND = IRIS.replace('return {"species"', 'return {"again": True, "species"')
LINE = {
    "openwhisk": "cloud responds: namespace lab, python 3.10 3.11, 128-512 MB",
    "openserverless": "cloud responds: namespace produ, python 3.10 3.11 3.12 3.13, 128-2048 MB",
    "digitalocean": "python 3.9 3.11 3.12 3.13, 128-1024 MB",
}


@pytest.fixture(params=HOSTS)
def host(request: pytest.FixtureRequest) -> Iterator[Provider]:
    # The playground behind the hosts runs the kind's own Python, whose wheels must be the test's.
    if OWN != "3.11":
        pytest.skip(f"the default kinds are Python 3.11, not {OWN}")
    host: Provider = request.getfixturevalue(request.param)
    yield host
    # The other journey to this host begins anew. Over another notebook's function it would stop.
    host.forward(Asked("DELETE", "/api/v1/namespaces/_/actions/iris", {}, b"", 0))


@pytest.fixture
def login(host: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment of a user who has logged in with the host's own tool, and nothing else."""
    for name in ("JUPYTER_FAAS_TARGET", "WSK_CONFIG_FILE"):
        monkeypatch.delenv(name, raising=False)
    home = tmp_path / "home"
    environ = {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        # Wheels are not downloaded once more for each host.
        "UV_CACHE_DIR": str(Path.home() / ".cache" / "uv"),
    }
    if isinstance(host, DigitalOcean):
        host.write_doctl(home / ".config")
        # Schedules need the account's token, which doctl does not store in a file for others.
        environ |= {"DIGITALOCEAN_API_URL": host.url, "DIGITALOCEAN_ACCESS_TOKEN": TOKEN}
    elif isinstance(host, OpenServerless | OpenWhisk):
        host.write_wskprops(home / ".wskprops")
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    return environ


def call_web(data_dir: Path) -> dict[str, Any]:
    """Call the web URL that the list of functions shows, without a key."""
    (function,) = Workspace.open(data_dir, "cloud").functions()
    assert function.web_url is not None
    reply = requests.post(function.web_url, json=ROW, timeout=60)
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


def check_schedule(host: Provider, data_dir: Path) -> None:
    """Check that the host itself has the schedule of 5 minutes."""
    workspace = Workspace.open(data_dir, "cloud")
    (trigger,) = workspace.triggers.triggers()
    assert [rule.action for rule in trigger.rules] == ["iris"]
    if isinstance(host, DigitalOcean):
        (made,) = host.triggers.values()
        assert made["scheduled_details"]["cron"] == "*/5 * * * *"
    elif isinstance(host, OpenServerless):
        (ran,) = host.run_cron()
        assert workspace.activation(ran).name == "iris"
    else:
        assert trigger.when == "every 5 minutes"
    workspace.triggers.remove_trigger(trigger.name)


@pytest.fixture
def kernel(login: dict[str, str], tmp_path: Path) -> Iterator[NotebookKernel]:
    with notebook_kernel(tmp_path, **login) as kernel:
        yield kernel


def test_in_a_notebook(host: Provider, kernel: NotebookKernel, tmp_path: Path) -> None:
    data_dir = tmp_path / "faas"

    def run(source: str) -> Cell:
        return kernel.run(source, within_s=300)

    def invoke() -> Any:
        # After a rollback, a second line says that the cell has changed since.
        line = said(run(f"%faas invoke iris {' '.join(WORDS)} --result")).splitlines()[0]
        return json.loads(line)

    run(notebooks.LOAD)
    added = run(f"%faas target add cloud --profile {host.profile.name}")
    assert LINE[host.profile.name] in said(added)
    run("%faas target use cloud")
    run(notebooks.TRAIN)
    (card,) = run(IRIS).cards
    assert [each for each in card["preflight"] if not each["ok"]] == []
    assert card["target"]["name"] == "cloud"
    assert "Deployed iris 0.0.1 to cloud" in said(run("%faas deploy iris"))
    first = invoke()
    assert first["species"] == "setosa"
    assert "iris" in said(run("%faas activations"))
    web = call_web(data_dir)
    assert web == first
    run("%faas trigger create often --every 5m --run iris")
    check_schedule(host, data_dir)
    run(SECOND)
    run("%faas deploy iris")
    assert invoke() == {"again": True, **first}
    run("%faas rollback iris")
    assert invoke() == first


def said(cell: Cell) -> str:
    return "\n".join([*(one["text/plain"] for one in cell.displays), cell.stream]).strip()


def test_with_the_command_line(host: Provider, login: dict[str, str], tmp_path: Path) -> None:
    found = program(tmp_path)
    environ = {**found.environ, **login}
    # ``program`` names a file that does not exist, and the user has the tool's default.
    del environ["WSK_CONFIG_FILE"]

    def faas(*words: str) -> str:
        done = subprocess.run(
            [*found.command, *words],
            capture_output=True,
            text=True,
            env=environ,
            timeout=400,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def invoke() -> Any:
        return json.loads(faas("invoke", "iris", *WORDS, "--target", "cloud", "--result"))

    path = tmp_path / "iris.ipynb"
    assert LINE[host.profile.name] in faas("target", "add", "cloud", "--profile", host.profile.name)
    notebooks.write(path, notebooks.LOAD, notebooks.TRAIN, IRIS)
    assert "iris 0.0.1 to cloud" in faas("deploy", str(path), "--target", "cloud")
    first = invoke()
    assert first["species"] == "setosa"
    assert "iris" in faas("activations", "--target", "cloud")
    assert call_web(found.data_dir) == first
    faas("trigger", "create", "often", "--every", "5m", "--run", "iris", "--target", "cloud")
    check_schedule(host, found.data_dir)
    notebooks.write(path, notebooks.LOAD, notebooks.TRAIN, SECOND)
    faas("deploy", str(path), "--target", "cloud")
    assert invoke() == {"again": True, **first}
    faas("rollback", "iris", "--target", "cloud")
    assert invoke() == first
