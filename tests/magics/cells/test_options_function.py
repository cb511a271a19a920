from __future__ import annotations

import pytest

from jupyter_faas.errors import InputError, NameNotAllowed
from jupyter_faas.magics.cells.options import parse_function_line
from jupyter_faas.whisk.inputs import KeepInputs
from jupyter_faas.workspace.options import FunctionOptions


def options(line: str) -> FunctionOptions:
    found = parse_function_line(line)
    assert isinstance(found, FunctionOptions)
    return found


def test_a_name_alone_takes_the_defaults() -> None:
    assert options("iris") == FunctionOptions("iris")


def test_every_option_is_read() -> None:
    line = (
        'iris --sample df[["a b"]] --memory 512 --timeout 500ms --param host=db --param port=5432 '
        "--annotation web-export=true --kind python:3.11 --include data/x.csv --include lib "
        "--accept-parity --model-format skops --trust mine.Step --trust a.b.C "
        "--package models --web --deploy"
    )
    assert options(line) == FunctionOptions(
        name="iris",
        sample_expression='df[["a b"]]',
        memory_mb=512,
        timeout_ms=500,
        parameters={"host": "db", "port": 5432},
        annotations={"web-export": True},
        kind="python:3.11",
        includes=("data/x.csv", "lib"),
        accept_parity=True,
        model_format="skops",
        trust=("mine.Step", "a.b.C"),
        package="models",
        web=True,
        deploy=True,
    )


@pytest.mark.parametrize(
    ("line", "web", "open_to_pages"),
    [
        ("iris --web", True, None),
        ("--web iris", True, None),
        ("--web iris --web", True, None),
        ("iris --web open", "open", True),
        ("iris --web=open", "open", True),
        ("--web open iris", "open", True),
        ("iris --web --deploy", True, None),
        ("iris", False, None),
    ],
)
def test_a_web_action_may_be_open_to_all_pages(
    line: str, web: bool | str, open_to_pages: bool | None
) -> None:
    found = options(line)
    assert found.web == web
    assert found.all_annotations.get("web-open") is open_to_pages
    assert found.all_annotations.get("web-export") is (True if web else None)


def test_a_word_that_web_does_not_take_is_named() -> None:
    with pytest.raises(InputError, match="--web: the value must be open, or omitted"):
        options("iris --web=closed")


@pytest.mark.parametrize(
    ("text", "ms"), [("30", 30_000), ("30s", 30_000), ("500ms", 500), ("2m", 120_000)]
)
def test_bare_durations_are_seconds(text: str, ms: int) -> None:
    assert options(f"iris --timeout {text}").timeout_ms == ms


@pytest.mark.parametrize(
    ("line", "sample"),
    [
        ("iris --sample X", "X"),
        ("--sample X iris", "X"),
        ("iris --sample=X.head(5)", "X.head(5)"),
        ('iris --sample "X + 1" --deploy', "X + 1"),
        ("iris --sample -X", "-X"),
        ("iris --sample X[X[:, 0] == 1]", "X[X[:, 0] == 1]"),
    ],
    ids=["name", "first", "equals", "quoted", "minus", "comparison"],
)
def test_sample_keeps_its_expression_whole(line: str, sample: str) -> None:
    found = options(line)
    assert (found.name, found.sample_expression) == ("iris", sample)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "required: NAME"),
        ("iris --memery 5", "unrecognized arguments: --memery 5"),
        ("iris --memory lots", "must be a whole number, not 'lots'"),
        ("iris --timeout soon", "'soon' is not a timeout"),
        ("iris --sample", "expected one argument"),
        ("iris --param host", "'host' is not key=value"),
        ("iris extra words", "unrecognized arguments: extra words"),
    ],
    ids=["no-name", "option", "memory", "timeout", "sample", "param", "words"],
)
def test_a_line_that_is_not_understood_says_why(line: str, message: str) -> None:
    with pytest.raises(InputError, match=f"(?i){message}") as caught:
        parse_function_line(line)
    assert caught.value.hint


