"""The paths that code builds and reads, as patterns of files.

``open(f"rules/{name}.json")`` reads one of the files ``rules/*.json``, and
``Path("rules").glob(…)`` reads a folder. ``PathPatterns`` evaluates the expressions of the code for
this, without running it: strings, ``os.path.join``, ``Path``, ``/``, f-strings, and names whose
values are known. Everything else is replaced by a wildcard. Names are not distinguished by scope,
so that the patterns may match more files than the code reads, but not fewer.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath
from typing import Any

# In a pattern, these characters stand for text that is only known when the code runs, and for the
# wildcards ``*``, ``**/`` and ``?`` of glob. They do not occur in the names of files.
UNKNOWN, _STAR, _FOLDERS, _ONE = "\0", "\1", "\2", "\3"
_REGEX = {UNKNOWN: ".*", _STAR: "[^/]*", _FOLDERS: "(?:.*/)?", _ONE: "[^/]"}
_SHOWN = {UNKNOWN: "*", _STAR: "*", _FOLDERS: "**/", _ONE: "?"}
_WILDCARD = re.compile("[\0-\3]")

_PATHS = re.compile(r"(?:Pure)?(?:Posix|Windows)?Path")
_LISTS = frozenset(("listdir", "scandir", "walk", "iterdir"))
_GLOBS = frozenset(("glob", "iglob", "rglob"))
_OPENS = frozenset(("open", "read_text", "read_bytes"))
_READERS = ("open", "read", "load", "imread", "fromfile", "genfromtxt")
# These calls return the path on which they are called, or their first argument, as another object.
_SAME = frozenset(
    ("str", "fspath", "abspath", "realpath", "normpath", "expanduser", "resolve", "absolute")
) | {"as_posix"}
_SHOWS = frozenset(
    ("print", "len", "isinstance", "repr", "type", "getattr", "hasattr", "info", "debug")
) | {"warning", "error", "startswith", "endswith"}
# These calls keep the path, or ask about it. What else is done with it is unknown.
_KEEPS = frozenset(("append", "add", "extend", "insert", "format", "exists", "isfile", "isdir"))
_WRITES = ("to_", "save", "dump", "write", "mkdir", "makedirs", "imwrite", "remove", "unlink")
# A word such as ``data`` is also the name of a column. A variable with such a name holds a path.
_FOLDER_NAME = re.compile(r"(?:^|_)(?:dir|directory|folder|path|root)s?$", re.IGNORECASE)
_FIELD = re.compile(r"\{[^{}]*\}")
_PERCENT = re.compile(r"%(?:\([^)]*\))?[-#0 +\d.]*[a-zA-Z]")
_LONGEST, _MOST_CANDIDATES, _ROUNDS, _DEPTH, _MOST_ITEMS = 300, 16, 4, 6, 10_000
# The nodes that give a value to a name.
_BINDING = (
    *(ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.For, ast.AsyncFor, ast.comprehension),
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.Call),
)


@dataclass(frozen=True)
class PathRead:
    """A path that the code of ``owner`` reads on line ``line``.

    ``pattern`` has wildcards as private characters (``matcher`` and ``shown`` translate them).
    ``is_certain`` is false if the path may only be shown or written. ``opens`` is true if the code
    passes the path to a function that reads files, such as ``open`` or ``read_csv``: a function
    with another name may take ``"/"`` for something else. ``lists`` is true if the code asks which
    files exist.
    """

    pattern: str
    owner: str
    line: int
    is_certain: bool
    opens: bool = False
    lists: bool = False


def has_wildcard(pattern: str) -> bool:
    """Return whether a pattern can match more than one file."""
    return _WILDCARD.search(pattern) is not None


def shown(pattern: str) -> str:
    """Return a pattern as the user would write it, such as ``rules/*.json``."""
    return _WILDCARD.sub(lambda found: _SHOWN[found[0]], pattern)


def literal_folder(pattern: str) -> str:
    """Return the path of the folder that contains all files that a pattern can match."""
    parts = PurePosixPath(pattern).parts
    return str(PurePosixPath(*itertools.takewhile(lambda part: not has_wildcard(part), parts)))


def matcher(pattern: str) -> re.Pattern[str]:
    """Return the regular expression for the paths that a pattern matches."""
    pieces = re.split("([\0-\3])", pattern)
    return re.compile("".join(_REGEX.get(one) or re.escape(one) for one in pieces) or ".*")


class PathPatterns:
    """A collector for the paths that some source code reads.

    ``inside`` returns an absolute path in the notebook's folder relative to it, or None for others.
    """

    def __init__(self, inside: Callable[[Path], Path | None]) -> None:
        self._inside = inside
        # What is known about each variable, attribute, key and function's result, in this order.
        self._known: dict[str, dict[str, None]] = {}
        self._returned: dict[str, dict[str, None]] = {}
        # The names of variables and attributes whose value is a Path, and not just text.
        self._paths: set[str] = set()
        self._trees: list[tuple[str, ast.AST, bool]] = []
        self._functions: dict[str, list[ast.arguments]] = {}
        self._file = ""
        # The number of texts that are known, which grows until everything is known.
        self._count = 0
        self._files: dict[int, str] = {}
        self._results_of: dict[int, list[ast.expr]] = {}

    def add_value(self, name: str, value: object) -> None:
        """Record the live value of a variable, and the texts and paths inside it."""
        for holder, one in _texts(name, value, [_MOST_ITEMS], 0):
            self._learn(holder, [self._posix(one) if isinstance(one, PurePath) else one])
            if isinstance(one, PurePath):
                self._paths.add(holder)

    def _posix(self, path: PurePath) -> str:
        # An absolute path in the notebook's folder is written relative to that folder.
        relative = self._inside(path) if isinstance(path, Path) else None
        return (relative or path).as_posix()

    def add(self, owner: str, tree: ast.AST, *, file: str = "", is_used: bool = True) -> None:
        """Record the code of ``owner``.

        ``file`` is the value of ``__file__``. ``is_used`` is false for a module of which the
        function may use only a part.
        """
        self._trees.append((owner, tree, is_used))
        self._files[id(tree)] = file
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                self._functions.setdefault(node.name, []).append(node.args)
            elif isinstance(node, ast.ClassDef):
                for inner in node.body:
                    if isinstance(inner, ast.FunctionDef) and inner.name == "__init__":
                        self._functions.setdefault(node.name, []).append(inner.args)

    def reads(self) -> list[PathRead]:
        """Return the paths that the code reads, without duplicates."""
        binding = [
            (self._files[id(tree)], [node for node in ast.walk(tree) if isinstance(node, _BINDING)])
            for _, tree, _ in self._trees
        ]
        for _ in range(_ROUNDS):
            before = self._count
            for self._file, nodes in binding:
                for node in nodes:
                    self._learn_from(node)
            if self._count == before:
                break
        found: dict[PathRead, None] = {}
        for owner, tree, is_used in self._trees:
            self._file = self._files[id(tree)]
            for pattern, line, reader, lists in self._visit(tree, emits=True):
                opens = is_used and (lists or _opens(reader))
                is_certain = is_used and (lists or bool(reader))
                read = PathRead(_normal(pattern), owner, line, is_certain, opens, lists)
                found.setdefault(read)
        return list(found)

    # What is known about names

    def _learn(self, name: str, values: Iterable[str], known: Any = None) -> None:
        held = (self._known if known is None else known).setdefault(name, {})
        for value in values:
            if value not in held and len(held) < _MOST_CANDIDATES and len(value) <= _LONGEST:
                held[value] = None
                self._count += 1

    def _learn_from(self, node: ast.AST) -> None:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._learn_target(target, node.value)
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
            self._learn_target(node.target, node.value)
        elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
            for item in _items(node.iter):
                self._learn_target(node.target, item)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            plain = [*node.args.posonlyargs, *node.args.args]
            defaults = [None] * (len(plain) - len(node.args.defaults)) + [*node.args.defaults]
            pairs = [*zip(plain, defaults, strict=True)]
            pairs += zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
            for parameter, default in pairs:
                self._learn(parameter.arg, [UNKNOWN])
                if default is not None:
                    self._learn(parameter.arg, self._evaluate(default))
            for value in self._results(node):
                self._learn(node.name, self._evaluate(value), self._returned)
        elif isinstance(node, ast.Call):
            self._learn_arguments(node)

    def _results(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.expr]:
        """Return the expressions that a function returns."""
        if id(function) not in self._results_of:
            self._results_of[id(function)] = [
                inner.value
                for inner in ast.walk(function)
                if isinstance(inner, ast.Return) and inner.value is not None
            ]
        return self._results_of[id(function)]

    def _learn_target(self, target: ast.AST, value: ast.expr | None) -> None:
        name = _identifier(target)
        if name:
            self._learn(name, (value and self._evaluate(value)) or [UNKNOWN])
            if value is not None and self._is_path(value):
                self._paths.add(name)
        elif isinstance(target, ast.Tuple | ast.List):
            for one in target.elts:
                self._learn_target(one, None)

    def _learn_arguments(self, call: ast.Call) -> None:
        for arguments in self._functions.get(_called(call.func), ()):
            names = [one.arg for one in (*arguments.posonlyargs, *arguments.args)]
            names = names[1:] if names[:1] in (["self"], ["cls"]) else names
            # A starred argument is followed by arguments for unknown parameters.
            plain = itertools.takewhile(lambda one: not isinstance(one, ast.Starred), call.args)
            given = [*zip(names, plain, strict=False)]
            given += [(one.arg, one.value) for one in call.keywords if one.arg]
            for name, value in given:
                self._learn_target(ast.Name(name), value)

    # Expressions

    def _evaluate(self, node: ast.expr) -> list[str]:
        """Return the texts that an expression may have, or [] if nothing is known about it."""
        found = dict.fromkeys(itertools.islice(self._texts_of(node), _MOST_CANDIDATES))
        return [text for text in found if len(text) <= _LONGEST and "\n" not in text]

    def _texts_of(self, node: ast.expr) -> Iterable[str]:
        if isinstance(node, ast.Constant):
            return [node.value] if isinstance(node.value, str) else []
        if isinstance(node, ast.JoinedStr):
            return map("".join, itertools.product(*map(self._piece, node.values)))
        if isinstance(node, ast.BinOp):
            return self._operation(node)
        if isinstance(node, ast.Call):
            return self._result(node)
        if isinstance(node, ast.IfExp):
            return [*self._evaluate(node.body), *self._evaluate(node.orelse)]
        if isinstance(node, ast.BoolOp):
            return [text for one in node.values for text in self._evaluate(one)]
        if isinstance(node, ast.NamedExpr):
            return self._evaluate(node.value)
        if isinstance(node, ast.Attribute) and node.attr == "parent":
            return [str(PurePosixPath(one).parent) for one in self._evaluate(node.value)]
        if isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Constant):
            return self._evaluate(node.value)
        if isinstance(node, ast.Name) and node.id == "__file__" and self._file:
            return [self._file]
        name = _identifier(node)
        return self._known.get(name, ()) if name else []

    def _piece(self, node: ast.expr) -> list[str]:
        if isinstance(node, ast.FormattedValue):
            is_plain = node.format_spec is None and node.conversion in (-1, 115)
            return (is_plain and self._evaluate(node.value)) or [UNKNOWN]
        return self._evaluate(node)

    def _operation(self, node: ast.BinOp) -> Iterator[str]:
        left, right = self._evaluate(node.left), self._evaluate(node.right)
        if isinstance(node.op, ast.Div):
            # ``total / 2`` divides numbers.
            folders = [one for one in left if not one.isdigit()]
            yield from (_join(one, two) for one in folders for two in right or [UNKNOWN])
        elif isinstance(node.op, ast.Add) and (left or right):
            pairs = itertools.product(left or [UNKNOWN], right or [UNKNOWN])
            yield from (f"{one}{two}" for one, two in pairs)
        elif isinstance(node.op, ast.Mod):
            yield from (_PERCENT.sub(UNKNOWN, one).replace("%%", "%") for one in left)

    def _result(self, node: ast.Call) -> Iterable[str]:
        called, holder = _called(node.func), _holder(node.func)
        if called in ("cwd", "getcwd"):
            return ["."]
        if _PATHS.fullmatch(called):
            return self._joined([], node.args) if node.args else ["."]
        # ``", ".join(words)`` is not a path.
        if called == "join" and (holder is None or _identifier(holder) in ("path", "osp")):
            return self._joined([], node.args)
        if called == "dirname" and node.args:
            return [str(PurePosixPath(one).parent) for one in self._evaluate(node.args[0])]
        if called in _SAME:
            inner = node.args[0] if node.args else holder
            return self._evaluate(inner) if inner is not None else []
        if holder is not None and called == "joinpath":
            return self._joined(self._evaluate(holder) or [UNKNOWN], node.args)
        if holder is not None and called in ("with_name", "with_suffix"):
            return [_beside(one, called) for one in self._evaluate(holder)]
        if isinstance(holder, ast.Constant) and called == "format":
            return [_FIELD.sub(UNKNOWN, one) for one in self._evaluate(holder)]
        return self._returned.get(called, ())

    def _joined(self, first: list[str], arguments: Iterable[ast.expr]) -> Iterator[str]:
        values = [self._evaluate(one) or [UNKNOWN] for one in arguments]
        for parts in itertools.product(*([first] if first else []), *values):
            text = parts[0] if parts else ""
            for part in parts[1:]:
                text = _join(text, part)
            yield text

    def _is_path(self, node: ast.expr) -> bool:
        """Return whether an expression is a path, and not any other text."""
        if isinstance(node, ast.Call):
            return bool(_PATHS.fullmatch(_called(node.func))) or _called(node.func) in (
                *("join", "joinpath", "cwd", "getcwd", "resolve", "absolute", "with_name"),
                *("abspath", "realpath", "dirname"),
            )
        if isinstance(node, ast.BinOp):
            return isinstance(node.op, ast.Div)
        if isinstance(node, ast.Attribute) and node.attr == "parent":
            return True
        name = _identifier(node)
        return name in self._paths or bool(_FOLDER_NAME.search(name))

    # What the code does with a path

    def _visit(
        self, node: ast.AST, *, emits: bool, reader: str = ""
    ) -> Iterator[tuple[str, int, str, bool]]:
        """Yield ``(pattern, line, reader, lists)`` for each path that ``node`` reads.

        ``emits`` is false inside an expression that is not read as such. ``reader`` is the name of
        the function that reads the path for certain, or empty.
        """
        if isinstance(node, ast.Call) and _called(node.func) in _LISTS | _GLOBS:
            yield from self._access(node)
            return
        if isinstance(node, ast.expr) and emits:
            found = [one for one in self._evaluate(node) if self._may_be_path(node, one, reader)]
            yield from ((one, node.lineno, reader, False) for one in found)
            emits = not found
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            # If the value is known, the uses of the variable count.
            yield from self._visit(node.value, emits=not self._evaluate(node.value))
        elif isinstance(node, ast.Call):
            yield from self._visit_call(node, emits=emits)
        else:
            for inner in ast.iter_child_nodes(node):
                yield from self._visit(inner, emits=emits)

    def _visit_call(self, node: ast.Call, *, emits: bool) -> Iterator[tuple[str, int, str, bool]]:
        called, holder = _called(node.func), _holder(node.func)
        is_read = not (called in _SHOWS or called.startswith(_WRITES) or _opens_to_write(node))
        # The text of an opened file is unknown, even if a value of the name in
        # ``json.loads(path.read_text())["name"]`` is known.
        emits = emits or _opens(called)
        if holder is not None:
            reader = called if called in _OPENS else ""
            yield from self._visit(holder, emits=emits and is_read, reader=reader)
        # A function of the notebook reads the path through its parameter.
        reader = "" if called in self._functions or called in _SAME | _KEEPS else called
        for argument in (*node.args, *(one.value for one in node.keywords)):
            yield from self._visit(argument, emits=emits and is_read, reader=reader)

    def _access(self, node: ast.Call) -> Iterator[tuple[str, int, str, bool]]:
        """Yield the files of a call such as ``glob.glob("rules/*")`` or ``folder.iterdir()``."""
        called, holder = _called(node.func), _holder(node.func)
        for inner in (*node.args, *node.keywords, *([holder] if holder is not None else [])):
            yield from self._visit(inner, emits=False)
        given = [one.value for one in node.keywords if one.arg in ("path", "top", "pathname")]
        given = [*node.args[:1], *given]
        first = self._evaluate(given[0]) if given else []
        folders = _known(self._evaluate(holder)) if holder is not None else []
        patterns: list[str]
        if called in _LISTS:
            # ``walk`` is also a method of trees. It is the function of ``os``, or that of a path.
            if called == "walk" and holder is not None and ast.unparse(holder) != "os":
                first = []
            is_here = called in ("listdir", "scandir") and not given
            chosen = folders or _known(first) or (["."] if is_here else [])
            patterns = [_join(one, UNKNOWN) for one in chosen]
        elif folders:
            deep = _FOLDERS if called == "rglob" else ""
            patterns = [
                _join(one, deep + _glob(two)) for one in folders for two in first or [UNKNOWN]
            ]
        else:
            roots = [one.value for one in node.keywords if one.arg == "root_dir"]
            bases = self._evaluate(roots[0]) if roots else [""]
            chosen = [one for one in first if "/" not in one or _known([one])]
            patterns = [_join(one, _glob(two)) for one in _known(bases) for two in chosen]
        yield from ((one, node.lineno, called, True) for one in patterns)

    def _may_be_path(self, node: ast.expr, text: str, reader: str) -> bool:
        first, _, rest = text.partition("/")
        if has_wildcard(first):
            # ``f"{a} of {b}"`` is not a path, but ``open(f"{name}.json")`` has one.
            is_file = not rest and not has_wildcard(PurePosixPath(first).suffix or UNKNOWN)
            return is_file and reader.startswith(_READERS)
        return has_wildcard(text) or "/" in text or self._is_path(node)


def _texts(holder: str, value: Any, left: list[int], depth: int) -> Iterator[tuple[str, Any]]:
    left[0] -= 1
    if left[0] < 0 or depth > _DEPTH:
        return
    if isinstance(value, str | PurePath):
        yield holder, value
    elif isinstance(value, int) and not isinstance(value, bool):
        yield holder, str(value)
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _texts(str(key), one, left, depth + 1)
            # The items are also read in a loop over the mapping.
            if isinstance(one, str | PurePath):
                yield holder, one
    elif isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from _texts(holder, one, left, depth + 1)
    elif hasattr(value, "__dict__") and not isinstance(value, type) and not callable(value):
        for key, one in vars(value).items():
            yield from _texts(key, one, left, depth + 1)


def _known(folders: Iterable[str]) -> list[str]:
    """Return the folders whose first name is known."""
    return [one for one in folders if UNKNOWN not in one.partition("/")[0]]


def _items(node: ast.expr) -> list[ast.expr | None]:
    """Return the expressions whose values a loop over ``node`` takes, or [None]."""
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return [*node.elts]
    if isinstance(node, ast.Call):
        holder = _holder(node.func)
        if _called(node.func) in ("sorted", "list", "set", "tuple", "reversed") and node.args:
            return _items(node.args[0])
        return [holder if _called(node.func) == "values" else None]
    return [node if _identifier(node) else None]


def _called(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _holder(function: ast.expr) -> ast.expr | None:
    return function.value if isinstance(function, ast.Attribute) else None


def _identifier(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return str(node.slice.value)
    return ""


def _opens(reader: str) -> bool:
    return reader in _OPENS or reader.startswith(_READERS)


def _opens_to_write(node: ast.Call) -> bool:
    if _called(node.func) != "open":
        return False
    # ``path.open("w")`` has the mode as its first argument.
    positional = node.args[:1] if isinstance(node.func, ast.Attribute) else node.args[1:2]
    modes = [*positional, *(one.value for one in node.keywords if one.arg == "mode")]
    return any(isinstance(one, ast.Constant) and set(str(one.value)) & set("wax") for one in modes)


def _join(folder: str, path: str) -> str:
    if path.startswith("/") or folder in ("", "."):
        return path
    return f"{folder.rstrip('/')}/{path}"


def _glob(pattern: str) -> str:
    """Return a pattern of glob with private characters."""
    # Two stars match folders, and a set of characters is treated like a star.
    text = re.sub(r"\[[^\]/]*\]", _STAR, pattern).replace("**/", _FOLDERS)
    return text.replace("**", UNKNOWN).replace("*", _STAR).replace("?", _ONE)


def _beside(path: str, called: str) -> str:
    """Return the pattern of ``path.with_name(…)`` or ``path.with_suffix(…)``."""
    one = PurePosixPath(path)
    if called == "with_suffix":
        return str(one.parent / f"{one.stem}.{_STAR}")
    return str(one.parent / _STAR)


def _normal(pattern: str) -> str:
    """Return a pattern without ``.`` and repeated slashes."""
    text = str(PurePosixPath(pattern)) if pattern else "."
    return text[2:] if text.startswith("./") else text
