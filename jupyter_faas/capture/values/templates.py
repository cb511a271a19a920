"""Jinja templates and environments inside other values, such as ``self.template``.

A template keeps its compiled code, but not its text. The text is searched among the texts of the
notebook: the right one is that which compiles to the same code.
"""

from __future__ import annotations

import ast
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from jupyter_faas.capture.source.cells import ExecutedCells
from jupyter_faas.capture.source.objects import shape
from jupyter_faas.capture.values.attributes import stored_attribute
from jupyter_faas.capture.values.literals import Write

# More texts would take seconds to compile.
_MOST_TEXTS = 3000
_DEPTH = 3
_OPTIONS = (
    *("block_start_string", "block_end_string", "variable_start_string", "variable_end_string"),
    *("comment_start_string", "comment_end_string", "line_statement_prefix"),
    *("line_comment_prefix", "trim_blocks", "lstrip_blocks", "newline_sequence"),
    *("keep_trailing_newline", "optimized", "undefined", "finalize", "autoescape"),
)


def is_template(value: object) -> bool:
    return f"{type(value).__module__}.{type(value).__name__}" == "jinja2.environment.Template"


def is_environment(value: object) -> bool:
    return f"{type(value).__module__}.{type(value).__name__}" == "jinja2.environment.Environment"


def write_template(
    value: Any, where: str, write: Write, library: Callable[[str], str], texts: Iterable[str]
) -> str | None:
    """Return the expression for a template, or None if its text is not among ``texts``."""
    environment = value.environment
    given = value.globals.maps[0] if hasattr(value.globals, "maps") else value.globals
    if given or value.name is not None:
        return None
    source = next((one for one in texts if _compiles_to(value, one)), None)
    if source is None:
        return None
    text = write(source, where)
    if not environment.shared:
        return f"{write(environment, f'{where}.environment')}.from_string({text})"
    parts = _parts(environment, where, write)
    if parts is None or parts[1]:
        return None
    return f"{library('jinja2')}.Template({', '.join((text, *parts[0]))})"


def write_environment(
    value: Any, where: str, write: Write, library: Callable[[str], str]
) -> str | None:
    """Return the expression for an environment without a loader, or None for another one."""
    parts = _parts(value, where, write)
    if parts is None or value.loader is not None or value.bytecode_cache is not None:
        return None
    made = f"{library('jinja2')}.Environment({', '.join(parts[0])})"
    updates = "".join(f"made.{key}.update({text}), " for key, text in parts[1].items())
    return f"(lambda made: ({updates}made)[-1])({made})" if updates else made


def _parts(environment: Any, where: str, write: Write) -> tuple[list[str], dict[str, str]] | None:
    """Return the options of an environment and its own filters, tests and globals as source."""
    import jinja2

    usual = jinja2.Environment()  # noqa: S701 nothing is rendered
    options = [
        f"{key}={write(getattr(environment, key), f'{where}.{key}')}"
        for key in _OPTIONS
        if getattr(environment, key) != getattr(usual, key)
    ]
    if environment.extensions:
        options.append(f"extensions={sorted(environment.extensions)!r}")
    own = {}
    for key in ("filters", "tests", "globals"):
        before, now = getattr(usual, key), getattr(environment, key)
        if before.keys() - now.keys() or environment.is_async:
            return None
        added = {name: one for name, one in now.items() if before.get(name) is not one}
        if added:
            own[key] = write(added, f"{where}.{key}")
    return options, own


def texts_of(namespace: Mapping[str, object], cells: ExecutedCells) -> list[str]:
    """Return the texts in the notebook's values and cells, without repetitions."""
    found: dict[str, None] = {}
    for value in namespace.values():
        found.update(dict.fromkeys(_texts(value, _DEPTH)))
    for cell in cells.newest_first():
        for node in ast.walk(cell.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found[node.value] = None
    return list(found)[:_MOST_TEXTS]


def _texts(value: object, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif depth and isinstance(value, list | tuple | dict):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one, depth - 1)
    elif depth and type(value).__module__ == "__main__":
        attributes = stored_attribute(value, "__dict__", {})
        for one in attributes.values() if isinstance(attributes, dict) else ():
            yield from _texts(one, depth - 1)


def _compiles_to(template: Any, text: str) -> bool:
    """Return whether a text is the source of a template."""
    try:
        code = template.environment.compile(text)
    # A filter of the notebook may run here, and raise any error. Most texts are not templates.
    except Exception:
        return False
    compiled = {one.co_name: one for one in code.co_consts if isinstance(one, types.CodeType)}
    blocks = {f"block_{name}": one for name, one in template.blocks.items()}
    wanted = {"root": template.root_render_func, **blocks}
    return wanted.keys() == compiled.keys() and all(
        shape(compiled[key]) == shape(one.__code__) for key, one in wanted.items()
    )
