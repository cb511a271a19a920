"""The options of ``%%function``, read by the same parser as the verbs' words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from jupyter_faas.commands.arguments import Argument, HelpAsked, WordParser
from jupyter_faas.commands.values import parse_duration, parse_pairs
from jupyter_faas.errors import InputError, NameNotAllowed
from jupyter_faas.magics.cells.line_parser import split_words, unquote
from jupyter_faas.whisk.inputs import DEFAULT_LAST, MOST, KeepInputs
from jupyter_faas.whisk.names import RESERVED_PACKAGE, check_name, local_name
from jupyter_faas.workspace.request import MODEL_FORMATS, ONNX, SKOPS

FUNCTION_ARGUMENTS: tuple[Argument, ...] = (
    Argument("name", "The function's name on the target.", metavar="NAME"),
    Argument(
        "sample",
        "Rows for the model's input types and the parity check: an expression of this notebook. "
        "Without --test one of them is tried.",
        "--sample",
        "EXPR",
    ),
    Argument(
        "tests",
        "An input to try the package with before it is deployed, and an example on its card: a "
        "JSON object, or an expression of this notebook that gives a dictionary; repeatable.",
        "--test",
        "PARAMS",
        kind="many",
    ),
    Argument(
        "expects",
        "What the answer to the --test before it must hold; else it is what the notebook answers.",
        "--expect",
        "ANSWER",
        kind="paired",
        of="tests",
    ),
    Argument(
        "no_clean_room",
        "Do not try the package on its own before it is deployed.",
        "--no-clean-room",
        kind="switch",
    ),
    Argument("memory", "Memory in MB.", "--memory", "MB", kind="integer", default=256),
    Argument("timeout", "At most this long per call: 30, 30s, 500ms or 2m.", "--timeout", "TIME"),
    Argument(
        "params",
        "A parameter that every call gets unless it brings its own; repeatable.",
        "--param",
        "key=value",
        kind="many",
    ),
    Argument(
        "annotations",
        "An annotation of the action; repeatable.",
        "--annotation",
        "key=value",
        "many",
    ),
    Argument("kind", "The runtime kind, such as python:3.11.", "--kind", "KIND"),
    Argument(
        "vendor",
        "Send its requirements along, as wheels for the kind's Python on Linux: for hosts that "
        "have neither numpy nor onnxruntime.",
        "--vendor",
        kind="switch",
    ),
    Argument(
        "image",
        "Run it in this container image, which has the requirements (jupyter faas image writes "
        "its Dockerfile).",
        "--image",
        "IMAGE",
    ),
    Argument(
        "includes", "A file or folder that travels too; repeatable.", "--include", "PATH", "many"
    ),
    Argument(
        "requires",
        "A distribution that no import tells of (openpyxl, pandas[excel]), pinned to what is "
        "installed here; repeatable.",
        "--require",
        "NAME",
        "many",
    ),
    Argument(
        "accept_parity",
        "Package a model whose ONNX form answers differently; the package records it.",
        "--accept-parity",
        kind="switch",
    ),
    Argument(
        "model_format",
        "How models travel: onnx, or skops for the scikit-learn estimator itself, which is exact, "
        "larger and slower to start.",
        "--model-format",
        choices=MODEL_FORMATS,
        default=ONNX,
    ),
    Argument(
        "trust",
        "A type outside scikit-learn that a skops model may hold; repeatable.",
        "--trust",
        "MODULE.CLASS",
        "many",
    ),
    Argument(
        "package",
        "Deploy it into this package, as PACKAGE/NAME; the package is made when it is missing.",
        "--package",
        "PACKAGE",
    ),
    Argument(
        "web",
        "Deploy it as a web action: anybody who can reach the target may call it, without a key.",
        "--web",
        kind="switch",
    ),
    Argument(
        "keep_inputs",
        f"The playground keeps its latest N inputs (else {DEFAULT_LAST}), for replay and debug.",
        "--keep-inputs",
        "N",
        kind="number",
    ),
    Argument(
        "redact",
        "A key whose values are not kept, at any depth of an input; repeatable.",
        "--redact",
        "KEY",
        kind="many",
    ),
    Argument("deploy", "Deploy it at once.", "--deploy", kind="switch"),
)

# What follows these is an expression, which may begin with a minus or have quotes inside.
_EXPRESSIONS = ("--sample", "--test", "--expect")


@dataclass(frozen=True)
class FunctionOptions:
    """What the line after ``%%function`` says. Times are in ms, memory in MB."""

    name: str
    sample: str | None = None
    tests: tuple[tuple[str, str | None], ...] = ()  # each with what is expected
    clean_room: bool = True
    memory_mb: int = 256
    timeout_ms: int = 60_000
    parameters: dict[str, object] = field(default_factory=dict)
    annotations: dict[str, object] = field(default_factory=dict)
    kind: str | None = None
    vendor: bool = False
    image: str | None = None
    includes: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    accept_parity: bool = False
    model_format: str = ONNX
    trust: tuple[str, ...] = ()
    package: str | None = None
    web: bool = False
    keep_inputs: KeepInputs | None = None
    deploy: bool = False

    @property
    def path(self) -> str:
        """Its name on the target: ``iris``, or ``models/iris`` in a package."""
        return local_name(self.package, self.name)


def function_parser() -> WordParser:
    """The parser of ``%%function``; its help is the magic's documentation."""
    return WordParser(
        "%%function",
        "Define a function in this notebook and package it for deployment.",
        FUNCTION_ARGUMENTS,
    )


