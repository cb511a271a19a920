"""What a hint says to do, done to the notebook's text.

This is the whole language of hints. ``NAME`` is a variable, ``CODE`` is Python:

- ``--option VALUE``: add it to the magic's line. ``Leave --option VALUE out``: remove it.
- ``NAME = CODE``: run that line in a cell above. ``Write CODE in a cell above``: the same.
- ``Write NEW instead of OLD``: replace it in the cell, or in the first cell that has it.
- ``Create NAME inside the function``: move the statements that make it to the code that uses it.
- ``Move line N`` (``of NAME's cell``; or ``it``, the line of the message) ``to a separate cell``.
- ``Define NAME with class|def at the top level of a cell``, ``… and create NAME inside NAME``.
- ``Run the cell that defines|makes|… NAME again``; ``Restart the kernel and run …``.
- single ones, listed in ``_RULES``.

A hint of several numbered lines answers a message of several numbered lines.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Callable
from dataclasses import replace
from re import Match

from tests.notebooks.hints import calls, files, options, statements
from tests.notebooks.hints.case import Notebook
from tests.notebooks.public.hints import line_of_code

_VALUE = r"(?:'[^']*'|\"[^\"]*\"|[\w.:/\[\]@=~-]*[\w\]])"
# Unlike in the hints of public notebooks, an assignment in parentheses is only an example.
_TARGET = re.compile(r"(?<![\w.'\"(])[A-Za-z_]\w*(?:\[[^\]]*\]|\.\w+)* = ")
_OPTION = re.compile(
    rf"(?<![\w-])(--[a-z][a-z-]+)(?: (?!(?:and|or|out|with|in|is|to|as)\b)({_VALUE}))?"
)
_NUMBERED = re.compile(r"^\d+\. ", re.MULTILINE)
# Options that may be given several times, so that another one does not replace the first.
_REPEATABLE = (
    *("--include", "--require", "--trust", "--param", "--annotation", "--test"),
    *("--env", "--secret"),
)

Rule = Callable[[Notebook, Match[str], str], Notebook]


def follow(notebook: Notebook, message: str, hint: str) -> Notebook | None:
    """The notebook after its user has done what the hint says. None if it says nothing to do."""
    messages, hints = _parts(message), _parts(hint)
    if len(hints) > 1 and len(messages) == len(hints):
        for one, other in zip(messages, hints, strict=True):
            changed = _follow(notebook, one, other)
            if changed is None:
                return None
            notebook = changed
        return notebook
    return _follow(notebook, message, hint)


def _parts(text: str) -> list[str]:
    pieces = _NUMBERED.split(text)
    return [piece.strip() for piece in pieces[1:]] or [text]


def _follow(notebook: Notebook, message: str, hint: str) -> Notebook | None:
    for pattern, rule in _RULES:
        found = re.search(pattern, hint)
        if found is not None:
            return rule(notebook, found, message)
    line = line_of_code(hint, _TARGET)
    if line:
        return notebook.with_function(notebook.function, line)
    added = _with_options(notebook.function, hint)
    return None if added == notebook.function else notebook.with_function(added)


def _with_options(cell: str, hint: str) -> str:
    magic, body = statements.split_magic(cell)
    # An example of a whole line names its options last: they are the ones to write.
    for option, value in _OPTION.findall(hint):
        if option not in _REPEATABLE:
            magic = _without_option(magic, option)
        elif option in ("--param", "--annotation", "--env", "--secret"):
            # The same name replaces what was given before.
            magic = re.sub(rf" {option} {value.partition('=')[0]}(?:=\S+)?(?= |$)", "", magic)
        magic += f" {option} {value}".rstrip()
    return statements.join_magic(magic, body)


def _without_option(magic: str, option: str, value: str = "") -> str:
    if value:
        return re.sub(rf" {option}[ =][\"']?{re.escape(value)}[\"']?(?= |$)", "", magic, count=1)
    quoted = r"'[^']*'|\"[^\"]*\"|(?!--)\S+"
    return re.sub(rf" {option}(?:[ =](?:{quoted})|(?= |$))", "", magic)


def _end_of_line(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    magic, body = statements.split_magic(notebook.function)
    return notebook.with_function(statements.join_magic(magic + found["what"], body))


def _leave_out(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    magic, body = statements.split_magic(notebook.function)
    magic = _without_option(magic, found["option"], found["value"] or "")
    return notebook.with_function(statements.join_magic(magic, body))


def _replace(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    new, old = (found[key].removesuffix("(…)") for key in ("new", "old"))
    if old.startswith("--"):
        option, _, value = old.partition(" ")
        magic, body = statements.split_magic(notebook.function)
        magic = f"{_without_option(magic, option, value)} {new}"
        return notebook.with_function(statements.join_magic(magic, body))
    notebook = notebook.with_function(
        _with_options(notebook.function, found.string[: found.start()])
    )
    texts = (*notebook.cells, *notebook.files.values())
    if "'" in old and not any(old in text for text in texts):
        new, old = (each.replace("'", '"') for each in (new, old))
    edges = (
        r"(?<!\w)" if old[:1].isidentifier() else "",
        r"(?!\w)" if old[-1:].isidentifier() else "",
    )
    pattern = re.compile(f"{edges[0]}{re.escape(old)}{edges[1]}")
    cells = list(notebook.cells)
    for at in (len(cells) - 1, *range(len(cells) - 1)):
        magic, body = statements.split_magic(cells[at])
        changed = pattern.sub(lambda _: new, body)
        if changed != body:
            cells[at] = statements.join_magic(magic, changed)
            return _with_copy(notebook.with_cells(*cells), found.string)
    for name, text in notebook.files.items():
        if pattern.search(text):
            return notebook.with_files({name: pattern.sub(lambda _: new, text)})
    if old in (magic := statements.split_magic(notebook.function)[0]):
        body = statements.split_magic(notebook.function)[1]
        return notebook.with_function(statements.join_magic(magic.replace(old, new), body))
    raise AssertionError(f"no cell has {old!r}")


def _with_copy(notebook: Notebook, hint: str) -> Notebook:
    found = re.match(r"Copy (\S+) to (\S+), ", hint)
    if found is None:
        return notebook
    source, target = found.groups()
    copy = (
        f"import os, shutil\ncopy = shutil.copytree if os.path.isdir({source!r}) else shutil.copy\n"
        f"copy({source!r}, {target!r})"
    )
    return notebook.with_cells(copy, *notebook.cells)


def _replace_and_begin(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    changed = _replace(notebook, found, message)
    return statements.edit_handler(
        changed,
        lambda cell, node: statements.at_the_beginning(cell, [node.name], found["line"]),
    )


def _write_above(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    notebook = notebook.with_function(
        _with_options(notebook.function, found.string[: found.start()]), found["line"]
    )
    notebook = _with_copy(notebook, found.string)
    rest = re.match(
        r", and (?:write )?(?P<new>\S+) instead of (?P<old>\S+?)\.?(?=\s|$)",
        found.string[found.end() :],
    )
    return _replace(notebook, rest, message) if rest is not None else notebook


def _create_inside(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    names = re.split(r" and |, ", found["names"])
    return statements.move_into_function(notebook, names, _users(notebook, message))


def _users(notebook: Notebook, message: str) -> list[str]:
    """The functions that the message names, else the last one of the cell, which is called."""
    defined = [
        node.name
        for node in statements.parsed(notebook.function).body
        if isinstance(node, ast.FunctionDef)
    ]
    return list(statements.users_in(message)) or defined[-1:]


def _move_line(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    line = found["line"] or re.search(r"[Ll]ine (\d+)", message)[1]  # type: ignore[index]  # the message names it
    return statements.move_line(notebook, int(line), found["helper"] or "")


def _define(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    return statements.to_top_level(notebook, found["kind"], found["name"], found["inside"] or "")


def _run_again(notebook: Notebook, found: Match[str], message: str) -> Notebook:
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


def _call_both(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    cell = re.sub(
        rf"\b{found['name']}(?:\.invoke)?\(([^()]*)\)", r"dict(\1)", notebook.function, count=1
    )
    return notebook.with_cells(
        *notebook.cells[:-1], cell, f"%%composition {found['user']}_flow\n{found['line']}"
    )


def _shell_command(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    return notebook.with_function(notebook.function, f"!{found['command']}")


def _line_magic(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    return notebook.with_function(notebook.function, found["command"])


def _without_call(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    pattern = rf"\b{found['maker']}\((\w+)\)"
    return notebook.with_cells(*(re.sub(pattern, r"\1", cell) for cell in notebook.cells))


def _run_code(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    return notebook.with_function(notebook.function, found["code"].partition("\nOr ")[0])


def _write_again(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    cells = (*notebook.cells[:-1], *notebook.later)
    again = [one for one in cells if re.search(rf"\b{re.escape(found['file'])}['\"]", one)]
    assert again, f"no cell writes {found['file']}"
    return notebook.with_function(notebook.function, *again)


def _package_again(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    cells = (*notebook.cells, *notebook.then, notebook.function)
    return replace(notebook, cells=cells, then=())


def _define_or_run(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    name = message.split()[0]
    cells = statements.cells_that_make(notebook, name)
    assert cells, f"no cell of the notebook defines {name}"
    return notebook.with_function(notebook.function, *cells)


def _is_meant(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    name = message.split()[0]
    pattern = rf"\b{re.escape(name)}\b"
    return notebook.with_function(re.sub(pattern, found["new"], notebook.function))


def _restart(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    return notebook


def _define_function(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    head = f"def {found['name']}():"
    return notebook.with_function(statements.wrapped(notebook.function, head))


def _remove_parameter(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    pattern = rf", *{re.escape(found['what'])}(?=[,):])"
    return notebook.with_function(re.sub(pattern, "", notebook.function, count=1))


def _list_of_yields(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    return statements.edit_handler(notebook, statements.list_of_yields)


def _into_class(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    return statements.into_class(notebook, found["owner"], found["name"])


def _catch_import(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    module = re.search(r"imports ([\w.]+)", message)[1]  # type: ignore[index]  # the message names it
    pattern = re.compile(rf"^( *)(import|from) {re.escape(module)}\b.*$", re.MULTILINE)

    def guarded(line: Match[str]) -> str:
        text = f"try:\n    {line[0].strip()}\nexcept ImportError:\n    pass"
        return textwrap.indent(text, line[1])

    return notebook.with_function(pattern.sub(guarded, notebook.function))


def _into_function_cell(notebook: Notebook, found: Match[str], message: str) -> Notebook:
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


def _magic_line(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Write the line with another name, and what options it had besides."""
    magic, body = statements.split_magic(notebook.function)
    rest = magic.split(" ", 2)[2:]
    return notebook.with_function(statements.join_magic(" ".join([found["line"], *rest]), body))


