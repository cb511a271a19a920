"""The verbs table, and how words become calls."""

from __future__ import annotations

import shlex

import pytest

from jupyter_faas.commands.arguments import COMMON, Surface
from jupyter_faas.commands.table import VERBS, Call, Help, Outcome, Verb, parse, verb_parser
from jupyter_faas.errors import InputError

NAMES = ["deploy", "compose", "invoke", "map", "list", "activations", "sessions", "session"]
NAMES += ["cost", "prices", "budget", "logs", "show", "explain", "remove"]
NAMES += [
    "history",
    "watch",
    "alias",
    "diff",
    "rollback",
    "shadow",
    "canary",
    "promote",
    "discard",
    "replay",
    "debug",
]
NAMES += ["openapi", "export", "mcp"]
NAMES += ["models", "trigger", "rule", "playground", "image", "secret", "target"]


def read(surface: Surface, line: str) -> Call:
    """The call that a line means."""
    call = parse(surface, shlex.split(line))
    assert isinstance(call, Call)
    return call


def test_table_has_the_verbs_of_the_design() -> None:
    assert [verb.name for verb in VERBS] == NAMES


# ``mcp`` serves a program that talks to it over its standard input, which a notebook has not.
OF_SURFACE: dict[Surface, list[str]] = {
    "cli": NAMES,
    "magic": [each for each in NAMES if each not in ("mcp", "watch")],
}


@pytest.mark.parametrize("words", [[], ["invoke"]], ids=["all verbs", "a verb"])
def test_help_is_also_a_word(words: list[str]) -> None:
    assert parse("cli", ["help", *words]) == parse("cli", [*words, "--help"])


@pytest.mark.parametrize("surface", ["cli", "magic"])
@pytest.mark.parametrize("verb", VERBS, ids=NAMES)
def test_help_of_a_verb_tells_every_argument(surface: Surface, verb: Verb) -> None:
    if verb.name not in OF_SURFACE[surface]:
        with pytest.raises(InputError, match="Unknown command"):
            parse(surface, [verb.name, "--help"])
        return
    shown = parse(surface, [verb.name, "--help"])
    assert isinstance(shown, Help)
    words = " ".join(shown.text.split())
    assert verb.help in words
    for argument in verb.arguments_on(surface):
        assert argument.help in words
        assert argument.flag in words


@pytest.mark.parametrize("surface", ["cli", "magic"])
@pytest.mark.parametrize("line", ["", "-h", "--help"])
def test_help_names_every_verb(surface: Surface, line: str) -> None:
    shown = parse(surface, line.split())
    assert isinstance(shown, Help)
    assert all((f"  {name} " in shown.text) == (name in OF_SURFACE[surface]) for name in NAMES)


def test_help_of_the_magic_begins_with_its_percent_sign() -> None:
    shown = parse("magic", ["deploy", "-h"])
    assert isinstance(shown, Help)
    assert shown.text.startswith("usage: %faas deploy [-h] [--shadow] ")


def test_no_argument_is_without_help() -> None:
    assert all(one.help.endswith(".") for verb in VERBS for one in verb.arguments + COMMON)


@pytest.mark.parametrize(
    "line",
    [
        "invoke iris a=1 b=2 --result",
        "invoke --result iris a=1 b=2",
        "invoke iris --result a=1 b=2",
        "invoke iris a=1 --result b=2",
    ],
)
def test_options_may_stand_anywhere(line: str) -> None:
    arguments = read("cli", line).arguments
    assert (arguments.name, arguments.pairs, arguments.result) == ("iris", ["a=1", "b=2"], True)


@pytest.mark.parametrize(
    "line",
    [
        "--json --target lab --data-dir d activations --limit 3",
        "activations --json --target lab --limit 3 --data-dir d",
        "--target lab activations --limit 3 --json --data-dir d",
    ],
)
def test_common_options_before_and_after_the_verb(line: str) -> None:
    arguments = read("cli", line).arguments
    assert (arguments.json, arguments.target, arguments.data_dir) == (True, "lab", "d")
    assert arguments.limit == 3


def test_common_option_after_the_verb_wins() -> None:
    assert read("cli", "--target a logs x --target b").arguments.target == "b"


def test_common_options_when_missing() -> None:
    arguments = read("magic", "logs x").arguments
    assert arguments.target is None
    assert not arguments.json
    assert arguments.data_dir is None


@pytest.mark.parametrize("option", ["--json", "--data-dir d"])
def test_magic_has_no_options_of_the_command(option: str) -> None:
    with pytest.raises(InputError, match="Unrecognized arguments"):
        parse("magic", shlex.split(f"activations {option}"))


def test_deploy_in_the_command_takes_a_notebook_and_functions() -> None:
    arguments = read("cli", "deploy a.ipynb --function x --function y").arguments
    assert (arguments.notebook, arguments.functions) == ("a.ipynb", ["x", "y"])


def test_export_in_the_magic_takes_what_was_packaged_here() -> None:
    assert read("magic", "export p --function x").arguments.functions == ["x"]
    arguments = read("cli", "export a.ipynb p").arguments
    assert (arguments.notebook, arguments.folder) == ("a.ipynb", "p")


def test_deploy_in_the_magic_takes_a_name() -> None:
    assert read("magic", "deploy iris").arguments.name == "iris"


def test_playground_looks_when_no_action_is_said() -> None:
    assert read("cli", "playground").arguments.action == "status"


def test_target_lists_when_no_action_is_said() -> None:
    assert read("cli", "target").arguments.action == "list"


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("activations --limt 3", "--limit"),
        ("invoke iris a=1 --reslt", "--result"),
        ("--targt lab logs x", "--target"),
        ("playground strat", "start"),
    ],
)
def test_a_misspelt_option_or_choice_names_the_nearest(line: str, meant: str) -> None:
    with pytest.raises(InputError) as caught:
        parse("cli", line.split())
    assert caught.value.hint.startswith(f"Did you mean {meant}?\nUsage: jupyter faas ")


def test_unknown_verb_names_the_nearest() -> None:
    with pytest.raises(InputError, match="Unknown command 'deplyo'") as caught:
        parse("magic", ["deplyo", "iris"])
    assert caught.value.hint == f"Did you mean deploy? Verbs: {', '.join(OF_SURFACE['magic'])}."


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("invoke", "The following arguments are required: NAME."),
        ("debug", "The following arguments are required: ID."),
        ("activations --limit many", "Argument --limit: must be a whole number, not 'many'."),
        ("activations --lim 3", "Unrecognized arguments: --lim."),
        ("remove a b", "Unrecognized arguments: b."),
        ("playground restart", "invalid choice: 'restart'"),
    ],
)
def test_words_that_do_not_fit_give_the_usage(line: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse("magic", line.split())
    assert message in caught.value.message
    assert f"Usage: %faas {line.split()[0]} [-h]" in caught.value.hint


def test_parser_of_a_verb_never_exits() -> None:
    for verb in VERBS:
        with pytest.raises(InputError):
            verb_parser(verb, "magic").parse_args(["--no-such-option", "a", "b", "c"])


def test_outcome_gives_its_json() -> None:
    assert Outcome(object(), {"a": 1}).to_json() == {"a": 1}
