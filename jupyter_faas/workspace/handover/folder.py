"""The folder of an exported project."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_faas.errors import InputError
from jupyter_faas.workspace.handover.project import ACTIONS, MANIFEST, OPENAPI, project
from jupyter_faas.workspace.handover.wskdeploy import MARK

if TYPE_CHECKING:
    from jupyter_faas.workspace.handover.project import ProjectFunction


def check_folder(folder: Path) -> None:
    """InputError unless it is missing, empty, or what an earlier export has made."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise InputError(f"{folder} is a file.", hint="Give a folder for the project.")
    manifest = folder / MANIFEST
    is_ours = manifest.is_file() and manifest.read_bytes().startswith(MARK.encode())
    if not is_ours and any(folder.iterdir()):
        raise InputError(
            f"{folder} holds something else.",
            hint="Give a folder that is new or empty, or one of an earlier export.",
        )


def write_project(folder: Path, functions: Iterable[ProjectFunction], notebook: str) -> list[str]:
    """Write the files, each over its earlier one, and return their paths below ``folder``.

    What an earlier export deployed and this one has no more is taken away; other files stay.
    """
    files = project(functions, notebook)
    try:
        for path in _earlier(folder) - files.keys():
            (folder / path).unlink(missing_ok=True)
        for path, data in files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
    except OSError as error:
        raise InputError(f"Cannot write {folder}: {error.strerror}.") from error
    return sorted(files)


def _earlier(folder: Path) -> set[str]:
    """The packages that the manifest there names, and the document beside it."""
    import yaml

    try:
        text = (folder / MANIFEST).read_text("utf-8")
        packages = yaml.safe_load(text)["packages"] if text.startswith(MARK) else {}
        named = [
            action["function"]
            for package in packages.values()
            for action in package.get("actions", {}).values()
            if "function" in action
        ]
    except (OSError, UnicodeDecodeError, yaml.YAMLError, LookupError, TypeError, AttributeError):
        # Missing, or changed by hand: then nothing is known to be ours.
        return set()
    actions = (folder / ACTIONS).resolve()
    ours = {path for path in named if (folder / path).resolve().is_relative_to(actions)}
    return ours | {OPENAPI}
