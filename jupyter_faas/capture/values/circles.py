"""Values that contain each other, such as the nodes of a tree with their parents.

None of them can be created first from the others. Each is therefore created without the parts that
lead back to it, which are added when all of them exist.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence, Set
from dataclasses import dataclass

from jupyter_faas.capture.values.instances import RESTORED

# This helper is added to captured.py if attributes are set later.
COMPLETED = "_set_attributes"
COMPLETED_TEXT = f'''\
def {COMPLETED}(made, attributes):
    """Set the attributes of an object that could not be set when it was created."""
    for name, value in attributes.items():
        object.__setattr__(made, name, value)'''


# Calls that create a container whose content can be removed and added again.
_CONTAINERS = ("defaultdict", "OrderedDict", "Counter", "deque")


@dataclass(frozen=True)
class SplitValue:
    """The statement ``text`` creates a value, and ``filling`` adds the parts that it lacks."""

    text: str
    filling: str


def split_value(text: str, circle: Set[str]) -> SplitValue | None:
    """Split the statement ``name = expression``, so that ``text`` reads no name in ``circle``.

    Returns None for a value that cannot be changed after its creation, such as a tuple.
    """
    statement = ast.parse(text).body[0]
    if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
        return None
    name, value = statement.targets[0].id, statement.value
    whole = ast.unparse(value)
    if isinstance(value, ast.List):
        return SplitValue(f"{name} = []", f"{name}.extend({whole})\n")
    if isinstance(value, ast.Dict):
        return SplitValue(f"{name} = {{}}", f"{name}.update({whole})\n")
    if not isinstance(value, ast.Call):
        return None
    kind = ast.unparse(value.func)
    if kind == RESTORED:
        own, attributes, *content = value.args
        is_late = any(_reads(one, circle) for one in content)
        if is_late or not isinstance(attributes, ast.Dict):
            return None
        more = "".join(f", {ast.unparse(one)}" for one in content)
        return _split_attributes(name, attributes, circle, f"{RESTORED}({ast.unparse(own)}, ", more)
    if value.args and isinstance(value.args[-1], ast.List | ast.Dict):
        return _split_container(name, value, circle)
    if value.keywords and not value.args and all(one.arg for one in value.keywords):
        # A dataclass or a SimpleNamespace. Their fields are set without running their code.
        is_plain = kind.endswith("SimpleNamespace")
        keys: list[ast.expr | None] = [ast.Constant(one.arg) for one in value.keywords]
        fields = ast.Dict(keys, [one.value for one in value.keywords])
        start = f"{kind}(**" if is_plain else f"{RESTORED}({kind}, "
        return _split_attributes(name, fields, circle, start, "")
    return None


def split_registry(text: str, members: Set[str]) -> SplitValue | None:
    """Split the statement of an object whose methods decorate the functions that it contains.

    ``text`` creates the object with empty containers in place of those that read ``members``, so
    that the decorators can fill them. ``filling`` gives the containers and constants the values of
    the notebook again, which the decorators may have changed. Returns None if this is not possible.
    """
    statement = ast.parse(text).body[0]
    if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
        return None
    fillings: list[str] = []
    first = _emptied(statement.value, statement.targets[0].id, members, fillings)
    # A class whose definition needs the object, for example, cannot come after it.
    if first is None or _reads(first, members):
        return None
    return SplitValue(f"{statement.targets[0].id} = {ast.unparse(first)}", "".join(fillings))


def _emptied(value: ast.expr, path: str, members: Set[str], fillings: list[str]) -> ast.expr | None:
    """Return the expression with empty containers, and add the statements that fill them.

    ``path`` is the expression for the value in captured.py.
    """
    reads = _reads(value, members)
    if isinstance(value, ast.List | ast.Dict | ast.Set) or _content(value) is not None:
        content = _content(value) or value
        method = "extend" if isinstance(content, ast.List) else "update"
        fillings.append(f"{path}.clear()\n{path}.{method}({ast.unparse(content)})\n")
        return _empty(value) if reads else value
    if not reads:
        # The attributes of another object may not be settable, as those of a timedelta.
        return value
    if not isinstance(value, ast.Call):
        return None
    if value.keywords and not value.args and all(one.arg for one in value.keywords):
        # A dataclass or a SimpleNamespace.
        fields = [(str(one.arg), one.value) for one in value.keywords]
        made = _emptied_attributes(fields, path, members, fillings)
        if made is None:
            return None
        words = [ast.keyword(key, one) for (key, _), one in zip(fields, made, strict=True)]
        return ast.Call(value.func, [], words)
    if ast.unparse(value.func) != RESTORED:
        return None
    own, attributes, *content_of_base = value.args
    if content_of_base:
        base, *items = content_of_base
        if any(_reads(one, members) for one in items):
            kind = ast.unparse(base)
            if len(items) != 1 or kind not in ("dict", "list", "set"):
                return None
            method = "extend" if kind == "list" else "update"
            # The class may have methods of these names.
            fillings.append(
                f"{kind}.clear({path})\n{kind}.{method}({path}, {ast.unparse(items[0])})\n"
            )
            content_of_base = [base, ast.Call(base, [], [])]
    if isinstance(attributes, ast.Dict):
        keys = [one.value if isinstance(one, ast.Constant) else "" for one in attributes.keys]
        fields = list(zip(map(str, keys), attributes.values, strict=True))
        made = _emptied_attributes(fields, path, members, fillings)
        if made is None:
            return None
        attributes = ast.Dict(attributes.keys, made)
    return ast.Call(value.func, [own, attributes, *content_of_base], value.keywords)


def _emptied_attributes(
    fields: Sequence[tuple[str, ast.expr]], path: str, members: Set[str], fillings: list[str]
) -> list[ast.expr] | None:
    made: list[ast.expr] = []
    constants: dict[str, ast.expr] = {}
    for key, value in fields:
        if not key.isidentifier():
            return None
        inner = _emptied(value, f"{path}.{key}", members, fillings)
        if inner is None:
            return None
        made.append(inner)
        if isinstance(value, ast.Constant):
            constants[key] = value
    if constants:
        pairs = ", ".join(f"{key!r}: {ast.unparse(one)}" for key, one in constants.items())
        fillings.append(f"{COMPLETED}({path}, {{{pairs}}})\n")
    return made


def _content(value: ast.expr) -> ast.List | ast.Dict | None:
    """Return the content of ``defaultdict(list, {…})``, ``deque([…])`` and similar calls."""
    if not isinstance(value, ast.Call):
        return None
    kind = ast.unparse(value.func).rpartition(".")[2]
    last = value.args[-1] if value.args and kind in _CONTAINERS else None
    return last if isinstance(last, ast.List | ast.Dict) else None


def _empty(value: ast.expr) -> ast.expr:
    if isinstance(value, ast.Call):
        return ast.Call(value.func, value.args[:-1], value.keywords)
    kind = {ast.List: "list", ast.Dict: "dict", ast.Set: "set"}[type(value)]
    return ast.Call(ast.Name(kind), [], [])


def _split_attributes(
    name: str, attributes: ast.Dict, circle: Set[str], start: str, end: str
) -> SplitValue:
    # None keeps the place of an attribute in the order of ``vars``.
    late = [_reads(value, circle) for value in attributes.values]
    pairs = list(zip(attributes.keys, attributes.values, late, strict=True))
    nothing: ast.expr = ast.Constant(None)
    first = ast.Dict(attributes.keys, [nothing if wait else value for _, value, wait in pairs])
    then = ast.Dict([key for key, _, wait in pairs if wait], [v for _, v, wait in pairs if wait])
    return SplitValue(
        f"{name} = {start}{ast.unparse(first)}{end})",
        f"{COMPLETED}({name}, {ast.unparse(then)})\n",
    )


def _split_container(name: str, call: ast.Call, circle: Set[str]) -> SplitValue | None:
    """Split ``defaultdict(list, {…})``, ``deque([…])`` and similar containers."""
    *before, content = call.args
    if any(_reads(one, circle) for one in (*before, *(one.value for one in call.keywords))):
        return None
    method = "extend" if isinstance(content, ast.List) else "update"
    empty = ast.unparse(ast.Call(call.func, before, call.keywords))
    return SplitValue(f"{name} = {empty}", f"{name}.{method}({ast.unparse(content)})\n")


def _reads(node: ast.expr, names: Set[str]) -> bool:
    return any(isinstance(one, ast.Name) and one.id in names for one in ast.walk(node))
