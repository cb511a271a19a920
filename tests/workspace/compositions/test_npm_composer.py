"""Compositions with JavaScript functions: with the real npm Composer, and without any."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.client import Client, playground_target
from jupyter_faas.composer import parse
from jupyter_faas.errors import BundleError, CompositionError, InputError, KindNotSupported
from jupyter_faas.playground import stop
from jupyter_faas.workspace import Packaged, Workspace
from jupyter_faas.workspace.compositions.files import read_file
from jupyter_faas.workspace.compositions.npm_composer import find_npm_composer, make_conductor
from tests.clients.composer.helpers.workbench import COMPOSITIONS
from tests.clients.helpers.npm import binary, npm_install
from tests.clients.helpers.terminal import Terminal
from tests.workspace.helpers.requests import composition_request

COMPOSER = "openwhisk-composer@0.12.0"
SOURCE = """\
const composer = require('openwhisk-composer')
module.exports = composer.sequence(
  'hello',
  composer.let({ n: 2 },
    composer.if(({ name }) => ({ value: name === 'Ada' }),
      p => ({ text: `${p.greeting} × ${n}` }),
      composer.action('shout', {
        action: function main (p) { return { text: p.greeting.toUpperCase() } } }))))
"""
HELLO = "def main(p): return {'name': p['name'], 'greeting': 'Hello ' + p['name']}"
TREE = {
    "type": "sequence",
    "components": [
        {"type": "action", "name": "/_/hello"},
        {
            "type": "function",
            "function": {"exec": {"kind": "nodejs:default", "code": "p => p"}},
        },
    ],
}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    found = Workspace.open(data_dir=tmp_path_factory.mktemp("faas"))
    found.playground.start()
    yield found
    stop(found.data_dir)


@pytest.fixture
def without_composer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder from which npm Composer is not found, node though it is."""
    node = shutil.which("node")
    assert node is not None
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "node").symlink_to(node)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path


def package(workspace: Workspace, tree: Any, root: Path, **options: Any) -> Packaged:
    request = composition_request("", "greet", root=root, **options)
    return workspace.package_composition(request, parse(tree), {})


def test_without_npm_composer_it_can_be_looked_at_and_not_deployed(
    workspace: Workspace, without_composer: Path
) -> None:
    made = package(workspace, TREE, without_composer)
    assert made.card["composition"]["graph"] == TREE
    assert [file["path"] for file in made.card["files"]] == ["composition.json", "manifest.json"]
    message = (
        r"root\[1\] is a JavaScript function, but npm Composer, which runs it, is not installed"
    )
    with pytest.raises(BundleError, match=rf"{message}(.|\n)*npm install openwhisk-composer"):
        workspace.deploy(made.record.id)


def test_a_python_kind_is_refused_for_javascript(
    workspace: Workspace, without_composer: Path
) -> None:
    with pytest.raises(KindNotSupported, match=r"'python:3\.11' does not run JavaScript"):
        package(workspace, TREE, without_composer, kind="python:3.11")


@pytest.fixture(scope="module")
def project() -> Path:
    """A folder with npm Composer in its node_modules."""
    return npm_install(COMPOSER)


def composed(project: Path, folder: Path, source: str) -> Any:
    (folder / "node_modules").symlink_to(project / "node_modules")
    (folder / "flow.js").write_text(source, "utf-8")
    return json.loads(Terminal(folder).run(binary(project, "compose"), "flow.js").stdout)


