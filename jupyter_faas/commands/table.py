"""The one table of verbs: the magic, the CLI and the reference page are made from it.

Usage by a surface::

    call = parse("magic", shlex.split(line))     # InputError with the usage as its hint
    if isinstance(call, Help): show(call.text)
    else: outcome = call.run(workspace, progress, packages={"iris": "5a4b3c2d1e0f9a8b"})

``packages`` holds the functions packaged in this kernel (name: package id); only
``%faas deploy NAME`` reads it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jupyter_faas.commands import compositions as compose_verb
from jupyter_faas.commands import cost as budget_verb
from jupyter_faas.commands import cost as cost_verb
from jupyter_faas.commands import functions as inside_verbs
from jupyter_faas.commands import functions as verb_runs
from jupyter_faas.commands import handover as handover_verbs
from jupyter_faas.commands import history as back_verbs
from jupyter_faas.commands import images as image_verb
from jupyter_faas.commands import models as models_verb
from jupyter_faas.commands import replay as input_verbs
from jupyter_faas.commands import sessions as session_verbs
from jupyter_faas.commands import targets as target_verb
from jupyter_faas.commands import triggers as event_verbs
from jupyter_faas.commands.arguments import (
    BOTH,
    CLI_ONLY,
    COMMON,
    MAGIC_ONLY,
    PROGRAM,
    Argument,
    HelpAsked,
    Outcome,
    Surface,
    WordParser,
    unknown_verb,
)
from jupyter_faas.workspace.results import Progress, silent

if TYPE_CHECKING:
    from jupyter_faas.workspace.workspace import Workspace

__all__ = [
    "VERBS",
    "Argument",
    "Call",
    "Help",
    "Outcome",
    "Progress",
    "Surface",
    "Verb",
    "build_parser",
    "parse",
    "silent",
    "verb_parser",
]


Here = Callable[[Mapping[str, Any]], tuple[Any, bool, int]]


@dataclass(frozen=True)
class Verb:
    """One verb. ``help`` is one sentence; ``run(workspace, arguments, progress)`` does it."""

    name: str
    help: str
    run: Callable[[Workspace, argparse.Namespace, Progress], Outcome]
    arguments: tuple[Argument, ...] = ()
    surfaces: frozenset[Surface] = BOTH

    def arguments_on(self, surface: Surface) -> tuple[Argument, ...]:
        """The verb's own arguments and the common ones, as that surface has them."""
        return tuple(one for one in self.arguments + COMMON if surface in one.surfaces)


@dataclass(frozen=True)
class Help:
    """The help that was asked for."""

    text: str


@dataclass(frozen=True)
class Call:
    """A verb with its arguments read. ``arguments`` has ``target``, and for the CLI ``json``
    and ``data_dir`` (both may be None)."""

    verb: Verb
    arguments: argparse.Namespace = field(repr=False)

    def run(
        self,
        workspace: Workspace,
        progress: Progress = silent,
        packages: Mapping[str, str] | None = None,
        here: Mapping[str, Here] | None = None,
    ) -> Outcome:
        """Do it. Raises whatever FaasError stands in the way.

        ``here`` runs the functions of this kernel: result, whether it is one, ms.
        """
        arguments = argparse.Namespace(
            **vars(self.arguments), packages=dict(packages or {}), here=dict(here or {})
        )
        return self.verb.run(workspace, arguments, progress)


_ON_TARGET = "The function; PACKAGE/NAME when it is in a package."

