from __future__ import annotations

import ast
import asyncio
import dataclasses
import enum
import math
import shutil
import subprocess
import sys
from collections import OrderedDict, namedtuple
from importlib import resources
from pathlib import Path
from typing import Any

import numpy
import pytest

from jupyter_faas.bundle import CONDUCTOR, GLUE, OBJECTS
from jupyter_faas.workspace.local.function import load_action_main
from tests.capture.helpers.notebook import Notebook
from tests.shipped.helpers.packages import launch, write_package

# As the notebook's own calls load it: from its text, with no package around.
MAIN: Any = load_action_main()
NUMBER, INTEGER, STRING = {"type": "number"}, {"type": "integer"}, {"type": "string"}


def spec(properties: dict[str, Any], *required: str, **more: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "required": list(required), **more}
    return {"name": "iris", "parameter_style": "named", "schema": schema}


# Parameters


@pytest.mark.parametrize(
    ("schema", "given", "bound"),
    [
        (NUMBER, 5.1, 5.1),
        (NUMBER, 5, 5.0),
        (INTEGER, 5, 5),
        (INTEGER, 5.0, 5),
        (STRING, "5.1", "5.1"),
        ({"type": "boolean"}, True, True),
        ({"type": "null"}, None, None),
        ({"type": ["number", "null"]}, None, None),
        ({"type": ["number", "null"]}, 3, 3.0),
        ({"type": ["integer", "number"]}, 3, 3),
        ({"type": ["number", "integer"]}, 3, 3),
        ({"type": ["integer", "number"]}, 3.0, 3.0),
        ({"type": "array"}, [1, "x"], [1, "x"]),
        ({"type": "array", "items": NUMBER}, [1, 2.5], [1.0, 2.5]),
        ({"type": "array", "items": {"type": "array", "items": INTEGER}}, [[1], []], [[1], []]),
        ({"type": "object"}, {"a": [1]}, {"a": [1]}),
        ({"type": "object", "additionalProperties": NUMBER}, {"a": 1}, {"a": 1.0}),
        ({"type": "object", "properties": {"a": NUMBER}}, {"a": 1, "b": "x"}, {"a": 1.0, "b": "x"}),
        ({"enum": ["cm", 1, True]}, "cm", "cm"),
        ({"enum": ["cm", 1]}, 1, 1),
        ({"anyOf": [{"type": "array", "items": INTEGER}, INTEGER]}, [1], [1]),
        ({"anyOf": [{"type": "array", "items": INTEGER}, INTEGER]}, 7, 7),
        ({}, {"any": None}, {"any": None}),
        ({"default": 3}, "x", "x"),
    ],
    ids=str,
)
def test_parameter_of_its_type_is_bound(schema: dict[str, Any], given: Any, bound: Any) -> None:
    args, kwargs = MAIN.bind(spec({"p": schema}, "p"), {"p": given})
    assert args == ()
    assert kwargs == {"p": bound}
    assert type(kwargs["p"]) is type(bound)


