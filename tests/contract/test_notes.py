"""Contract §9: where the playground is kinder than OpenWhisk, the record says so.

The page on guarantees lists all intended differences in a table, whose last column quotes the
remark in the record, or says why there is none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.whisk.kinds import ALIASES
from tests.contract.helpers.api import Api, annotated, node, python, zipped

PAGE = Path(__file__).parents[2] / "docs" / "guarantees.md"
REMARK = re.compile(r"\*(?P<text>[^*]+)\*")

EXITS = "process.exit(3); const main = () => ({})"
OWN_JSON = "function main() { JSON.stringify = () => 'no'; return { ok: 1 } }"
NUMPY = "import os, numpy.linalg\nfrom json import loads\ndef main(args):\n    return {}\n"
NEEDS_NOTHING_MORE = {
    "__main__.py": "def main(args):\n    return {}\n",
    "requirements.txt": "packaging\n",
}
NPM = {
    "package.json": json.dumps({"main": "i.js", "dependencies": {"near": "file:./near"}}),
    "i.js": "exports.main = () => ({ near: require('near') })",
    "near/package.json": json.dumps({"name": "near", "version": "1.0.0", "main": "n.js"}),
    "near/n.js": "module.exports = 'here'",
}


def rows() -> dict[str, str]:
    """The last column by the first, of the table of differences."""
    _, _, section = PAGE.read_text("utf-8").partition("## Same responses as Apache OpenWhisk")
    lines = [line for line in section.partition("\n## ")[0].splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
    return {each[0]: each[-1] for each in cells}


def run(api: Api, name: str, body: dict[str, Any]) -> dict[str, Any]:
    """The record of the first run of an action."""
    response = api.put(name, body, overwrite=True)
    assert response.status_code == 200, response.text
    return api.record(api.invoke(name, blocking=False).json()["activationId"])


def bound(api: Api, name: str) -> dict[str, Any]:
    api.put_package(name, {"parameters": [{"key": "p", "value": 1}]}, overwrite=True)
    api.put(f"{name}/a", python(), overwrite=True)
    own = {"key": "SECRET", "value": "x", "init": True}
    (namespace,) = api.session.get(f"{api.target.apihost}/api/v1/namespaces").json()
    body = {"binding": {"namespace": namespace, "name": name}, "parameters": [own]}
    assert api.put_package(f"{name}_bound", body, overwrite=True).status_code == 200
    found = api.record(api.invoke(f"{name}_bound/a", blocking=False).json()["activationId"])
    api.delete_package(f"{name}_bound")
    api.delete_package(name, force=True)
    return found


# What brings about a difference, by the beginning of its row.
CASES: dict[str, Callable[[Api, str], dict[str, Any]]] = {
    "a Node.js process that exits": lambda api, name: run(api, name, node(EXITS)),
    "a damaged Python zip": lambda api, name: run(
        api, name, python("UEsDBAoAAAAAAA==", limits={"timeout": 60_000})
    ),
    "old kinds": lambda api, name: run(
        api, name, {"exec": {"kind": "nodejs:6", "code": "const main = () => ({})"}}
    ),
    "a Node.js action that replaces": lambda api, name: run(api, name, node(OWN_JSON)),
    "`npm install`": lambda api, name: run(api, name, node(zipped(NPM))),
    "`requirements.txt`": lambda api, name: run(api, name, python(zipped(NEEDS_NOTHING_MORE))),
    "a Python action without": lambda api, name: run(api, name, python(NUMPY)),
    "init parameters": bound,
}


def row_of(case: str) -> str:
    (found,) = (text for title, text in rows().items() if title.startswith(case))
    return found


def test_every_difference_has_a_remark_or_a_reason() -> None:
    quoted = {title for title, text in rows().items() if REMARK.fullmatch(text)}
    for title in quoted:
        assert any(title.startswith(case) for case in CASES), f"no case for: {title}"
    for title in rows().keys() - quoted:
        assert rows()[title].startswith("none: "), f"no remark and no reason: {title}"


@pytest.mark.parametrize("case", CASES)
def test_record_has_the_remark_of_the_page(api: Api, name: str, ours: None, case: str) -> None:
    quoted = REMARK.fullmatch(row_of(case))
    assert quoted is not None
    pattern = re.escape(quoted["text"]).replace("…", ".*")
    assert re.fullmatch(pattern, annotated(CASES[case](api, name))["faas-note"])


def test_remark_is_in_records_of_cold_starts_only(api: Api, name: str, ours: None) -> None:
    assert "faas-note" in annotated(run(api, name, python(NUMPY)))
    assert "faas-note" not in annotated(api.invoke(name).json())


@pytest.mark.parametrize("kind", ALIASES)
def test_action_of_an_old_kind_says_so(api: Api, name: str, ours: None, kind: str) -> None:
    stored = api.put(name, {"exec": {"kind": kind.upper(), "code": "x"}}).json()
    used = stored["exec"]["kind"]
    assert annotated(stored)["faas-note"] == (
        f"OpenWhisk would have refused the kind {kind}. Deploy the action with the kind {used}."
    )
    # An update without code keeps the kind, and with it the remark.
    assert "faas-note" in annotated(api.put(name, {}, overwrite=True).json())
    body = {"exec": {"kind": used, "code": "x"}, "annotations": stored["annotations"]}
    assert "faas-note" not in annotated(api.put(name, body, overwrite=True).json())


@pytest.mark.parametrize(
    "code",
    [
        "import os, sys\nimport requests\nfrom lxml import etree\n",
        "'''\nimport numpy\n'''\n",
        "try:\n    import numpy\nexcept ImportError:\n    numpy = None\n",
    ],
    ids=["of the images", "in a text", "optional"],
)
def test_imports_that_work_in_openwhisk(api: Api, name: str, ours: None, code: str) -> None:
    record = run(api, name, python(f"{code}\ndef main(args):\n    return {{}}\n"))
    assert not annotated(record).get("faas-note", "").startswith("OpenWhisk would have failed")


def test_binding_whose_init_parameters_are_those_of_the_action(
    api: Api, package: str, binding: str, ours: None
) -> None:
    own = {"key": "SECRET", "value": "x", "init": True}
    (namespace,) = api.session.get(f"{api.target.apihost}/api/v1/namespaces").json()
    api.put_package(package)
    api.put(f"{package}/a", python(parameters=[own]))
    api.put_package(
        binding,
        {"binding": {"namespace": namespace, "name": package}, "parameters": [own]},
    )
    record = api.record(api.invoke(f"{binding}/a", blocking=False).json()["activationId"])
    assert "faas-note" not in annotated(record)
