"""npm's ``openwhisk``, the client that Node.js programs and actions use: every resource of it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from tests.clients.npm import npm_install
from tests.clients.target import Target
from tests.clients.terminal import Terminal

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(600)]

SCENARIOS = sorted((Path(__file__).parent / "js" / "openwhisk").glob("*.js"))

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
