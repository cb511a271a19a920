"""Fetch the wheels for a package, and select the files that an action needs."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path

from packaging.utils import canonicalize_name

from jupyter_faas.vendoring import unused_files
from jupyter_faas.vendoring.distributions import InstalledDistribution, read_folder
from jupyter_faas.vendoring.files import Distribution, ReplacedVersion, Vendored
from jupyter_faas.vendoring.installer import WheelNotFound, install
from jupyter_faas.vendoring.platform import PLATFORM


def vendor(
    requirements: Mapping[str, str],
    python: str,
    *,
    environ: Mapping[str, str],
    loose: Mapping[str, str] | None = None,
    progress: Callable[[str], None],
) -> Vendored:
    """Fetch wheels for ``requirements`` (name to version) and for their dependencies.

    ``loose`` maps names to their lowest acceptable versions. If a pinned version has no wheel for
    ``python``, all distributions in ``loose`` are fetched in any version from the lowest one
    upwards. ``Vendored.replaced`` lists those whose version differs from the pinned one.
    ``progress`` receives messages for the user. Raises VendoringFailed.
    """
    names = ", ".join(sorted(requirements, key=str.lower))
    progress(f"Fetching wheels for Python {python}: {names}…")
    with tempfile.TemporaryDirectory(prefix="faas-wheels-") as folder:
        target = Path(folder)
        try:
            install(_pins(requirements), python, target, environ)
        except WheelNotFound:
            # Most pinned versions have a wheel, so looser versions are tried only after a failure.
            least = {name: text for name, text in (loose or {}).items() if name in requirements}
            if not least:
                raise
            progress(f"Fetching versions that have wheels for Python {python}…")
            pinned = {name: version for name, version in requirements.items() if name not in least}
            words = [f"{name}>={version}" for name, version in sorted(least.items())]
            install([*_pins(pinned), *words], python, target, environ)
        return _collected(target, requirements, python)


def _pins(requirements: Mapping[str, str]) -> list[str]:
    # Package indexes do not have local versions such as 2.1.0+cpu, so the local label is removed.
    # The public version has the same code.
    return sorted(f"{name}=={v.partition('+')[0]}" for name, v in requirements.items())


def _collected(folder: Path, requirements: Mapping[str, str], python: str) -> Vendored:
    installed = read_folder(folder, python)
    files: dict[str, bytes] = {}
    kept: dict[str, list[str]] = {}
    for name in sorted(_runtime_closure(installed, requirements)):
        paths = unused_files.kept_files(
            name, installed[name].paths, lambda path: (folder / path).read_bytes()
        )
        kept[name] = paths
        files.update((path, (folder / path).read_bytes()) for path in paths)
    return Vendored(
        python=python,
        platform=PLATFORM,
        distributions=tuple(
            Distribution(
                name,
                installed[name].version,
                owned_paths(paths, (p for other in kept if other != name for p in kept[other])),
                sum(len(files[path]) for path in paths),
            )
            for name, paths in kept.items()
        ),
        files=files,
        replaced=tuple(
            ReplacedVersion(name, wanted, taken.version)
            for name, wanted in sorted(requirements.items())
            if (taken := installed.get(canonicalize_name(name))) is not None
            and taken.version.partition("+")[0] != wanted.partition("+")[0]
        ),
    )


def _runtime_closure(
    installed: Mapping[str, InstalledDistribution], names: Iterable[str]
) -> set[str]:
    """Return the names of the requested distributions and of all their runtime dependencies."""
    reached: set[str] = set()
    waiting: list[str] = [canonicalize_name(name) for name in names]
    while waiting:
        name = waiting.pop()
        if name in installed and name not in reached:
            reached.add(name)
            waiting += unused_files.runtime_requirements(name, installed[name].required)
    return reached


def owned_paths(paths: Collection[str], others: Iterable[str]) -> tuple[str, ...]:
    """Return the shortest list of paths that covers all of ``paths`` and none of ``others``.

    Each returned path is a directory or a file.

    >>> owned_paths(["a/x.py", "g/one/y.py"], ["g/two/z.py"])
    ('a', 'g/one')
    """
    shared = {folder for path in others for folder in _folders(path)}
    found = set()
    for path in paths:
        found.add(next((f for f in _folders(path) if f not in shared), path))
    return tuple(sorted(found))


def _folders(path: str) -> list[str]:
    """Return the parent directories of a path, outermost first.

    For ``a/b/c.py`` these are ``a`` and ``a/b``.
    """
    return [path[: found.start()] for found in re.finditer("/", path)]
