"""Virtualenvs for actions with a ``requirements.txt``: built with uv or pip (contract §5.3)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from jupyter_faas.installation import find_uv
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
DESCRIPTION = "packages in requirements.txt"
_VENV = "venv"
PYTHON = f"{_VENV}/bin/python"


class Virtualenvs:
    """The virtualenvs, one for each combination of requirements and interpreter version."""

    def __init__(
        self,
        builds: BuildCache,
        environ: Mapping[str, str],
        interpreters: Interpreters,
        uv: Callable[[str | None], str | None] | None = None,
    ) -> None:
        """Use ``builds`` to build virtualenvs, and ``interpreters`` to probe interpreters.

        ``environ``: the user's environment variables, which configure pip and uv.
        ``uv``: takes a PATH and returns the uv executable, or None to use pip.
        """
        self._uv_finder = uv or find_uv
        self._builds = builds
        self._environ = environ
        self.interpreters = interpreters

    async def get(
        self, directory: Path, executable: str, environment: Mapping[str, str], patience_s: float
    ) -> Path | None:
        """Build the virtualenv for the action in ``directory`` if needed, and return its prefix.

        Return None if the requirements.txt is empty, or if ``executable`` satisfies it when started
        with ``environment``. Raises BuildFailed if the requirements cannot be installed, and
        StillBuilding if the installation takes longer than ``patience_s``.
        """
        recipe = await asyncio.to_thread(self._recipe, directory, executable, environment)
        if recipe is None:
            return None
        return await self._builds.get(recipe, patience_s) / _VENV

    def warm_up(self, executable: str, environment: Mapping[str, str]) -> None:
        """Import the parser and probe the interpreter in advance. This method blocks."""
        import jupyter_faas.playground.runtimes.requirements_file  # noqa: F401

        self.interpreters.probe(executable, environment)

    async def is_satisfied(
        self, directory: Path, executable: str, environment: Mapping[str, str]
    ) -> bool:
        """Return whether ``executable`` has all packages that the action requires.

        Raises BuildFailed if the interpreter does not work or a requirement is editable (``-e``).
        """
        return await asyncio.to_thread(self._recipe, directory, executable, environment) is None

    def _recipe(
        self, directory: Path, executable: str, environment: Mapping[str, str]
    ) -> Recipe | None:
        # The import is local, because it takes longer than a cold start and is rarely needed.
        from jupyter_faas.playground.runtimes.requirements_file import Requirements

        text = (directory / FILE).read_bytes().decode(errors="replace")
        requirements = Requirements.read(text)
        if not requirements.lines:
            return None
        interpreter = self.interpreters.probe(executable, environment)
        if interpreter is None:
            raise BuildFailed(f"The {DESCRIPTION} cannot be installed: {executable} does not run.")
        if requirements.satisfied_by(interpreter.installed, interpreter.markers):
            return None
        if requirements.editable:
            line = without_credentials(requirements.editable)
            raise BuildFailed(
                f"'{line}' in {FILE} cannot be installed: write the path or the URL without -e."
            )
        # Requirements that are not plain may refer to files in the archive, so all files are part
        # of the key.
        files = InstallFiles(directory, () if requirements.plain else None)
        key = files.digest("python", interpreter.version, interpreter.platform, *requirements.lines)

        def fill(folder: Path) -> None:
            files.copy_to(folder)
            if requirements.plain:
                (folder / FILE).write_text("".join(f"{line}\n" for line in requirements.lines))

        return Recipe(
            key=f"python-{key}",
            description=DESCRIPTION,
            prepare=fill,
            commands=lambda root: self._commands(root, interpreter),
            environment=installer_environment(self._environ, environment),
            required_path=PYTHON,
            error_message=lambda output: failure_message(
                DESCRIPTION, requirements.mentioned_in(output), output
            ),
        )

    def _commands(self, root: Path, interpreter: Interpreter) -> Sequence[tuple[str, ...]]:
        python, venv = str(root / PYTHON), str(root / _VENV)
        uv = self._uv_finder(self._environ.get("PATH"))
        if uv is not None:
            quiet = ("--color=never", "--no-progress", "--no-python-downloads")
            # By default, uv links files from its cache. With copies, an action that changes its
            # packages does not change the cache.
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
