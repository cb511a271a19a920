"""The data folder, and the few choices that outlive a session."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

DATA_DIR_VARIABLE = "JUPYTER_FAAS_DATA_DIR"
TARGET_VARIABLE = "JUPYTER_FAAS_TARGET"

# The name of the target that always exists.
PLAYGROUND = "playground"


def find_data_dir(given: Path | None, environ: Mapping[str, str]) -> Path:
    """The folder given, else ``$JUPYTER_FAAS_DATA_DIR``, else ``faas`` in Jupyter's data folder."""
    if given is not None:
        return given.expanduser().absolute()
    if environ.get(DATA_DIR_VARIABLE):
        return Path(environ[DATA_DIR_VARIABLE]).expanduser().absolute()
    from jupyter_core.paths import jupyter_data_dir

    return Path(jupyter_data_dir(), "faas").absolute()


class Settings:
    """``settings.json`` of a data folder, read anew each time: kernels and server share it."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._path = data_dir / "settings.json"

    def target(self) -> str | None:
        """The name of the target that was chosen, or None."""
        name = self._read().get("target")
        return name if isinstance(name, str) else None

    def choose_target(self, name: str) -> None:
        """Remember the target's name."""
        self._write({**self._read(), "target": name})

    def prices(self) -> str | None:
        """The name of the price list that was chosen, or None."""
        name = self._read().get("prices")
        return name if isinstance(name, str) else None

    def choose_prices(self, name: str) -> None:
        """Remember the price list's name."""
        self._write({**self._read(), "prices": name})

    def budgets(self) -> dict[str, object]:
        """What ``budgets`` holds: USD a month as text, by the target's name."""
        found = self._read().get("budgets")
        return found if isinstance(found, dict) else {}

    def put_budget(self, target: str, usd_per_month: str | None) -> None:
        """Keep the budget of a target; None takes it away."""
        amounts = {**self.budgets(), target: usd_per_month}
        kept = {name: each for name, each in amounts.items() if each is not None}
        self._write({**self._read(), "budgets": kept})

    def named_targets(self) -> dict[str, object]:
        """What ``targets`` holds: an entry for each name, as it stands there."""
        found = self._read().get("targets")
        return found if isinstance(found, dict) else {}

    def put_named_target(self, name: str, entry: Mapping[str, Any] | None) -> None:
        """Keep an entry under that name; None takes it away."""
        entries = {**self.named_targets(), name: entry}
        kept = {name: each for name, each in entries.items() if each is not None}
        self._write({**self._read(), "targets": kept})

    def _read(self) -> dict[str, Any]:
        try:
            found = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError):
            # A file that a hand has spoiled must not stop everything; the next choice mends it.
            return {}
        return found if isinstance(found, dict) else {}

    def _write(self, settings: Mapping[str, Any]) -> None:
        make_private(self._data_dir)
        text = json.dumps(settings, indent=2) + "\n"
        aside = self._path.with_name(f".settings.{secrets.token_hex(4)}")
        aside.write_text(text, "utf-8")
        aside.replace(self._path)

    def data_dir_id(self) -> str:
        """A random word kept in the data folder: who reads the same word shares the disk."""
        path = self._data_dir / "id"
        make_private(self._data_dir)
        aside = path.with_name(f".id.{secrets.token_hex(4)}")
        aside.write_text(secrets.token_hex(16), "utf-8")
        try:
            # A link fails where another process was first, and never shows half a file.
            os.link(aside, path)
        except FileExistsError:
            pass
        except OSError:  # a file system without links
            if not path.exists():
                aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)
        return path.read_text("utf-8").strip()


def make_private(folder: Path) -> Path:
    """Make the folder, with mode 0700 when it is new, and return it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


# -- The Python that packages a function: the playground runs the function with the same.


def this_environment() -> dict[str, str]:
    """``{id, executable, prefix, version}`` of this process; the same each time it starts.

    ``executable`` is not resolved: a virtual environment is the link that leads into it.
    """
    version = platform.python_version()
    parts = (os.path.realpath(sys.executable), sys.prefix, version)
    return {
        "id": hashlib.sha256("\0".join(parts).encode()).hexdigest()[:8],
        "executable": sys.executable,
        "prefix": sys.prefix,
        "version": version,
    }


def this_kind() -> str:
    """The kind whose Python is this one: ``python:3.11``."""
    return f"python:{sys.version_info.major}.{sys.version_info.minor}"
