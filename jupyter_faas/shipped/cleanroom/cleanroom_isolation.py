"""Hide modules, files and environment variables of this machine from a package under test.

``cleanroom_main.py`` loads this file by its path, in the interpreter that packaged the function.
That interpreter may lack jupyter_faas, so this file imports only the standard library. It imports
little of it, because modules that are loaded here are missing from the measured cold start.
"""

from __future__ import annotations

import errno
import os
import re
import site
import sys
from collections.abc import Iterable, Iterator
from importlib.machinery import ModuleSpec
from typing import Any

_REQUIRES = re.compile(r"\s*([A-Za-z0-9._-]+)\s*(?:\[([^\]]*)\])?")
_EXTRA = re.compile(r"extra\s*==\s*['\"]([^'\"]+)['\"]")
_CODE = (".py", ".pyc", ".so", ".pyd")
_MAX_NOTED = 500


class Isolation:
    """A module finder and audit hook that hide modules and files which a target does not have.

    Modules are found in the package, in its requirements and theirs, and in the standard library.

    ``folder``: of the package. ``requirements``: names of distributions. ``hidden``: folders of the
    user; their files cannot be read, except those of the package, of Python, and of the folders in
    ``shown``. ``home``: the user's home folder, where requirements may be installed. ``missing``,
    ``unread`` and ``unset`` list the modules, files and environment variables that the package did
    not find.
    """

    def __init__(
        self,
        folder: str,
        *,
        requirements: Iterable[str],
        hidden: Iterable[str],
        shown: Iterable[str],
        home: str,
    ) -> None:
        self.missing: list[str] = []
        self.unread: list[str] = []
        self.unset: list[str] = []
        self._own = os.path.realpath(os.path.dirname(folder)) + os.sep
        self._stdlib = os.path.dirname(os.path.realpath(os.__file__)) + os.sep
        places = [*sys.path, _user_site(home)]
        installed = Installed(places)
        self._installed = tuple(os.path.join(os.path.realpath(each), "") for each in places if each)
        self._code, self._tops, folders = installed.closure(requirements)
        # Because of -I, sys.path lacks the user's site-packages, but requirements may be there.
        sys.path += [each for each in folders if each not in sys.path]
        self._temporary = os.path.realpath(os.environ.get("TMPDIR") or "/tmp") + os.sep  # noqa: S108
        self._hidden = tuple(os.path.join(os.path.realpath(each), "") for each in hidden)
        python = {sys.prefix, sys.base_prefix, sys.exec_prefix, *folders, *shown}
        self._readable = (
            self._own,
            *(os.path.join(os.path.realpath(each), "") for each in python),
        )

    def enter(self) -> None:
        """Activate the isolation.

        It cannot be undone, not even by the package, because Python cannot remove an audit hook.
        """
        sys.meta_path.insert(0, self)
        sys.addaudithook(self._audit)
        _note_unset(self.unset)

    # Modules

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Find a module for ``importlib``.

        Raises ModuleNotFoundError for a module that exists here but would not exist on a target.
        """
        # The other finders do the search. A package may add its own finder, so they are read anew.
        for finder in list(sys.meta_path):
            find = getattr(finder, "find_spec", None)
            if finder is self or find is None:
                continue
            spec: ModuleSpec | None = find(name, path, target)
            if spec is None:
                continue
            if self._is_allowed(name, spec):
                return spec
            _note(self.missing, name)
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        _note(self.missing, name)
        return None

    def _is_allowed(self, name: str, spec: ModuleSpec) -> bool:
        top = name.partition(".")[0]
        if top in sys.stdlib_module_names or not spec.has_location:
            # Built-in, frozen, or a namespace package, whose modules are checked separately.
            return True
        file = spec.origin or ""
        if file in self._code or top in self._tops:
            return True
        real = os.path.realpath(file)
        if real in self._code or real.startswith(self._own):
            return True
        # A virtual environment may be in the temporary folder too. The package did not create it.
        elsewhere = (*self._hidden, *self._installed)
        if real.startswith(self._temporary) and not real.startswith(elsewhere):
            # The package created the module while it ran.
            return True
        # site-packages and dist-packages are below the folder of the standard library.
        return real.startswith(self._stdlib) and "-packages" + os.sep not in real

    # Files

    def _audit(self, event: str, args: tuple[Any, ...]) -> None:
        if event != "open":
            return
        # open() passes a mode and os.open() passes flags. Writing is allowed.
        path, mode, flags = args
        if not isinstance(path, (str, bytes)) or not _only_reads(mode, flags):
            return
        name = os.fsdecode(path)
        if not os.path.isabs(name):
            if not os.path.exists(name):
                _note(self.unread, name)
            return
        real = os.path.realpath(name)
        if real.startswith(self._hidden) and not real.startswith(self._readable):
            _note(self.unread, name)
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)


class Installed:
    """The distributions that are installed in some folders.

    It reads their files itself, because ``importlib.metadata`` is slower.
    """

    def __init__(self, folders: Iterable[str]) -> None:
        self._infos: dict[str, tuple[str, str]] = {}
        for folder in dict.fromkeys(folders):
            for entry in _listed(folder):
                if entry.endswith((".dist-info", ".egg-info")):
                    key = _normal(entry.rpartition(".")[0].partition("-")[0])
                    self._infos.setdefault(key, (folder, entry))

    def closure(self, names: Iterable[str]) -> tuple[set[str], set[str], list[str]]:
        """Find the distributions in ``names`` and all their requirements.

        Returns the paths of their code files, the top-level modules of distributions without a list
        of files, and the folders where they are installed.
        """
        code: set[str] = set()
        tops: set[str] = set()
        folders: list[str] = []
        seen: set[tuple[str, str]] = set()
        waiting = [(name, True) for name in names]
        while waiting:
            text, direct = waiting.pop()
            match = _REQUIRES.match(text)
            name, extras = (match[1], match[2] or "") if match else (text, "")
            if (_normal(name), extras) in seen:
                continue
            seen.add((_normal(name), extras))
            info = self._infos.get(_normal(name)) or (self._owner(name) if direct else None)
            if info is None:
                # Not installed. A marker may exclude it on this platform.
                continue
            folder, entry = info
            folders.append(folder)
            files = list(self._files(folder, entry))
            code.update(files)
            if not files:
                tops.update(_top_level(os.path.join(folder, entry)) or (_module(name),))
            wanted = {_normal(extra) for extra in extras.split(",") if extra.strip()}
            waiting += ((each, False) for each in self._requires(folder, entry, wanted))
        return code, tops, list(dict.fromkeys(folders))

    def _owner(self, name: str) -> tuple[str, str] | None:
        """Find another distribution with that module, such as onnxruntime-gpu for onnxruntime."""
        start = f"\n{_module(name)}/"
        for folder, entry in self._infos.values():
            if start in "\n" + _read(os.path.join(folder, entry, "RECORD")):
                return folder, entry
        return None

    def _files(self, folder: str, entry: str) -> Iterator[str]:
        for line in _read(os.path.join(folder, entry, "RECORD")).splitlines():
            path = line.rsplit(",", 2)[0].strip('"')
            if path.endswith(_CODE):
                yield os.path.join(folder, *path.split("/"))

    def _requires(self, folder: str, entry: str, extras: set[str]) -> Iterator[str]:
        where = os.path.join(folder, entry)
        text = _read(os.path.join(where, "METADATA")) or _read(os.path.join(where, "PKG-INFO"))
        for line in text.partition("\n\n")[0].splitlines():
            if line.startswith("Requires-Dist:"):
                requirement, _, marker = line.partition(":")[2].partition(";")
                needed = {_normal(extra) for extra in _EXTRA.findall(marker)}
                if not needed or needed & extras:
                    yield requirement


def _note_unset(unset: list[str]) -> None:
    # There is no audit event for reading a variable, so the class of os.environ is replaced.
    environ = type(os.environ)

    class Noting(environ):  # type: ignore[misc, valid-type]  # typeshed hides its class
        def __getitem__(self, key: str) -> str:
            try:
                value: str = super().__getitem__(key)
            except KeyError:
                _note(unset, key)
                raise
            return value

    os.environ.__class__ = Noting


def _note(names: list[str], name: str) -> None:
    if isinstance(name, str) and name not in names and len(names) < _MAX_NOTED:
        names.append(name)


def _only_reads(mode: object, flags: object) -> bool:
    if isinstance(mode, str):
        return not set(mode) & set("wax+")
    return not isinstance(flags, int) or flags & (os.O_WRONLY | os.O_RDWR) == 0


def _user_site(home: str) -> str:
    if sys.prefix != sys.base_prefix:
        # A virtual environment has no user site.
        return ""
    # These private functions still return the folder with -I. They read HOME, which was changed for
    # the test.
    before = os.environ.get("HOME")
    os.environ["HOME"] = home
    try:
        return site._get_path(site._getuserbase())  # type: ignore[attr-defined, no-any-return]
    except (AttributeError, TypeError):
        return ""
    finally:
        if before is None:
            del os.environ["HOME"]
        else:
            os.environ["HOME"] = before


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder) if folder else []
    except OSError:
        return []


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def _top_level(info: str) -> tuple[str, ...]:
    return tuple(_read(os.path.join(info, "top_level.txt")).split())


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).strip().lower()


def _module(name: str) -> str:
    return re.sub(r"[-.]+", "_", name)
