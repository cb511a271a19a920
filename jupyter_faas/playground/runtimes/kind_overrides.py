"""Kind overrides (--map): a kind or interpreter to use instead of an action's kind or image."""

from __future__ import annotations

import json
import logging
import os.path
from collections.abc import Collection, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from jupyter_faas.errors import KindNotSupported
from jupyter_faas.playground.options import MAP_OPTION
from jupyter_faas.whisk import Exec, resolve_kind
from jupyter_faas.whisk.kinds import BLACKBOX, Runtimes

log = logging.getLogger(__name__)

FILE = "kinds.json"

# The name of an image may omit these two: the default registry and the default tag of Docker.
_HUB = "docker.io/"
_LATEST = ":latest"

# The modification time, size and inode of the file, which together show that it has changed.

_FileState = tuple[int, int, int]


class KindOverrides:
    """The overrides: ``{"python:3.10": "python:3.11", "docker.io/me/*": "/home/me/bin/python"}``.

    Options of the command line take precedence over the file ``kinds.json`` in the playground's
    folder. The file is read again when it has changed; running workers are not affected. A Python
    interpreter is named by its path. The first matching entry counts. The names of images may
    contain the wildcards ``*`` and ``?``.
    """

    def __init__(
        self,
        path: Path,
        options: Mapping[str, str],
        *,
        runtimes: Runtimes,
        families: Collection[str],
    ) -> None:
        """``families`` can run here (``python``); ``runtimes`` are all known kinds."""
        self._path = path
        self._options = options
        self._runtimes = runtimes
        self._families = families
        self._cache: tuple[_FileState, Mapping[str, str], str] = ((0, 0, 0), {}, "")

    def kind_of(self, execution: Exec) -> str:
        """Return the kind that an action runs as: its own, unless there is an override.

        For an interpreter it is ``python:/path/of/python``. Raises KindNotSupported for an image
        without an override, and for an override that cannot run here.
        """
        entries, problem = self._entries()
        image = execution.image
        if image is None:
            target = entries.get(execution.kind, execution.kind)
            return self._resolve(execution.kind, target) if target != execution.kind else target
        for pattern, target in entries.items():
            if fnmatchcase(_short_name(image), _short_name(pattern)):
                return self._resolve(image, target)
        raise KindNotSupported(
            f"The image '{image}' cannot run here: this playground runs no containers. To run its "
            f"actions as Python or Node.js, map its name to a kind: start the playground with "
            f"{MAP_OPTION} {image}=python:default, or write "
            f'{{"{image}": "python:default"}} to {FILE} in its folder.{problem}'
        )

    def _resolve(self, name: str, target: str) -> str:
        if is_path(target):
            return f"python:{os.path.expanduser(target)}"
        try:
            kind = resolve_kind(target, self._runtimes)
        except KindNotSupported as error:
            raise KindNotSupported(f"'{name}' is mapped to no kind. {error.message}") from error
        if kind.partition(":")[0] not in self._families:
            raise KindNotSupported(
                f"'{name}' is mapped to '{target}', which cannot run here: this playground runs "
                f"{', '.join(sorted(self._families))} actions only."
            )
        return kind

    def _entries(self) -> tuple[Mapping[str, str], str]:
        """Return all entries in order, and the problem with the file (empty if it has none)."""
        try:
            status = self._path.stat()
        except OSError:
            return self._options, ""
        state = (status.st_mtime_ns, status.st_size, status.st_ino)
        if state != self._cache[0]:
            self._cache = (state, *_read_file(self._path))
        # The options come first, because the first matching entry counts.
        return {**self._options, **_without(self._cache[1], self._options)}, self._cache[2]


def _read_file(path: Path) -> tuple[Mapping[str, str], str]:
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        log.warning("%s cannot be read: %s", path, error)
        return {}, f" ({FILE} is there, but is no JSON.)"
    if isinstance(found, dict) and all(isinstance(each, str) for each in found.values()):
        return found, ""
    log.warning("%s is no object of texts.", path)
    return {}, f" ({FILE} is there, but is no object of texts.)"


def _without(entries: Mapping[str, str], others: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in entries.items() if key not in others}


def is_path(target: str) -> bool:
    """Return whether an override names an interpreter and not a kind."""
    return target.startswith(("/", "~"))


def _short_name(image: str) -> str:
    return image.removeprefix(_HUB).removesuffix(_LATEST)


def check_image_code(execution: Exec, code: str) -> None:
    """Raise KindNotSupported if the code of the action is in its image, and so cannot run here."""
    if execution.kind == BLACKBOX and not code.strip():
        raise KindNotSupported(
            f"The image '{execution.image}' brings its own code, which cannot run here: this "
            "playground runs no containers. Give the action its code."
        )
