"""The options of ``%%composition``: those of ``%%function`` that concern a workflow too."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from jupyter_faas.commands.arguments import Argument, HelpAsked, WordParser
from jupyter_faas.commands.values import parse_pairs
from jupyter_faas.magics.cells.function_options import (
    FUNCTION_ARGUMENTS,
    checked_name,
    keeping,
    timeout_of,
)
from jupyter_faas.magics.cells.line_parser import split_words, unquote
from jupyter_faas.whisk.inputs import KeepInputs
from jupyter_faas.whisk.names import local_name

# An inline function is as small as that, and models stay with the functions that are called.
_SHARED = (
    "memory",
    "timeout",
    "params",
    "annotations",
    "kind",
    "vendor",
    "image",
    "includes",
    "requires",
    "package",
    "web",
    "keep_inputs",
    "redact",
    "deploy",
)
_FUNCTIONS = {one.name: one for one in FUNCTION_ARGUMENTS}

COMPOSITION_ARGUMENTS: tuple[Argument, ...] = (
    replace(_FUNCTIONS["name"], help="The composition's name on the target."),
    Argument(
        "source",
        "Take the composition from this file, as npm's compose command wrote it; the cell may "
        "then be empty.",
        "--from",
        "FILE.json",
    ),
    *(_FUNCTIONS[name] for name in _SHARED),
)


@dataclass(frozen=True)
class CompositionOptions:
    """What the line after ``%%composition`` says. Times are in ms, memory in MB."""

    name: str
    source: str | None = None  # the file's path, as it was written
    memory_mb: int = 256
    timeout_ms: int = 60_000
    parameters: dict[str, object] = field(default_factory=dict)
    annotations: dict[str, object] = field(default_factory=dict)
    kind: str | None = None
    vendor: bool = False
    image: str | None = None
    includes: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    package: str | None = None
    web: bool = False
    keep_inputs: KeepInputs | None = None
    deploy: bool = False

    @property
    def path(self) -> str:
        """Its name on the target: ``name``, or ``package/name``."""
        return local_name(self.package, self.name)


def composition_parser() -> WordParser:
    """The parser of ``%%composition``; its help is the magic's documentation."""
    return WordParser(
        "%%composition",
        "Compose functions into a workflow and package it for deployment. The cell ends with the\n"
        "composition; in it the combinators (sequence, when, parallel, …) need no import.",
        COMPOSITION_ARGUMENTS,
    )


def parse_composition_line(line: str) -> CompositionOptions | str:
    """Read the line, or return the help that it asks for.

    Raises InputError, with the usage as its hint, for what is not understood.
    """
    try:
        found = composition_parser().parse_args([unquote(word) for word in split_words(line)])
    except HelpAsked as help_:
        return help_.text
    return CompositionOptions(
        name=checked_name(found.name, "composition"),
        source=found.source,
        memory_mb=found.memory,
        timeout_ms=timeout_of(found.timeout),
        parameters=parse_pairs(found.params or ()),
        annotations=parse_pairs(found.annotations or ()),
        kind=found.kind,
        vendor=found.vendor,
        image=found.image,
        includes=tuple(found.includes or ()),
        requires=tuple(found.requires or ()),
        package=None if found.package is None else checked_name(found.package, "package"),
        web=found.web,
        keep_inputs=keeping(found.keep_inputs, found.redact or ()),
        deploy=found.deploy,
    )
