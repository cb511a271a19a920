"""Contract §5.4: Node.js actions of several files."""

from __future__ import annotations

import base64
import io
import json
import shutil
import tarfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.contract.helpers.api import Api, annotated, node, zipped
from tests.contract.helpers.node import NodeAction, error, result
from tests.contract.helpers.private import Private, private

MODULE = "exports.main = args => ({ from: 'index', name: args.name });"


@pytest.fixture
def run(api: Api, name: str) -> NodeAction:
    return NodeAction(api, name)


def test_zip_with_index(run: NodeAction) -> None:
    code = zipped({"index.js": MODULE})
    assert result(run(code, {"name": "Ada"})) == {"from": "index", "name": "Ada"}


def test_zip_with_package_json(run: NodeAction) -> None:
    files = {
        "package.json": json.dumps({"main": "lib/start.js"}),
        "lib/start.js": "const { word } = require('./word'); exports.main = () => ({ word });",
        "lib/word.js": "exports.word = 'deep';",
    }
    assert result(run(zipped(files))) == {"word": "deep"}


def test_tar(run: NodeAction) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        member = tarfile.TarInfo("index.js")
        member.size = len(MODULE)
        tar.addfile(member, io.BytesIO(MODULE.encode()))
    code = base64.b64encode(buffer.getvalue()).decode()
    assert result(run(code)) == {"from": "index"}


def test_main_in_another_module(run: NodeAction) -> None:
    code = zipped({"index.js": MODULE, "other.js": "exports.go = () => ({ from: 'other' });"})
    assert result(run(code, main="other.go")) == {"from": "other"}


def test_zip_reads_its_own_files(run: NodeAction) -> None:
    index = (
        "const fs = require('fs'); exports.main = () => ({ it: fs.readFileSync('a.txt', 'utf8') })"
    )
    assert result(run(zipped({"index.js": index, "a.txt": "text"}))) == {"it": "text"}


def test_zip_with_its_own_modules(run: NodeAction) -> None:
    files = {
        "index.js": "exports.main = () => ({ own: require('openwhisk') })",
        "node_modules/openwhisk/index.js": "module.exports = 'mine'",
    }
    assert result(run(zipped(files))) == {"own": "mine"}


def test_dependencies_are_installed(run: NodeAction) -> None:
    files = {
        "package.json": json.dumps({"main": "index.js", "dependencies": {"near": "file:./near"}}),
        "index.js": "exports.main = () => ({ near: require('near') })",
        "near/package.json": json.dumps({"name": "near", "version": "1.0.0", "main": "n.js"}),
        "near/n.js": "module.exports = 'here'",
    }
    assert result(run(zipped(files))) == {"near": "here"}


def test_zip_without_an_entry(run: NodeAction) -> None:
    assert error(run(zipped({"main.js": MODULE}))) == (
        "Initialization has failed due to: "
        "Zipped actions must contain either package.json or index.js at the root."
    )


def test_zip_whose_entry_is_no_function(run: NodeAction) -> None:
    assert error(run(zipped({"index.js": MODULE}), main="go")) == (
        "Initialization has failed due to: Action entrypoint 'go' is not a function."
    )


def test_code_that_is_no_archive(run: NodeAction) -> None:
    record = run(base64.b64encode(b"neither zip nor tar").decode())
    assert error(record) == (
        "Initialization has failed due to: There was an error uncompressing the action archive. "
        "The file type is unsupported"
    )


NEAR = {
    "near/package.json": json.dumps({"name": "near", "version": "1.0.0", "main": "n.js"}),
    "near/n.js": "module.exports = 'here'",
}
USES_NEAR = {
    "package.json": json.dumps({"main": "index.js", "dependencies": {"near": "file:./near"}}),
    "index.js": "exports.main = () => ({ near: require('near') })",
    **NEAR,
}


def installations(playground: Private) -> int:
    return playground.log.count("Installing the dependencies in package.json")


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Private]:
    with private(tmp_path_factory.mktemp("one"), NPM_CONFIG_OFFLINE="true") as found:
        yield found


