"""The settings that the code declares: JupyterLab's, the server's, the playground's."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from jupyter_faas.playground.options import PREFIX, option_parser
from jupyter_faas.server import FaasExtension

SCHEMA = Path(__file__).parents[2] / "schema" / "plugin.json"


def lab_settings() -> str:
    """The table of JupyterLab's settings, from their schema."""
    rows = ((f"`{name}`", _lab_words(each)) for name, each in declared_lab_settings(SCHEMA).items())
    return table(("setting", "meaning"), rows)


def declared_lab_settings(schema: Path) -> dict[str, dict[str, Any]]:
    """The properties of a plugin's schema."""
    found: dict[str, dict[str, Any]] = json.loads(schema.read_text("utf-8"))["properties"]
    return found


def _lab_words(setting: dict[str, Any]) -> str:
    words = str(setting.get("description", ""))
    if "minimum" in setting:
        words += f" From {setting['minimum']} to {setting['maximum']}."
    return f"{words} Default: `{json.dumps(setting.get('default'))}`."


def server_options() -> str:
    """The table of the server extension's own options, from its traits."""
    traits = FaasExtension.class_own_traits(config=True)
    return table(
        ("option", "meaning"),
        (
            (
                f"`--{FaasExtension.__name__}.{name}`",
                f"{trait.help} Default: `{trait.default()!r}`.",
            )
            for name, trait in sorted(traits.items())
        ),
    )


def playground_options() -> str:
    """The table of the playground's options, from its parser; the hidden ones are for us alone."""
    rows = []
    for action in option_parser({})._actions:
        if action.help is argparse.SUPPRESS or "--help" in action.option_strings:
            continue
        option = action.option_strings[-1]
        name = "" if action.nargs == 0 else f" {action.metavar or _value_of(option)}"
        variable = f"{PREFIX}{option.strip('-').replace('-', '_').upper()}"
        reads = option_parser({variable: "7"}).get_default(action.dest)
        default = option_parser({}).get_default(action.dest)
        rows.append(
            (
                f"`{option}{name}`",
                f"{_sentence(str(action.help))}{_default(default)}"
                f"{f' Also `${variable}`.' if reads != default else ''}",
            )
        )
    return table(("option", "meaning"), rows)


def _value_of(option: str) -> str:
    return option.rpartition("-")[2].upper()


def _default(default: object) -> str:
    return "" if default in (None, False, [], "") else f" Default: `{default}`."


def _sentence(words: str) -> str:
    words = re.sub(r" \(default: [^)]*\)", "", words)  # it has a sentence of its own
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."


def table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table in Markdown; pipes in its cells are escaped."""
    lines = [heads, ("---",) * len(heads), *rows]
    return "\n".join(
        f"| {' | '.join(' '.join(cell.split()).replace('|', chr(92) + '|') for cell in line)} |"
        for line in lines
    )
