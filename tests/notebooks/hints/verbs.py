"""Edits of a line of a verb: ``%faas …`` in a cell, or ``jupyter faas …`` in a terminal."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from re import Match

from tests.notebooks.hints import options
from tests.notebooks.hints.case import Notebook
from tests.notebooks.hints.terminal import TERMINAL

_LINE = (
    r"(?P<line>(?:%faas|jupyter faas|chmod|kill|rm|pip|(?:\w+=\S+ )?(?:doctl|ops|wsk)) [^\n]+?)\.?"
)


def _filled(notebook: Notebook, text: str) -> str:
    """The text with what the user writes for its placeholders."""
    meanings = dict(notebook.meanings)
    if re.search(r"\bFUNCTION\b", text):
        name = options.last_function(notebook)
        meanings = {"FUNCTION": name, "TRIGGER": f"every_{name}", **meanings}
    for name, value in meanings.items():
        text = value.join(re.split(rf"(?<![\w-]){re.escape(name)}(?!\w)", text))
    return text


def _as_cell(notebook: Notebook, line: str) -> str:
    """A line of a hint as what its user runs."""
    line = _filled(notebook, line)
    # The user's terminal has the same environment for each command.
    variables = re.match(r"\$ ((?:\w+=\S+ )*)", _last(notebook)[1])
    return line if line.startswith("%") else f"{TERMINAL}{variables[1] if variables else ''}{line}"


def _last(notebook: Notebook) -> tuple[list[str], str]:
    *before, line = notebook.function.split("\n")
    return before, line


def _with_line(notebook: Notebook, line: str) -> Notebook:
    return notebook.with_function("\n".join([*_last(notebook)[0], _filled(notebook, line)]))


def line_instead(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Run a line instead of the one that was refused: the last of its verb, or of the cell."""
    before, line = _last(notebook)[0], _as_cell(notebook, found["line"])
    if line.startswith("%"):
        written = notebook.function.split("\n")
        same = [at for at, one in enumerate(written) if one.split()[:2] == line.split()[:2]]
        written[same[-1] if same else -1] = line
        return notebook.with_function("\n".join(written))
    return notebook.with_cells(*notebook.cells[:-1], "\n".join(before), line)