def test_a_misspelt_option_names_the_nearest() -> None:
    with pytest.raises(InputError, match="--memroy") as caught:
        parse_function_line("iris --memroy 512")
    assert caught.value.hint.startswith("Did you mean --memory?\nUsage: %%function ")


def test_a_watched_function_is_not_deployed_under_its_own_name() -> None:
    with pytest.raises(InputError, match="--deploy and --watch cannot be combined") as caught:
        parse_function_line("iris --watch --deploy")
    assert "%faas deploy iris" in caught.value.hint


def test_a_wrong_line_shows_the_usage() -> None:
    with pytest.raises(InputError) as caught:
        parse_function_line("")
    assert caught.value.hint.startswith("Usage: %%function [-h]")


def test_a_name_that_openwhisk_does_not_take_is_refused() -> None:
    with pytest.raises(NameNotAllowed, match="a/b"):
        parse_function_line("a/b")


def test_help_is_returned_as_text() -> None:
    text = parse_function_line("--help")
    assert isinstance(text, str)
    assert "--accept-parity" in text


def test_an_expectation_belongs_to_the_test_before_it() -> None:
    line = """double --test '{"n": 1}' --test "dict(n=2)" --expect '{"m": 4}' --test={"n":-3}"""
    wanted = (('{"n": 1}', None), ("dict(n=2)", '{"m": 4}'), ('{"n":-3}', None))
    assert options(line).test_expressions == wanted


@pytest.mark.parametrize(
    "line",
    ["double --expect '{}'", "double --test '{}' --expect '{}' --expect '{}'"],
    ids=["without a test", "twice"],
)
def test_an_expectation_without_its_own_test_is_refused(line: str) -> None:
    with pytest.raises(InputError, match="--expect must follow --test, and only once for each"):
        parse_function_line(line)


def test_the_clean_room_run_is_there_unless_it_is_not_wanted() -> None:
    assert options("double").clean_room
    assert not options("double --no-clean-room").clean_room


def test_a_package_is_part_of_the_path() -> None:
    assert options("iris").path == "iris"
    assert options('iris --package "my models"').path == "my models/iris"


def test_a_name_that_openwhisk_does_not_allow_is_the_variable() -> None:
    found = options("größe --package bücher")
    assert (found.path, found.variable) == ("bucher/grosse", "größe")
    assert options("iris").variable == ""


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("iris --package default", "Leave --package out"),
        ("iris --package a/b", "--package a_b"),
        ("iris --package ''", "Leave --package out"),
        ("models/iris", "Write %%function iris --package models"),
        ("größe$", "Write %%function grosse_"),
    ],
    ids=["reserved", "nested", "empty", "path for a name", "a sign"],
)
def test_a_bad_name_is_refused_with_the_way_out(line: str, hint: str) -> None:
    with pytest.raises(NameNotAllowed, match="is not a valid name for a") as refused:
        options(line)
    assert hint in refused.value.hint


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        (
            "iris --model-format onnx --trust a.B",
            "--trust is only for estimators",
            "Leave --trust out",
        ),
        (
            "iris --model-format skops --trust B",
            "--trust B is not the full name of a type",
            "Leave --trust B out",
        ),
        (
            "iris --model-format skops --trust a.<lambda>",
            "is not the full name of a type",
            "Leave --trust a.<lambda> out",
        ),
        ("iris --model-format pickle", "invalid choice: 'pickle'", "auto|onnx|skops"),
    ],
)
def test_a_model_format_or_trust_that_does_not_fit_is_refused(
    line: str, message: str, hint: str
) -> None:
    with pytest.raises(InputError, match=message) as refused:
        parse_function_line(line)
    assert hint in refused.value.hint


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("iris --keep-inputs", KeepInputs()),
        ("iris --keep-inputs 0", KeepInputs(0)),
        ("iris --keep-inputs 5 --redact name", KeepInputs(5, ("name",))),
        ("iris --redact name", KeepInputs(redact=("name",), hides_secrets=True)),
    ],
)
def test_inputs_are_kept_as_the_line_says(line: str, rule: KeepInputs) -> None:
    assert options(line).keep_inputs == rule
