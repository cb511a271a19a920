"""The options of ``%%function`` and ``%%composition``: the table, the help, and the parser.

Most names in the table are fields of ``FunctionOptions``. ``CompositionOptions`` has some of these
fields, and ``%%composition`` accepts the options of those fields.
"""

from __future__ import annotations

import re
import unicodedata
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from jupyter_faas.commands.arguments import (
    WITHOUT_NUMBER,
    Argument,
    HelpRequested,
    WordParser,
)
from jupyter_faas.commands.values import parse_duration, parse_pairs
from jupyter_faas.errors import InputError, NameNotAllowed
from jupyter_faas.magics.cells.line_parser import split_words, unquote
from jupyter_faas.whisk.inputs import DEFAULT_LAST, MOST, KeepInputs
from jupyter_faas.whisk.names import MAX_LENGTH, RESERVED_PACKAGE, action_name, check_name
from jupyter_faas.workspace.naming import check_secret_name, check_variable_name
from jupyter_faas.workspace.options import (
    MODEL_FORMATS,
    ONNX,
    OPEN,
    ActionOptions,
    CompositionOptions,
    FunctionOptions,
    Options,
)

FUNCTION_ARGUMENTS: tuple[Argument, ...] = (
    Argument("name", "The function's name on the target.", metavar="NAME"),
    Argument(
        "sample_expression",
        "An expression that returns rows for the model or inputs for the function. It "
        "determines the input types and is used for the parity check. Without --test, one of "
        "the rows is also used for the clean-room test.",
        "--sample",
        "EXPR",
    ),
    Argument(
        "tests",
        "An input for the clean-room test, which the card also shows as an example: a JSON "
        "object, or an expression that returns a dictionary. Repeatable.",
        "--test",
        "PARAMS",
        kind="many",
    ),
    Argument(
        "expects",
        "The values that the answer to the preceding --test must contain. By default, the answer "
        "must match the notebook's.",
        "--expect",
        "ANSWER",
        kind="paired",
        of="tests",
    ),
    Argument(
        "no_clean_room",
        "Skip the clean-room test.",
        "--no-clean-room",
        kind="switch",
    ),
    Argument(
        "memory_mb",
        "Memory in MB.",
        "--memory",
        "MB",
        kind="integer",
        default=ActionOptions.memory_mb,
    ),
    Argument(
        "timeout_ms", "The timeout of a call, such as 30, 30s, 500ms or 2m.", "--timeout", "TIME"
    ),
    Argument(
        "parameters",
        "A parameter that is added to every call. Callers can override it. Repeatable.",
        "--param",
        "key=value",
        kind="many",
    ),
    Argument(
        "secrets",
        "An environment variable that contains a password or key. The function reads it with "
        'os.environ["NAME"], both in the notebook and in the action. Cells, packages and '
        "records do not contain the value. Repeatable.",
        "--secret",
        "NAME",
        "many",
    ),
    Argument(
        "variables",
        "An environment variable of this notebook that the function reads. The package contains "
        "its value, so use --secret for passwords and keys. Repeatable.",
        "--env",
        "NAME",
        "many",
    ),
    Argument(
        "annotations",
        "An annotation of the action. Repeatable.",
        "--annotation",
        "key=value",
        "many",
    ),
    Argument("kind", "The runtime kind, such as python:3.11.", "--kind", "KIND"),
    Argument(
        "vendor",
        "Include all requirements in the package, as wheels for the kind's Python on Linux. "
        "Use this if the card says: Could not check whether it fits.",
        "--vendor",
        kind="switch",
    ),
    Argument(
        "image",
        "Run the action in this container image, which must contain the requirements. To "
        "write a Dockerfile for it: %faas image",
        "--image",
        "IMAGE",
    ),
    Argument(
        "includes",
        "A file or folder to include in the package. Repeatable.",
        "--include",
        "PATH",
        "many",
    ),
    Argument(
        "requires",
        "A distribution that the code needs but does not import (openpyxl, pandas[excel]), "
        "pinned to the installed version. Repeatable.",
        "--require",
        "NAME",
        "many",
    ),
    Argument(
        "accept_parity",
        "Package the model even if its ONNX form gives different results. The package records "
        "the difference.",
        "--accept-parity",
        kind="switch",
    ),
    Argument(
        "model_format",
        "The format of models. onnx converts them. skops keeps the scikit-learn estimator itself, "
        "which is exact, but larger and slower to start. auto (the default) uses skops only if "
        "the conversion to ONNX fails or gives different results.",
        "--model-format",
        choices=MODEL_FORMATS,
        default=FunctionOptions.model_format,
    ),
    Argument(
        "trust",
        "Trust only the listed types and those of scikit-learn: write only:MODULE.CLASS for each "
        "type. By default, the action trusts every type in the model. Repeatable.",
        "--trust",
        "[only:]MODULE.CLASS",
        "many",
    ),
    Argument(
        "package",
        "Deploy into this package, as PACKAGE/NAME. The package is created if it does not exist.",
        "--package",
        "PACKAGE",
    ),
    Argument(
        "web",
        "Deploy as a web action, which anyone who can reach the target can call without a "
        "key. The playground rejects calls from pages on other websites, unless you write "
        "--web open.",
        "--web",
        kind="switch",
        choices=(OPEN,),
    ),
    Argument(
        "keep_inputs",
        f"Keep the latest N inputs, for replay and debug. Default N: {DEFAULT_LAST}.",
        "--keep-inputs",
        "N",
        kind="number",
    ),
    Argument(
        "no_inputs",
        "Do not keep the inputs of calls. By default, the latest inputs are kept, so that you "
        "can replay and debug runs.",
        "--no-inputs",
        kind="switch",
    ),
    Argument(
        "redact",
        "Do not keep the values of this key, wherever it occurs in an input. Repeatable.",
        "--redact",
        "KEY",
        kind="many",
    ),
    Argument(
        "tool",
        "Let agents call the action as a tool: jupyter faas mcp serves it.",
        "--tool",
        kind="switch",
    ),
    Argument("deploy", "Deploy when the cell runs.", "--deploy", kind="switch"),
    Argument(
        "watch",
        "Deploy as NAME-dev when the cell runs, and when you save the notebook after changing the "
        "cell. NAME itself does not change.",
        "--watch",
        kind="switch",
    ),
)