@pytest.mark.parametrize(
    ("schema", "given", "words"),
    [
        (NUMBER, "5.1", 'p must be a number, not the string "5.1"'),
        (NUMBER, True, "p must be a number, not true"),
        (NUMBER, None, "p must be a number, not null"),
        (NUMBER, [1], "p must be a number, not a list"),
        (NUMBER, {}, "p must be a number, not a dictionary"),
        (NUMBER, math.nan, "p is NaN, which JSON does not support"),
        (NUMBER, -math.inf, "p is -infinity, which JSON does not support"),
        (NUMBER, 10**400, "p is too large for a float"),
        (INTEGER, 5.5, "p must be a whole number, not 5.5"),
        (INTEGER, False, "p must be a whole number, not false"),
        (STRING, 5, "p must be a string, not 5"),
        ({"type": "boolean"}, 1, "p must be true or false, not 1"),
        ({"type": ["number", "null"]}, "x", 'p must be a number or null, not the string "x"'),
        ({"type": "array", "items": NUMBER}, 3, "p must be a list of numbers, not 3"),
        ({"type": "array", "items": NUMBER}, [1, "x"], 'p[1] must be a number, not the string "x"'),
        ({"type": "object", "additionalProperties": NUMBER}, {"a b": ""}, "p['a b'] must be a num"),
        ({"type": "object", "properties": {"a": NUMBER}}, {"a": "x"}, "p.a must be a number"),
        (
            {"type": "object", "properties": {"a": NUMBER}, "required": ["a"]},
            {},
            "p.a (a number) is missing",
        ),
        (
            {"type": "array", "items": {"type": "array", "items": {"type": ["integer", "null"]}}},
            {},
            "p must be a list of lists of whole numbers or nulls, not a dictionary",
        ),
        ({"enum": ["cm", "in"]}, "m", 'p must be one of "cm", "in", not the string "m"'),
        ({"enum": [1]}, True, "p must be 1, not true"),
        ({"anyOf": [{"type": "array"}, NUMBER]}, "x", "p must be a list or a number, not the str"),
    ],
    ids=str,
)
def test_parameter_of_another_type_is_refused_by_name(
    schema: dict[str, Any], given: Any, words: str
) -> None:
    with pytest.raises(MAIN.ParametersRejected) as caught:
        MAIN.bind(spec({"p": schema}, "p"), {"p": given})
    assert str(caught.value).startswith(words)
    assert isinstance(caught.value, ValueError)


def test_long_value_is_shown_cut() -> None:
    with pytest.raises(MAIN.ParametersRejected) as caught:
        MAIN.bind(spec({"p": NUMBER}), {"p": "x" * 10_000})
    assert len(str(caught.value)) < 120


def test_absent_optional_parameter_is_left_to_the_function() -> None:
    assert MAIN.bind(spec({"a": NUMBER, "b": NUMBER}, "a"), {"a": 1}) == ((), {"a": 1.0})


def test_unknown_parameters_are_ignored() -> None:
    assert MAIN.bind(spec({"a": NUMBER}, "a"), {"a": 1, "__ow_method": "get"}) == ((), {"a": 1.0})


def test_missing_parameters_are_named_with_what_was_given_instead() -> None:
    properties = {"sepal_length": NUMBER, "name": STRING, "n": INTEGER, "m": INTEGER}
    wanted = spec(properties, "sepal_length", "name", "n")
    with pytest.raises(MAIN.ParametersRejected) as caught:
        MAIN.bind(wanted, {"sepal_lenght": 1, "__ow_headers": {}, "other": 2})
    assert str(caught.value) == (
        "iris needs sepal_length (a number), name (a string) and n (a whole number). Unknown "
        "parameters: sepal_lenght, other. Did you mean sepal_length instead of sepal_lenght?"
    )


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(MAIN.ParametersRejected) as caught:
        MAIN.bind(spec({"a": NUMBER, "b": NUMBER, "c": STRING}, "a", "b"), {"a": "x", "c": 1})
    assert str(caught.value) == (
        'iris needs b (a number); a must be a number, not the string "x"; c must be a string, not 1'
    )


def test_keyword_function_receives_unknown_parameters() -> None:
    wanted = spec({"a": NUMBER}, "a", additionalProperties=True)
    assert MAIN.bind(wanted, {"a": 1, "b": "x"}) == ((), {"a": 1.0, "b": "x"})


def test_typed_keywords_are_checked_but_for_openwhisks_own() -> None:
    wanted = spec({}, additionalProperties=NUMBER)
    assert MAIN.bind(wanted, {"a": 1, "__ow_path": "/"}) == ((), {"a": 1.0, "__ow_path": "/"})
    with pytest.raises(MAIN.ParametersRejected, match="b must be a number"):
        MAIN.bind(wanted, {"b": "x"})


