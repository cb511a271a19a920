"""The snippets for JavaScript and ``wsk``, run with npm's ``openwhisk`` and the real command."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_faas.workspace import Workspace
from jupyter_faas.workspace.handover.snippets import Usage
from tests.clients.helpers.npm import npm_install
from tests.clients.helpers.terminal import Terminal
from tests.workspace.handover.test_snippets_usage import ANSWER, code, tag_function

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(1200)]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Usage]:
    workspace = Workspace.open(tmp_path_factory.mktemp("data"), target="playground")
    workspace.playground.start(port=0)
    tag_function(workspace)
    yield workspace.handover.usage("geo/tag")
    workspace.playground.stop()


def test_javascript_gives_the_result(found: Usage, home: Path) -> None:
    modules = npm_install("openwhisk@3.21.9") / "node_modules"
    (home / "call.js").write_text(code(found, "javascript"), "utf-8")
    terminal = Terminal(home, {"NODE_PATH": str(modules)})
    done = terminal.run("bash", "-ec", f"{found.setup}\nnode call.js")
    assert json.loads(done.stdout) == ANSWER


@pytest.mark.skipif(shutil.which("wsk") is None, reason="there is no wsk")
def test_wsk_gives_the_result(found: Usage, home: Path) -> None:
    done = Terminal(home).run("bash", "-ec", f"{found.setup}\n{code(found, 'wsk')}")
    assert json.loads(done.stdout) == ANSWER
