"""Kind overrides (``--map``), which replace an action's kind or image by a kind or interpreter."""

from __future__ import annotations

import json
import logging
import os.path
from collections.abc import Collection, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from jupyter_faas.errors import KindNotSupported
from jupyter_faas.whisk import Exec, resolve_kind
from jupyter_faas.whisk.kinds import BLACKBOX, Runtimes

log = logging.getLogger(__name__)

FILE = "kinds.json"

# Docker's default registry and default tag, which the name of an image may omit.
_HUB = "docker.io/"
_LATEST = ":latest"

# The modification time (ns), size and inode of the file. A difference shows that it has changed.

_FileState = tuple[int, int, int]


class ImageNotAvailable(KindNotSupported):
    """Raised for an image that is not mapped to a kind, because there are no containers here."""


class KindOverrides:
    """The overrides, for example ``{"python:3.10": "python:3.11", "me/*": "/home/me/bin/python"}``.

    A key is a kind, or an image name that may contain the wildcards ``*`` and ``?``. A value is a
    kind, or the path of a Python interpreter. The first matching override applies.

    Command line options take precedence over the file ``kinds.json`` in the playground's directory.
    The file is read again when it has changed. Running workers are not affected.
    """

    def __init__(
        self,
        path: Path,
        options: Mapping[str, str],
        *,
        runtimes: Runtimes,
        families: Collection[str],
    ) -> None:
        """Create the overrides.

        ``path``: the path of ``kinds.json``.
        ``options``: the overrides from the command line.
        ``runtimes``: all known kinds.
        ``families``: the families of kinds that can run here, such as ``python``.
        """
        self._path = path
        self._options = options
        self._runtimes = runtimes
        self._families = families
        self._cache: tuple[_FileState, Mapping[str, str], str] = ((0, 0, 0), {}, "")

    def kind_of(self, execution: Exec) -> str:
        """Return the action's own kind, or the kind that overrides it.

        An image without an override runs as the kind whose image it is, if it is one of those that
        the playground advertises.

        If the override is an interpreter, the returned kind is ``python:/path/of/python``. Raises
        ImageNotAvailable for an image without an override, and KindNotSupported for an override
        to a kind that is unknown or cannot run here.
        """
        entries, problem = self._entries()
        image = execution.image
        if image is None:
            target = entries.get(execution.kind, execution.kind)
            return self._resolve(execution.kind, target) if target != execution.kind else target
        for pattern, target in entries.items():
            if fnmatchcase(_short_name(image), _short_name(pattern)):
                return self._resolve(image, target)
        advertised = self._kind_of_image(image)
        if advertised is not None:
            return advertised
        raise ImageNotAvailable(
            f"The image '{image}' cannot run here, because this playground does not run "
            "containers. To run its actions as Python (for Node.js: nodejs:default), write "
            f'{{"{image}": "python:default"}} to {FILE} in the playground\'s folder.{problem}'
        )

    def _kind_of_image(self, image: str) -> str | None:
        """Return the kind that ``GET /`` advertises with this image, or None.

        The tag is ignored, because each release of a runtime has its own tag.
        """
        wanted = _without_tag(_short_name(image))
        for family in self._families:
            for runtime in self._runtimes.get(family, ()):
                if _without_tag(runtime.image) == wanted:
                    return runtime.kind
        return None

    def _resolve(self, name: str, target: str) -> str:
        if is_path(target):
            return f"python:{os.path.expanduser(target)}"
        try:
            kind = resolve_kind(target, self._runtimes)
        except KindNotSupported as error:
            raise KindNotSupported(
                f"'{name}' is mapped to an unknown kind. {error.message}"
            ) from error
        if kind.partition(":")[0] not in self._families:
            raise KindNotSupported(
                f"'{name}' is mapped to '{target}', which cannot run here: this playground runs "
                f"{', '.join(sorted(self._families))} actions only."
            )
        return kind

    def _entries(self) -> tuple[Mapping[str, str], str]:
        """Return all overrides in order of precedence, and a message about an invalid file.

        The message is empty if the file is valid or does not exist.
        """
        try:
            status = self._path.stat()
        except OSError:
            return self._options, ""
        state = (status.st_mtime_ns, status.st_size, status.st_ino)
        if state != self._cache[0]:
            self._cache = (state, *_read_file(self._path))
        # The options come first, because the first matching override applies.
        return {**self._options, **_without(self._cache[1], self._options)}, self._cache[2]


def _read_file(path: Path) -> tuple[Mapping[str, str], str]:
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        log.warning("%s cannot be read: %s", path, error)
        return {}, f" ({FILE} exists, but is not JSON.)"
    if isinstance(found, dict) and all(isinstance(each, str) for each in found.values()):
        return found, ""
    log.warning("%s is not an object of strings.", path)
    return {}, f" ({FILE} exists, but is not a JSON object with strings as values.)"


def _without(entries: Mapping[str, str], others: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in entries.items() if key not in others}


def is_path(target: str) -> bool:
    """Return whether ``target`` is the path of an interpreter instead of a kind."""
    return target.startswith(("/", "~"))


def _short_name(image: str) -> str:
    return image.removeprefix(_HUB).removesuffix(_LATEST)


def _without_tag(image: str) -> str:
    # A colon before the last slash separates the port of a registry.
    path, slash, name = image.partition("@")[0].rpartition("/")
    return f"{path}{slash}{name.partition(':')[0]}"


def check_image_code(execution: Exec, code: str) -> None:
    """Raise KindNotSupported if the image of the action contains its code.

    This is the case for a blackbox action without code of its own. It cannot run here.
    """
    if execution.kind == BLACKBOX and not code.strip():
        raise KindNotSupported(
            f"The image '{execution.image}' contains its own code, which cannot run here, because "
            "this playground does not run containers. Add the code to the action."
        )