def test_dictionary_function_receives_the_dictionary_itself() -> None:
    params = {"a": "x"}
    args, kwargs = MAIN.bind({"name": "f", "parameter_style": "dictionary", "schema": {}}, params)
    assert args[0] is params
    assert kwargs == {}


@pytest.mark.parametrize("params", [None, [1], "x", 3])
def test_parameters_that_are_no_dictionary_are_refused(params: Any) -> None:
    with pytest.raises(MAIN.ParametersRejected, match="iris needs named parameters, not"):
        MAIN.bind(spec({}), params)


# Web requests, whose queries and forms hold text alone


def web(schema: dict[str, Any], text: object) -> Any:
    """What the parameter ``x`` becomes when it came over the web."""
    args, named = MAIN.bind(spec({"x": schema}), {"x": text, "__ow_method": "get"})
    assert args == ()
    return named["x"]


BOOLEAN, LIST = {"type": "boolean"}, {"type": "array", "items": NUMBER}
OPTIONAL = {"anyOf": [NUMBER, {"type": "null"}]}


@pytest.mark.parametrize(
    ("schema", "text", "read"),
    [
        (NUMBER, "5.1", 5.1),
        (NUMBER, "5", 5.0),
        (NUMBER, "-.5e-3", -0.0005),
        (NUMBER, "+5.", 5.0),
        (INTEGER, "5", 5),
        (INTEGER, "5.0", 5),
        (INTEGER, "007", 7),
        (BOOLEAN, "true", True),
        (BOOLEAN, "No", False),
        (BOOLEAN, "on", True),
        (BOOLEAN, "0", False),
        (OPTIONAL, "2", 2.0),
        (OPTIONAL, "", None),
        ({"type": ["integer", "null"]}, "2", 2),
        ({"enum": [1, 2]}, "2", 2),
        (LIST, "[1, 2.5]", [1.0, 2.5]),
        ({"type": "object"}, '{"a": 1}', {"a": 1}),
        ({"anyOf": [BOOLEAN, INTEGER]}, "1", 1),
    ],
)
def test_text_of_a_web_request_is_read_as_what_is_meant(
    schema: dict[str, Any], text: str, read: Any
) -> None:
    assert repr(web(schema, text)) == repr(read)


@pytest.mark.parametrize(
    "schema",
    [STRING, {}, {"anyOf": [NUMBER, STRING]}, {"enum": [5, "5"]}, {"type": ["number", "string"]}],
    ids=["string", "any", "or string", "choice", "types"],
)
def test_text_of_a_web_request_stays_where_text_fits(schema: dict[str, Any]) -> None:
    assert web(schema, "5") == "5"


@pytest.mark.parametrize(
    ("schema", "text", "words"),
    [
        (NUMBER, "5.1x", 'x must be a number, not the string "5.1x"'),
        (NUMBER, "", 'x must be a number, not the string ""'),
        (NUMBER, "nan", 'x must be a number, not the string "nan"'),
        (NUMBER, "1e999", 'x must be a number, not the string "1e999"'),
        (NUMBER, "1_000", 'x must be a number, not the string "1_000"'),
        (NUMBER, "٣", 'x must be a number, not the string "٣"'),
        (NUMBER, "[1]", 'x must be a number, not the string "[1]"'),
        (INTEGER, "5.1", 'x must be a whole number, not the string "5.1"'),
        (INTEGER, "true", 'x must be a whole number, not the string "true"'),
        (INTEGER, "9" * 5000, f'x must be a whole number, not the string "{"9" * 60}"'),
        (BOOLEAN, "2", 'x must be true or false, not the string "2"'),
        (BOOLEAN, "maybe", 'x must be true or false, not the string "maybe"'),
        (LIST, "[1, 2", 'x must be a list of numbers, not the string "[1, 2"'),
        (LIST, '["1"]', "x must be a list of numbers, not the string"),
        (LIST, "[" * 100_000, "x must be a list of numbers, not the string"),
        ({"enum": [1, 2]}, "3", 'x must be one of 1, 2, not the string "3"'),
    ],
)
def test_text_of_a_web_request_that_is_something_else_is_refused_by_name(
    schema: dict[str, Any], text: str, words: str
) -> None:
    with pytest.raises(MAIN.ParametersRejected) as refused:
        web(schema, text)
    assert str(refused.value).startswith(words)


