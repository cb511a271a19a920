"""What a user has: a terminal, the key from the ``wskprops`` file, and curl."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).parents[3] / "examples"


@dataclass(frozen=True)
class User:
    data_dir: Path

    def faas(self, *words: str) -> subprocess.CompletedProcess[str]:
        """``jupyter faas WORDS…`` with this user's data folder."""
        return subprocess.run(
            [sys.executable, "-m", "jupyter_faas.cli", *words],
            capture_output=True,
            text=True,
            env={**os.environ, "JUPYTER_FAAS_DATA_DIR": str(self.data_dir)},
        )

    def faas_json(self, *words: str) -> Any:
        done = self.faas(*words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def wskprops(self) -> dict[str, str]:
        text = (self.data_dir / "playground" / "wskprops").read_text()
        return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)

    def curl(self, path: str, body: object = None) -> Any:
        """The JSON that curl gets from the API, with the key of the ``wskprops`` file."""
        properties = self.wskprops()
        command = ["curl", "--silent", "--user", properties["AUTH"]]
        if body is not None:
            command += ["-H", "Content-Type: application/json", "--data", json.dumps(body)]
        done = subprocess.run(
            [*command, f"{properties['APIHOST']}/api/v1/{path}"],
            capture_output=True,
            text=True,
            check=True,
        )
        return json.loads(done.stdout)