VERBS: tuple[Verb, ...] = (
    Verb(
        "deploy",
        "Put a function on the target.",
        verb_runs.deploy,
        (
            Argument(
                "notebook",
                "The notebook; it runs in a fresh kernel and its functions are deployed.",
                metavar="NOTEBOOK.ipynb",
                surfaces=CLI_ONLY,
            ),
            Argument(
                "functions",
                "Deploy only this function; may be given several times.",
                "--function",
                "NAME",
                kind="many",
                surfaces=CLI_ONLY,
            ),
            Argument(
                "name",
                "A function of this notebook; its package may be left out.",
                metavar="NAME",
                surfaces=MAGIC_ONLY,
            ),
            Argument(
                "vendor",
                "Send the requirements of each along, as --vendor in its cell does.",
                "--vendor",
                kind="switch",
                surfaces=CLI_ONLY,
            ),
            Argument(
                "image",
                "Run each in this container image, as --image in its cell does.",
                "--image",
                "IMAGE",
                surfaces=CLI_ONLY,
            ),
            back_verbs.FORCE,
        ),
    ),
    Verb(
        "compose",
        "Show what a file composes, and deploy it.",
        compose_verb.run,
        compose_verb.ARGUMENTS,
    ),
    Verb(
        "invoke",
        "Run a deployed function once and show its result.",
        verb_runs.invoke,
        (
            Argument("name", _ON_TARGET, metavar="NAME"),
            Argument(
                "pairs",
                "Parameters; a value follows the function's signature, else it is JSON, "
                "else a string. @FILE for an image sends that file.",
                metavar="key=value",
                kind="words",
            ),
            Argument(
                "params_json",
                "Parameters as one JSON object; key=value wins over it.",
                "--params-json",
                "JSON",
            ),
            Argument("result", "Give the result's JSON alone.", "--result", kind="switch"),
        ),
    ),
    Verb(
        "activations",
        "List the latest runs with their duration and cost.",
        verb_runs.activations,
        (
            Argument("limit", "At most this many.", "--limit", "N", kind="integer", default=30),
            Argument("name", "Only runs of this function (PACKAGE/NAME in one).", "--name", "NAME"),
        ),
    ),
    Verb(
        "sessions",
        "List the latest runs of compositions and sequences with their calls and exact cost.",
        session_verbs.sessions,
        session_verbs.SESSIONS,
    ),
    Verb(
        "session",
        "Show a run with everything that it caused: its path, its steps, its exact cost.",
        session_verbs.session,
        session_verbs.SESSION,
    ),
    Verb(
        "cost",
        "Tell what functions cost, what less memory would save, and when always-on is cheaper.",
        cost_verb.cost,
        cost_verb.COST,
    ),
    Verb(
        "prices",
        "List the price lists, or choose the one that costs are reckoned by.",
        cost_verb.prices,
        cost_verb.PRICES,
    ),
    Verb(
        "budget",
        "Set what may be spent on the target in a month, or tell whether it will do.",
        budget_verb.budget,
        budget_verb.BUDGET,
    ),
    Verb(
        "logs",
        "Show what a run printed.",
        verb_runs.logs,
        (Argument("id", "The activation.", metavar="ID"),),
    ),
    Verb(
        "show",
        "Print the files that were generated for a function.",
        inside_verbs.show,
        inside_verbs.SHOW,
    ),
    Verb(
        "explain",
        "Tell why each name and each requirement travels with a function.",
        inside_verbs.explain,
        inside_verbs.EXPLAIN,
    ),
    Verb(
        "remove",
        "Take a function off the target; its package stays.",
        verb_runs.remove,
        (Argument("name", _ON_TARGET, metavar="NAME"),),
    ),
    Verb(
        "history",
        "List what was deployed under a name: when, by whom, from which notebook and commit.",
        back_verbs.history,
        back_verbs.HISTORY,
    ),
    Verb(
        "diff",
        "Show what differs between a function's cell and what is deployed.",
        back_verbs.diff,
        back_verbs.DIFF,
    ),
    Verb(
        "rollback",
        "Put an earlier version on the target again: the same bytes, limits and parameters.",
        back_verbs.rollback,
        back_verbs.ROLLBACK,
    ),
    Verb(
        "replay",
        "Send inputs that the playground kept once more, and compare answers, time and cost.",
        input_verbs.replay,
        input_verbs.REPLAY,
    ),
    Verb(
        "debug",
        "Bring what a run was given into the notebook as a variable; a terminal shows it.",
        input_verbs.debug,
        input_verbs.DEBUG,
    ),
    Verb(
        "openapi",
        "Describe the functions that are web actions as an OpenAPI document.",
        handover_verbs.openapi,
        handover_verbs.OPENAPI,
    ),
    Verb(
        "export",
        "Write a project that a developer deploys without Jupyter.",
        handover_verbs.export,
        handover_verbs.EXPORT,
    ),
    Verb(
        "models",
        "List the models that lie outside of packages, or remove one.",
        models_verb.run,
        models_verb.ARGUMENTS,
    ),
    Verb(
        "trigger",
        "Make a trigger that fires on a schedule or an event; fire, list or remove one.",
        event_verbs.trigger,
        event_verbs.TRIGGER,
    ),
    Verb(
        "rule",
        "Let a trigger run a function or composition; pause, resume, list or remove that.",
        event_verbs.rule,
        event_verbs.RULE,
    ),
    Verb(
        "playground",
        "Start, stop or look at the local playground, or change its namespaces.",
        verb_runs.playground,
        verb_runs.PLAYGROUND,
    ),
    Verb(
        "image",
        "Write the Dockerfile of an image that has what actions need, or check one.",
        image_verb.run,
        image_verb.ARGUMENTS,
    ),
    Verb(
        "target",
        "List the places actions can go to, choose one, add one or remove it.",
        target_verb.run,
        target_verb.ARGUMENTS,
    ),
)