def lines_before(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Run what the hint says, and then what was refused."""
    lines = re.findall(rf"(?m)(?:: |^|\(){_LINE}$", found[0])
    assert lines, found[0]
    cells = [_as_cell(notebook, line) for line in lines]
    before, line = _last(notebook)
    if all(one.startswith("%") for one in cells):
        return notebook.with_function("\n".join([*before, *cells, line]))
    return notebook.with_function(notebook.function, *cells)


def cell_and_lines_before(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Run the last cell of a function that the call runs again, then what the hint says."""
    before, line = _last(notebook)
    ran = [one for one in before if "run_cell_magic" in one][-1:]
    cell = "\n".join([*before, *ran, line])
    return lines_before(notebook.with_function(cell), found, message)


def option_instead(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Give the option of the hint, instead of the one of its name if the line has it."""
    line = _last(notebook)[1]
    name, _, value = found["option"].partition(" ")
    value = _filled(notebook, value)
    same = re.compile(rf" {name}(?:[ =](?!--)(?:'[^']*'|\"[^\"]*\"|\S+))?(?= |$)")
    option = f" {name} {value}".rstrip()
    changed = same.sub(lambda _: option, line, count=1)
    return _with_line(notebook, changed if same.search(line) else f"{line}{option}")


def option_out(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Leave options out, with their values, or only the one with this value."""
    line = _last(notebook)[1]
    for name, value in re.findall(r"(--[a-z-]+)(?: (?!out\b|and\b|or\b)([^\s,]+))?", found[0]):
        given = re.escape(value) if value else r"(?!--)(?:'[^']*'|\"[^\"]*\"|\S+)"
        optional = "" if value else "?"
        changed = re.sub(rf" {name}(?:[ =]{given}){optional}(?= |$)", "", line, count=1)
        assert changed != line, f"the line does not have {name} {value}"
        line = changed
    return _with_line(notebook, line)


def word_instead(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Write another word for the one that the refusal quotes, or the value that it shows."""
    line = _last(notebook)[1]
    new = found["new"].strip()
    if any(words in message for words in _OPTIONS_OF):
        return value_instead(notebook, found, message)
    for wrong in re.findall(r"'([^']+)'|(?<=value: )(\S+)", message):
        old = next(filter(None, wrong))
        pattern = rf"(?<=[ =\"'(-]){re.escape(old)}(?=[ \"'),]|$)"
        if re.search(pattern, line):
            return _with_line(notebook, re.sub(pattern, lambda _: new, line))
    # The line has an expression for it, at the end.
    assert "{" in line, f"{line} has nothing that is quoted in: {message}"
    return _with_line(notebook, f"{line.rpartition(' ')[0]} {new}")


def called_when_deployed(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Deploy a composition, and call it as the hint shows."""
    return notebook.with_function(f"{found['line']}\n{_filled(notebook, found['call'])}")


def named_parameters(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Write the parameters of the call in the last line with their names."""
    before, line = _last(notebook)
    changed = re.sub(r"\(.*\)$", f"({_filled(notebook, found['given'])})", line)
    return notebook.with_function("\n".join([*before, changed]))


def half(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Send the two halves of the list that the last line sends."""
    before, line = _last(notebook)
    call = re.fullmatch(r"(?P<maker>[\w.]+)\((?P<name>\w+)=(?P<value>.+)\)", line)
    assert call is not None, line
    calls = [
        f"{call['maker']}({call['name']}=({call['value']})[{part}])" for part in (":5000", "5000:")
    ]
    return notebook.with_function("\n".join([*before, *calls]))


def pattern_instead(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Write the pattern of the example for the one that was refused."""
    line = re.sub(r" --cron (?:\"[^\"]*\"|'[^']*'|\S+)", "", _last(notebook)[1])
    return _with_line(notebook, f"{line} --cron {found['new']}")


def value_instead(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Write another value of the option that the refusal begins with."""
    line = _last(notebook)[1]
    option = next(
        (flag for words, flag in _OPTIONS_OF.items() if words in message), message.split()[0]
    )
    changed = re.sub(
        rf" {option}[ =](?:'[^']*'|\"[^\"]*\"|\S+)", f" {option} '{found['new']}'", line
    )
    assert changed != line, f"the line does not have {option}"
    return _with_line(notebook, changed)


def restart(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    stop, start = (_as_cell(notebook, found[part]) for part in ("stop", "start"))
    return notebook.with_function(notebook.function, stop, start)


def variable(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Set a variable of the environment for the command in the last line."""
    value = notebook.meanings[found["value"].upper()]
    command = _last(notebook)[1].removeprefix(TERMINAL)
    return _with_line(notebook, f"{TERMINAL}{found['name']}={value} {command}")


def without_schedule(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Create the trigger without a schedule, and run the line of the cron job."""
    line = re.sub(r" --(?:every|cron) (?:\"[^\"]*\"|\S+)", "", _last(notebook)[1])
    return notebook.with_function(
        "\n".join([*_last(notebook)[0], line]) + f"\n{found['line'].replace('jupyter ', '%')}"
    )


def parameters_in_the_cell(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Move the parameters of the last line to the first line of the function's cell."""
    line = _last(notebook)[1]
    options_of = re.findall(r"--param (\w+)=…", found["options"])
    cells = list(notebook.cells)
    (at,) = [i for i, one in enumerate(cells) if one.startswith("%%function")]
    for name in options_of:
        given = re.search(rf" {name}=(\S+)", line)
        assert given is not None, line
        line = line.replace(given[0], "")
        cells[at] = cells[at].replace("\n", f" --param {name}={given[1]}\n", 1)
    cells[-1] = "\n".join([*_last(notebook)[0], line])
    return notebook.with_cells(*cells)


def key_in_the_environment(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Set the variable that the refusal names, for the command in the last line."""
    (name,) = re.findall(r"the variable (\w+) is not set", message)
    command = _last(notebook)[1].removeprefix(TERMINAL)
    return _with_line(notebook, f"{TERMINAL}{name}={notebook.meanings['KEY']} {command}")


def after_the_cells(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Do what the notebook could not do, the cells ``later``, and then the line of the hint."""
    line = _as_cell(notebook, found["line"])
    return notebook.with_function(notebook.function, *notebook.later, line)


def into_a_list(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Put the argument of the call in the last line into a list."""
    return _with_line(notebook, re.sub(r"\((.*)\)$", r"([\1])", _last(notebook)[1]))


def another_extension(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Rename the file of the last line."""
    name = message.split()[0]
    new = f"{name.rpartition('.')[0]}{found['extension']}"
    rename = f"import os\nos.path.exists({name!r}) and os.rename({name!r}, {new!r})"
    changed = _with_line(notebook, _last(notebook)[1].replace(name, new))
    return changed.with_function(changed.function, rename)


def with_parameters(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Call the function in the last line with the parameters of its signature."""
    line, given = _last(notebook)[1], notebook.meanings["PARAMETERS"]
    if not line.startswith("%"):
        return _with_line(notebook, re.sub(r"\(.*\)$", f"({given})", line))
    words = [word for word in line.split() if "=" not in word]
    return _with_line(notebook, f"{' '.join(words)} {given}")


def option_of_the_cell(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Add an option to the first line of the cell that packages, or leave it out."""
    cells = list(notebook.cells)
    (at,) = [i for i, one in enumerate(cells) if one.startswith("%%")]
    line, _, rest = cells[at].partition("\n")
    given = found.groupdict()
    if given.get("out"):
        line = re.sub(rf" {given['out']}(?:=\S+)?(?= |$)", "", line)
    else:
        line = f"{line} {given['added']}"
    cells[at] = f"{line}\n{rest}"
    return notebook.with_cells(*cells)


def install(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Install a library, and restart the kernel, as pip says."""
    changed = notebook.with_function(notebook.function, *notebook.later)
    return replace(changed, before_restart=(f"%{found['command']}",))


def field_of_the_form(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Give another value for the field that the refusal is about, as in JupyterLab's form."""
    field = next(name for words, name in _FIELDS.items() if words in message)
    value = notebook.meanings.get(field.upper()) or repr(found["new"])
    line = _last(notebook)[1]
    changed = re.sub(rf"\b{field}=(?:\"[^\"]*\"|\w+)", lambda _: f"{field}={value}", line)
    assert changed != line, f"the form does not have {field}"
    return _with_line(notebook, changed)


def new_token(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    line, token = _last(notebook)[1], notebook.meanings["TOKEN"]
    return _with_line(notebook, re.sub(rf"{found['name']}=\S+", f"{found['name']}={token}", line))


def other_kernel(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Choose the installed kernel in the notebook that the refusal names."""
    file, wrong = re.findall(r"(\S+\.ipynb) needs the kernel '(\S+)'", message)[0]
    text = notebook.files[file].replace(f'"name": "{wrong}"', '"name": "python3"')
    assert re.search(r"\bpython3\b", found["kernels"]), found["kernels"]
    return notebook.with_files({file: text})


def name_that_is_defined(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    wrong = message.rstrip(".").rpartition(" ")[2]
    line = _last(notebook)[1]
    return _with_line(notebook, re.sub(rf"(?<= ){re.escape(wrong)}(?= |$)", found["new"], line))


def another_path(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    return _with_line(
        notebook, re.sub(r"(?<= )\S+\.py$", notebook.meanings["PATH"], _last(notebook)[1])
    )


def other_word(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    line = _last(notebook)[1]
    assert found["old"] in line, f"the line does not have {found['old']}"
    return _with_line(notebook, line.replace(found["old"], found["new"]))


def same_again(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Run the last line until it succeeds, as a user does who waits for another process."""
    before, line = _last(notebook)
    again = (
        f"while True:\n    try:\n        {line}\n        break\n    except Exception:\n        pass"
    )
    return notebook.with_function("\n".join([*before, again]))


def rate_limits(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    return value_instead(notebook, found, "--rate-limits ")


def higher_budget(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    return _with_line(notebook, re.sub(r"--budget \S+", "--budget 1", _last(notebook)[1]))


def fewer_levels(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    cells = [
        re.sub(r"(?m)^levels = \d+", f"levels = {found['most']}", one) for one in notebook.cells
    ]
    return notebook.with_cells(*cells)


def path_instead(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    line = _last(notebook)[1]
    return _with_line(notebook, f"{line.rpartition(' ')[0]} {notebook.meanings['PATH']}")


def port_out(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    return _with_line(notebook, re.sub(r" --port \S+", "", _last(notebook)[1]))


def address_instead(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Write the address for the value of --apihost, which a refusal does not repeat."""
    return value_instead(notebook, found, "--apihost ")


def delete_the_file(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Delete the file that the refusal names."""
    said = f"{message}\n{found.string}"
    (path,) = re.findall(r"(/\S+) (?:does not contain|is empty)", said)
    # The notebook that follows the hint is in another folder.
    return notebook.with_function(
        notebook.function, f"{TERMINAL}rm {path.replace('/refused/', '/followed/')}"
    )


def usage(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Write the line as the usage shows it, without what is optional."""
    line = found["line"]
    while (shorter := re.sub(r" \[[^\[\]]*\]", "", line)) != line:
        line = shorter
    return line_instead(notebook, re.match(r"(?P<line>.+)", line) or found, message)


# The options whose values are not repeated in a refusal, by words of it.
_OPTIONS_OF = {
    "address from which actions read": "--model-store-url",
    "model store": "--model-store",
    "Models cannot be written": "--model-store",
    "is not a valid interval": "--every",
}

# The fields of the form for a new target, by words of a refusal.
_FIELDS = {
    "source of the key": "source",
    "in which ops stores the key": "source",
    "type of host": "profile",
    "needs a name": "name",
    "no model store": "model_store",
    "needs an API host": "apihost",
    "environment variable": "variable",
    "has the keys of": "account",
    "key": "key",
}

_FORM = (
    r"^(?:Choose: |For example: |Enter .+, such as |A key looks like |Check the key and the API"
    r"|Or choose another source of the key|Choose one)(?P<new>[^\s,]*?)(?:,.*|[. ].*)?$"
)

RULES = (
    (r"^Write '(?P<new>[^']+)' instead of '(?P<old>[^']+)'\.", other_word),
    (r"[Rr]un the same command again|^Try again, or ask the operator", same_again),
    (r"three numbers, such as (?P<new>[\d,]+):", rate_limits),
    (r"^Name another data folder: (?P<option>--data-dir FOLDER)", option_instead),
    (r"restart the server with a higher (?P<name>--budget)\.$", higher_budget),
    (r"at most about (?P<most>\d+) levels", fewer_levels),
    (r"Choose (?:another path|the path of a file|a shorter path)\.$", path_instead),
    (r"^Correct the file, or rename it", options.try_again),
    (r"^Leave --port out", port_out),
    (r"^In DigitalOcean's control panel, create a token .+ set (?P<name>\w+) to it\.$", new_token),
    (r"^Installed kernels: (?P<kernels>.+?)\. Choose one of them", other_kernel),
    (r"^It (?:defines: |contains )(?P<new>[^\s,]+?)(?:,|\.$)", name_that_is_defined),
    (r"^Use one of these names: (?P<new>[^\s,]+),", word_instead),
    (r"^Give the path of an \.ipynb file", another_path),
    (
        r"^(?:Begin a cell|Open the notebook|An output or the metadata|Add a cell with|Run its %%"
        r"|Move cell)",
        options.try_again,
    ),
    (r"(?m)^Install (?:it|them) with: (?P<command>pip install .+)$", install),
    (r"^Put it into a list: ", into_a_list),
    (r"^Its name must end with one of (?P<extension>\.\w+)", another_extension),
    (r"The signature is .+", with_parameters),
    (
        r"^(?:Leave|Remove) (?P<out>--no-inputs|--param \w+)(?:=…)? (?:out of|from) ",
        option_of_the_cell,
    ),
    (r"^Add (?P<added>--web|--tool) to a function's cell", option_of_the_cell),
    (r"(?m)^Delete the file", delete_the_file),
    (
        r"^(?:Pass a |Pass dict|Paths are relative|The first line must|Quote values"
        r"|Write \[|Write \{|Write decimals|Save the|Create the folder|Check the path|Use a PEM"
        r"|Check that it)"
        r"|Deploy the function before you call it",
        options.try_again,
    ),
    (
        r"^Use an address (?:of this form: |without them, such as )(?P<new>https\S+?)(?:,|$)",
        address_instead,
    ),
    (r"^Leave (?P<option>--[^.:]+?) out\b", option_out),
    (r"create the trigger without --every .+: (?P<line>jupyter faas .+)$", without_schedule),
    (
        r"Leave the parameters out, and set them in .+ cell: (?P<options>.+)$",
        parameters_in_the_cell,
    ),
    (r"\.? *A pattern has five fields: .+?(?P<new>\"0 9 \* \* 1-5\")", pattern_instead),
    (r"^Set it to the key \(uuid:key\) in the environment", key_in_the_environment),
    (
        r"^(?:It must contain only the key|A price file can contain|Correct|The tables are)",
        options.try_again,
    ),
    (r"^Remove it: (?s:.+)", lines_before),
    (
        r"^Write its key .+ to this file, and restrict the permissions: (?P<line>chmod .+)$",
        after_the_cells,
    ),
    (r"^Deploy one: .+", lines_before),
    (r"^Run the cell .+, and deploy it[^\n]*: .+(?:\n.+)?", cell_and_lines_before),
    (r"such as (?P<option>--[a-z-]+ \S+?)(?=$|[.,] |\.$)", option_instead),
    (
        r"(?:^Set it to .+|^Write an amount |^Use a name )such as (?P<new>[\w./]+?)(?=$|[., ])",
        word_instead,
    ),
    (
        r"^(?:[^:]+\. )?(?:Choose another name|Write the URL without them), such as "
        r"(?P<new>[^\s,]+?)(?:,|\.? |\.?$)",
        word_instead,
    ),
    (r"or remove (?:it|the other function) ?(?:first)?: (?P<line>%faas .+)$", lines_before),
    (r": (?P<stop>jupyter faas \w+ \w+), then (?P<start>jupyter faas .+)$", restart),
    (r"^Set (?P<name>[A-Z]\w+) to the PEM (?P<value>file) of", variable),
    (r"^Did you mean (?P<new>[\w-]+)\?", word_instead),
    (rf"^Usage: {_LINE}$", usage),
    (rf"^(?:Write|Run in a terminal): {_LINE}$", line_instead),
    (r"^Write an object, such as '(?P<new>.+)'\.$", value_instead),
    (r"(?ms)^[^\n.]*\b[Ff]irst\b[^\n.]*:\s.+", lines_before),
    (rf"(?m)^(?:Create|Choose one|Set it|Start|Restrict|Log in)\b[^\n]*: {_LINE}$", lines_before),
    (
        r"(?:^|: |use |Use |Name |such as )(?P<option>--[a-z-]+(?: [^\s,]+?)?)(?=$|\.$|,|\.\s)",
        option_instead,
    ),
    (
        r"^(?:For example|Choose|Profiles|Targets|Names?|Price lists|Always-on servers|Namespaces"
        r"|Models that begin with '\w+'): (?P<new>[^\s,]+?)(?:,|\.?$|\.\s| )",
        word_instead,
    ),
    (rf"(?m): {_LINE}$", line_instead),
    (
        r"^Deploy it \((?P<line>%faas deploy [\w/]+)\), and then call it .+: "
        r"(?P<call>\w+\.invoke\(.+\))$",
        called_when_deployed,
    ),
    (r"^Write each parameter with its name: (?P<given>key=value)$", named_parameters),
    (r"such as half of the values in each of two calls\.$", half),
    (r"^(?:Run a %%function|Deploy a composition and invoke it|Fix the error)", options.try_again),
    (r"[Tt]ry again", options.try_again),
)


def rules_for(notebook: Notebook) -> tuple[tuple[str, Callable[..., Notebook]], ...]:
    """The rules for a last line that is one of a verb, a call of a handle, or a form."""
    line = notebook.function.split("\n")[-1]
    if line.startswith("add("):
        return ((_FORM, field_of_the_form), *RULES)
    call = re.match(r"\w+(\.\w+)*\(", line) and not notebook.function.startswith("%%")
    if line.startswith(("%faas ", TERMINAL)) or call:
        return RULES
    return ()
