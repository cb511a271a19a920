"""Edits of a cell's options and of what belongs to them, such as secrets.

They are apart from ``edits.py``, which is long.
"""

from __future__ import annotations

import re
from dataclasses import replace
from re import Match

from tests.notebooks.hints import statements
from tests.notebooks.hints.case import Notebook
from tests.notebooks.hints.hosts import AUTHORITY, PROPERTIES

# An image that the user has built. The playground runs it (``study.py``).
IMAGE = "docker.io/me/faas:2"
# A web server of the user, with the files beside the notebook.
_SERVER = (
    "import functools, http.server, os, threading\n"
    "server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), functools.partial(\n"
    "    http.server.SimpleHTTPRequestHandler, directory=os.getcwd()))\n"
    "threading.Thread(target=server.serve_forever, daemon=True).start()\n"
    "FILES = f'http://127.0.0.1:{server.server_port}'"
)


def timeout(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    magic, body = statements.split_magic(notebook.function)
    magic = re.sub(r" --timeout \S+", f" --timeout {found['time']}", magic)
    return notebook.with_function(statements.join_magic(magic, body))


def key_and_value(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    wrong = message.split("'")[1]
    magic, body = statements.split_magic(notebook.function)
    return notebook.with_function(statements.join_magic(magic.replace(wrong, found["new"]), body))


def leave_second_out(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    magic, body = statements.split_magic(notebook.function)
    before, _, after = magic.rpartition(f" --param {found['key']}=")
    return notebook.with_function(
        statements.join_magic(before + re.sub(r"^\S+", "", after, count=1), body)
    )


def rename(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    pattern = rf"\b{message.split()[0]}\b"
    return notebook.with_cells(*(re.sub(pattern, found["new"], one) for one in notebook.cells))


def read_environment(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    magic, body = statements.split_magic(notebook.function)
    head, _, rest = body.partition(":\n")
    head = re.sub(rf"(, *)?\b{found['name']}(: *\w+)?", "", head)
    rest = re.sub(rf"\b{found['name']}\b", found["code"], rest)
    cell = statements.join_magic(magic, f"{head}:\n{rest}")
    return notebook.with_function(cell, "import os")


def image(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Let the function run in an image of the user's, without wheels."""
    magic, body = statements.split_magic(notebook.function)
    magic = magic.replace(" --vendor", "")
    return notebook.with_function(statements.join_magic(f"{magic} --image {IMAGE}", body))


def checked_image(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Write the Dockerfile, and check the image that the user has built from it."""
    line = notebook.function
    (old,) = re.findall(r"--check (\S+)", line)
    return notebook.with_function(line.replace(old, IMAGE), found["line"])


def map_image(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Add an entry to the file in which the playground's user maps images."""
    cell = (
        "import json, os, pathlib\n"
        "folder = pathlib.Path(os.environ['JUPYTER_FAAS_DATA_DIR'])\n"
        f"path = folder / 'playground' / {found['file']!r}\n"
        f"entries = {{**json.loads({found['entry']!r}), **json.loads(path.read_text())}}\n"
        "_ = path.write_text(json.dumps(entries))"
    )
    return notebook.with_function(notebook.function, cell)


def try_again(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Run the cell again after what the notebook could not do by itself: the cells ``later``."""
    return notebook.with_function(notebook.function, *notebook.later)


def select_target(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    return notebook.with_function(notebook.function, found["command"])


def address_of_the_store(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Let a web server serve the folder of the store."""
    lines = [_SERVER, "%env JUPYTER_FAAS_MODEL_STORE_URL={FILES}"]
    return notebook.with_function(notebook.function, *lines)


def threshold(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    line = f"import os\nos.environ[{message.split()[0]!r}] = {found['value']!r}"
    return notebook.with_function(notebook.function, line)


def leave_includes_out(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    magic, body = statements.split_magic(notebook.function)
    return notebook.with_function(statements.join_magic(re.sub(r" --include \S+", "", magic), body))


def store(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Set a store: a folder that a web server serves, where the hint has an example."""
    command = re.sub(r"=\S+$", "={STORE}", found["command"])
    url = f"{found['command'].partition('=')[0]}_URL={{FILES}}"
    where = "STORE = 'file://' + os.getcwd()"
    use = re.search(r"after (%faas target use \w+)", found.string)
    lines = [f"{_SERVER}\n{where}", command, url, *(use.groups() if use else ())]
    return notebook.with_function(notebook.function, *lines)


def install_and_restart(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    return replace(notebook, before_restart=(found["command"],))


def restart(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    return notebook.with_function(notebook.function, found["stop"], found["start"])


def command_instead(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Run a line instead of the one that was refused: the last of this verb, or of the cell."""
    written, verb = notebook.function.split("\n"), found["line"].split()[:2]
    same = [at for at, one in enumerate(written) if one.split()[:2] == verb]
    line = found["line"]
    if "FUNCTION" in line:
        name = last_function(notebook)
        line = line.replace("FUNCTION", name).replace("TRIGGER", f"every_{name}")
    written[same[-1] if same else -1] = line
    return notebook.with_function("\n".join(written))


def word_instead(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Write another word for the one that the refusal quotes, in the last line of the cell."""
    (wrong, *_) = re.findall(r"'([^']+)'", message)
    *before, line = notebook.function.split("\n")
    pattern = rf"(?<=[ =]){re.escape(wrong)}(?= |$)"
    assert re.search(pattern, line), f"the line does not have {wrong}"
    changed = re.sub(pattern, found["new"], line)
    return notebook.with_function("\n".join([*before, changed]))


def last_function(notebook: Notebook) -> str:
    names = re.findall(r"^%%function (\S+)", "\n".join(notebook.cells), re.MULTILINE)
    return str(names[-1])


def at_the_end_of_the_line(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    return notebook.with_function(f"{notebook.function} {found['option']}")


def leave_first_out(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Leave out the first of the options that the refusal names, in the last line of the cell."""
    *before, line = notebook.function.split("\n")
    changed = line.replace(f" {message.split()[0]}", "")
    assert changed != line, "the line does not have the option"
    return notebook.with_function("\n".join([*before, changed]))


def use_target(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Deploy the package to another target."""
    return replace(notebook, then=(*notebook.then, found["command"]))


def add_target_again(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    (line,) = [
        one for one in notebook.cells if one.startswith(f"%faas target add {found['name']} ")
    ]
    added = f"{line} {found['option']} {found['value']}"
    use = f"%faas target use {found['name']}"
    return notebook.with_function(notebook.function, found["command"], added, use)


def add_target_with_authority(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    (line,) = [
        one for one in notebook.cells if one.startswith(f"%faas target add {found['name']} ")
    ]
    added, use = f"{line} --ca {AUTHORITY}", f"%faas target use {found['name']}"
    return notebook.with_function(notebook.function, found["command"], added, use)


def use_host(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Write another API host to the file of the target."""
    cell = (
        "import pathlib, re\n"
        f"path = pathlib.Path({PROPERTIES!r})\n"
        f"text = re.sub('(?m)^APIHOST=.*$', 'APIHOST={found['url']}', path.read_text())\n"
        "_ = path.write_text(text)"
    )
    return notebook.with_function(notebook.function, cell)


def lists_for_sets(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    return notebook.with_function(re.sub(r"\{(\w[^{}:]*)\}", r"[\1]", notebook.function))


def without_proxy(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    cell = f"import os\nos.environ['NO_PROXY'] = {found['host']!r}"
    return notebook.with_function(notebook.function, cell)


def variable_for_parameter(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Let the function use a variable of the notebook, instead of a parameter that is preset."""
    name = found["name"]
    magic, body = statements.split_magic(notebook.function)
    given = re.search(rf" --param {name}=\{{(.+)\}}", magic)
    assert given is not None, "the parameter is not set to an expression"
    body = re.sub(rf"(, *)?\b{name}: *\w+", "", body, count=1)
    cell = statements.join_magic(magic.replace(given[0], ""), body)
    return notebook.with_function(cell, f"{name} = {given[1]}")


def secret(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Replace the constant of the function that the warning names, and type its value."""
    name = message.split()[0]
    magic, body = statements.split_magic(notebook.function)
    (line,) = re.findall(rf"^{name} = \S+$", "\n".join(notebook.cells), re.MULTILINE)
    value = line.partition(" = ")[2].strip("'\"")
    cells = [one.replace(line, "") for one in notebook.cells[:-1]]
    body = re.sub(rf"\b{name}\b", found["code"], body)
    cell = statements.join_magic(f"{magic} {found['option']}", body)
    # The notebook's own function needs the variable as well.
    here = f"import os\nos.environ[{found['name']!r}] = {value!r}"
    changed = notebook.with_cells(*cells, found["command"], here, cell)
    return replace(changed, typed={found["name"]: value})


def download(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    """Put the files beside the notebook on a web server, and download one of them."""
    copy = found["copy"]
    name = copy.rpartition("/")[2]
    magic, body = statements.split_magic(notebook.function)
    magic = re.sub(r" --include \S+", "", magic)
    body = body.replace(f'"{name}"', f'"{copy}"')
    line = found["line"].replace("URL", f'FILES + "/{name}"')
    cell = statements.at_the_beginning(
        statements.join_magic(magic, body), list(statements.functions_of(body)), line
    )
    return notebook.with_function(cell, f"import urllib.request\n{_SERVER}")


def annotate(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    pattern = rf"(?<=[(, ]){found['name']}(?=[,)])"
    cells = list(notebook.cells)
    at = max(i for i, cell in enumerate(cells) if cell.startswith("%%function"))
    cells[at] = re.sub(pattern, f"{found['name']}: {found['kind']}", cells[at], count=1)
    return notebook.with_cells(*cells)


def add_to_argument(notebook: Notebook, found: Match[str], message: str) -> Notebook:
    pattern = rf"\b{found['name']}=([\w.]+)"
    changed = re.sub(pattern, rf"{found['name']}=\1{found['code']}", notebook.function)
    return notebook.with_function(changed)


RULES = (
    (r"(?:^S|or s)et the HTTPS address of (?:that folder|the same files)", address_of_the_store),
    (r"^Leave --include out", leave_includes_out),
    (r"--image NAME\b", image),
    (r"[Rr]un (?P<command>%faas target use \S+?),? and (?:run )?the cell again", select_target),
    (
        r"^Set a store that its functions can read \((?P<command>%env \w+=\S+)\), and run the cell",
        store,
    ),
    (r"use another target: (?P<command>%faas target use \w+)", use_target),
    (
        r"^Set it in a cell above: (?P<command>import os; .+)$",
        select_target,
    ),
    (r"^Set it to the size in MB .+, such as (?P<value>\d+)\.$", threshold),
    (r"^To set \w+: (?P<command>%faas secret set \w+)$", select_target),
    (
        r"run (?P<command>%faas target remove (?P<name>\S+)), and add it again with "
        r"(?P<option>--profile) and one of (?P<value>\w+)",
        add_target_again,
    ),
    (
        r"^Run (?P<command>%faas target remove (?P<name>\S+)), and add the target again with "
        r"--ca FILE, the PEM file",
        add_target_with_authority,
    ),
    (r"^Add --canary PERCENT, such as (?P<option>--canary \d+%)\.$", at_the_end_of_the_line),
    (r"^Leave one of them out\.$", leave_first_out),
    (r"^Use strings, numbers, true, false, null, lists, ", lists_for_sets),
    (r"add (?P<host>\S+) to NO_PROXY\.$", without_proxy),
    (r"use (?P<url>https?://\S+) as the API host of the target\.$", use_host),
    (r"^Check that \S+ is the API host", try_again),
    (
        r"^Set the variable (?P<name>\w+) in a cell above, and leave --param \w+=… and the "
        r"parameter \w+ out",
        variable_for_parameter,
    ),
    (
        r"^Store the value as a secret \((?P<command>%faas secret set (?P<name>\w+))\), add "
        r"(?P<option>--secret \w+) to the cell's first line, and read (?P<code>\S+) in the code",
        secret,
    ),
    (
        r"begin the function with (?P<line>urllib\.request\.urlretrieve\(URL, '(?P<copy>\S+)'\)), "
        r"and open '\S+', without --include",
        download,
    ),
    (r"(?:^Use|^Or) one of its (?:versions|aliases): (?P<new>[\w.-]*\w)", word_instead),
    (r"^Use the beginning of a sha256 instead: (?P<new>\w+)", word_instead),
    (r"^Use another name: (?P<new>\S+)$", word_instead),
    (r"beginning with a letter, such as (?P<new>\w+)\.$", word_instead),
    (r"^Run its %%function or %%composition cell", try_again),
    (r"^Install Node\.js again", try_again),
    (r"Wait a moment and try again", try_again),
    (r"Try again, or look at the target's own logs", try_again),
    (r"^Build the image from the Dockerfile that (?P<line>%faas image) writes", checked_image),
    (
        r"write (?P<entry>\{.+\}) to (?P<file>kinds\.json) in the playground's folder\.$",
        map_image,
    ),
    (r"^(?:Try|Run the cell) again|Try again later", try_again),
    (r"^The key is stored as AUTH in \S+\. Replace it with a valid key", try_again),
    (
        r"run (?P<command>%pip install \S+), restart the kernel and run the notebook again\.$",
        install_and_restart,
    ),
    (r"Restart the playground: (?P<stop>%faas \w+ \w+), then (?P<start>%faas \w+ \w+)$", restart),
    (
        r"(?:^(?:To|For) [^\n]+|^Deploy it [^\n]+ first|the one on the target|before you repeat it"
        r"|To see its logs|Start it with): (?P<line>%faas [^\n]+)$",
        command_instead,
    ),
    (r"^Annotate it in the cell: (?P<name>\w+): (?P<kind>[\w.]+)", annotate),
    (r"^Add (?P<code>\.\w+\(\)) to the value of (?P<name>\w+)", add_to_argument),
)