@pytest.fixture(scope="module")
def compiled(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What npm's own ``compose`` makes of SOURCE."""
    return composed(project, tmp_path_factory.mktemp("compose"), SOURCE)


@pytest.mark.heavy
@pytest.mark.timeout(900)
def test_javascript_runs_with_the_conductor_of_npm_composer(
    workspace: Workspace, project: Path, compiled: Any
) -> None:
    client = Client(playground_target(workspace.data_dir))
    client.put_action("hello", {"exec": {"kind": "python:3", "code": HELLO}})
    made = package(workspace, compiled, project)
    assert made.card["kind"] == "nodejs:default"
    deployment = workspace.deploy(made.record.id)
    assert deployment.warning == ""
    assert workspace.invoke("greet", {"name": "Ada"}).result == {"text": "Hello Ada × 2"}
    assert workspace.invoke("greet", {"name": "Bob"}).result == {"text": "HELLO BOB"}
    assert workspace.deploy(made.record.id).unchanged
    assert client.get_action("greet").annotation("conductor") == compiled["ast"]
    client.close()


@pytest.mark.heavy
@pytest.mark.timeout(900)
def test_a_file_of_npm_without_javascript_runs_with_our_conductor(
    workspace: Workspace, project: Path, tmp_path: Path
) -> None:
    source = "module.exports = require('openwhisk-composer').sequence('hello', 'hello')\n"
    twice = composed(project, tmp_path, source)
    client = Client(playground_target(workspace.data_dir))
    client.put_action("hello", {"exec": {"kind": "python:3", "code": HELLO}})
    client.close()
    made = package(workspace, twice, tmp_path)
    assert made.card["kind"].startswith("python:")
    workspace.deploy(made.record.id)
    assert workspace.invoke("greet", {"name": "Ada"}).result["greeting"] == "Hello Ada"


@pytest.mark.heavy
@pytest.mark.timeout(900)
def test_npm_composer_is_found_beside_and_on_the_path(
    project: Path, without_composer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = project / "node_modules" / "openwhisk-composer"
    assert find_npm_composer(project / "deeper" / "still", os.environ) == wanted
    assert find_npm_composer(without_composer, os.environ) is None
    bin_folder = project / "node_modules" / ".bin"
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}{os.pathsep}{bin_folder}")
    assert find_npm_composer(without_composer, os.environ) == wanted.resolve()


@pytest.mark.heavy
@pytest.mark.timeout(900)
def test_what_npm_composer_refuses_is_told_in_its_words(project: Path) -> None:
    found = find_npm_composer(project, os.environ)
    assert found is not None
    with pytest.raises(CompositionError, match=r"npm Composer rejected greet: .*Error"):
        make_conductor(found, {"type": "nonsense"}, "greet", os.environ)


@pytest.fixture(scope="module")
def others(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The compositions of the tests of npm's own commands."""
    folder = tmp_path_factory.mktemp("others") / "compositions"
    shutil.copytree(COMPOSITIONS, folder)
    (folder / "node_modules").symlink_to(project / "node_modules")
    return folder


# One is there to be refused by npm itself.
STEMS = sorted(path.stem for path in COMPOSITIONS.glob("*.js") if path.stem != "faulty")


@pytest.mark.heavy
@pytest.mark.timeout(900)
@pytest.mark.parametrize("stem", STEMS)
def test_the_tree_is_compiled_as_npm_s_own_compose_does(
    stem: str, project: Path, others: Path
) -> None:
    shown = Terminal(others).run(binary(project, "compose"), f"{stem}.js").stdout
    wanted, found = json.loads(shown), find_npm_composer(project, os.environ)
    assert found is not None
    made = make_conductor(found, parse(wanted["ast"]).to_json(), "/_/flow", os.environ)
    assert made.document == wanted


@pytest.mark.heavy
@pytest.mark.timeout(900)
def test_a_javascript_file_is_compiled_where_npm_composer_is(project: Path, tmp_path: Path) -> None:
    tree = composed(project, tmp_path, SOURCE)["ast"]
    assert read_file(tmp_path / "flow.js").composition.to_json() == parse(tree).to_json()


@pytest.mark.heavy
@pytest.mark.timeout(900)
def test_an_error_in_a_javascript_file_is_told_in_its_words(project: Path, tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(project / "node_modules")
    (tmp_path / "wrong.js").write_text("module.exports = nothing.here", "utf-8")
    with pytest.raises(CompositionError, match=r"wrong\.js: ReferenceError: nothing is not def"):
        read_file(tmp_path / "wrong.js")


def test_a_javascript_file_without_npm_composer_says_how_to_install_it(
    without_composer: Path,
) -> None:
    path = without_composer / "flow.js"
    path.write_text(SOURCE, "utf-8")
    with pytest.raises(InputError, match=r"It needs npm Composer, which is not installed") as no:
        read_file(path)
    assert "npm install openwhisk-composer" in no.value.hint