# A composition has only the options of every action: its inline functions are small, and models
# belong to the functions that it calls. ``redact`` is stored in the field ``keep_inputs``.
_ACTION = {one.name for one in fields(ActionOptions)} | {"redact", "no_inputs"}
_NAME, *_SHARED = (one for one in FUNCTION_ARGUMENTS if one.name in _ACTION)

COMPOSITION_ARGUMENTS: tuple[Argument, ...] = (
    replace(_NAME, help="The composition's name on the target."),
    Argument(
        "source",
        "Read the composition from this file, which npm's compose command wrote. The cell can "
        "then be empty.",
        "--from",
        "FILE.json",
    ),
    *_SHARED,
)

# These functions convert the text of an option. Other options are used as argparse returns them.
_READERS: Mapping[str, Callable[[Any], object]] = {
    "timeout_ms": lambda text: parse_duration(text, "a timeout"),
    "parameters": parse_pairs,
    "annotations": parse_pairs,
    "secrets": lambda names: tuple(dict.fromkeys(map(check_secret_name, names))),
    "variables": lambda names: tuple(dict.fromkeys(map(check_variable_name, names))),
    "package": lambda name: check_action_name(action_name(name), "package"),
}

# The values of these options are expressions, which may begin with a minus or contain quotes.
EXPRESSIONS = ("--sample", "--test", "--expect")


def function_parser() -> WordParser:
    """Return the parser of ``%%function``. The parser's help is also the magic's docstring."""
    return WordParser(
        "%%function",
        "Define a function in this notebook and package it for deployment.",
        FUNCTION_ARGUMENTS,
    )


def composition_parser() -> WordParser:
    """Return the parser of ``%%composition``. The parser's help is also the magic's docstring."""
    return WordParser(
        "%%composition",
        "Compose functions into a workflow and package it for deployment. The cell must end with\n"
        "the composition. It can use the combinators (sequence, when, …) without an import.",
        COMPOSITION_ARGUMENTS,
    )


def parse_function_line(line: str) -> FunctionOptions | str:
    """Parse the line after ``%%function`` and return its options, or the help text for ``-h``.

    Raises InputError for an invalid line. Errors of the parser have the usage as their hint.
    """
    try:
        found = function_parser().parse_args(list(_join_expressions(split_words(line))))
    except HelpRequested as help_:
        return help_.text
    if found.deploy and found.watch:
        raise InputError(
            "--deploy and --watch cannot be combined.",
            hint="Leave --deploy out: with --watch, each run of the cell deploys "
            f"{found.name}-dev. To deploy {found.name} as well: %faas deploy {found.name}",
        )
    expected = found.expects or {}
    return _options(
        FunctionOptions,
        found,
        test_expressions=tuple(
            (test, expected.get(number)) for number, test in enumerate(found.tests or ())
        ),
        clean_room=not found.no_clean_room,
        trust=_trusted(found.trust or (), found.model_format),
    )


