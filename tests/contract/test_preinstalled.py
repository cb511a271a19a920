"""Contract §5.3, §5.4: what OpenWhisk's images have is here, or the docs say that it is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract.helpers.api import Api, annotated, python
from tests.contract.helpers.node import NodeAction

DOCS = Path(__file__).parents[2] / "docs" / "runtimes.md"

PYTHON = {
    "beautifulsoup4": "bs4",
    "httplib2": "httplib2",
    "kafka_python": "kafka",
    "lxml": "lxml",
    "python-dateutil": "dateutil",
    "requests": "requests",
    "scrapy": "scrapy",
    "simplejson": "simplejson",
    "virtualenv": "virtualenv",
    "twisted": "twisted",
    "netifaces": "netifaces",
}
NODE = ("openwhisk", "express", "serialize-error", "redis", "uuid")


def said_to_be_missing(family: str) -> str:
    (line,) = (part for part in DOCS.read_text().split("\n- ") if part.startswith(f"{family}: `"))
    return line.partition(" is available,")[2] or line


@pytest.mark.parametrize("distribution", PYTHON)
def test_python_module_is_there_or_said_to_be_missing(
    api: Api, name: str, distribution: str
) -> None:
    api.put(name, python(f"import {PYTHON[distribution]}\ndef main(args):\n    return {{}}\n"))
    record = api.record(api.invoke(name, blocking=False).json()["activationId"])
    assert record["response"]["success"] or f"`{distribution}`" in said_to_be_missing("Python")


@pytest.mark.parametrize("module", NODE)
def test_node_module_is_there_or_said_to_be_missing(api: Api, name: str, module: str) -> None:
    record = NodeAction(api, name)(f"require('{module}'); const main = () => ({{}})")
    assert record["response"]["success"] or f"`{module}`" in said_to_be_missing("Node.js")


def test_note_tells_how_to_install_a_missing_module(api: Api, name: str, ours: None) -> None:
    record = NodeAction(api, name)("require('no-such-module'); const main = () => ({})")
    assert "package.json has dependencies" in annotated(record)["faas-note"]
    api.put(name, python("import no_such_module\n"), overwrite=True)
    record = api.record(api.invoke(name, blocking=False).json()["activationId"])
    assert "with a requirements.txt" in annotated(record)["faas-note"]
