"""Edits of the calls in a composition's cell: wrap, add and leave out arguments.

They are apart from ``edits.py``, which is long, because they work on expressions.
"""

from __future__ import annotations

import ast
import re
from re import Match

from tests.notebooks.hints import statements
from tests.notebooks.hints.case import Notebook

# "root[1], component 0 of sequence: the part ['a'][0] is …"
_PLACE = re.compile(r"^root\S*?, (?:(?P<what>\w+) (?P<number>\d+ )?of )?(?P<word>\w+): ")
_PART = re.compile(r"the part ((?:\[[^\]]+\])+)")
# The arguments of combinators that take any number of components after these.
_BEFORE = {"let": 1, "repeat": 1, "retry": 1, "composition": 1}
_POSITIONS = {"test": 0, "consequent": 1, "alternate": 2, "handler": 1, "finalizer": 1}


def replaced(cell: str, node: ast.expr, text: str) -> str:
    """The cell with another text for an expression."""
    lines = cell.split("\n")
    start, end = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    before = lines[start][: node.col_offset]
    after = lines[end][node.end_col_offset :]
    return "\n".join([*lines[:start], f"{before}{text}{after}", *lines[end + 1 :]])


def text_of(cell: str, node: ast.expr) -> str:
    lines = cell.split("\n")
    start, end = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    if start == end:
        return lines[start][node.col_offset : node.end_col_offset]
    first, last = lines[start][node.col_offset :], lines[end][: node.end_col_offset]
    return "\n".join([first, *lines[start + 1 : end], last])


