"""The arguments and the outcome of a verb, and the parser for its command line.

Each parser is built from the table of verbs (table.py) for one surface. It raises InputError and
never exits the process. Options may appear anywhere between the positional arguments (``invoke iris
--result x=1``).
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, NoReturn

from jupyter_faas.errors import FaasError, InputError
from jupyter_faas.whisk.names import action_name
from jupyter_faas.workspace.naming import did_you_mean, matching_functions

Surface = Literal["cli", "magic"]
BOTH: frozenset[Surface] = frozenset({"cli", "magic"})
CLI_ONLY: frozenset[Surface] = frozenset({"cli"})
MAGIC_ONLY: frozenset[Surface] = frozenset({"magic"})
PROGRAM: dict[Surface, str] = {"cli": "jupyter faas", "magic": "%faas"}


# The value of an option of the kind ``number`` that is given without its number.
WITHOUT_NUMBER = -(2**31)


@dataclass(frozen=True)
class Argument:
    """One positional argument or option of a verb.

    ``flag`` is empty for a positional argument. The values of ``kind``:

    - ``text``, ``integer``: one value;
    - ``switch``: true when present; with ``choices``, one of them may follow, which is the value;
    - ``many``: each use adds one value;
    - ``words``: all remaining positional arguments;
    - ``optional``: a positional argument that may be missing;
    - ``paired``: belongs to the preceding use of the ``many`` option named ``of``; the value is
      ``{index of that use: text}``;
    - ``number``: an option whose integer may be omitted, in which case the value is 0.

    ``names_function``: whether a value is the name of a function, as it is written in a cell. The
    parsed value is its name on the target.
    """

    name: str
    help: str
    flag: str = ""
    metavar: str = ""
    kind: Literal["text", "integer", "switch", "many", "words", "optional", "paired", "number"] = (
        "text"
    )
    default: str | int | None = None
    choices: tuple[str, ...] = ()
    surfaces: frozenset[Surface] = BOTH
    of: str = ""
    names_function: bool = False

    def add_to(self, parser: argparse.ArgumentParser) -> None:
        """Add this argument to an argparse parser."""
        # argparse formats help texts with ``%``, so percent signs must be doubled.
        options: dict[str, Any] = {"help": self.help.replace("%", "%%")}
        if self.kind == "switch" and self.choices:
            words = "|".join(self.choices)
            options |= {"type": partial(_word_or_true, self.choices), "metavar": f"[{words}]"}
            options["default"] = False
        elif self.kind == "switch":
            options["action"] = "store_true"
        else:
            options["metavar"] = self.metavar or ("|".join(self.choices) or self.name.upper())
            if self.choices:
                options["choices"] = self.choices
            if self.kind in ("integer", "number"):
                options["type"] = _whole_number
            if self.names_function:
                options["type"] = action_name
            if self.kind == "number":
                options |= {"nargs": "?", "const": WITHOUT_NUMBER}
            if self.kind == "many":
                options["action"] = "append"
            if self.kind == "paired":
                options["action"] = partial(_PairedAction, of=self.of)
            if self.kind in ("words", "optional"):
                options["nargs"] = "*" if self.kind == "words" else "?"
            options["default"] = [] if self.kind == "words" else self.default
        if self.flag:
            parser.add_argument(self.flag, dest=self.name, **options)
        else:
            parser.add_argument(self.name, **options)


@dataclass(frozen=True)
class Outcome:
    """The result of a verb, which the magics and the CLI show without further text.

    ``value`` is the Python object for programs (an ActivationRecord, a Deployment, a list of them).
    ``json`` is the same value as JSON types. ``failed`` is true when the run that the verb started
    failed. ``absent`` is true when the verb looked for something that does not exist. ``error`` is
    the reason why only a part was done, which is shown after the lines. ``failed``, ``absent`` and
    ``error`` determine the exit code. ``more`` yields what comes later (``--follow``), without an
    end, and is shown until the user interrupts it.
    """

    value: object
    json: object
    lines: tuple[str, ...] = ()
    failed: bool = False
    absent: bool = False
    error: FaasError | None = None
    more: Iterator[Outcome] | None = None

    def to_json(self) -> object:
        """Return the value that ``--json`` prints."""
        return self.json


def function_path(arguments: argparse.Namespace) -> str:
    """Return the name on the target of the function that a verb is about.

    The name of a function of this notebook may be given without its OpenWhisk package.
    """
    meant = matching_functions(arguments.name, arguments.packages)
    return meant[0] if len(meant) == 1 else str(arguments.name)


# Every verb has these options, which may appear before or after the verb.
COMMON: tuple[Argument, ...] = (
    Argument(
        "target",
        "Use this target instead of the selected one. For deploy, repeatable.",
        "--target",
        "NAME",
        kind="many",
    ),
    Argument("json", "Print JSON, for scripts.", "--json", kind="switch", surfaces=CLI_ONLY),
    Argument(
        "data_dir",
        "The data folder. You can also set it with $JUPYTER_FAAS_DATA_DIR.",
        "--data-dir",
        "D",
        surfaces=CLI_ONLY,
    ),
)


def _whole_number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        # argparse replaces the message of a ValueError with its own.
        raise argparse.ArgumentTypeError(f"must be a whole number, not {text!r}") from None


def _word_or_true(choices: Sequence[str], text: str) -> str | bool:
    if text and text not in choices:
        # argparse replaces the message of a ValueError with its own.
        raise argparse.ArgumentTypeError(f"the value must be {' or '.join(choices)}, or omitted")
    return text or True


class HelpRequested(Exception):
    """Raised by a parser for ``-h``. ``text`` is the help text."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


