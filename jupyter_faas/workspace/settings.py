"""The data directory, the user's settings, and the Python environment that packages functions."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import secrets
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from jupyter_faas.bundle.atomic_files import lock_file, write_atomically
from jupyter_faas.errors import InputError

DATA_DIR_VARIABLE = "JUPYTER_FAAS_DATA_DIR"
TARGET_VARIABLE = "JUPYTER_FAAS_TARGET"

# The name of the target that always exists.
PLAYGROUND = "playground"


def find_data_dir(given: Path | None, environ: Mapping[str, str]) -> Path:
    """Return the absolute path of the data directory.

    The order of precedence is ``given``, ``$JUPYTER_FAAS_DATA_DIR``, and ``faas`` in Jupyter's data
    directory.
    """
    if given is not None:
        return given.expanduser().absolute()
    if environ.get(DATA_DIR_VARIABLE):
        return Path(environ[DATA_DIR_VARIABLE]).expanduser().absolute()
    from jupyter_core.paths import jupyter_data_dir

    return Path(jupyter_data_dir(), "faas").absolute()


class Settings:
    """The user's settings in ``settings.json`` in a data directory.

    The file is read on each access, because kernels and the server change it independently.
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
        self._change(lambda settings: {**settings, "target": name})

    def prices(self) -> str | None:
        """Return the name of the chosen price list, or None."""
        name = self._read().get("prices")
        return name if isinstance(name, str) else None

    def choose_prices(self, name: str) -> None:
        """Store the name of the chosen price list."""
        self._change(lambda settings: {**settings, "prices": name})

    def budgets(self) -> dict[str, object]:
        """Return the monthly budget of each target by name, as a decimal string in USD.

        The values are not validated.
        """
        return _entries(self._read(), "budgets")

    def put_budget(self, target: str, usd_per_month: str | None) -> None:
        """Store the monthly budget of a target, or remove it if ``usd_per_month`` is None."""
        self._change(partial(_with_entry, "budgets", target, usd_per_month))

    def named_targets(self) -> dict[str, object]:
        """Return the settings of user-defined targets by name, without validating them."""
        return _entries(self._read(), "targets")

    def put_named_target(self, name: str, entry: Mapping[str, Any] | None) -> None:
        """Store the settings of a target, or remove the target if ``entry`` is None."""
        self._change(partial(_with_entry, "targets", name, entry))

    def add_named_target(self, name: str, entry: Mapping[str, Any]) -> bool:
        """Store the settings of a new target; return False if the name is in use."""
        added = False

        def add(settings: dict[str, Any]) -> dict[str, Any]:
            nonlocal added
            added = name not in _entries(settings, "targets")
            return _with_entry("targets", name, entry, settings) if added else settings

        self._change(add)
        return added

    def _read(self) -> dict[str, Any]:
        """Return the settings, or {} if there is no file.

        Raises InputError if the file cannot be read. If such a file counted as empty, functions
        would be deployed to another target than the chosen one, and the next change would delete
        all settings.
        """
        try:
            text = self._path.read_text("utf-8")
            # Earlier versions did not sync the file, so a power failure could leave an empty one.
            found = json.loads(text) if text.strip() else {}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError) as error:
            if isinstance(error, OSError):
                raise InputError(
                    f"The settings in {self._path} cannot be read: {error.strerror}.",
                    hint="Name another data folder: --data-dir FOLDER\nOr correct the permissions "
                    "of this one.",
                ) from error
            raise self._unreadable(str(error)) from error
        if not isinstance(found, dict):
            raise self._unreadable("the file is not a JSON object")
        return found

    def _unreadable(self, reason: str) -> InputError:
        return InputError(
            f"The settings in {self._path} cannot be read: {reason}.",
            hint="Correct the file, or rename it to start without your targets, budgets and "
            "prices.",
        )

    def _change(self, change: Callable[[dict[str, Any]], Mapping[str, Any]]) -> None:
        """Replace the settings by ``change(settings)``, while no other process can change them.

        Raises InputError if the file cannot be read or written.
        """
        try:
            with lock_file(self._data_dir / ".settings.lock"):
                text = json.dumps(change(self._read()), indent=2) + "\n"
                write_atomically(self._path, text.encode())
        except OSError as error:
            raise InputError(
                f"The settings in {self._path} cannot be changed: {error.strerror}.",
                hint="Free up disk space, correct the permissions of the folder, or choose another "
                "data folder with JUPYTER_FAAS_DATA_DIR.",
            ) from error

    def data_dir_id(self) -> str:
        """Return the random id of the data directory, which is created on the first call.

        If a kernel and a server return the same id, they share a disk.
        """
        path = self._data_dir / "id"
        make_private(self._data_dir)
        aside = path.with_name(f".id.{secrets.token_hex(4)}")
        aside.write_text(secrets.token_hex(16), "utf-8")
        try:
            # os.link fails if another process was first, and never exposes a partial file.
            os.link(aside, path)
        except FileExistsError:
            pass
        except OSError:  # The file system does not support hard links.
            if not path.exists():
                aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)
        # Read the id back, because another process may have created the file.
        return path.read_text("utf-8").strip()


def _entries(settings: Mapping[str, Any], key: str) -> dict[str, object]:
    found = settings.get(key)
    return found if isinstance(found, dict) else {}


def _with_entry(key: str, name: str, entry: object, settings: dict[str, Any]) -> dict[str, Any]:
    """Return settings in which ``name`` in the group ``key`` is ``entry``, or missing if None."""
    entries = {**_entries(settings, key), name: entry}
    return {**settings, key: {name: each for name, each in entries.items() if each is not None}}


def make_private(folder: Path) -> Path:
    """Create the directory with mode 0700 unless it exists, and return its path."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def this_environment() -> dict[str, str]:
    """Return ``{id, executable, prefix, version}`` of the running Python environment.

    The playground runs an action in the environment that packaged it. Symbolic links in
    ``executable`` are not resolved, because they select the virtual environment.
    """
    version = platform.python_version()
    parts = (os.path.realpath(sys.executable), sys.prefix, version)
    return {
        "id": hashlib.sha256("\0".join(parts).encode()).hexdigest()[:8],
        "executable": sys.executable,
        "prefix": sys.prefix,
        "version": version,
    }


def is_linux_x86() -> bool:
    """Return whether this machine can run the wheels in packages, which are for Linux on x86-64."""
    return sys.platform == "linux" and platform.machine().lower() in ("x86_64", "amd64")


def this_kind() -> str:
    """Return the kind for the running Python version, such as ``python:3.11``."""
    return f"python:{sys.version_info.major}.{sys.version_info.minor}"
