"""OpenWhisk Composer as it comes from npm: what it makes of a composition in JavaScript."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.clients.helpers.npm import binary
from tests.clients.helpers.terminal import Terminal

_STATES = Path(__file__).parents[1] / "js" / "states.js"


@dataclass(frozen=True)
class Npm:
    """``package`` is the folder that Composer is installed in."""

    package: Path
    home: Path

    def compose(self, expression: str) -> dict[str, Any]:
        """What ``compose`` prints for ``module.exports = expression``."""
        path = self.home / "composition.js"
        head = "const composer = require('openwhisk-composer');\n"
        path.write_text(f"{head}module.exports = {expression};\n", "utf-8")
        terminal = Terminal(self.home)
        printed: dict[str, Any] = json.loads(
            terminal.run(binary(self.package, "compose"), path).stdout
        )
        return printed

    def states(self, lowered: dict[str, Any]) -> list[dict[str, Any]]:
        """The states of Composer's own conductor."""
        terminal = Terminal(self.home, {"NODE_PATH": str(self.package / "node_modules")})
        states: list[dict[str, Any]] = json.loads(
            terminal.run("node", _STATES, text=json.dumps(lowered)).stdout
        )
        return states


def masked(value: Any) -> Any:
    """The same without the code of functions, which is in two languages."""
    if isinstance(value, list):
        return [masked(item) for item in value]
    if not isinstance(value, dict):
        return value
    if isinstance(value.get("exec"), dict) and value["exec"].get("kind") != "sequence":
        return {**value, "exec": "code"}
    return {key: masked(item) for key, item in value.items()}
