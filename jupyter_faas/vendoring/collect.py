"""Fetch the wheels for a package, and select the files that an action needs."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path

from packaging.utils import canonicalize_name

from jupyter_faas.vendoring import unused_files
from jupyter_faas.vendoring.distributions import InstalledDistribution, read_folder
from jupyter_faas.vendoring.files import Distribution, ProvidedVersion, ReplacedVersion, Vendored
from jupyter_faas.vendoring.installer import WheelNotFound, install
from jupyter_faas.vendoring.platform import PLATFORM
from jupyter_faas.vendoring.provided import write_constraints


def vendor(
    requirements: Mapping[str, str],
    python: str,
    *,
    environ: Mapping[str, str],
    loose: Mapping[str, str] | None = None,
    provided: Mapping[str, str] | None = None,
    exact: Collection[str] = (),
    progress: Callable[[str], None],
) -> Vendored:
    """Fetch wheels for ``requirements`` (name to version) and for their dependencies.

    ``loose`` maps names to their lowest acceptable versions. If a pinned version has no wheel for
    ``python``, all distributions in ``loose`` are fetched in any version from the lowest one
    upwards. ``Vendored.replaced`` lists those whose version differs from the pinned one.

    ``provided`` maps canonical names to the versions that the target has. These distributions are
    not fetched, and the others are fetched in versions that work with them. ``Vendored.provided``
    lists those that are needed. If a pinned version does not work with them, an earlier version
    with the same first number may be taken, except of the distributions in ``exact``.

    ``progress`` receives messages for the user. Raises VendoringFailed.
    """
    there = dict(provided or {})
    lacking = {
        name: version
        for name, version in requirements.items()
        if canonicalize_name(name) not in there
    }
    names = ", ".join(sorted(lacking, key=str.lower))
    progress(f"Fetching wheels for Python {python}: {names}…")
    with tempfile.TemporaryDirectory(prefix="faas-wheels-") as folder:
        target = Path(folder, "installed")
        constraints = write_constraints(Path(folder, "provided"), there) if there else None
        try:
            install(_pins(lacking), python, target, environ, constraints)
        except WheelNotFound:
            # Most pinned versions have a wheel, so looser versions are tried only after a failure.
            least = {name: text for name, text in (loose or {}).items() if name in lacking}
            ranges = {name: f"{name}>={version}" for name, version in least.items()}
            if there:
                others = {n: _range(n, v) for n, v in lacking.items() if n not in exact}
                ranges = {**others, **ranges}
            if not ranges:
                raise
            progress(f"Fetching versions that have wheels for Python {python}…")
            pinned = {name: version for name, version in lacking.items() if name not in ranges}
            words = [ranges[name] for name in sorted(ranges)]
            install([*_pins(pinned), *words], python, target, environ, constraints)
        return collect(target, requirements, python, there)


def _range(name: str, version: str) -> str:
    """Return a requirement for a version up to ``version`` with the same first number.

    >>> _range("pandas", "3.1.1")
    'pandas>=3,<=3.1.1'
    """
    public = version.partition("+")[0]
    return f"{name}>={public.partition('.')[0]},<={public}"


def _pins(requirements: Mapping[str, str]) -> list[str]:
    # Package indexes do not have local versions such as 2.1.0+cpu, so the local label is removed.
    # The public version has the same code.
    return sorted(f"{name}=={v.partition('+')[0]}" for name, v in requirements.items())


def collect(
    folder: Path,
    requirements: Mapping[str, str],
    python: str,
    there: Mapping[str, str] | None = None,
) -> Vendored:
    """Select the files of ``requirements`` and their dependencies in an installation directory.

    ``folder`` contains distributions for ``python``. Files that an action does not need are left
    out, and so are the distributions in ``there``, which maps canonical names to the versions that
    the target has.
    """
    there = there or {}
    versions = {str(canonicalize_name(name)): version for name, version in requirements.items()}
    installed = read_folder(folder, python)
    files: dict[str, bytes] = {}
    kept: dict[str, list[str]] = {}

    def read(path: str) -> bytes:
        return (folder / path).read_bytes()

    reached = _runtime_closure(installed, requirements, there)
    for name in sorted(reached - there.keys()):
        paths = unused_files.kept_files(name, installed[name].paths, read)
        kept[name] = paths
        files.update((path, unused_files.content_of(name, path, read)) for path in paths)
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
            if canonicalize_name(name) not in there
            and (taken := installed.get(canonicalize_name(name))) is not None
            and taken.version.partition("+")[0] != wanted.partition("+")[0]
        ),
        provided=tuple(
            ProvidedVersion(name, versions.get(name, ""), there[name])
            for name in sorted(reached & there.keys())
        ),
    )


def nothing_vendored(
    requirements: Mapping[str, str], python: str, there: Mapping[str, str]
) -> Vendored:
    """Return the result of ``vendor`` for requirements that are all in ``there``."""
    versions = {str(canonicalize_name(name)): version for name, version in requirements.items()}
    provided = (ProvidedVersion(name, versions[name], there[name]) for name in sorted(versions))
    return Vendored(python, PLATFORM, (), {}, provided=tuple(provided))


def _runtime_closure(
    installed: Mapping[str, InstalledDistribution],
    names: Iterable[str],
    there: Mapping[str, str],
) -> set[str]:
    """Return the names of the requested distributions and of all their runtime dependencies.

    The dependencies of the distributions in ``there`` are left out.
    """
    reached: set[str] = set()
    waiting: list[str] = [canonicalize_name(name) for name in names]
    while waiting:
        name = waiting.pop()
        if name in there:
            reached.add(name)
        elif name in installed and name not in reached:
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
