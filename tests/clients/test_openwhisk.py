"""npm's ``openwhisk``, the client that Node.js programs and actions use: every resource of it."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_faas.playground import PlaygroundInfo, start, stop
from tests.clients.helpers.npm import npm_install
from tests.clients.helpers.target import Target, auth_of
from tests.clients.helpers.terminal import Terminal

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(1200)]

JS = Path(__file__).parent / "js"
SCENARIOS = sorted((JS / "openwhisk").glob("*.js"))

FILES = {
    "index.js": (
        "const { readFileSync } = require('fs');\n"
        "const { join } = require('./lib/join');\n"
        "exports.main = ({ words }) =>\n"
        "  ({ text: join(words), data: readFileSync('data.txt', 'utf8') });\n"
    ),
    "lib/join.js": "exports.join = words => words.join(' ');\n",
    "data.txt": "of a file\n",
}


@pytest.fixture(scope="module")
def client() -> Path:
    """The folder that modules are required from."""
    return npm_install("openwhisk@3.21.9") / "node_modules"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "action.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as files:
        for name, text in FILES.items():
            files.writestr(name, text)
    return path


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[path.stem for path in SCENARIOS])
def test_openwhisk_plays(
    scenario: Path, client: Path, target: Target, home: Path, archive: Path
) -> None:
    own = target.namespace(scenario.stem)
    variables = {"__OW_API_HOST": own.apihost, "__OW_API_KEY": own.auth, "NODE_PATH": str(client)}
    played = Terminal(home, variables).run("node", scenario, archive)
    assert json.loads(played.stdout.splitlines()[-1])["played"], played.words


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlaygroundInfo]:
    data_dir = tmp_path_factory.mktemp("secure")
    yield start(data_dir, port=0, tls=True, wait_s=60)
    stop(data_dir)


@pytest.mark.parametrize("trusted", [True, False], ids=["trusted", "not_trusted"])
def test_openwhisk_speaks_https(
    trusted: bool, client: Path, secure: PlaygroundInfo, home: Path
) -> None:
    variables = {"__OW_API_KEY": auth_of(secure.wskprops), "NODE_PATH": str(client)}
    if trusted:
        variables["NODE_EXTRA_CA_CERTS"] = str(secure.ca)
    host = f"127.0.0.1:{secure.port}"
    word = "trusted" if trusted else "-"
    played = Terminal(home, variables).run("node", JS / "https.js", host, word)
    assert played.stdout == "played\n", played.words
