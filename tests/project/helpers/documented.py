"""What of the code the pages do not tell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from jupyter_faas.commands.arguments import PROGRAM, Argument
from jupyter_faas.commands.table import Verb


def missing_verbs(page: str, verbs: Iterable[Verb]) -> list[str]:
    """The verbs, and options of verbs, that have no line on the page."""
    sections = dict(_sections(page))
    missing = []
    for verb in verbs:
        words = sections.get(verb.name, "")
        usages = [PROGRAM[surface] for surface in PROGRAM if surface in verb.surfaces]
        if verb.help not in words or not all(f"\n{use} {verb.name}" in words for use in usages):
            missing.append(verb.name)
        missing += [f"{verb.name} {name}" for name in missing_arguments(words, verb.arguments)]
    return missing


def missing_arguments(words: str, arguments: Iterable[Argument]) -> list[str]:
    """Those whose row, with their help, does not stand there."""
    rows = [line.replace("\\|", "|") for line in words.splitlines() if line.startswith("| `")]
    return [
        each.flag or each.name
        for each in arguments
        if not any(each.help in row and row.startswith(f"| `{each.flag}") for row in rows)
    ]


def missing_words(page: str, words: Iterable[str]) -> list[str]:
    """Those that do not stand on the page as code."""
    return sorted(set(words) - code_words(page))


def code_words(page: str) -> set[str]:
    """Everything between backticks, and the words in it."""
    spans = re.findall(r"`([^`\n]+)`", page)
    return {*spans, *(word for span in spans for word in re.split(r"[\s,=$]+", span))}


def rows_without_words(settings: Mapping[str, Mapping[str, object]]) -> list[str]:
    """Settings that their schema does not describe."""
    return [name for name, each in settings.items() if not each.get("description")]


def _sections(page: str) -> list[tuple[str, str]]:
    return re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