def test_other_values_of_a_web_request_are_as_strict_as_ever() -> None:
    assert web(NUMBER, 5) == 5.0
    with pytest.raises(MAIN.ParametersRejected, match="x must be true or false, not 1"):
        web(BOOLEAN, 1)


def test_text_is_not_read_without_a_web_request() -> None:
    with pytest.raises(MAIN.ParametersRejected, match="x must be a number, not the string"):
        MAIN.bind(spec({"x": NUMBER}), {"x": "5.1"})


def test_typed_keywords_of_a_web_request_are_read_too() -> None:
    wanted = spec({}, additionalProperties=NUMBER)
    given = {"x": "1.5", "__ow_method": "get", "__ow_path": "7"}
    assert MAIN.bind(wanted, given) == ((), {"x": 1.5, "__ow_method": "get", "__ow_path": "7"})


# Results


class Colour(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    LOW = 1


class Text(str):
    __slots__ = ()


@dataclasses.dataclass
class Box:
    width: int
    labels: tuple[str, ...]


Point = namedtuple("Point", "x y")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (3, 3),
        (2.5, 2.5),
        ("é\n", "é\n"),
        ((1, (2,)), [1, [2]]),
        (Point(1, 2), [1, 2]),
        ({"a": {"b": [1]}}, {"a": {"b": [1]}}),
        ({1: "a", numpy.int64(2): "b"}, {"1": "a", "2": "b"}),
        ({numpy.str_("x"): 1, Text("y"): 2, Colour.RED: 3}, {"x": 1, "y": 2, "red": 3}),
        (OrderedDict(a=1), {"a": 1}),
        (Colour.RED, "red"),
        (Level.LOW, 1),
        (Text("x"), "x"),
        (Box(1, ("a",)), {"width": 1, "labels": ["a"]}),
        (numpy.float64(0.5), 0.5),
        (numpy.float32(0.5), 0.5),
        (numpy.float16(0.5), 0.5),
        (numpy.longdouble(0.5), 0.5),
        (numpy.int8(-3), -3),
        (numpy.uint64(2**64 - 1), 2**64 - 1),
        (numpy.bool_(True), True),
        (numpy.str_("x"), "x"),
        (numpy.arange(3), [0, 1, 2]),
        (numpy.arange(4.0).reshape(2, 2), [[0.0, 1.0], [2.0, 3.0]]),
        (numpy.array(["a", "b"]), ["a", "b"]),
        (numpy.array(3.0), 3.0),
        (numpy.array([], dtype=float), []),
        (numpy.array([{"a": numpy.int64(1)}, None], dtype=object), [{"a": 1}, None]),
        (numpy.array([0.5], numpy.longdouble), [0.5]),
    ],
    ids=repr,
)
def test_value_becomes_json(value: Any, expected: Any) -> None:
    found = MAIN.to_json(value)
    assert found == expected
    assert _plain(found)