def _none_for_nan(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    return notebook.with_function(notebook.function.replace('float("nan")', "None"))


def _end_with(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    return notebook.with_function(f"{notebook.function}\n{found['name']}")


def _leave_argument_out(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    pattern = rf", *{found['name']}=(?:\"[^\"]*\"|'[^']*'|\w+|\[[^\]]*\]|{{[^}}]*}})"
    return notebook.with_function(re.sub(pattern, "", notebook.function, count=1))


def _add_argument(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    return notebook.with_function(
        re.sub(
            r"\baction\(([^()]*)\)", rf"action(\1, {found['argument']})", notebook.function, count=1
        )
    )


def _define_without_exec(notebook: Notebook, found: Match[str], message: str) -> Notebook:
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


def _whole_dictionary(notebook: Notebook, found: Match[str], message: str) -> Notebook:
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


def _into_the_cell(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Put what earlier cells do, other than define and import, into the function's cell."""
    cells, moved = list(notebook.cells), []
    for at, cell in enumerate(cells[:-1]):
        for node in statements.parsed(cell).body:
            if isinstance(node, ast.Expr | ast.Assign):
                moved.append(statements.text_of(cell, node))
                cells[at] = statements.without(cells[at], node)
    magic, body = statements.split_magic(notebook.function)
    return notebook.with_cells(*cells[:-1], statements.join_magic(magic, "\n".join([*moved, body])))


def _open_as(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    cell = _with_options(notebook.function, found.string[: found.start()])
    return notebook.with_function(
        re.sub(r"\bopen\([^()]*(?:\([^()]*\))*[^()]*\)", f"open({found['path']})", cell)
    )


def _call_from_lambda(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    cell = re.sub(r"sequence\((\w+)", r"sequence(lambda p: \1(p)", notebook.function, count=1)
    return notebook.with_function(cell)


def _into_named_function(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Make the function that action() got as its code a function with a cell."""
    call = re.search(r"action\([^()]*code=(\w+)\)", notebook.function)
    assert call is not None
    at, node = statements.definition(notebook, "def", call[1])
    text = statements.text_of(notebook.cells[at], node)
    cell = notebook.function.replace(call[0], f'"{call[1]}"')
    return notebook.with_function(cell, f"%%function {call[1]}\n{text}")


def _import_in_the_cell(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    magic, body = statements.split_magic(notebook.function)
    return notebook.with_function(statements.join_magic(magic, f"{found['line']}\n{body}"))


_RULES: tuple[tuple[str, Rule], ...] = (
    *files.RULES,
    *calls.RULES,
    *options.RULES,
    (r"Write (?P<new>\S+) instead of (?P<old>\S+) in the file\.$", calls.in_the_file),
    (
        r"In the composition, write (?P<name>\w+) instead of the function at root\[(?P<at>\d+)\]",
        calls.step_itself,
    ),
    (
        r"Write (?P<call>(?P<word>composition|function)\(.+\))"
        r"(?:, with your task instead of the lambda| instead)\.$",
        calls.another_call,
    ),
    (r"Write (?P<what>\S) at the end of the line", _end_of_line),
    (r"[Ll]eave (?:this )?(?P<option>--[a-z-]+)(?: (?!out\b)(?P<value>\S+))? out", _leave_out),
    (
        r"Write (?P<new>.+?) instead of (?P<old>.+?), and begin the function with (?P<line>.+)\.$",
        _replace_and_begin,
    ),
    (r"[Ww]rite (?P<line>[^,]+?) in a cell above", _write_above),
    (
        r"[Ww]rite (?P<new>.+?) instead of (?P<old>.+?)"
        r"(?=: the code of|\. Usage: |: names|\. Otherwise, define| for one of them"
        r"|\. \w+ has these extras|\.?$)",
        _replace,
    ),
    (r"To deploy (?P<old>\w+), rename it to (?P<new>\w+)\.$", _replace),
    (r"Set (?P<names>\w+)\.\w+ inside the function", _create_inside),
    (r"Create (?P<names>[\w, ]+?) inside the function", _create_inside),
    (
        r"Move (?:line (?P<line>\d+)(?: of (?P<helper>\w+)'s cell)?|it|that line) "
        r"to a separate cell",
        _move_line,
    ),
    (
        r"Define (?P<name>\w+) with (?P<kind>class|def) at the top level of a cell"
        r"(?:, and create (?P<inside>\w+) inside \w+)?",
        _define,
    ),
    (r"Define (?P<name>\w+) inside class (?P<owner>\w+)", _into_class),
    (r"Write 30 or (?P<time>30s) for seconds", options.timeout),
    (r"Write a key and a value, such as (?P<new>\S+)\.(?: |$)", options.key_and_value),
    (r"Leave the second (?P<key>\w+)=… out", options.leave_second_out),
    (r"Choose another name, such as (?P<new>\w+)\.$", options.rename),
    (
        r"Read (?P<code>os\.environ\['(?P<name>\w+)'\]) in the function, and leave the "
        r"parameter out",
        options.read_environment,
    ),
    (r"Write the model without (?P<maker>\w+)\(…\)", _without_call),
    (r"[Rr]un this code in a cell:\n(?P<code>(?s:.+))$", _run_code),
    (r"Run the cell that writes (?P<file>\S+) again", _write_again),
    (r"Run the cells? that .+", _run_again),
    (
        r"Return the input for (?P<name>\w+) from (?P<user>\w+), and call both in a composition: "
        r"(?P<line>.+)$",
        _call_both,
    ),
    (r"Install npm Composer next to the notebook \((?P<command>npm install \S+)\)", _shell_command),
    (r"(?P<command>%pip install \S+)", _line_magic),
    (r"Run the %%composition \S+ cell again", _package_again),
    (r"Define it, or run the cell that defines it", _define_or_run),
    (r"Did you mean (?P<new>\w+)\?", _is_meant),
    (r"Restart the kernel and run the notebook again", _restart),
    (r"Define one: def (?P<name>\w+)\(…\), with a return statement", _define_function),
    (r"Remove (?:the )?(?P<what>\S+) from its parameters", _remove_parameter),
    (r"Collect the yielded values in a list, and return the list", _list_of_yields),
    (r"catch the ImportError instead", _catch_import),
    (r"Move the code that uses \w+ to a %%function cell", _into_function_cell),
    (r"Write (?P<line>%%(?:function|composition) [^\s,]+(?: --package [^\s,]+)?)", _magic_line),
    (r"Use None instead", _none_for_nan),
    (r"End the cell with (?P<name>\w+)\.$", _end_with),
    (r"End the cell with a composition, such as: (?P<line>.+)$", calls.end_with_example),
    (r"Wrap (?:it|the value) in (?P<maker>[\w.]+)\(…\)", calls.put_around),
    (r"Instead of the value, write a lambda that returns it: lambda p: …$", calls.lambda_instead),
    (
        r'Turn an inner part into a composition .+: composition\("(?P<name>\w+)", …\)',
        calls.name_inner_part,
    ),
    (r"Write (?P<word>let|repeat|retry)\((?P<value>\S+), …\)", calls.first_argument),
    (r"Add (?P<arguments>.+) to (?P<word>\w+)\(…\)\. Usage: ", calls.add_arguments),
    (r"Leave (?P<name>\w+)= out\. Usage: ", calls.leave_keyword_out),
    (r"Combine argument (?P<number>\d+) and the following arguments", calls.into_sequence),
    (r"Leave the arguments after number (?P<number>\d+) out", calls.leave_the_rest_out),
    (
        r"In the composition, write '(?P<written>\w+)' instead of the model\. To define it, run "
        r"this cell \(.+\):\n(?P<cell>%%function (?s:.+))$",
        calls.model_in_a_cell,
    ),
    (r"Leave (?P<name>kind|limits|sequence|code|filename) out", _leave_argument_out),
    (r"Add (?P<argument>\w+=\S+)\.$", _add_argument),
    (r"Define it in a separate cell, without exec or eval", _define_without_exec),
    (r"Use one parameter for the whole dictionary: lambda p:", _whole_dictionary),
    (r"Add the missing code to the cell", _into_the_cell),
    (r"Call it from a lambda, such as lambda p:", _call_from_lambda),
    (r"an action with %%function, and call it by name", _into_named_function),
    (r", and open it as (?P<path>'[^']+')", _open_as),
    (r"add to the cell: (?P<line>import \w+)$", _import_in_the_cell),
)
