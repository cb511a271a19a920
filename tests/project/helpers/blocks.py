"""The code blocks of a page, and what can be told of one without running it.

A block of ``python`` is a cell and a block of ``sh`` goes to a terminal beside the notebook;
``python fails`` is a cell that fails. A block of ``text`` is what came of the block before it,
where ``…`` stands for anything. What cannot run here has a comment before it, which no reader
sees: ``<!-- checked: needs docker -->``.
"""

from __future__ import annotations

import ast
import json
import re
import shlex
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import tomli
import yaml

from jupyter_faas.commands.table import parse
from jupyter_faas.errors import InputError
from jupyter_faas.magics.cells.line_parser import split_words, unquote
from jupyter_faas.magics.cells.options import parse_composition_line, parse_function_line

# Why a block does not run: the whole list, so that "cannot be bothered" is none of them.
REASONS = frozenset(
    [
        "needs a Kubernetes cluster",
        "needs an account with Adobe",
        "needs an account with DigitalOcean",
        "needs docker",
        "needs GitHub",
        "needs a host of yours",
        "needs a display",
        "installs software",
        "run by tests/clients",
        "a part of a file",
        "an example of the form",
    ]
)
_FENCE = re.compile(
    r"^(?:<!-- checked: (?P<why>[^\n]+?) -->\n\s*)?```(?P<kind>[^\n`]*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_OPERATORS = frozenset("|&;<>()")


@dataclass(frozen=True)
class Block:
    """``kind`` is the fence's word, ``why`` the reason not to run it, empty where it runs."""

    page: str
    line: int
    kind: str
    text: str
    fails: bool = False
    why: str = ""

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"


def blocks(path: Path) -> list[Block]:
    """The code blocks of a page; MyST's directives are none."""
    page = path.read_text("utf-8")
    return list(_blocks(path.name, page))


def _blocks(name: str, page: str) -> Iterator[Block]:
    for fence in _FENCE.finditer(page):
        kind, _, rest = fence["kind"].strip().partition(" ")
        if kind.startswith("{"):
            continue
        line = page.count("\n", 0, fence.start("kind")) + 1
        text = fence["text"].removesuffix("\n")
        yield Block(name, line, kind, text, rest == "fails", fence["why"] or "")


def check(block: Block) -> None:
    """Raises, naming the place, where the block would not even be understood."""
    if block.why and block.why not in REASONS:
        raise AssertionError(f"{block.place}: {block.why!r} is no reason: {sorted(REASONS)}")
    checker = CHECKERS.get(block.kind)
    if checker is None:
        raise AssertionError(f"{block.place}: a block of {block.kind or 'no kind'}")
    try:
        checker(block.text)
    except (InputError, SyntaxError, ValueError, yaml.YAMLError) as error:
        raise AssertionError(f"{block.place}: {error}") from error


def check_sh(script: str) -> None:
    """Bash reads it, and our own parser every command of ours."""
    read = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True)
    if read.returncode:
        raise ValueError(read.stderr)
    for words in our_commands(script):
        parse("cli", words)


def our_commands(script: str) -> Iterator[list[str]]:
    """The words after each ``jupyter faas`` of a script."""
    for line in script.replace("\\\n", " ").splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>()")
        lexer.whitespace_split = True
        command: list[str] = []
        for word in [*lexer, ";"]:
            if word and set(word) <= _OPERATORS:
                if command[:2] == ["jupyter", "faas"]:
                    yield command[2:]
                command = []
            else:
                command.append(word)


def check_python(cell: str) -> None:
    """Python reads it, and our own parsers every magic of ours."""
    first, _, body = cell.partition("\n")
    if first.startswith("%%"):
        magic, _, line = first.partition(" ")
        readers: Mapping[str, Callable[[str], Any]] = {
            "%%function": parse_function_line,
            "%%composition": parse_composition_line,
        }
        if magic in readers:
            readers[magic](line)
    else:
        body = cell
    plain = []
    for line in body.splitlines():
        if line.startswith("%faas"):
            parse("magic", [unquote(word) for word in split_words(line.removeprefix("%faas"))])
        plain.append("" if line.startswith(("%", "!")) else line)
    ast.parse("\n".join(plain))


def check_yaml(text: str) -> None:
    """It is YAML; the steps of a workflow are checked as scripts."""
    found = yaml.safe_load(text)
    jobs = found.get("jobs", {}) if isinstance(found, dict) else {}
    for job in jobs.values():
        for step in job["steps"]:
            check_sh(step.get("run", ""))


def check_js(text: str) -> None:
    """Node reads it."""
    read = subprocess.run(["node", "--check", "-"], input=text, capture_output=True, text=True)
    if read.returncode:
        raise ValueError(read.stderr)


def is_as_told(told: str, came: str) -> bool:
    """Whether the output is the text of the page, whose ``…`` stands for anything, and several
    spaces for several: columns are as wide as what is in them.
    """
    lines = "\n".join(line.rstrip() for line in came.strip("\n").splitlines())
    pattern = re.sub(r"(?:\\ ){2,}", " {2,}", re.escape(told)).replace("…", ".*?")
    return re.fullmatch(pattern, lines, re.DOTALL) is not None


CHECKERS: Mapping[str, Callable[[str], object]] = MappingProxyType(
    {
        "python": check_python,
        "sh": check_sh,
        "json": json.loads,
        "yaml": check_yaml,
        "toml": tomli.loads,
        "js": check_js,
        "text": str,
    }
)
