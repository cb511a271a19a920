"""The table of verbs, from which ``%faas``, ``jupyter faas`` and the reference page are built.

A verb consists of a function ``run(workspace, arguments, progress)`` in a module of this package,
and an entry in ``VERBS``. The entry has the name, one sentence of help, the function, and a tuple
of ``Argument``. It is used as follows:

- ``parse("magic" | "cli", words)`` builds an argparse parser for the arguments of that surface
  and returns a ``Call``, or a ``Help`` if the words ask for help;
- ``%faas`` (magics/faas_magic.py) runs the call and shows ``Outcome.value`` as a view, or
  ``Outcome.lines``; ``jupyter faas`` (cli/app.py) prints the lines or, with --json, the JSON, and
  turns ``failed`` and ``absent`` into an exit code;
- tools/reference/verbs.py writes docs/reference.md from the same table; a test compares them.

A new verb therefore needs a function and an entry here, but no change in the magics or the CLI::

    call = parse("magic", ["deploy", "iris"])    # InputError with the usage as its hint
    if isinstance(call, Help): show(call.text)
    else: outcome = call.run(workspace, progress, packages={"iris": "5a4b3c2d1e0f9a8b"})

``packages`` maps the names of the functions that this kernel packaged to package ids. Verbs use
this mapping to resolve function names.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jupyter_faas.commands import (
    agents,
    batches,
    compositions,
    cost,
    deploy,
    functions,
    handover,
    history,
    images,
    models,
    playground,
    replay,
    runs,
    secrets,
    sessions,
    targets,
    triggers,
)
from jupyter_faas.commands.arguments import (
    BOTH,
    CLI_ONLY,
    COMMON,
    PROGRAM,
    Argument,
    HelpRequested,
    Outcome,
    Surface,
    WordParser,
    unknown_verb,
)
from jupyter_faas.commands.rollouts import verbs as rollouts
from jupyter_faas.errors import InputError, machine_errors
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
    """One verb. ``help`` is one sentence, and ``run`` executes the verb."""

    name: str
    help: str
    run: Callable[[Workspace, argparse.Namespace, Progress], Outcome]
    arguments: tuple[Argument, ...] = ()
    surfaces: frozenset[Surface] = BOTH

    def arguments_on(self, surface: Surface) -> tuple[Argument, ...]:
        """Return the verb's own arguments and the common arguments for ``surface``."""
        return tuple(one for one in self.arguments + COMMON if surface in one.surfaces)


@dataclass(frozen=True)
class Help:
    """The help text that the user asked for."""

    text: str


@dataclass(frozen=True)
class Call:
    """A verb with parsed arguments.

    ``arguments`` has ``target``, ``json`` and ``data_dir``, each of which may be None, and
    ``targets``, all targets that were given. Only ``deploy`` takes several.
    """

    verb: Verb
    arguments: argparse.Namespace = field(repr=False)

    def run(
        self,
        workspace: Workspace,
        progress: Progress = silent,
        packages: Mapping[str, str] | None = None,
        here: Mapping[str, Here] | None = None,
        before_deploy: Callable[[Workspace], None] | None = None,
    ) -> Outcome:
        """Execute the verb. Raises FaasError.

        ``packages`` maps the functions of this kernel to package ids. ``here`` maps them to
        callables for a replay, which return the result, whether the run succeeded, and the duration
        in ms. ``before_deploy`` is called for each target before a function of this kernel is
        deployed to it. If it raises FaasError, the function is not deployed to this target.
        """
        arguments = argparse.Namespace(
            **vars(self.arguments),
            packages=dict(packages or {}),
            here=dict(here or {}),
            before_deploy=before_deploy,
        )
        with machine_errors():
            return self.verb.run(workspace, arguments, progress)


_ON_TARGET = "The function, or PACKAGE/NAME if it is in a package."

