"""Every option of the cells and of the verbs, on all surfaces."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable

from jupyter_faas.cli import exit_codes as exits
from jupyter_faas.commands.arguments import COMMON, PROGRAM, Argument, Surface
from jupyter_faas.commands.table import VERBS, Verb
from jupyter_faas.magics.cells.options import COMPOSITION_ARGUMENTS, FUNCTION_ARGUMENTS
from jupyter_faas.magics.handles import Function

_WIDTH = 80

_HEAD = """\
# Cells and verbs

<!-- Generated from the tables of options by `python -m tools.reference`; a test compares them. -->
"""

_FUNCTION = """\
## %%function

Define a function in this notebook and package it with the models that it uses. Running the cell
shows the function's card.
"""

_COMPOSITION = """\
## %%composition

Compose functions into a workflow and package it. Running the cell shows the composition's card,
with its graph. The last expression of the cell is the composition: a combinator, the name of an
action, a packaged function, or another Python function, which becomes inline code.

The cell can use the combinators (`action`, `asynchronous`, `composition`, `do`, `doloop`,
`doloop_nosave`, `dynamic`, `empty`, `ensure`, `function`, `let`, `literal`, `loop`, `loop_nosave`,
`map`, `mask`, `merge`, `par`, `parallel`, `parse`, `repeat`, `retain`, `retain_catch`, `retry`,
`seq`, `sequence`, `task`, `value`, `when`, `when_nosave`) and the module `composer` without an
import. These names do not exist after the cell. A name that the notebook defines keeps its meaning:
if the notebook has its own `merge`, write `composer.merge`. `map` is the combinator while the cell
runs, and Python's built-in function when an inline function runs. Outside the cell, import them:
`from jupyter_faas.composer import sequence, when`.

A deploy first deploys the notebook's functions that the composition calls, if the target does not
have them.
"""

_VERBS = """\
## The verbs

Every verb exists as `%faas VERB` in a notebook and as `jupyter faas VERB` in a terminal. Verbs for
one function are also methods of its handle, such as `iris.deploy()`;
[the Python API](python.md) describes what they return. `--help` after a verb shows the same text as
this page. Options can appear anywhere between the other arguments.

A value in `key=value` has the type in the function's signature. If the signature does not contain
the key, the value is JSON if it parses, and otherwise a string: `sepal_length=5.1`,
`tags='["a", "b"]'`, `note=fine`. A duration without a unit is in seconds: `30`, `30s`, `500ms`,
`2m`.

In a notebook, `{expression}` and `$name` are replaced with their values, as in other magics: `%faas
invoke f x={n + 1}`, `%%function iris --memory {memory}`. Write the name of a cell's function
without such expressions, because JupyterLab finds the cell by that name. JSON keeps its braces, and
expressions inside it are expanded: `'{"x": {n}}'`. `{{name}}` and `$$name` stand for a literal
`{name}` and `$name`, and `$name` is not replaced between single quotes. `--sample`, `--test` and
`--expect` accept expressions without braces.
"""

_OUTPUT = """\
## Output of the command

Results are printed to stdout. Progress is printed to stderr, but only for operations that take more
than a second. Errors are printed to stderr, as a message and a hint; with `--json`, as
`{"error": {"code", "message", "hint"}}`. If a function fails, `invoke` still prints the
activation, or its error object with `--result`, and exits with 1.
"""


def reference() -> str:
    """The whole page, in Markdown."""
    parts = [
        _HEAD,
        _cell("%%function", _FUNCTION, FUNCTION_ARGUMENTS),
        _cell("%%composition", _COMPOSITION, COMPOSITION_ARGUMENTS),
        _VERBS,
        *map(_verb, VERBS),
        _everywhere(),
        _OUTPUT,
        _exit_codes(),
    ]
    return "\n".join(parts)


def _cell(magic: str, words: str, arguments: tuple[Argument, ...]) -> str:
    usage = _lines([magic, *map(_word, arguments)])
    return "\n".join([words, "```text", usage, "```", "", *_table(arguments)])


def _verb(verb: Verb) -> str:
    usages = [_usage(verb, surface) for surface in PROGRAM if surface in verb.surfaces]
    method = getattr(Function, verb.name, None)
    usages += [_method(verb.name, method)] if method is not None else []
    lines = [f"## {verb.name}", "", verb.help, "", "```text", *usages, "```", ""]
    return "\n".join([*lines, *_table(verb.arguments)])


def _usage(verb: Verb, surface: Surface) -> str:
    words = [_word(one) for one in verb.arguments if surface in one.surfaces]
    return _lines([f"{PROGRAM[surface]} {verb.name}", *words])


def _lines(words: Iterable[str]) -> str:
    """The words in lines that fit a page, all but the first indented; none is cut."""
    lines = [""]
    for word in words:
        if len(lines[-1]) + len(word) >= _WIDTH:
            lines.append("   ")
        lines[-1] += f" {word}" if lines[-1] else word
    return "\n".join(lines)


def _method(name: str, method: Callable[..., object]) -> str:
    """``iris.rollback(to=None, *, force=False)``; ``iris.invoke(…)`` takes what ``iris`` takes."""
    words, named = [], False
    for each in list(inspect.signature(method).parameters.values())[1:]:
        if each.kind is each.VAR_POSITIONAL:
            return f"iris.{name}(…)"
        if each.kind is each.KEYWORD_ONLY and not named:
            words.append("*")
            named = True
        rest = "**" if each.kind is each.VAR_KEYWORD else ""
        default = "" if each.default is each.empty else f"={each.default!r}"
        words.append(f"{rest}{each.name}{default}")
    return f"iris.{name}({', '.join(words)})"


def _table(arguments: Iterable[Argument]) -> list[str]:
    return ["| argument | meaning |", "|---|---|", *map(_row, arguments), ""]


def _word(argument: Argument) -> str:
    name = argument.metavar or "|".join(argument.choices) or argument.name.upper()
    if argument.flag:
        value = "" if _is_plain_switch(argument) else f" {name}"
        value = f" [{name}]" if argument.kind in ("number", "switch") and value else value
        return f"[{argument.flag}{value}]" + ("…" if argument.kind == "many" else "")
    if argument.kind == "words":
        return f"{name}…"
    return f"[{name}]" if argument.kind == "optional" else name


def _is_plain_switch(argument: Argument) -> bool:
    return argument.kind == "switch" and not argument.choices


def _row(argument: Argument) -> str:
    name = argument.metavar or "|".join(argument.choices) or argument.name.upper()
    left = argument.flag or name
    if argument.flag and not _is_plain_switch(argument):
        left += f" [{name}]" if argument.kind == "switch" else f" {name}"
    only = {"cli": " (command only)", "magic": " (magic only)"}
    where = "" if len(argument.surfaces) > 1 else only[next(iter(argument.surfaces))]
    default = f" Default: {argument.default}." if isinstance(argument.default, int) else ""
    escaped = left.replace("|", "\\|")
    return f"| `{escaped}` | {argument.help}{default}{where} |"


def _everywhere() -> str:
    return "\n".join(["## Common options", "", *_table(COMMON)])


def _exit_codes() -> str:
    rows = [f"| {code} | {meaning} |" for code, meaning in exits.MEANINGS]
    return "\n".join(["## Exit codes", "", "| code | meaning |", "|---|---|", *rows, ""])