def verb_parser(verb: Verb, surface: Surface) -> WordParser:
    """The parser of one verb's words."""
    return WordParser(f"{PROGRAM[surface]} {verb.name}", verb.help, verb.arguments_on(surface))


def build_parser(surface: Surface, epilog: str = "") -> WordParser:
    """The parser of everything before and including the verb; the rest lands in ``rest``."""
    verbs = [verb for verb in VERBS if surface in verb.surfaces]
    width = max(len(verb.name) for verb in verbs)
    lines = [f"  {verb.name:<{width}}  {verb.help}" for verb in verbs]
    parser = WordParser(
        PROGRAM[surface],
        "\n".join(["Deploy notebook functions and run them.", "", "verbs:", *lines]),
        [one for one in COMMON if surface in one.surfaces],
        "\n".join(filter(None, [f"{PROGRAM[surface]} VERB --help tells more.", epilog])),
    )
    parser.say_usage(f"{PROGRAM[surface]} [options] VERB …")
    parser.add_argument("verb", nargs="?", help=argparse.SUPPRESS)
    parser.add_argument("rest", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return parser


def parse(surface: Surface, words: Sequence[str], epilog: str = "") -> Call | Help:
    """Read the words after ``%faas`` or ``jupyter faas``.

    Raises InputError, with the usage as its hint, for anything that is not understood.
    """
    parser = build_parser(surface, epilog)
    try:
        first = parser.parse_args(list(words))
        if first.verb is None:
            return Help(parser.format_help())
        verb = _find(first.verb, surface)
        second = verb_parser(verb, surface).parse_intermixed_args(first.rest)
    except HelpAsked as help_:
        return Help(help_.text)
    return Call(verb, _merged(first, second))


def _find(word: str, surface: Surface) -> Verb:
    verbs = {verb.name: verb for verb in VERBS if surface in verb.surfaces}
    if word not in verbs:
        raise unknown_verb(word, list(verbs))
    return verbs[word]


def _merged(first: argparse.Namespace, second: argparse.Namespace) -> argparse.Namespace:
    """A common option counts wherever it stands; after the verb it wins."""
    common = {one.name: getattr(first, one.name, None) for one in COMMON}
    stated = {key: value for key, value in vars(second).items() if key not in common or value}
    return argparse.Namespace(**{**common, **stated})
