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

import re
from collections.abc import Callable
from re import Match

from tests.notebooks.hints import calls, cells, files, lines, options, verbs
from tests.notebooks.hints.case import Notebook
from tests.notebooks.public.hints import line_of_code

# Unlike in the hints of public notebooks, an assignment in parentheses is only an example.
_TARGET = re.compile(r"(?<![\w.'\"(])[A-Za-z_]\w*(?:\[[^\]]*\]|\.\w+)* = ")
_NUMBERED = re.compile(r"^\d+\. ", re.MULTILINE)

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
    # What is refused in a line of a verb is mended in that line.
    of_line: tuple[tuple[str, Rule], ...] = verbs.rules_for(notebook)
    for pattern, rule in (*of_line, *_RULES):
        found = re.search(pattern, hint)
        if found is not None:
            return rule(notebook, found, message)
    line = line_of_code(hint, _TARGET)
    if line:
        return notebook.with_function(notebook.function, line)
    added = lines.with_options(notebook.function, hint)
    return None if added == notebook.function else notebook.with_function(added)


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
    (
        r"Add (?P<what>\S) where the value ends, for example at the end of the line",
        lines.end_of_line,
    ),
    (r"[Ll]eave (?:this )?(?P<option>--[a-z-]+)(?: (?!out\b)(?P<value>\S+))? out", lines.leave_out),
    (
        r"Write (?P<new>.+?) instead of (?P<old>.+?), and begin the function with (?P<line>.+)\.$",
        lines.replace_and_begin,
    ),
    (r"[Ww]rite (?P<line>[^,]+?) in a cell above", lines.write_above),
    (r"Write (?P<new>import) NAME instead of (?P<old>from \. import) NAME", lines.replace),
    (
        r"[Ww]rite (?P<new>.+?) instead of (?P<old>.+?)"
        r"(?=: the code of|\. Usage: |: names|\. Otherwise, define| for one of them"
        r"|\. \w+ has these extras|\.?$)",
        lines.replace,
    ),
    (r"To deploy (?P<old>\w+), rename it to (?P<new>\w+)\.$", lines.replace),
    (r"Move the line that sets (?P<names>\w+)\.\w+ into the function", cells.create_inside),
    (r"Create (?P<names>[\w, ]+?) inside the function", cells.create_inside),
    (
        r"Move (?:line (?P<line>\d+)(?: of (?P<helper>\w+)'s cell)?|it|that line) "
        r"to a separate cell",
        cells.move_line,
    ),
    (
        r"Define (?P<name>\w+) with (?P<kind>class|def) at the top level of a cell"
        r"(?:, and create (?P<inside>\w+) inside \w+)?",
        cells.define,
    ),
    (r"Define (?P<name>\w+) inside class (?P<owner>\w+)", cells.into_class),
    (r"Write a number with a unit, such as (?P<time>30s),", options.timeout),
    (r"Write a key and a value, such as (?P<new>\S+)\.(?: |$)", options.key_and_value),
    (r"Leave the second (?P<key>\w+)=… out", options.leave_second_out),
    (r"Choose another name, such as (?P<new>\w+)\.$", options.rename),
    (
        r"Read (?P<code>os\.environ\['(?P<name>\w+)'\]) in the function, and leave the "
        r"parameter out",
        options.read_environment,
    ),
    (r"Write the model without (?P<maker>\w+)\(…\)", cells.without_call),
    (r"[Rr]un this code in a cell:\n(?P<code>(?s:.+))$", lines.run_code),
    (r"Run the cell that writes (?P<file>\S+) again", cells.write_again),
    (r"Run the cells? that .+", cells.run_again),
    (
        r"Return the input for (?P<name>\w+) from (?P<user>\w+), and call both in a composition: "
        r"(?P<line>.+)$",
        cells.call_both,
    ),
    (
        r"nstall (?:it|.+) next to the notebook(?: or file)? \((?P<command>npm install \S+)\)",
        lines.shell_command,
    ),
    (r"(?P<command>%pip install \S+)", lines.line_magic),
    (r"Run the %%composition \S+ cell again|^Run the function's cell again", cells.package_again),
    (r"^Call (?P<method>[\w.]+)\(…\) in a separate cell\.$", cells.into_a_separate_cell),
    (r"Define it, or run the cell that defines it", cells.define_or_run),
    (r"Did you mean (?P<new>\w+)\?", cells.is_meant),
    (r"Restart the kernel and run the notebook again", cells.restart),
    (r"Define one: def (?P<name>\w+)\(…\), with a return statement", cells.define_function),
    (r"Remove (?:the )?(?P<what>\S+) from its parameters", cells.remove_parameter),
    (r"Collect the yielded values in a list, and return the list", cells.list_of_yields),
    (r"catch the ImportError instead", cells.catch_import),
    (r"Move the code that uses \w+ to a %%function cell", cells.into_function_cell),
    (
        r"Write (?P<line>%%(?:function|composition) [^\s,]+(?: --package [^\s,]+)?)",
        lines.magic_line,
    ),
    (r"Use None instead", cells.none_for_nan),
    (r"End the cell with (?P<name>\w+)\.$", cells.end_with),
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
    (r"Leave (?P<name>kind|limits|sequence|code|filename) out", cells.leave_argument_out),
    (r"Add its runtime, such as (?P<argument>\w+=\S+)\.$", cells.add_argument),
    (r"Define it in a separate cell, without exec or eval", cells.define_without_exec),
    (r"Use one parameter for the whole dictionary: lambda p:", cells.whole_dictionary),
    (r"Add the missing code to the cell", cells.into_the_cell),
    (r"Call it from a lambda, such as lambda p:", cells.call_from_lambda),
    (r"an action with %%function, and call it by name", cells.into_named_function),
    (r", and open it as (?P<path>'[^']+')", cells.open_as),
    (r"add to the cell: (?P<line>import \w+)$", cells.import_in_the_cell),
)
