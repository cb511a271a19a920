"""Which kind the user has put in the place of another, or of an image."""

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

# Docker Hub may be left out of an image's name, and so may this tag.
_HUB = "docker.io/"
_LATEST = ":latest"

_State = tuple[int, int, int]


class KindOverrides:
    """``{"python:3.10": "python:3.11", "docker.io/me/*": "/home/me/venv/bin/python"}``.

    The command line goes before the file ``kinds.json`` in the playground's folder, which is read
    again when it has changed; whoever runs already goes on as before. An interpreter of Python is
    named by its path. The first entry that fits
    counts; in the names of images ``*`` and ``?`` stand for others.
    """

    def __init__(
        self,
        path: Path,
        given: Mapping[str, str],
        *,
        runtimes: Runtimes,
        families: Collection[str],
    ) -> None:
        """``families`` are those that run here (``python``), ``runtimes`` all kinds there are."""
        self._path = path
        self._given = given
        self._runtimes = runtimes
        self._families = families
        self._read: tuple[_State, Mapping[str, str], str] = ((0, 0, 0), {}, "")

    def kind_of(self, execution: Exec) -> str:
        """What an action is to run as; its own kind when nothing else is said.

        ``python:/path/of/python`` when that is an interpreter. Raises KindNotSupported for an image
        without an entry, and an entry that is no kind here.
        """
        entries, trouble = self._entries()
        image = execution.image
        if image is None:
            target = entries.get(execution.kind, execution.kind)
            return self._checked(execution.kind, target) if target != execution.kind else target
        for pattern, target in entries.items():
            if fnmatchcase(_plain(image), _plain(pattern)):
                return self._checked(image, target)
        raise KindNotSupported(
            f"The image '{image}' cannot run here: this playground runs no containers. To run its "
            f"actions as Python or Node.js, map its name to a kind: start the playground with "
            f"{MAP_OPTION} {image}=python:default, or write "
            f'{{"{image}": "python:default"}} to {FILE} in its folder.{trouble}'
        )

    def _checked(self, name: str, target: str) -> str:
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
        """All entries, in their order, and what is wrong with the file, if anything is."""
        try:
            status = self._path.stat()
        except OSError:
            return self._given, ""
        state = (status.st_mtime_ns, status.st_size, status.st_ino)
        if state != self._read[0]:
            self._read = (state, *_read(self._path))
        return {**self._given, **_without(self._read[1], self._given)}, self._read[2]


def _read(path: Path) -> tuple[Mapping[str, str], str]:
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
    """Whether it is an interpreter, not a kind."""
    return target.startswith(("/", "~"))


def _plain(image: str) -> str:
    return image.removeprefix(_HUB).removesuffix(_LATEST)


def check_image_code(execution: Exec, code: str) -> None:
    """Raises KindNotSupported for an image that is to bring its own code."""
    if execution.kind == BLACKBOX and not code.strip():
        raise KindNotSupported(
            f"The image '{execution.image}' brings its own code, which cannot run here: this "
            "playground runs no containers. Give the action its code."
        )