VERBS: tuple[Verb, ...] = (
    Verb(
        "deploy",
        "Deploy functions of a notebook to the target.",
        deploy.deploy,
        deploy.ARGUMENTS,
    ),
    Verb(
        "compose",
        "Show the composition in a file, or deploy it.",
        compositions.run,
        compositions.ARGUMENTS,
    ),
    Verb(
        "invoke",
        "Run a deployed function once and show its result.",
        functions.invoke,
        (
            Argument("name", _ON_TARGET, metavar="NAME", names_function=True),
            Argument(
                "pairs",
                "Parameters. Values get the types in the function's signature. All other values "
                "are parsed as JSON if possible, and otherwise used as strings. For an image, "
                "@FILE sends a file.",
                metavar="key=value",
                kind="words",
            ),
            Argument(
                "params_json",
                "Parameters as one JSON object. A key=value argument takes precedence over it.",
                "--params-json",
                "JSON",
            ),
            Argument("result", "Print only the result, as JSON.", "--result", kind="switch"),
        ),
    ),
    Verb(
        "map",
        "Call a deployed function once for each row of a table, in parallel.",
        batches.run,
        batches.ARGUMENTS,
    ),
    Verb("list", "List the functions on the target.", functions.list_functions, ()),
    Verb(
        "activations",
        "List the latest runs with their duration and cost.",
        runs.activations,
        runs.ACTIVATIONS,
    ),
    Verb(
        "sessions",
        "List the latest runs of compositions and sequences with their calls and exact cost.",
        sessions.sessions,
        sessions.SESSIONS,
    ),
    Verb(
        "session",
        "Show a session: its path, its steps and its exact cost.",
        sessions.session,
        sessions.SESSION,
    ),
    Verb(
        "cost",
        "Show the cost of functions, possible savings, and when an always-on server is cheaper.",
        cost.cost,
        cost.COST,
    ),
    Verb(
        "prices",
        "List the price lists, or select the one to use.",
        cost.prices,
        cost.PRICES,
    ),
    Verb(
        "budget",
        "Set a monthly budget for the target, or show its status.",
        cost.budget,
        cost.BUDGET,
    ),
    Verb(
        "logs",
        "Show the logs of a run.",
        runs.logs,
        runs.LOGS,
    ),
    Verb(
        "show",
        "Show the generated files of a function's package.",
        functions.show,
        functions.SHOW,
    ),
    Verb(
        "explain",
        "Explain why each name and requirement is in a function's package.",
        functions.explain,
        functions.EXPLAIN,
    ),
    Verb(
        "remove",
        "Remove a function from the target. Its packages stay on this machine.",
        functions.remove,
        (Argument("name", _ON_TARGET, metavar="NAME", names_function=True),),
    ),
    Verb(
        "history",
        "List the deploys of a function, with time, user, notebook and commit.",
        history.history,
        history.HISTORY,
    ),
    Verb(
        "watch",
        "Deploy the functions of a notebook as NAME-dev each time you save it.",
        rollouts.watch,
        rollouts.WATCH,
        CLI_ONLY,
    ),
    Verb(
        "alias",
        "Give a version of a function an alias, such as champion, or list the aliases.",
        history.alias,
        history.ALIAS,
    ),
    Verb(
        "diff",
        "Compare a function's cell with the deployed version, or two versions.",
        history.diff,
        history.DIFF,
    ),
    Verb(
        "rollback",
        "Deploy an earlier version again, with its code, limits, parameters and annotations.",
        history.rollback,
        history.ROLLBACK,
    ),
    Verb(
        "shadow",
        "Compare a function with its shadow: answers, failures, duration and cost.",
        rollouts.shadow,
        rollouts.NAME,
    ),
    Verb(
        "canary",
        "Compare a function with its canary: failures, duration and cost.",
        rollouts.canary,
        rollouts.NAME,
    ),
    Verb(
        "promote",
        "Replace a function with its canary or shadow, for all callers.",
        rollouts.promote,
        rollouts.NAME,
    ),
    Verb(
        "discard",
        "Remove the canary or the shadow of a function.",
        rollouts.discard,
        rollouts.NAME,
    ),
    Verb(
        "replay",
        "Send kept inputs again, and compare the answers, durations and costs.",
        replay.replay,
        replay.REPLAY,
    ),
    Verb(
        "debug",
        "Load the input of a run into a variable, or print it in a terminal.",
        replay.debug,
        replay.DEBUG,
    ),
    Verb(
        "openapi",
        "Create an OpenAPI document that describes the web actions.",
        handover.openapi,
        handover.OPENAPI,
    ),
    Verb(
        "export",
        "Export a project that can be deployed without Jupyter.",
        handover.export,
        handover.EXPORT,
    ),
    Verb(
        "mcp",
        "Serve deployed functions as tools for agents (Model Context Protocol).",
        agents.run,
        agents.ARGUMENTS,
        CLI_ONLY,
    ),
    Verb(
        "models",
        "List the models that are stored outside packages, or remove one.",
        models.run,
        models.ARGUMENTS,
    ),
    Verb(
        "trigger",
        "Create, fire, list or remove triggers, which fire on a schedule or an event.",
        triggers.trigger,
        triggers.TRIGGER,
    ),
    Verb(
        "rule",
        "Create, list, enable, disable or remove rules, which connect triggers to functions.",
        triggers.rule,
        triggers.RULE,
    ),
    Verb(
        "playground",
        "Start, stop or repair the local playground, show its status, or manage its namespaces.",
        playground.playground,
        playground.PLAYGROUND,
    ),
    Verb(
        "image",
        "Write a Dockerfile for an image with the libraries that actions need, or check an image.",
        images.run,
        images.ARGUMENTS,
    ),
    Verb(
        "secret",
        "Store, list or remove secrets, which functions read as environment variables.",
        secrets.run,
        secrets.ARGUMENTS,
    ),
    Verb(
        "target",
        "List, select, add, test or remove targets.",
        targets.run,
        targets.ARGUMENTS,
    ),
)