def parse_composition_line(line: str) -> CompositionOptions | str:
    """Parse the line after ``%%composition``, as ``parse_function_line`` does."""
    try:
        found = composition_parser().parse_args([unquote(word) for word in split_words(line)])
    except HelpRequested as help_:
        return help_.text
    return _options(CompositionOptions, found)


def _options(kind: type[Options], found: Namespace, **others: object) -> Options:
    name = check_action_name(action_name(found.name), kind.MAGIC)
    values: dict[str, Any] = {"name": name}
    if name != found.name:
        # Python has the variable in this form.
        values["variable"] = unicodedata.normalize("NFKC", found.name)
    # The first field is the name, which is checked above.
    for field in fields(kind)[1:]:
        value = getattr(found, field.name, None)
        if value is not None:
            read = _READERS.get(field.name, tuple if isinstance(value, list) else None)
            values[field.name] = value if read is None else read(value)
    keep_inputs = read_keep_inputs(found.keep_inputs, found.redact or (), found.no_inputs)
    return kind(**values | {"keep_inputs": keep_inputs} | others)


def read_keep_inputs(
    last: int | None, redact: Sequence[str], none: bool = False
) -> KeepInputs | None:
    """Return the settings of ``--keep-inputs``, ``--redact`` and ``--no-inputs``.

    Returns None without these options. Raises InputError if the number is out of range, or if
    ``--no-inputs`` is used with another of them.
    """
    if none:
        if last is not None or redact:
            raise InputError(
                "--no-inputs cannot be combined with --keep-inputs or --redact.",
                hint="Leave --no-inputs out to keep inputs.",
            )
        return KeepInputs(0)
    if last is None:
        # The keys are redacted in addition to those that look like secrets.
        return KeepInputs(redact=tuple(redact), hides_secrets=True) if redact else None
    if last == WITHOUT_NUMBER:
        return KeepInputs(redact=tuple(redact))
    if not 0 <= last <= MOST:
        raise InputError(
            f"--keep-inputs must be between 0 and {MOST}, not {last}.",
            hint=f"For example: --keep-inputs {MOST if last > MOST else DEFAULT_LAST}",
        )
    return KeepInputs(last, tuple(redact))


def _trusted(names: Sequence[str], model_format: str) -> tuple[str, ...]:
    if names and model_format == ONNX:
        raise InputError(
            "--trust is only for estimators in the skops format.",
            hint="Leave --trust out: an ONNX file contains no types.",
        )
    for name in names:
        parts = name.removeprefix("only:").split(".")
        if not all(part.isidentifier() for part in parts) or len(parts) < 2:
            raise InputError(
                f"--trust {name} is not the full name of a type.",
                hint=f"Leave --trust {name} out, or write the type with its module, as on the "
                "card.",
            )
    return tuple(names)


def check_action_name(name: str, what: str = "function") -> str:
    """Return the name if a target accepts it.

    Raises NameNotAllowed otherwise. ``what`` is the kind of entity for the message.
    """
    try:
        return check_name(name, what)
    except NameNotAllowed as error:
        # check_name uses OpenWhisk's message, which does not say whether a function or a package
        # was named.
        raise NameNotAllowed(
            f"{name!r} is not a valid name for a {what}. {error.hint}", hint=_name_hint(name, what)
        ) from error


def _name_hint(name: str, what: str) -> str:
    if what == "package":
        if name == RESERVED_PACKAGE:
            return "Leave --package out: OpenWhisk uses this name for functions without a package."
        return f"Write another name: --package {_allowed(name)}" if name else "Leave --package out."
    package, _, base = name.partition("/")
    if package and base and "/" not in base:
        return f"Write %%{what} {_allowed(base)} --package {_allowed(package)}"
    return f"Write %%{what} {_allowed(name)}"


def _allowed(name: str) -> str:
    """Return a name that OpenWhisk accepts, as close to ``name`` as possible."""
    found = re.sub(r"^\W|[^\w@.&-]", "_", name, flags=re.ASCII)[:MAX_LENGTH]
    return found if re.search(r"[A-Za-z0-9]", found) else "NAME"


def _join_expressions(words: Sequence[str]) -> Iterator[str]:
    """Yield the words without quotes, and turn ``--sample X`` into one word, ``--sample=X``.

    As a separate word, an expression such as ``-X`` would look like an option to argparse.
    """
    after = ""
    for word in words:
        option, equals, value = word.partition("=")
        if option in EXPRESSIONS and equals:
            yield f"{option}={unquote(value)}"
        elif after in EXPRESSIONS:
            yield f"{after}={unquote(word)}"
            word = ""
        elif word not in EXPRESSIONS:
            yield unquote(word)
        after = word
    if after in EXPRESSIONS:
        yield after
