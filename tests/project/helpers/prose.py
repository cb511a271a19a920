"""Commands of ours that stand within sentences: ``%faas rollback iris [--to 6]``."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from jupyter_faas.commands.arguments import PROGRAM
from jupyter_faas.commands.table import parse
from jupyter_faas.errors import InputError

_BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
# What may be left out stands in brackets, a number to be chosen is N, any verb is VERB.
_OR = re.compile(r" \| [^\]]*")


def mistakes(path: Path) -> list[str]:
    """The commands of a page's sentences that our own parsers do not take, and why."""
    return list(_mistakes(_BLOCK.sub("", path.read_text("utf-8"))))


def _mistakes(prose: str) -> Iterator[str]:
    for span in re.findall(r"`([^`\n]+)`", prose):
        for surface, program in PROGRAM.items():
            if span.startswith(f"{program} ") and " VERB" not in span:
                words = _OR.sub("", span.removeprefix(program)).translate({91: None, 93: None})
                try:
                    parse(surface, ["1" if word == "N" else word for word in shlex.split(words)])
                except InputError as error:
                    # A verb is spoken of without its words, too.
                    if "arguments are required" not in error.message:
                        yield f"{span}: {error.message}"