def verb_parser(verb: Verb, surface: Surface) -> WordParser:
    """Return the parser for the command line after one verb."""
    return WordParser(f"{PROGRAM[surface]} {verb.name}", verb.help, verb.arguments_on(surface))


def build_parser(surface: Surface, epilog: str = "") -> WordParser:
    """Return the parser for the command line up to the verb.

    The remaining words go into ``rest``.
    """
    verbs = [verb for verb in VERBS if surface in verb.surfaces]
    width = max(len(verb.name) for verb in verbs)
    lines = [f"  {verb.name:<{width}}  {verb.help}" for verb in verbs]
    parser = WordParser(
        PROGRAM[surface],
        "\n".join(["Deploy notebook functions and run them.", "", "verbs:", *lines]),
        [one for one in COMMON if surface in one.surfaces],
        "\n".join(filter(None, [f"For details, use {PROGRAM[surface]} VERB --help.", epilog])),
    )
    parser.say_usage(f"{PROGRAM[surface]} [options] VERB …")
    # argparse's subparsers are not used, because they do not support ``parse_intermixed_args``,
    # which ``parse`` needs.
    parser.add_argument("verb", nargs="?", help=argparse.SUPPRESS)
    parser.add_argument("rest", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return parser


def parse(surface: Surface, words: Sequence[str], epilog: str = "") -> Call | Help:
    """Parse the words after ``%faas`` or ``jupyter faas``.

    Returns a Help if the words ask for help or name no verb. Raises InputError, with a hint, for an
    unknown verb or invalid arguments.
    """
    parser = build_parser(surface, epilog)
    try:
        first = parser.parse_args(list(words))
        if first.verb is None:
            return Help(parser.format_help())
        if first.verb == "help":
            return parse(surface, [*first.rest[:1], "--help"], epilog)
        verb = _find(first.verb, surface)
        # Intermixed parsing accepts options between positional arguments.
        second = verb_parser(verb, surface).parse_intermixed_args(first.rest)
    except HelpRequested as help_:
        return Help(help_.text)
    return Call(verb, _one_target(verb, _merge_options(first, second)))


def _find(word: str, surface: Surface) -> Verb:
    verbs = {verb.name: verb for verb in VERBS if surface in verb.surfaces}
    if word not in verbs:
        raise unknown_verb(word, list(verbs))
    return verbs[word]


def _one_target(verb: Verb, arguments: argparse.Namespace) -> argparse.Namespace:
    """Set ``target`` to the first of ``targets``. Raises InputError for several without deploy."""
    targets = list(arguments.target or ())
    if len(targets) > 1 and verb.name != "deploy":
        raise InputError(
            f"{verb.name} takes only one --target.",
            hint=f"Leave --target {targets[1]} out. Only deploy accepts several targets.",
        )
    return argparse.Namespace(
        **{**vars(arguments), "target": targets[0] if targets else None, "targets": targets}
    )


def _merge_options(first: argparse.Namespace, second: argparse.Namespace) -> argparse.Namespace:
    """Merge the options before and after the verb. Options after the verb take precedence."""
    common = {one.name: getattr(first, one.name, None) for one in COMMON}
    # The second parser sets defaults for the common options, which must not replace values that
    # were given before the verb.
    stated = {key: value for key, value in vars(second).items() if key not in common or value}
    return argparse.Namespace(**{**common, **stated})
