"""Virtual environments for actions that bring a ``requirements.txt`` (contract §5.3)."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from jupyter_faas.playground.runtimes.builds import (
    BuildCache,
    BuildFailed,
    Recipe,
    without_credentials,
)
from jupyter_faas.playground.runtimes.installer import (
    InstallFiles,
    failure_message,
    installer_environment,
)
from jupyter_faas.playground.runtimes.interpreters import Interpreter, Interpreters

FILE = "requirements.txt"
WHAT = "packages of requirements.txt"
_VENV = "venv"
PYTHON = f"{_VENV}/bin/python"


class Virtualenvs:
    """One for each set of requirements and each Python, built when it is first needed."""

    def __init__(
        self,
        builds: BuildCache,
        environ: Mapping[str, str],
        interpreters: Interpreters,
        uv: Callable[[str | None], str | None] | None = None,
    ) -> None:
        """``environ``: the user's, with the configuration of pip and uv.

        ``uv`` finds that on a path; where it finds none, pip installs.
        """
        self._find_uv = uv or find_uv
        self._builds = builds
        self._environ = environ
        self.interpreters = interpreters

    async def get(
        self, directory: Path, executable: str, environment: Mapping[str, str], patience_s: float
    ) -> Path | None:
        """The prefix of the virtual environment for the action in ``directory``.

        None when ``executable``, started with ``environment``, has all that is required, or
        nothing is. Raises BuildFailed and StillBuilding.
        """
        recipe = await asyncio.to_thread(self._recipe, directory, executable, environment)
        if recipe is None:
            return None
        return await self._builds.get(recipe, patience_s) / _VENV

    def warm_up(self, executable: str, environment: Mapping[str, str]) -> None:
        """Do what the first that asks for packages would wait for. Blocking."""
        import jupyter_faas.playground.runtimes.requirements_file  # noqa: F401

        self.interpreters.probe(executable, environment)

    async def is_satisfied(
        self, directory: Path, executable: str, environment: Mapping[str, str]
    ) -> bool:
        """Whether ``executable`` has all that is required. Raises BuildFailed."""
        return await asyncio.to_thread(self._recipe, directory, executable, environment) is None

    def _recipe(
        self, directory: Path, executable: str, environment: Mapping[str, str]
    ) -> Recipe | None:
        # It takes longer to load than a start may; most of them need none.
        from jupyter_faas.playground.runtimes.requirements_file import Requirements

        text = (directory / FILE).read_bytes().decode(errors="replace")
        required = Requirements.read(text)
        if not required.lines:
            return None
        interpreter = self.interpreters.probe(executable, environment)
        if interpreter is None:
            raise BuildFailed(f"The {WHAT} cannot be installed: {executable} does not run.")
        if required.satisfied_by(interpreter.installed, interpreter.markers):
            return None
        if required.editable:
            line = without_credentials(required.editable)
            raise BuildFailed(
                f"'{line}' of {FILE} cannot be installed: write the path alone, without -e."
            )
        files = InstallFiles(directory, () if required.plain else None)
        key = files.digest("python", interpreter.version, interpreter.platform, *required.lines)

        def fill(folder: Path) -> None:
            files.copy_to(folder)
            if required.plain:
                (folder / FILE).write_text("".join(f"{line}\n" for line in required.lines))

        return Recipe(
            key=f"python-{key}",
            what=WHAT,
            fill=fill,
            commands=lambda root: self._commands(root, interpreter),
            environment=installer_environment(self._environ, environment),
            proof=PYTHON,
            blame=lambda output: failure_message(WHAT, required.blamed(output), output),
        )

    def _commands(self, root: Path, interpreter: Interpreter) -> Sequence[tuple[str, ...]]:
        python, venv = str(root / PYTHON), str(root / _VENV)
        uv = self._find_uv(self._environ.get("PATH"))
        if uv is not None:
            quiet = ("--color=never", "--no-progress", "--no-python-downloads")
            # Copies: an action that damages its packages must not damage uv's cache.
            copies = "--link-mode=copy"
            return (
                (uv, "venv", *quiet, "--no-project", "--python", interpreter.executable, venv),
                (uv, "pip", "install", *quiet, copies, "--python", python, "-r", FILE),
            )
        pip = (python, "-m", "pip", "install", "--no-input", "--disable-pip-version-check")
        return (
            (interpreter.executable, "-m", "venv", venv),
            (*pip, "--progress-bar=off", "-r", FILE),
        )


def find_uv(path: str | None) -> str | None:
    """The ``uv`` that is installed beside us, else one on ``path``."""
    try:
        from uv import find_uv_bin
    except ImportError:
        return shutil.which("uv", path=path)
    try:
        return find_uv_bin()
    except FileNotFoundError:
        return shutil.which("uv", path=path)