# argparse's own help action prints the help and exits the process, which may be a kernel.
class _HelpAction(argparse.Action):
    def __init__(self, option_strings: Sequence[str], dest: str, **options: Any) -> None:
        super().__init__(option_strings, argparse.SUPPRESS, nargs=0, help="Show this help.")

    def __call__(self, parser: argparse.ArgumentParser, *_: object, **__: object) -> NoReturn:
        raise HelpRequested(parser.format_help())


class _PairedAction(argparse.Action):
    # argparse creates the action, so ``add_to`` passes ``of`` through a partial.
    def __init__(self, *words: Any, of: str, **options: Any) -> None:
        super().__init__(*words, **options)
        self._of = of

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        # This option belongs to the last use of the option ``of``, whose index is the count minus
        # one.
        number = len(getattr(namespace, self._of) or ()) - 1
        # The dictionary is copied, because argparse may share the default between two parses.
        pairs = dict(getattr(namespace, self.dest) or {})
        if number < 0 or number in pairs:
            parser.error(
                f"{option_string} must follow --{self._of.rstrip('s')}, and only once for each"
            )
        setattr(namespace, self.dest, {**pairs, number: values})


# The texts of argparse's own messages. They are not translated, because no catalog is installed.
_UNKNOWN_OPTION = "unrecognized arguments:"
_UNKNOWN_CHOICE = re.compile(r"invalid choice: '([^']*)' \(choose from (.*)\)")


class WordParser(argparse.ArgumentParser):
    """An argparse parser that raises InputError, with the usage as its hint, and never exits."""

    def __init__(
        self, prog: str, description: str, arguments: Iterable[Argument], epilog: str = ""
    ) -> None:
        # Since Python 3.14 argparse colours its help, and a notebook would show escape codes.
        plain: dict[str, Any] = {"color": False} if sys.version_info >= (3, 14) else {}
        super().__init__(
            prog,
            description=description,
            epilog=epilog,
            # The width is fixed, because a kernel has no terminal to measure.
            formatter_class=partial(argparse.RawDescriptionHelpFormatter, width=90),
            add_help=False,
            # An abbreviated option in a script could become ambiguous when a new option is added.
            allow_abbrev=False,
            **plain,
        )
        self.add_argument("-h", "--help", action=_HelpAction)
        # The words that may follow a switch, by its flag.
        self._words: dict[str, Sequence[str]] = {}
        for argument in arguments:
            argument.add_to(self)
            if argument.kind == "switch" and argument.choices:
                self._words[argument.flag] = argument.choices
        # The usage is set as text, because argparse would otherwise expand the percent sign of
        # ``%faas``.
        self.say_usage(self.format_usage().removeprefix("usage: "))

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        return super().parse_known_args(list(self._joined(args)), namespace)

    def _joined(self, words: Sequence[str]) -> Iterator[str]:
        """Join each switch with the word that follows it, if that is one of its choices.

        argparse would take any word, such as the name in ``--web iris``.
        """
        rest = iter(words)
        for word in rest:
            if word not in self._words:
                yield word
                continue
            following = next(rest, None)
            if following in self._words[word]:
                yield f"{word}={following}"
                continue
            yield f"{word}="
            if following is not None:
                yield from self._joined((following, *rest))

    def say_usage(self, usage: str) -> None:
        """Set the usage text.

        Percent signs are escaped, because argparse would expand ``%faas``.
        """
        self.usage = usage.replace("%", "%%")

    def error(self, message: str) -> NoReturn:
        sentence = message[:1].upper() + message[1:]
        meant = self._meant(message)
        raise InputError(
            sentence + ("" if sentence.endswith(".") else "."),
            hint=f"{meant.rstrip()}\n{self.usage_text()}" if meant else self.usage_text(),
        )

    def _meant(self, message: str) -> str:
        """Return ``Did you mean --memory? `` for an error about a misspelled option or choice."""
        if message.startswith(_UNKNOWN_OPTION):
            words = message.removeprefix(_UNKNOWN_OPTION).split()
            options = [word.partition("=")[0] for word in words if word.startswith("-")]
            # The dashes are compared separately, because they would make any two options similar.
            known = [option.lstrip("-") for option in self._option_string_actions]
            return did_you_mean([each.lstrip("-") for each in options], known, prefix="--")
        choice = _UNKNOWN_CHOICE.search(message)
        if choice is None:
            return ""
        return did_you_mean([choice[1]], re.findall(r"[\w.:-]+", choice[2]))

    def usage_text(self) -> str:
        """Return the usage on one line, such as ``Usage: jupyter faas logs [-h] ID``."""
        return "Usage: " + " ".join(self.format_usage().removeprefix("usage:").split())


def unknown_verb(word: str, verbs: Sequence[str]) -> InputError:
    """Return the error for an unknown verb, which suggests the most similar verb."""
    hint = f"{did_you_mean([word], verbs)}Verbs: {', '.join(verbs)}."
    return InputError(f"Unknown command {word!r}.", hint=hint)