def parse_function_line(line: str) -> FunctionOptions | str:
    """Read the line, or return the help that it asks for.

    Raises InputError, with the usage as its hint, for what is not understood.
    """
    try:
        found = function_parser().parse_args(list(_readable(split_words(line))))
    except HelpAsked as help_:
        return help_.text
    return FunctionOptions(
        name=checked_name(found.name),
        sample=found.sample,
        tests=tuple(
            (one, (found.expects or {}).get(number)) for number, one in enumerate(found.tests or ())
        ),
        clean_room=not found.no_clean_room,
        memory_mb=found.memory,
        timeout_ms=timeout_of(found.timeout),
        parameters=parse_pairs(found.params or ()),
        annotations=parse_pairs(found.annotations or ()),
        kind=found.kind,
        vendor=found.vendor,
        image=found.image,
        includes=tuple(found.includes or ()),
        requires=tuple(found.requires or ()),
        accept_parity=found.accept_parity,
        model_format=found.model_format,
        trust=_trusted(found.trust or (), found.model_format),
        package=None if found.package is None else checked_name(found.package, "package"),
        web=found.web,
        keep_inputs=keeping(found.keep_inputs, found.redact or ()),
        deploy=found.deploy,
    )


def timeout_of(words: str | None) -> int:
    """``--timeout`` in ms; a minute when it is missing. Raises InputError."""
    return 60_000 if words is None else parse_duration(words, "a timeout")


def keeping(last: int | None, redact: Sequence[str]) -> KeepInputs | None:
    """``--keep-inputs`` and ``--redact``. Raises InputError."""
    if last is None:
        if redact:
            raise InputError(
                "--redact goes with --keep-inputs: without it no input is kept.",
                hint="Add --keep-inputs, or leave --redact out.",
            )
        return None
    if not 0 <= last <= MOST:
        raise InputError(f"--keep-inputs takes 1 to {MOST}, not {last}.")
    return KeepInputs(last or DEFAULT_LAST, tuple(redact))


def _trusted(names: Sequence[str], model_format: str) -> tuple[str, ...]:
    if names and model_format != SKOPS:
        raise InputError(
            "--trust is for estimators that travel as they are.",
            hint=f"Add --model-format {SKOPS}, or leave --trust out.",
        )
    for name in names:
        if not all(part.isidentifier() for part in name.split(".")) or "." not in name:
            raise InputError(
                f"--trust {name}: that names no type.",
                hint="Write it with its module: --trust package.module.Class",
            )
    return tuple(names)


def checked_name(name: str, what: str = "function") -> str:
    """A name that a target takes. Raises NameNotAllowed, which says what it should name."""
    try:
        return check_name(name, what)
    except NameNotAllowed as error:
        # The contract's words are for a host's answers and do not say which name.
        raise NameNotAllowed(
            f"{name!r} cannot name a {what}.", hint=_name_hint(name, what) or error.hint
        ) from error


def _name_hint(name: str, what: str) -> str:
    if what == "package":
        keeps = "OpenWhisk keeps that name for functions without a package: leave --package out."
        return keeps if name == RESERVED_PACKAGE else ""
    package, slash, base = name.partition("/")
    return f"Write %%{what} {base} --package {package}" if slash and "/" not in base else ""


def _readable(words: Sequence[str]) -> Iterator[str]:
    """Words without their quotes; ``--sample X`` becomes one, ``--sample=X``."""
    after = ""
    for word in words:
        option, equals, value = word.partition("=")
        if option in _EXPRESSIONS and equals:
            yield f"{option}={unquote(value)}"
        elif after in _EXPRESSIONS:
            yield f"{after}={unquote(word)}"
            word = ""
        elif word not in _EXPRESSIONS:
            yield unquote(word)
        after = word
    if after in _EXPRESSIONS:
        yield after