def call_of(cell: str, word: str) -> ast.Call:
    """The first call of a combinator in the cell."""
    for node in ast.walk(statements.parsed(cell)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == word:
            return node
    raise AssertionError(f"the cell does not call {word}")


def argument_of(cell: str, message: str) -> ast.expr:
    """The argument, or the part of it, that a refusal names."""
    place = _PLACE.match(message)
    assert place is not None, message
    word, what = place["word"], place["what"] or ""
    call = call_of(cell, word)
    named = [one.value for one in call.keywords if one.arg == what]
    if named:
        found = named[0]
    elif place["number"]:
        found = call.args[int(place["number"]) + _BEFORE.get(word, 0)]
    else:
        found = call.args[_POSITIONS.get(what, 0)]
    part = _PART.search(message)
    for key in re.findall(r"\[([^\]]+)\]", part[1]) if part else ():
        if isinstance(found, ast.Dict):
            keys = [ast.literal_eval(one) for one in found.keys if one is not None]
            found = found.values[keys.index(ast.literal_eval(key))]
        elif isinstance(found, ast.List | ast.Tuple):
            found = found.elts[int(key)]
    return found


def put_around(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    cell, maker = notebook.function, found["maker"]
    value = argument_of(cell, message)
    cell = replaced(cell, value, f"{maker}({text_of(cell, value)})")
    reader = re.search(r"and call ([\w.]+)\(…\) in each function that reads it", found.string)
    if reader is not None:
        (name,) = re.findall(r"^\['(\w+)'\]", _PART.search(message)[1])  # type: ignore[index]
        magic, body = statements.split_magic(cell)
        body = re.sub(rf"(?<!['\"\w]){name}(?!['\"\w])", f"{reader[1]}({name})", body)
        cell = statements.join_magic(magic, body)
    return _with_module(notebook.with_function(cell), maker)


def _with_module(notebook: Notebook, maker: str) -> Notebook:
    module = maker.rpartition(".")[0]
    if not module or any(f"import {module}" in cell for cell in notebook.cells):
        return notebook
    return notebook.with_function(notebook.function, f"import {module}")


def lambda_instead(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Write ``lambda p: X`` instead of ``value(X)``."""
    cell = notebook.function
    place = _PLACE.match(message)
    assert place is not None
    call = call_of(cell, place["word"])
    return notebook.with_function(replaced(cell, call, f"lambda p: {text_of(cell, call.args[0])}"))


def name_inner_part(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Give what the first assignment makes a name."""
    cells = list(notebook.cells)
    for at, cell in enumerate(cells):
        for node in statements.parsed(cell).body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                named = f'composition("{found["name"]}", {text_of(cell, node.value)})'
                cells[at] = replaced(cell, node.value, named)
                return notebook.with_cells(*cells)
    raise AssertionError("no cell makes a part")


def first_argument(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    cell = notebook.function
    call = call_of(cell, found["word"])
    given = ", ".join(text_of(cell, one) for one in call.args)
    text = f"{text_of(cell, call.func)}({found['value']}, {given})"
    return notebook.with_function(replaced(cell, call, text))


def add_arguments(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    cell = notebook.function
    call = call_of(cell, found["word"])
    given = [text_of(cell, one) for one in call.args]
    text = f"{text_of(cell, call.func)}({', '.join([*given, found['arguments']])})"
    return notebook.with_function(replaced(cell, call, text))


def leave_keyword_out(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    cell = notebook.function
    call = call_of(cell, message.partition("(")[0])
    given = [text_of(cell, one) for one in call.args]
    given += [
        f"{one.arg}={text_of(cell, one.value)}" for one in call.keywords if one.arg != found["name"]
    ]
    return notebook.with_function(
        replaced(cell, call, f"{text_of(cell, call.func)}({', '.join(given)})")
    )


def into_sequence(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    cell = notebook.function
    call = call_of(cell, message.partition("(")[0])
    at = int(found["number"]) - 1
    given = [text_of(cell, one) for one in call.args]
    given = [*given[:at], f"sequence({', '.join(given[at:])})"]
    return notebook.with_function(
        replaced(cell, call, f"{text_of(cell, call.func)}({', '.join(given)})")
    )


def leave_the_rest_out(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    cell = notebook.function
    call = call_of(cell, message.partition("(")[0])
    given = [text_of(cell, one) for one in call.args[: int(found["number"])]]
    return notebook.with_function(
        replaced(cell, call, f"{text_of(cell, call.func)}({', '.join(given)})")
    )


def another_call(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Write the call that the hint shows, instead of that of the same combinator."""
    cell = notebook.function
    call = call_of(cell, found["word"])
    return notebook.with_function(replaced(cell, call, found["call"]))


def model_in_a_cell(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Put the function of the hint into a cell, with the model that is an argument."""
    cell = notebook.function
    model = argument_of(cell, message)
    text = found["cell"].replace("MODEL", text_of(cell, model))
    return notebook.with_function(replaced(cell, model, found["written"]), text)


def end_with_example(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    return notebook.with_function(f"{notebook.function}\n{found['line']}")


def in_the_file(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Replace a text in the file that the refusal names."""
    name = message.partition(":")[0]
    new, old = (found[key].strip("'") for key in ("new", "old"))
    assert f'"{old}"' in notebook.files[name], f"{name} does not have {old}"
    changed = notebook.files[name].replace(f'"{old}"', f'"{new}"')
    return notebook.with_files({name: changed})


def step_itself(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Let a composition or a handle be the step, instead of a function that calls it."""
    cell = notebook.function
    call = next(
        node
        for node in ast.walk(statements.parsed(cell))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "sequence"
    )
    return notebook.with_function(replaced(cell, call.args[int(found["at"])], found["name"]))


def code_such_as(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Put the function of the hint in the place of an inline function's code."""
    cell = notebook.function
    (code,) = [
        value
        for node in ast.walk(statements.parsed(cell))
        if isinstance(node, ast.Dict)
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant) and key.value == "code"
    ]
    return notebook.with_function(replaced(cell, code, found["code"]))


def function_cell_for_a_lambda(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Write a component of a sequence, which is a lambda, as a function with a cell."""
    cell, name = notebook.function, found["name"]
    made = call_of(cell, "sequence").args[int(found["at"])]
    assert isinstance(made, ast.Lambda)
    magic, body = statements.split_magic(replaced(cell, made, f"'{name}'"))
    taken = made.args.args[0].arg
    returned = re.sub(rf"\b{taken}\b", "params", text_of(cell, made.body))
    head = f"%%function {name}\ndef {found['head']}:\n    return {returned}"
    return notebook.with_function(statements.join_magic(magic, body), head)


def repeated(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Leave a name out of the composition that calls it, and repeat the other steps."""
    cells = list(notebook.cells)
    (at,) = [i for i, one in enumerate(cells) if one.startswith(f"%%composition {found['user']}")]
    call = call_of(cells[at], "sequence")
    given = [text_of(cells[at], one) for one in call.args]
    kept = ", ".join(one for one in given if one.strip("'\"") != found["name"])
    cells[at] = replaced(cells[at], call, f"{found['maker']}({found['count']}, {kept})")
    return notebook.with_cells(*cells)


def in_a_branch(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Put the second half of a sequence into a branch."""
    cell = notebook.function
    call = call_of(cell, "sequence")
    given = [text_of(cell, one) for one in call.args]
    half = len(given) // 2
    branch = found["code"].replace("…", ", ".join(given[half:]))
    text = f"sequence({', '.join([*given[:half], branch])})"
    return notebook.with_function(replaced(cell, call, text))


def node_instead(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    cell = notebook.function
    return notebook.with_function(replaced(cell, call_of(cell, "parse"), found["call"]))


RULES = (
    (r"^The code must be a Python function, such as (?P<code>'.+')\.$", code_such_as),
    (
        r"in a separate cell, which begins with %%function (?P<name>\w+) and defines "
        r"(?P<head>\w+\(params\))\. Then write '\w+' instead of root\[(?P<at>\d+)\]\.$",
        function_cell_for_a_lambda,
    ),
    (
        r"^Leave (?P<name>\w+) out of (?P<user>\w+)\. To repeat steps, put "
        r"(?P<maker>\w+)\((?P<count>\d+), …\) around them\.$",
        repeated,
    ),
    (r"a separate session: (?P<code>parallel\(sequence\(…\)\), .+)$", in_a_branch),
    (r"^Pass a node, such as: (?P<call>parse\(.+\))$", node_instead),
)