def _plain(value: Any) -> bool:
    if type(value) is dict:
        return all(type(key) is str and _plain(item) for key, item in value.items())
    if type(value) is list:
        return all(map(_plain, value))
    return type(value) in (str, int, float, bool, type(None))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (
            {"scores": [1.0, 2.0, 3.0, math.nan]},
            "result.scores[3] is NaN, which JSON does not support",
        ),
        ({"scores": numpy.array([1.0, math.inf])}, "result.scores[1] is infinity, which JSON does"),
        (
            {"m": numpy.array([[0, 1], [2, -math.inf]])},
            "result.m[1][1] is -infinity, which JSON do",
        ),
        ({"a b": numpy.float32("nan")}, "result['a b'] is NaN"),
        ({"x": [b"y"]}, "result.x[0] is a bytes, which JSON does not support: write base64"),
        ({"x": 1j}, "result.x is a complex, which JSON does not support"),
        ({"x": numpy.array([1j])}, "result.x[0] is a complex, which JSON does not support"),
        (
            {"x": (n for n in [1])},
            "result.x is a generator, which JSON does not support: write list",
        ),
        ({"x": object()}, "result.x is a object, which JSON does not support"),
        ({"x": {math.nan: 1}}, "result.x has a key that is a float: JSON keys must be strings"),
        ({"x": {None: 1}}, "result.x has a key that is a NoneType"),
        ({"x": {1: 1, "1": 2}}, "result.x has the key '1' twice"),
        ({"x": "\ud800"}, "result.x contains half of a surrogate pair"),
        ({"\ud800": 1}, "result contains half of a surrogate pair"),
        ({"p": Box(1, (b"x",))}, "result.p.labels[0] is a bytes"),  # type: ignore[arg-type]
        (math.nan, "result is NaN, which JSON does not support: return None or a finite number"),
        ([1.0, math.inf], "result[1] is infinity, which JSON does not support"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_result_that_json_does_not_have_is_refused_by_key(value: Any, words: str) -> None:
    with pytest.raises(MAIN.ResultRejected) as caught:
        MAIN.answer(value, "iris")
    assert str(caught.value).startswith(words)
    assert isinstance(caught.value, TypeError)


def test_result_that_contains_itself_is_refused() -> None:
    value: dict[str, Any] = {}
    value["self"] = [value]
    with pytest.raises(MAIN.ResultRejected, match="nested too deeply, or contains itself"):
        MAIN.answer(value, "iris")


def test_error_in_a_result_passes_through() -> None:
    assert MAIN.answer({"error": "no such flower"}, "iris") == {"error": "no such flower"}


def test_async_function_is_awaited() -> None:
    async def iris(x: float) -> dict[str, float]:
        return {"y": x}

    assert MAIN.call(iris, spec({"x": NUMBER}, "x"), {"x": 1}) == {"y": 1.0}


def test_async_function_is_awaited_inside_a_running_loop() -> None:
    async def iris() -> dict[str, int]:
        return {"y": 1}

    async def cell() -> Any:
        return MAIN.call(iris, spec({}), {})

    assert asyncio.run(cell()) == {"y": 1}


def test_loaded_without_a_package_it_has_no_action() -> None:
    with pytest.raises(RuntimeError, match=r"no manifest\.json"):
        MAIN.main({})


# Packages


BODY = """
from dataclasses import dataclass
import typing

@dataclass
class Answer:
    y: "float"
    kind: typing.ClassVar[str] = "answer"

def iris(x: float, n: int = 2, unit: typing.Literal["cm", "in"] = "cm"):
    print("called")
    if x < 0:
        raise KeyError("negative")
    return {"y": Answer(helper(x) * n * FACTORS[0]), "unit": unit, "total": X.sum() + tol}
""".lstrip()


@pytest.fixture
def notebook() -> Notebook:
    notebook = Notebook()
    notebook.run(
        "import numpy as np\nFACTORS = [10, {'é'}]\nX = np.arange(4)\ntol = np.float64(0.5)"
    )
    notebook.run("def base(x):\n    return x + 1\n\ndef helper(x, f=base):\n    return f(x)")
    return notebook


def test_package_answers_as_the_notebook_does(notebook: Notebook, tmp_path: Path) -> None:
    folder = write_package(tmp_path / "action", BODY, notebook=notebook)
    calls: list[dict[str, Any]] = [{"x": 1}, {"x": 0.5, "n": 3, "unit": "in", "more": 1}]
    answers, logs = launch(folder, calls)
    manifest = MAIN.load(str(folder))[1]
    here = [MAIN.call(notebook.namespace["iris"], manifest, dict(call)) for call in calls]
    assert answers == here
    assert answers[0] == {"y": {"y": 40.0}, "unit": "cm", "total": 6.5}
    assert logs.count("called") == 2


def test_wrong_calls_answer_with_an_error_and_the_next_one_is_right(
    notebook: Notebook, tmp_path: Path
) -> None:
    folder = write_package(tmp_path / "action", BODY, notebook=notebook)
    answers, logs = launch(folder, [{}, {"x": "1"}, {"x": -1}, {"x": 1}])
    assert answers[:3] == [
        {"error": "iris needs x (a number)"},
        {"error": 'x must be a number, not the string "1"'},
        {"error": "'negative'"},
    ]
    assert "y" in answers[3]
    # The traceback names the cell's own line, with its text.
    assert 'function.py", line 13, in iris' in logs
    assert 'raise KeyError("negative")' in logs


def test_rejected_call_is_an_answer_without_a_traceback(tmp_path: Path) -> None:
    body = "def iris(x: float):\n    return {'y': b'x'}"
    answers, logs = launch(write_package(tmp_path, body), [{}, {"x": 1}])
    assert answers[0] == {"error": "iris needs x (a number)"}
    assert list(answers[1]) == ["error"]
    assert logs == ""


def test_rejected_web_request_is_answered_with_a_status(tmp_path: Path) -> None:
    folder = write_package(tmp_path, "def iris(x: float):\n    return {'x': x}")
    answers, logs = launch(folder, [{"x": "1.5", "__ow_method": "get"}, {"__ow_method": "post"}])
    body = {"error": "iris needs x (a number)"}
    assert answers == [{"x": 1.5}, {"error": {"statusCode": 400, "body": body}}]
    assert logs == ""


# DigitalOcean Functions adds this one parameter to web requests, and no ``__ow_…``.
HTTP = {"headers": {"host": "faas.example"}, "method": "GET", "path": "", "queryString": "x=1.5"}


def test_a_query_at_digitalocean_is_text_that_is_read_as_the_type(tmp_path: Path) -> None:
    folder = write_package(tmp_path, "def iris(x: float):\n    return {'x': x}")
    answers, logs = launch(folder, [{"x": "1.5", "http": HTTP}, {"http": HTTP}])
    body = {"error": "iris needs x (a number)"}
    assert answers == [{"x": 1.5}, {"error": {"statusCode": 400, "body": body}}]
    assert logs == ""


def test_a_request_object_is_kept_among_other_keys() -> None:
    wanted = {**spec({"x": NUMBER}, "x")}
    wanted["schema"] = {**wanted["schema"], "additionalProperties": NUMBER}
    assert MAIN.bind(wanted, {"x": "1", "http": HTTP}) == ((), {"x": 1.0, "http": HTTP})


def test_a_parameter_of_that_name_is_the_user_s_own() -> None:
    wanted = spec({"http": {"type": "string"}}, "http")
    assert MAIN.bind(wanted, {"http": "on"}) == ((), {"http": "on"})
    assert not MAIN.is_web({"http": {"retries": 3}})


def test_traceback_in_the_logs_begins_in_the_cell_and_names_no_folder(tmp_path: Path) -> None:
    body = "def iris():\n    try:\n        {}['a']\n    except KeyError:\n        raise ValueError"
    answers, logs = launch(write_package(tmp_path, body), [{}])
    assert answers == [{"error": "ValueError"}]
    assert logs.splitlines()[1] == '  File "function.py", line 4, in iris'
    assert logs.splitlines()[-1] == "ValueError"
    assert "__main__" not in logs
    assert str(tmp_path) not in logs


def test_error_is_answered_when_standard_error_is_broken(tmp_path: Path) -> None:
    body = "import sys\ndef iris():\n    sys.stderr = None\n    raise ValueError('no')"
    answers, logs = launch(write_package(tmp_path, body), [{}, {}])
    assert answers == [{"error": "no"}] * 2
    assert "ValueError" in logs


def test_exhausted_memory_is_left_to_the_runtime(tmp_path: Path) -> None:
    # The runtime's words for it differ: the worker must end.
    folder = write_package(tmp_path, "def iris():\n    raise MemoryError")
    program = "import runpy\nrunpy.run_path('__main__.py')['main']({})"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, timeout=50
    )
    assert done.stderr.splitlines()[-1] == "MemoryError"
    assert done.returncode == 1


