"""The hints in the package's source, as patterns that a printed hint fits."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

import jupyter_faas

# The notebook shows an input of the function instead (``model_samples.py``).
from jupyter_faas.serialization.sklearn.sample import GIVE_SAMPLE

ROOT = Path(jupyter_faas.__file__).parent
# What stands for a value that is only known when the hint is made.
_HOLE = "\0"
_MOST = 64


@dataclass(frozen=True)
class HintTemplate:
    """One hint: where it is, and its text with ``…`` for what is filled in."""

    place: str
    text: str

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        parts = (re.escape(part) for part in self.text.split("…"))
        # A terminal shows the other form of a command.
        words = ".*?".join(parts).replace("%faas", "(?:%faas|jupyter faas)")
        return re.compile(words, re.DOTALL)


@dataclass
class _Module:
    path: Path
    tree: ast.Module
    functions: dict[str, ast.FunctionDef] = field(default_factory=dict)
    constants: dict[str, ast.expr] = field(default_factory=dict)
    imports: dict[str, tuple[str, str]] = field(default_factory=dict)


def templates(rooms: Iterable[str]) -> list[HintTemplate]:
    """The hints of the modules below ``rooms``, which are paths in the package.

    A hint is what is passed as ``hint``, by name or by position, to any function of the package.
    """
    positions = _positions()
    found: dict[str, HintTemplate] = {}
    for room in rooms:
        start = ROOT / room
        for path in [start] if start.is_file() else sorted(start.rglob("*.py")):
            module = _module(path)
            for call, function in _calls(module.tree):
                for value in _hints_of(call, positions):
                    for text in _Reader().texts(value, module, function):
                        shown = text.replace(GIVE_SAMPLE, _HOLE).replace(_HOLE, "…").strip()
                        if len(re.sub(r"[\W_]|…", "", shown)) >= 3:
                            place = f"{path.relative_to(ROOT)}:{value.lineno}"
                            found.setdefault(shown, HintTemplate(place, shown))
    return list(found.values())


@cache
def _module(path: Path) -> _Module:
    tree = ast.parse(path.read_text("utf-8"))
    module = _Module(path, tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            module.functions[node.name] = node
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("jupyter_faas"):
            for one in node.names:
                module.imports[one.asname or one.name] = (str(node.module), one.name)
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            module.constants[statement.targets[0].id] = statement.value
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            module.constants[ast.unparse(statement.target)] = statement.value
    return module


def _calls(tree: ast.Module) -> Iterator[tuple[ast.Call, ast.FunctionDef | None]]:
    def walk(
        node: ast.AST, function: ast.FunctionDef | None
    ) -> Iterator[tuple[ast.Call, ast.FunctionDef | None]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Call):
                yield child, function
            yield from walk(child, child if isinstance(child, ast.FunctionDef) else function)

    return walk(tree, None)


@cache
def _positions() -> Mapping[str, int]:
    """The names of functions and classes that take a ``hint`` by position, and which it is."""
    found: dict[str, int] = {}
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(_module(path).tree):
            if isinstance(node, ast.ClassDef):
                fields = [
                    one.target.id
                    for one in node.body
                    if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
                ]
                inits = [
                    one
                    for one in node.body
                    if isinstance(one, ast.FunctionDef) and one.name == "__init__"
                ]
                names = [arg.arg for arg in inits[0].args.args[1:]] if inits else fields
                if "hint" in names:
                    found[node.name] = names.index("hint")
                for one in node.body:
                    if isinstance(one, ast.FunctionDef) and one.name != "__init__":
                        names = [arg.arg for arg in one.args.args[1:]]
                        if "hint" in names:
                            found[one.name] = names.index("hint")
        for statement in _module(path).tree.body:
            if isinstance(statement, ast.FunctionDef):
                names = [arg.arg for arg in statement.args.args]
                if "hint" in names:
                    found[statement.name] = names.index("hint")
    return found


def _hints_of(call: ast.Call, positions: Mapping[str, int]) -> Iterator[ast.expr]:
    yield from (keyword.value for keyword in call.keywords if keyword.arg == "hint")
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    at = positions.get(name)
    if at is not None and at < len(call.args):
        yield call.args[at]


class _Reader:
    """Reads the texts that an expression may have."""

    def __init__(self) -> None:
        # The functions and names that are being read, which may lead to themselves.
        self._open: list[ast.FunctionDef] = []
        self._names: set[tuple[str, int, Path]] = set()

    def texts(self, node: ast.expr, module: _Module, function: ast.FunctionDef | None) -> list[str]:
        """The texts that an expression may have. A value that comes from a caller is a hole."""
        if isinstance(node, ast.Constant):
            return [node.value] if isinstance(node.value, str) else []
        if isinstance(node, ast.JoinedStr):
            parts = (str(getattr(one, "value", "")) for one in node.values)
            filled = (isinstance(one, ast.FormattedValue) for one in node.values)
            return [
                "".join(_HOLE if one else part for part, one in zip(parts, filled, strict=True))
            ]
        if isinstance(node, ast.BinOp):
            ends = self.texts(node.right, module, function) or [_HOLE]
            return [a + b for a in self.texts(node.left, module, function) or [_HOLE] for b in ends]
        if isinstance(node, ast.IfExp):
            return self.texts(node.body, module, function) + self.texts(
                node.orelse, module, function
            )
        if isinstance(node, ast.Dict):
            return [text for value in node.values for text in self.texts(value, module, function)]
        if isinstance(node, ast.Name):
            return self._named(node.id, module, function)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            return self._of_module(node.value.id, node.attr, module)
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute) and node.func.attr == "format":
                whole = self.texts(node.func.value, module, function)
                return [re.sub(r"\{\w*\}", _HOLE, text) for text in whole]
            called = _called(node, module)
            if called is not None:
                return self._returned(*called, None)
            if isinstance(node.func, ast.Attribute) and node.func.attr == "removeprefix":
                return self.texts(node.func.value, module, function)
            if isinstance(node.func, ast.Attribute) and node.func.attr == "get":
                # A table of hints by status, or the like.
                table = self.texts(node.func.value, module, function)
                other = [one for arg in node.args for one in self.texts(arg, module, function)]
                return [*table, *other]
        inner = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
        inner += [one.iter for one in getattr(node, "generators", ())]
        return [text for child in inner for text in self.texts(child, module, function)][:_MOST]

    def _named(self, name: str, module: _Module, function: ast.FunctionDef | None) -> list[str]:
        key = (name, id(function), module.path)
        if key in self._names:
            return []
        self._names.add(key)
        found = self._assigned(name, module, function)
        self._names.discard(key)
        return found

    def _assigned(self, name: str, module: _Module, function: ast.FunctionDef | None) -> list[str]:
        found: list[str] = []
        for node in ast.walk(function) if function is not None else ():
            if isinstance(node, ast.Assign | ast.AugAssign):
                for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                    if isinstance(target, ast.Name) and target.id == name:
                        found += self.texts(node.value, module, function)
                    elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Call):
                        names = [getattr(one, "id", "") for one in target.elts]
                        called = _called(node.value, module)
                        if name in names and called is not None:
                            found += self._returned(*called, names.index(name))
        if found:
            return found
        if name in module.constants:
            return self.texts(module.constants[name], module, None)
        if name in module.imports:
            return self._imported(*module.imports[name])
        return []

    def _of_module(self, alias: str, attribute: str, module: _Module) -> list[str]:
        if alias not in module.imports or not attribute.isupper():
            return []
        package, name = module.imports[alias]
        return self._imported(f"{package}.{name}", attribute)

    def _imported(self, package: str, name: str) -> list[str]:
        other = _file_of(package)
        return self._named(name, _module(other), None) if other is not None else []

    def _returned(self, function: ast.FunctionDef, module: _Module, index: int | None) -> list[str]:
        found: list[str] = []
        if function in self._open:
            return found
        self._open.append(function)
        for node in ast.walk(function):
            if isinstance(node, ast.Return) and node.value is not None:
                value: ast.expr | None = node.value
                if index is not None:
                    if isinstance(value, ast.Tuple):
                        value = value.elts[index]
                    elif isinstance(value, ast.Call):
                        called = _called(value, module)
                        found += (
                            self._returned(*called, index)
                            if called and called[0] is not function
                            else []
                        )
                        continue
                if value is not None:
                    found += self.texts(value, module, function)
        self._open.pop()
        return found


def _file_of(package: str) -> Path | None:
    path = ROOT.joinpath(*package.split(".")[1:])
    for file in (path.with_suffix(".py"), path / "__init__.py"):
        if file.is_file():
            return file
    return None


def _called(call: ast.Call, module: _Module) -> tuple[ast.FunctionDef, _Module] | None:
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    if name in module.functions:
        return module.functions[name], module
    if name in module.imports:
        other = _file_of(module.imports[name][0])
        if other is not None and name in _module(other).functions:
            return _module(other).functions[name], _module(other)
    if isinstance(call.func, ast.Attribute):
        # A method of an object from another module of the room.
        room = ROOT / module.path.relative_to(ROOT).parts[0]
        for path in sorted(room.rglob("*.py")):
            if name in _module(path).functions:
                return _module(path).functions[name], _module(path)
    return None