def test_dependencies_are_installed_once_for_all_who_ask(one: Private) -> None:
    for name in ("first", "second"):
        assert one.api.put(name, node(zipped(USES_NEAR))).status_code == 200
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(one.api.invoke, ["first", "second"] * 2))
    assert [each.json()["response"]["result"] for each in answers] == [{"near": "here"}] * 4
    assert installations(one) == 1
    changed = {**USES_NEAR, "near/n.js": "module.exports = 'there'"}
    assert result(NodeAction(one.api, "third")(zipped(changed))) == {"near": "there"}
    assert installations(one) == 2


def test_record_says_that_openwhisk_does_not_wait_for_npm(one: Private) -> None:
    one.api.put("waits", node(zipped(USES_NEAR)))
    cold, warm = (one.api.invoke("waits").json() for _ in range(2))
    assert annotated(cold)["faas-note"].startswith("OpenWhisk would have run the action before")
    assert "faas-note" not in annotated(warm)


def test_modules_in_the_archive_need_no_remark(one: Private) -> None:
    files = {
        "package.json": USES_NEAR["package.json"],
        "index.js": USES_NEAR["index.js"],
        "node_modules/near/package.json": NEAR["near/package.json"],
        "node_modules/near/n.js": NEAR["near/n.js"],
    }
    assert "faas-note" not in annotated(NodeAction(one.api, "complete")(zipped(files)))


def test_dependency_that_fails_is_named_and_logged(one: Private) -> None:
    files = {
        "package.json": json.dumps({"dependencies": {"no-such-thing-xyz": "9.0.0"}}),
        "index.js": "exports.main = () => ({})",
    }
    record = NodeAction(one.api, "fails")(zipped(files))
    assert error(record) == (
        "The dependencies in package.json could not be installed ('no-such-thing-xyz@9.0.0'): "
        "the package index is not reachable. See logs for details."
    )
    assert any("no-such-thing-xyz" in line for line in record["logs"])


def test_modules_in_the_archive_are_not_installed(one: Private) -> None:
    before = installations(one)
    files = {**USES_NEAR, "node_modules/near/index.js": "module.exports = 'mine'"}
    assert result(NodeAction(one.api, "brings")(zipped(files))) == {"near": "mine"}
    assert installations(one) == before


def test_package_json_without_dependencies(one: Private) -> None:
    before = installations(one)
    files = {"package.json": json.dumps({"dependencies": {}}), "index.js": MODULE}
    assert result(NodeAction(one.api, "none")(zipped(files))) == {"from": "index"}
    assert installations(one) == before


def test_package_json_that_is_no_json(one: Private) -> None:
    files = {"package.json": "{", "index.js": MODULE}
    assert "package.json" in error(NodeAction(one.api, "damaged")(zipped(files)))


@pytest.mark.parametrize("archive", [False, True])
def test_modules_that_the_user_gives_to_all(one: Private, archive: bool) -> None:
    module = one.folder / "node_modules" / "given"
    module.mkdir(parents=True, exist_ok=True)
    (module / "index.js").write_text("module.exports = 'given'")
    code = "exports.main = () => ({ it: require('given'), own: !!require('openwhisk') })"
    record = NodeAction(one.api, f"given{archive}")(zipped({"index.js": code}) if archive else code)
    assert result(record) == {"it": "given", "own": True}


def test_machine_without_npm_is_the_reason(tmp_path: Path) -> None:
    found = shutil.which("node")
    assert found is not None
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "node").symlink_to(found)
    for tool in ("sh", "uname"):
        (tmp_path / "bin" / tool).symlink_to(str(shutil.which(tool)))
    with private(tmp_path / "data", PATH=str(tmp_path / "bin")) as playground:
        record = NodeAction(playground.api, "a")(zipped(USES_NEAR))
        assert error(record).startswith(
            "The dependencies in package.json could not be installed: npm is not on the PATH"
        )
        text = NodeAction(playground.api, "b")("const main = () => ({ ok: 1 })")
        assert result(text) == {"ok": 1}


@pytest.mark.heavy
def test_dependency_of_the_real_registry(run: NodeAction) -> None:
    files = {
        "package.json": json.dumps({"dependencies": {"is-number": "7.0.0"}}),
        "index.js": "exports.main = () => ({ is: require('is-number')(3) })",
    }
    assert result(run(zipped(files))) == {"is": True}