def test_logs_of_an_async_function_hold_its_own_error_alone(tmp_path: Path) -> None:
    body = "async def iris():\n    raise KeyError('gone')"
    answers, logs = launch(write_package(tmp_path, body), [{}])
    assert answers == [{"error": "'gone'"}]
    assert "another exception" not in logs


def test_package_runs_from_any_folder_and_as_a_script(notebook: Notebook, tmp_path: Path) -> None:
    folder = write_package(tmp_path / "action", BODY, notebook=notebook)
    program = (
        "import importlib.util, json\n"
        f"path = {str(folder / '__main__.py')!r}\n"
        "spec = importlib.util.spec_from_file_location('anything', path)\n"
        "module = importlib.util.module_from_spec(spec)\n"
        "spec.loader.exec_module(module)\n"
        "print(json.dumps(module.main({'x': 1})))\n"
    )
    for words in (["-c", program], [str(folder)], [str(folder / "__main__.py")]):
        done = subprocess.run(
            [sys.executable, *words], cwd=tmp_path, capture_output=True, text=True, timeout=50
        )
        assert done.returncode == 0, done.stderr


def test_cell_runs_once_per_container(tmp_path: Path) -> None:
    body = "import itertools\nCOUNT = itertools.count()\nprint('once')\n"
    body += "def iris():\n    return {'n': next(COUNT)}"
    answers, logs = launch(write_package(tmp_path, body), [{}, {}, {}])
    assert answers == [{"n": 0}, {"n": 1}, {"n": 2}]
    assert logs.count("once") == 1


