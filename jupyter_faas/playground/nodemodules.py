"""Modules for Node.js actions whose ``package.json`` has dependencies (contract §5.4)."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import platform
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_faas.playground.builds import SOURCE, BuildFailed, Builds, Recipe
from jupyter_faas.playground.installers import Files, failure, installer_environment

FILE = "package.json"
WHAT = "dependencies of package.json"
MODULES = "node_modules"

# What goes into an installation besides package.json, where it is there.
_BESIDE = ("package-lock.json", "npm-shrinkwrap.json", ".npmrc")

# Dependencies that are a part of the archive, and scripts that may read any file of it.
_LOCAL = ("file:", "link:", "workspace:", ".", "/", "~")
_SCRIPTS = frozenset(
    ("preinstall", "install", "postinstall", "preprepare", "prepare", "postprepare")
)


class NodeModules:
    """One folder of modules for each package.json and each Node.js."""

    def __init__(self, builds: Builds, environ: Mapping[str, str]) -> None:
        """``environ``: the user's, with the configuration of npm."""
        self._builds = builds
        self._environ = environ

    async def provide(
        self, directory: Path, major: int, environment: Mapping[str, str], patience_s: float
    ) -> None:
        """Put ``node_modules`` into ``directory`` when its package.json asks for some.

        ``major``: of the Node.js that runs it. Raises BuildFailed, and StillBuilding.
        """
        recipe = await asyncio.to_thread(self._recipe, directory, major, environment)
        if recipe is None:
            return
        built = await self._builds.get(recipe, patience_s)
        with contextlib.suppress(FileExistsError):  # Another worker of the action starts too.
            os.symlink(built / SOURCE / MODULES, directory / MODULES, target_is_directory=True)

    def _recipe(self, directory: Path, major: int, environment: Mapping[str, str]) -> Recipe | None:
        package = _read(directory / FILE)
        wanted = package.get("dependencies")
        if not isinstance(wanted, dict) or not wanted:
            return None
        npm = shutil.which("npm", path=environment.get("PATH"))
        if npm is None:
            raise BuildFailed(
                f"The {WHAT} could not be installed: there is no npm on the PATH of the "
                "playground. Install npm, or deploy the archive with its node_modules."
            )
        files = Files(directory, None if _is_local(package, wanted) else (FILE, *_BESIDE))
        key = files.digest("nodejs", str(major), platform.system(), platform.machine())

        def blame(output: str) -> str:
            named = [f"{name}@{version}" for name, version in wanted.items() if name in output]
            return failure(WHAT, named, output)

        return Recipe(
            key=f"nodejs-{key}",
            what=WHAT,
            fill=files.copy_to,
            commands=lambda root: (
                (npm, "install", "--omit=dev", "--no-audit", "--no-fund", "--no-color"),
            ),
            environment=installer_environment(self._environ, environment),
            proof=f"{SOURCE}/{MODULES}",
            blame=blame,
        )


def wants_modules(directory: Path) -> bool:
    """Whether there is a package.json without modules; a link to what has gone is none."""
    modules = directory / MODULES
    if modules.is_symlink() and not modules.exists():
        modules.unlink(missing_ok=True)
    return (directory / FILE).is_file() and not modules.exists()


def _read(path: Path) -> dict[str, Any]:
    """Empty when it is no object: then node says what is wrong with it."""
    try:
        package = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return package if isinstance(package, dict) else {}


def _is_local(package: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    scripts = package.get("scripts")
    return (
        "workspaces" in package
        or (isinstance(scripts, dict) and not _SCRIPTS.isdisjoint(scripts))
        or any(str(version).startswith(_LOCAL) for version in wanted.values())
    )
