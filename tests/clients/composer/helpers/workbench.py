"""Composer as a user has it: two commands, a folder with compositions, a key."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.clients.helpers.npm import binary, npm_install
from tests.clients.helpers.target import Target
from tests.clients.helpers.terminal import Outcome, Terminal
from tests.contract.helpers.api import Api, node, python

COMPOSITIONS = Path(__file__).parents[1] / "compositions"

# What the compositions are composed of, in two languages.
_COMPONENTS = {
    "increment": python("def main(args):\n    return {'n': args['n'] + 1}\n"),
    "double": node("const main = ({ n }) => ({ n: n * 2 });"),
    "even": python("def main(args):\n    return {'value': args['n'] % 2 == 0}\n"),
    "fail": node("const main = () => ({ error: 'no luck', beside: 1 });"),
    "nap": python("import time\ndef main(args):\n    time.sleep(0.7)\n    return args\n"),
    "long_nap": python("import time\ndef main(args):\n    time.sleep(4)\n    return args\n"),
    "both": {"exec": {"kind": "sequence", "components": ["/_/increment", "/_/double"]}},
    "tools/half": node("const main = ({ n }) => ({ n: n / 2 });"),
}


@dataclass(frozen=True)
class Composer:
    """Compositions are named as their files are; ``namespace`` is where all of it goes."""

    namespace: str
    target: Target
    api: Api
    terminal: Terminal
    package: Path

    def compose(self, *words: str | Path, code: int = 0) -> Outcome:
        return self.terminal.run(binary(self.package, "compose"), *words, code=code)

    def deploy(self, *words: str | Path, code: int = 0) -> Outcome:
        return self.terminal.run(binary(self.package, "deploy"), *words, code=code)

    def composed(self, name: str) -> Path:
        """``name.json`` of ``compositions/name.js``, as ``compose`` prints it."""
        path = self.terminal.home / f"{name}.json"
        path.write_text(self.compose(f"compositions/{name}.js").stdout, "utf-8")
        return path

    def deployed(self, name: str, *flags: str, into: str = "") -> str:
        """The full name of the action, made anew; ``into`` is ``package/`` or nothing."""
        action = f"{into}{name}"
        printed = self.deploy(action, self.composed(name), "-w", *flags).stdout
        assert re.fullmatch(rf"ok: created actions? (\S+,)?/_/{re.escape(action)}\n", printed)
        return action

    def run(
        self, action: str, params: Mapping[str, Any] | None = None, status: str = "success"
    ) -> dict[str, Any]:
        """The record of the whole, whose ``status`` is as said."""
        record: dict[str, Any] = self.api.invoke(action, params).json()
        assert record["response"]["status"] == status, record
        return record

    def parts(self, record: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The records of conductor and components, in the order of the logs."""
        return [self.api.record(each) for each in record["logs"]]


def make_composer(target: Target, home: Path, api: Api) -> Composer:
    """Composer in ``home``, with ``.wskprops`` of its namespace, and the components there."""
    shutil.copy(target.wskprops, home / ".wskprops")
    shutil.copytree(COMPOSITIONS, home / "compositions")
    package = npm_install("openwhisk-composer@0.12.0")
    (namespace,) = api.session.get(f"{target.apihost}/api/v1/namespaces", timeout=30).json()
    composer = Composer(namespace, target, api, Terminal(home), package)
    assert api.put_package("tools").status_code == 200
    for name, body in _COMPONENTS.items():
        made = api.put(name, json.loads(json.dumps(body).replace("/_/", f"/{namespace}/")))
        assert made.status_code == 200, made.text
    return composer