PICKLING = "import pickle\ndef iris():\n    return {'n': len(pickle.dumps(iris)) > 0}"
READING = "def iris():\n    with open('manifest.json') as f:\n        return {'n': f.name}"


@pytest.mark.parametrize(
    ("body", "call", "answer"),
    [
        ("def main(params):\n    return {'got': params}", {"a": [1]}, {"got": {"a": [1]}}),
        ("def handler(**kw: int):\n    return kw", {"b": 2}, {"b": 2}),
        ("async def iris(x: float | None = None):\n    return {'x': x}", {}, {"x": None}),
        ("iris = lambda x: {'x': x}", {"x": "y"}, {"x": "y"}),
        ("def iris():\n    return {'error': 'no'}", {}, {"error": "no"}),
        ("def iris():\n    return {'v': float('nan')}", {}, None),
        (PICKLING, {}, {"n": True}),
        ("class A: pass\ndef iris():\n    return {'m': A.__module__}", {}, {"m": "function"}),
        ("def iris():\n    return {'m': __name__ == '__main__'}", {}, {"m": False}),
        (READING, {}, {"n": "manifest.json"}),
    ],
)
def test_handlers_of_every_kind_answer(
    body: str, call: dict[str, Any], answer: Any, tmp_path: Path
) -> None:
    (found,), _ = launch(write_package(tmp_path, body), [call])
    expected = answer or {
        "error": "result.v is NaN, which JSON does not support: return None or a finite number "
        "there"
    }
    assert found == expected


