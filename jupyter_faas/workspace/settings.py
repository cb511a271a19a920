"""The data folder, the user's choices in settings.json, and the Python that packages functions."""

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
    """Return ``given``, else ``$JUPYTER_FAAS_DATA_DIR``, else ``faas`` in Jupyter's data folder."""
    if given is not None:
        return given.expanduser().absolute()
    if environ.get(DATA_DIR_VARIABLE):
        return Path(environ[DATA_DIR_VARIABLE]).expanduser().absolute()
    from jupyter_core.paths import jupyter_data_dir

    return Path(jupyter_data_dir(), "faas").absolute()


class Settings:
    """Reads and writes ``settings.json`` of a data folder.

    The file is read each time, since kernels and the server change it independently.
    """

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._path = data_dir / "settings.json"

    def target(self) -> str | None:
        """Return the name of the chosen target, or None."""
        name = self._read().get("target")
        return name if isinstance(name, str) else None

    def choose_target(self, name: str) -> None:
        """Store the name of the chosen target."""
        self._write({**self._read(), "target": name})

    def prices(self) -> str | None:
        """Return the name of the chosen price list, or None."""
        name = self._read().get("prices")
        return name if isinstance(name, str) else None

    def choose_prices(self, name: str) -> None:
        """Store the name of the chosen price list."""
        self._write({**self._read(), "prices": name})

    def budgets(self) -> dict[str, object]:
        """Return the budgets: USD per month as text, by name of the target."""
        found = self._read().get("budgets")
        return found if isinstance(found, dict) else {}

    def put_budget(self, target: str, usd_per_month: str | None) -> None:
        """Store the budget of a target; None removes it."""
        amounts = {**self.budgets(), target: usd_per_month}
        kept = {name: each for name, each in amounts.items() if each is not None}
        self._write({**self._read(), "budgets": kept})

    def named_targets(self) -> dict[str, object]:
        """Return the entries of added targets by name. They are not validated."""
        found = self._read().get("targets")
        return found if isinstance(found, dict) else {}

    def put_named_target(self, name: str, entry: Mapping[str, Any] | None) -> None:
        """Store the entry of a target; None removes it."""
        entries = {**self.named_targets(), name: entry}
        kept = {name: each for name, each in entries.items() if each is not None}
        self._write({**self._read(), "targets": kept})

    def _read(self) -> dict[str, Any]:
        try:
            found = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError):
            # An invalid file must not make all commands fail. The next change by the user replaces
            # it.
            return {}
        return found if isinstance(found, dict) else {}

    def _write(self, settings: Mapping[str, Any]) -> None:
        make_private(self._data_dir)
        text = json.dumps(settings, indent=2) + "\n"
        # Written to another name first, so that a reader in another process never sees half a file.
        aside = self._path.with_name(f".settings.{secrets.token_hex(4)}")
        aside.write_text(text, "utf-8")
        aside.replace(self._path)

    def data_dir_id(self) -> str:
        """Return the random id of the data folder, which is created on the first call.

        A kernel and a server that return the same id share a disk.
        """
        path = self._data_dir / "id"
        make_private(self._data_dir)
        aside = path.with_name(f".id.{secrets.token_hex(4)}")
        aside.write_text(secrets.token_hex(16), "utf-8")
        try:
            # os.link fails when another process was first, and never shows a partial file.
            os.link(aside, path)
        except FileExistsError:
            pass
        except OSError:  # A file system without hard links.
            if not path.exists():
                aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)
        # Read again, since another process may have created the file.
        return path.read_text("utf-8").strip()


def make_private(folder: Path) -> Path:
    """Create the folder with mode 0700 unless it exists, and return it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def this_environment() -> dict[str, str]:
    """Return ``{id, executable, prefix, version}`` of this Python.

    The playground runs an action with the Python that packaged it. ``executable`` is not resolved,
    because its link selects the virtual environment.
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
    """Return the kind for this Python, such as ``python:3.11``."""
    return f"python:{sys.version_info.major}.{sys.version_info.minor}"
