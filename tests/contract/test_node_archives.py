"""Contract §5.4: Node.js actions of several files."""

from __future__ import annotations

import base64
import io
import json
import tarfile

import pytest

from tests.contract.api import Api, zipped
from tests.contract.node import NodeAction, error, result

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
        "Initialization has failed due to: Error: "
        "There was an error uncompressing the action archive."
    )