def test_future_annotations_of_an_earlier_cell_hold_for_the_cell_too(tmp_path: Path) -> None:
    notebook = Notebook()
    notebook.run("from __future__ import annotations\ndef helper(x: Nowhere): return x")
    body = "def iris(x: float, y: Nowhere = None):\n    return {'x': helper(x)}"
    (answer,), _ = launch(write_package(tmp_path, body, notebook=notebook), [{"x": 1}])
    assert answer == {"x": 1.0}


def test_included_modules_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    beside = tmp_path / "beside"
    (beside / "mypackage_here").mkdir(parents=True)
    (beside / "mypackage_here" / "__init__.py").write_text("from .part import N\n")
    (beside / "mypackage_here" / "part.py").write_text("N = 3\n")
    monkeypatch.syspath_prepend(beside)
    folder = write_package(
        tmp_path / "action",
        "import mypackage_here\ndef iris():\n    return {'n': mypackage_here.N}",
        root=beside,
        includes=[Path("mypackage_here")],
    )
    for name in [name for name in sys.modules if name.startswith("mypackage_here")]:
        del sys.modules[name]
    (answer,), _ = launch(folder, [{}])
    assert answer == {"n": 3}


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("def other(): ...", "function.py does not define a function iris"),
        ("def iris(: ...", "function.py, line 1, is not valid in Python"),
        ("1 / 0", 'function.py", line 1'),
    ],
)
def test_package_that_cannot_start_says_why(damage: str, words: str, tmp_path: Path) -> None:
    folder = write_package(tmp_path, "def iris():\n    return {}")
    (folder / "function.py").write_text(damage)
    answers, logs = launch(folder, [{}])
    assert answers == []
    assert words in logs


def test_loading_it_leaves_nothing_for_the_notebooks_own_imports() -> None:
    load_action_main()
    assert not GLUE.keys() & sys.modules.keys()


def test_errors_inside_the_results_own_walk_begin_with_the_users_frames(tmp_path: Path) -> None:
    body = (
        "from collections.abc import Mapping\n"
        "class Odd(Mapping):\n"
        "    def __len__(self): return 1\n"
        "    def __iter__(self): raise ValueError('odd')\n"
        "    def __getitem__(self, key): return key\n"
        "def iris():\n    return Odd()"
    )
    answers, logs = launch(write_package(tmp_path, body), [{}])
    assert answers == [{"error": "odd"}]
    assert "faas_results" not in logs
    assert "_object" not in logs


@pytest.mark.parametrize(
    "name",
    [
        *("action/action_main.py", "conductor/conductor_main.py"),
        *(*GLUE.values(), *CONDUCTOR.values(), *OBJECTS.values()),
    ],
)
def test_file_is_python_3_9(name: str) -> None:
    text = (resources.files("jupyter_faas") / "shipped" / name).read_text("utf-8")
    ast.parse(text, feature_version=(3, 9))
    allowed = {*sys.stdlib_module_names, *GLUE, *CONDUCTOR}
    # These are imported only where a parameter has such a type.
    allowed |= {"numpy", "pandas"} if name in OBJECTS.values() else set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            assert {alias.name.partition(".")[0] for alias in node.names} <= allowed
        elif isinstance(node, ast.ImportFrom):
            assert (node.module or "").partition(".")[0] in allowed


@pytest.mark.parametrize("version", ["3.9", "3.10", "3.12", "3.13", "3.14"])
def test_package_answers_under_other_pythons(version: str, tmp_path: Path) -> None:
    python = shutil.which(f"python{version}")
    if python is None or subprocess.run([python, "-c", ""], capture_output=True).returncode != 0:
        pytest.skip(f"Python {version} is not installed on this machine")
    folder = write_package(tmp_path, "def iris(x: float):\n    return {'y': [x, (1,)]}")
    answers, _ = launch(folder, [{"x": 1}, {"x": "1"}], python=python)
    assert answers == [{"y": [1.0, [1]]}, {"error": 'x must be a number, not the string "1"'}]
