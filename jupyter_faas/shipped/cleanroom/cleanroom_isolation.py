"""Hide this machine's modules and files from a package under test, and record what it misses.

``cleanroom_main.py`` loads this file by its path, in the interpreter that packaged the function.
That interpreter may not have jupyter_faas, so this file imports only the standard library. It
imports few modules, because modules that are already loaded distort the measured cold start.
"""

from __future__ import annotations

import errno
import importlib.util
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
    """A module finder and audit hook that hide the modules and files that a target does not have.

    Only modules from the package, its direct and indirect requirements, and the standard library
    can be imported.

    ``folder``: the package's directory. ``requirements``: names of distributions. ``hidden``: the
    user's directories, whose files cannot be read. The files of the package and of Python, and the
    files in the directories in ``shown``, can always be read. ``home``: the user's home directory,
    where requirements may be installed. ``missing``, ``unread`` and ``unset`` list the modules,
    files and environment variables that the package did not find.
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
        # Because of -I, sys.path does not contain the user's site-packages, but requirements may be
        # installed there.
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

        The package cannot deactivate the isolation completely, because Python cannot remove audit
        hooks.
        """
        sys.meta_path.insert(0, self)
        sys.addaudithook(self._audit)
        _note_unset(self.unset)
        _let_probes_find_nothing()

    # Module finder

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Return a module's spec, or None if no finder finds the module.

        Raises ModuleNotFoundError for a module that exists here but would not exist on a target.
        """
        # The other finders do the search. The list is read in each call, because a package may add
        # its own finders.
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
            # The module is in the standard library, or is a namespace package, whose modules are
            # checked separately.
            return True
        file = spec.origin or ""
        if file in self._code or top in self._tops:
            return True
        real = os.path.realpath(file)
        if real in self._code or real.startswith(self._own):
            return True
        # A virtual environment may also be in the temporary directory. The package did not create
        # its modules.
        elsewhere = (*self._hidden, *self._installed)
        if real.startswith(self._temporary) and not real.startswith(elsewhere):
            # The package created the module while it ran.
            return True
        # site-packages and dist-packages may be inside the directory of the standard library.
        return real.startswith(self._stdlib) and "-packages" + os.sep not in real

    # Audit hook for files

    def _audit(self, event: str, args: tuple[Any, ...]) -> None:
        if event != "open":
            return
        # open() passes a mode, and os.open() passes flags. Opening files for writing is allowed.
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
    """The distributions that are installed in some directories.

    The metadata is read without ``importlib.metadata``, which is slower.
    """

    def __init__(self, folders: Iterable[str]) -> None:
        self._infos: dict[str, tuple[str, str]] = {}
        for folder in dict.fromkeys(folders):
            for entry in _listed(folder):
                if entry.endswith((".dist-info", ".egg-info")):
                    key = _normal(entry.rpartition(".")[0].partition("-")[0])
                    self._infos.setdefault(key, (folder, entry))

    def closure(self, names: Iterable[str]) -> tuple[set[str], set[str], list[str]]:
        """Find the distributions in ``names`` and their direct and indirect requirements.

        Returns the paths of their code files, the top-level modules of distributions without a list
        of files, and the directories where they are installed. Distributions that are not installed
        are ignored.
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
                # The distribution is not installed. A marker may exclude it on this platform.
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
        """Return an installed distribution that contains the module of ``name``, or None.

        For example, onnxruntime-gpu contains the module of onnxruntime.
        """
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


def _let_probes_find_nothing() -> None:
    """Let ``importlib.util.find_spec`` return None for a hidden module, as on a target.

    Libraries such as PyTorch call this function to see whether an optional library is installed.
    An import of the module still fails.
    """
    find_spec = importlib.util.find_spec

    def probe(name: str, package: str | None = None) -> ModuleSpec | None:
        try:
            return find_spec(name, package)
        except ModuleNotFoundError as error:
            # If a parent is missing, a target raises this error too.
            if error.name == name:
                return None
            raise

    importlib.util.find_spec = probe


def _note_unset(unset: list[str]) -> None:
    # Python has no audit event for reading an environment variable, so the class of os.environ is
    # replaced.
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
        # Virtual environments do not have a user site-packages directory.
        return ""
    # Unlike the public functions, these private functions return the directory even with -I. They
    # read HOME, which was changed for the test.
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
