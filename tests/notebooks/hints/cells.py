"""Edits of whole statements: definitions that move, and cells that run again."""

from __future__ import annotations

import ast
import re
import textwrap
from dataclasses import replace
from re import Match

from tests.notebooks.hints import lines, statements
from tests.notebooks.hints.case import Notebook


def create_inside(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    names = re.split(r" and |, ", found["names"])
    return statements.move_into_function(notebook, names, users(notebook, message))


def users(notebook: Notebook, message: str) -> list[str]:
    """The functions that the message names, else the last one of the cell, which is called."""
    defined = [
        node.name
        for node in statements.parsed(notebook.function).body
        if isinstance(node, ast.FunctionDef)
    ]
    return list(statements.users_in(message)) or defined[-1:]


def move_line(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    line = found["line"] or re.search(r"[Ll]ine (\d+)", message)[1]  # type: ignore[index]  # the message names it
    return statements.move_line(notebook, int(line), found["helper"] or "")


def define(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    return statements.to_top_level(notebook, found["kind"], found["name"], found["inside"] or "")


def run_again(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    again: list[str] = []
    # "Run the cell that creates and fits model again, then the cells that make a and b."
    for names in re.findall(
        r"cells? that (?:creates and |)[a-z]+ ([\w ]+?)(?: again)?(?:[,.]|$)", found[0]
    ):
        for name in names.split(" and "):
            if name == "it":
                (name,) = re.findall(r"'(\w+)' \(", message)
            again += [one for one in statements.cells_that_make(notebook, name) if one not in again]
    assert again, f"no cell for: {found[0]}"
    return notebook.with_function(notebook.function, *again)


def call_both(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    cell = re.sub(
        rf"\b{found['name']}(?:\.invoke)?\(([^()]*)\)", r"dict(\1)", notebook.function, count=1
    )
    return notebook.with_cells(
        *notebook.cells[:-1], cell, f"%%composition {found['user']}_flow\n{found['line']}"
    )


def without_call(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    pattern = rf"\b{found['maker']}\((\w+)\)"
    return notebook.with_cells(*(re.sub(pattern, r"\1", cell) for cell in notebook.cells))


def write_again(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    cells = (*notebook.cells[:-1], *notebook.later)
    again = [one for one in cells if re.search(rf"\b{re.escape(found['file'])}['\"]", one)]
    assert again, f"no cell writes {found['file']}"
    return notebook.with_function(notebook.function, *again)


def package_again(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    cells = (*notebook.cells, *notebook.then, notebook.function)
    return replace(notebook, cells=cells, then=())


def into_a_separate_cell(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Move the statement that calls a method out of the function."""
    cell = notebook.function
    (node,) = [
        one
        for one in ast.walk(statements.parsed(cell))
        if isinstance(one, ast.Expr) and ast.unparse(one).startswith(f"{found['method']}(")
    ]
    return notebook.with_function(statements.without(cell, node), statements.text_of(cell, node))


def define_or_run(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    name = message.split()[0]
    cells = statements.cells_that_make(notebook, name)
    assert cells, f"no cell of the notebook defines {name}"
    return notebook.with_function(notebook.function, *cells)


def is_meant(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    name = message.split()[0]
    pattern = rf"\b{re.escape(name)}\b"
    return notebook.with_function(re.sub(pattern, found["new"], notebook.function))


def restart(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    return notebook


def define_function(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    head = f"def {found['name']}():"
    return notebook.with_function(statements.wrapped(notebook.function, head))


def remove_parameter(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    what = re.escape(found["what"])
    pattern = rf", *{what}(?=[,):])|(?<=\(){what}, *"
    return notebook.with_function(re.sub(pattern, "", notebook.function, count=1))


def list_of_yields(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    return statements.edit_handler(notebook, statements.list_of_yields)


def into_class(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    return statements.into_class(notebook, found["owner"], found["name"])


def catch_import(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    module = re.search(r"imports ([\w.]+)", message)[1]  # type: ignore[index]  # the message names it
    pattern = re.compile(rf"^( *)(import|from) {re.escape(module)}\b.*$", re.MULTILINE)

    def guarded(line: Match[str]) -> str:
        text = f"try:\n    {line[0].strip()}\nexcept ImportError:\n    pass"
        return textwrap.indent(text, line[1])

    return notebook.with_function(pattern.sub(guarded, notebook.function))


def into_function_cell(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Make a composition's own function a function with a cell, which is called by its name."""
    (user,) = statements.users_in(message)
    node = next(
        one
        for one in statements.parsed(notebook.function).body
        if isinstance(one, ast.FunctionDef) and one.name == user
    )
    text = statements.text_of(notebook.function, node)
    rest = statements.without(notebook.function, node)
    return notebook.with_function(rest, f"%%function {user}\n{text}")


def none_for_nan(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    return notebook.with_function(notebook.function.replace('float("nan")', "None"))


def end_with(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    return notebook.with_function(f"{notebook.function}\n{found['name']}")


def leave_argument_out(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    pattern = rf", *{found['name']}=(?:\"[^\"]*\"|'[^']*'|\w+|\[[^\]]*\]|{{[^}}]*}})"
    return notebook.with_function(re.sub(pattern, "", notebook.function, count=1))


def add_argument(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    return notebook.with_function(
        re.sub(
            r"\baction\(([^()]*)\)", rf"action(\1, {found['argument']})", notebook.function, count=1
        )
    )


def define_without_exec(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Let the text that a cell gives to exec() be a cell of its own."""
    cells = list(notebook.cells)
    for at, cell in enumerate(cells):
        for node in statements.parsed(cell).body:
            if isinstance(node, ast.Expr) and ast.unparse(node).startswith("exec("):
                (text, *_) = [one.value for one in ast.walk(node) if isinstance(one, ast.Constant)]
                return notebook.with_cells(
                    *cells[:at], statements.without(cell, node), str(text), *cells[at + 1 :]
                )
    raise AssertionError("no cell calls exec()")


def whole_dictionary(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Let a lambda take the dictionary ``p``, and its parameters from there."""

    class Reader(ast.NodeTransformer):
        names: frozenset[str] = frozenset()

        def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
            if len(node.args.args) > 1:
                self.names = frozenset(one.arg for one in node.args.args)
                node.args = ast.arguments([], [ast.arg("p")], None, [], [], None, [])
                node.body = self.visit(node.body)
                self.names = frozenset()
            return node

        def visit_Name(self, node: ast.Name) -> ast.AST:
            if node.id in self.names:
                return ast.parse(f"p[{node.id!r}]", mode="eval").body
            return node

    magic, body = statements.split_magic(notebook.function)
    changed = ast.unparse(ast.fix_missing_locations(Reader().visit(ast.parse(body))))
    return notebook.with_function(statements.join_magic(magic, changed))


def into_the_cell(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Put what earlier cells do, other than define and import, into the function's cell."""
    cells, moved = list(notebook.cells), []
    for at, cell in enumerate(cells[:-1]):
        for node in statements.parsed(cell).body:
            if isinstance(node, ast.Expr | ast.Assign):
                moved.append(statements.text_of(cell, node))
                cells[at] = statements.without(cells[at], node)
    magic, body = statements.split_magic(notebook.function)
    return notebook.with_cells(*cells[:-1], statements.join_magic(magic, "\n".join([*moved, body])))


def open_as(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    cell = lines.with_options(notebook.function, found.string[: found.start()])
    return notebook.with_function(
        re.sub(r"\bopen\([^()]*(?:\([^()]*\))*[^()]*\)", f"open({found['path']})", cell)
    )


def call_from_lambda(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    cell = re.sub(r"sequence\((\w+)", r"sequence(lambda p: \1(p)", notebook.function, count=1)
    return notebook.with_function(cell)


def into_named_function(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Make the function that action() got as its code a function with a cell."""
    call = re.search(r"action\([^()]*code=(\w+)\)", notebook.function)
    assert call is not None
    at, node = statements.definition(notebook, "def", call[1])
    text = statements.text_of(notebook.cells[at], node)
    cell = notebook.function.replace(call[0], f'"{call[1]}"')
    return notebook.with_function(cell, f"%%function {call[1]}\n{text}")


def import_in_the_cell(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    magic, body = statements.split_magic(notebook.function)
    return notebook.with_function(statements.join_magic(magic, f"{found['line']}\n{body}"))
