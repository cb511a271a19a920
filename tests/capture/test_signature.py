from __future__ import annotations

import ast
from typing import Any, TypedDict

import pytest

from jupyter_faas.capture.signature import Signature, find_handler, read_signature
from jupyter_faas.errors import CaptureError


def signature_of(source: str, action: str = "iris", **namespace: Any) -> Signature:
    exec(source, namespace)
    return read_signature(find_handler(ast.parse(source), action), action, namespace)


@pytest.mark.parametrize(
    ("source", "action", "expected"),
    [
        ("def a(): ...\ndef iris(): ...\ndef main(): ...", "iris", "iris"),
        ("def a(): ...\ndef main(): ...\ndef handler(): ...", "iris", "main"),
        ("def a(): ...\ndef handler(): ...", "iris", "handler"),
        ("def _help(): ...\ndef anything(): ...", "iris", "anything"),
        ("def my_action(): ...\ndef other(): ...", "my-action", "my_action"),
        ("def my_action(): ...\ndef other(): ...", "package/my action", "my_action"),
        ("iris = lambda x: x\ndef other(): ...", "iris", "iris"),
        ("async def iris(): ...\ndef other(): ...", "iris", "iris"),
        ("if True:\n    def iris(): ...\nelse:\n    def iris(): ...", "iris", "iris"),
        ("class Model:\n    def predict(self): ...\ndef run(): ...", "iris", "run"),
    ],
)
def test_handler_is_chosen_by_its_name(source: str, action: str, expected: str) -> None:
    assert find_handler(ast.parse(source), action).name == expected


def test_last_definition_of_a_name_counts() -> None:
    assert find_handler(ast.parse("def f(): ...\ndef f(a): ..."), "f").line == 2


def test_several_candidates_are_listed() -> None:
    with pytest.raises(CaptureError, match=r"first \(line 1\), second \(line 2\)") as caught:
        find_handler(ast.parse("def first(): ...\ndef second(): ..."), "iris")
    assert "To deploy second, rename it to iris." in caught.value.hint


@pytest.mark.parametrize("source", ["x = 1", "def _only(): ...", "class A: ..."])
def test_cell_without_a_function_is_refused(source: str) -> None:
    with pytest.raises(
        CaptureError, match="does not define a function that can be deployed"
    ) as caught:
        find_handler(ast.parse(source), "my-action")
    assert "def my_action(" in caught.value.hint


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("def iris(a: float, b: int = 3) -> dict: ...", "iris(a: float, b: int = 3) -> dict"),
        (
            "def main(a, b=3, *, c: str='x', **rest: int): ...",
            "iris(a, b=3, *, c: str = 'x', **rest: int)",
        ),
        ("def iris(): ...", "iris()"),
        ("iris = lambda x: x", "iris(x)"),
    ],
)
def test_text_shows_the_parameters_under_the_actions_name(source: str, text: str) -> None:
    assert signature_of(source).text == text


def test_schema_lists_parameters_in_order_with_types_and_defaults() -> None:
    signature = signature_of(
        "from typing import Literal\n"
        "def iris(b: float, a, n: int = 3, unit: Literal['cm', 'in'] = 'cm', note: str = None,\n"
        "         *, xs: list[float], odd=object(), **rest): ..."
    )
    assert signature.parameter_style == "named"
    assert signature.schema == {
        "type": "object",
        "properties": {
            "b": {"type": "number"},
            "a": {},
            "n": {"type": "integer", "default": 3},
            "unit": {"enum": ["cm", "in"], "default": "cm"},
            "note": {"type": ["string", "null"], "default": None},
            "xs": {"type": "array", "items": {"type": "number"}},
            "odd": {},
        },
        "required": ["b", "a", "xs"],
        "additionalProperties": True,
        "x-faas-boxed": True,
    }
    assert list(signature.schema["properties"]) == ["b", "a", "n", "unit", "note", "xs", "odd"]


def test_typed_keywords_give_the_type_of_other_parameters() -> None:
    schema = signature_of("def iris(**weights: float): ...").schema
    assert schema["additionalProperties"] == {"type": "number"}


def test_default_is_the_live_functions() -> None:
    source = "LIMIT = 7\ndef iris(n: int = LIMIT): ...\nLIMIT = 9"
    assert signature_of(source).schema["properties"]["n"]["default"] == 7


@pytest.mark.parametrize("name", ["params", "args", "event"])
@pytest.mark.parametrize(
    "annotation", ["", ": dict", ": dict[str, float]", ": 'dict' = {}", "=None"]
)
def test_one_parameter_of_that_name_takes_the_whole_dictionary(name: str, annotation: str) -> None:
    signature = signature_of(f"def iris({name}{annotation}): ...")
    assert signature.parameter_style == "dictionary"
    assert signature.schema["type"] == "object"
    assert "properties" not in signature.schema


@pytest.mark.parametrize(
    "parameters", ["args: list[float]", "params, x", "event: str", "params, **others", "value"]
)
def test_other_parameters_are_named(parameters: str) -> None:
    assert signature_of(f"def iris({parameters}): ...").parameter_style == "named"


@pytest.mark.parametrize(
    ("annotation", "schema"),
    [
        ("Rows", {"type": "array", "items": {"type": "number"}}),
        ("'Rows'", {"type": "array", "items": {"type": "number"}}),
        ("'Later'", {}),
        ("'in centimetres'", {}),
    ],
)
def test_annotations_mean_what_the_notebook_says(annotation: str, schema: dict[str, Any]) -> None:
    signature = signature_of(f"def iris(x: {annotation}): ...", Rows=list[float])
    assert signature.schema["properties"]["x"] == schema


def test_future_annotations_are_read_all_the_same() -> None:
    source = "from __future__ import annotations\ndef iris(x: float | None): ..."
    assert signature_of(source).schema["properties"]["x"] == {"type": ["number", "null"]}


@pytest.mark.parametrize(
    ("source", "words", "hint"),
    [
        ("def iris(*xs): ...", r"iris takes \*xs \(line 1\)", "xs: list"),
        ("def iris(a, /, b): ...", "positional-only parameters", "/"),
        ("def iris():\n    yield 1", "iris is a generator", "return the list"),
        (
            "import re\ndef iris(x: re.Pattern): ...",
            r"x of iris \(line 2\) is annotated as Pattern, which cannot be created from JSON data",
            "x = re.compile(x)",
        ),
        ("def iris(x: bytes): ...", "is annotated as bytes", "x = bytes(x.encode())"),
    ],
)
def test_handlers_that_json_cannot_call_are_refused(source: str, words: str, hint: str) -> None:
    with pytest.raises(CaptureError, match=words) as caught:
        signature_of(source)
    assert hint in caught.value.hint


def test_inner_generator_is_no_reason_to_refuse() -> None:
    assert (
        signature_of("def iris():\n    def rows():\n        yield 1\n    return {}").text
        == "iris()"
    )


def test_docstring_describes_the_parameters() -> None:
    source = 'def iris(x: int, y):\n    """Do.\n\n    Args:\n        x: how many\n    """'
    properties = signature_of(source).schema["properties"]
    assert properties == {"x": {"type": "integer", "description": "how many"}, "y": {}}


def test_schema_says_that_objects_are_made_and_with_which_libraries_and_classes() -> None:
    source = (
        "import pandas, enum\nclass Colour(enum.Enum):\n    RED = 'red'\n"
        "def iris(df: pandas.DataFrame, colour: Colour = Colour.RED): ...\n"
    )
    signature = signature_of(source, __name__="__main__")
    assert signature.schema["x-faas-typed"] is True
    assert signature.schema["properties"]["colour"]["default"] == "red"
    assert signature.libraries == {"pandas": "df"}
    assert signature.classes == {"Colour"}


def test_parameter_of_a_class_is_named_even_if_it_is_called_params() -> None:
    source = (
        "from dataclasses import dataclass\n@dataclass\nclass Order:\n    n: int\n"
        "def iris(params: Order): ...\n"
    )
    assert signature_of(source, __name__="__main__").parameter_style == "named"


@pytest.mark.parametrize(
    ("docstring", "doc"),
    [
        ('"""Name the\n    species.\n\n    More."""', "Name the species."),
        ("return {}", ""),
    ],
)
def test_doc_is_the_first_paragraph(docstring: str, doc: str) -> None:
    assert signature_of(f"def iris():\n    {docstring}\n").doc == doc


@pytest.mark.parametrize(
    ("annotation", "schema"),
    [
        ("dict[str, float]", {"type": "object", "additionalProperties": {"type": "number"}}),
        (
            "Answer",
            {
                "type": "object",
                "properties": {"species": {"type": "string"}},
                "required": ["species"],
            },
        ),
        ("'dict[str, int]'", {"type": "object", "additionalProperties": {"type": "integer"}}),
    ],
)
def test_annotated_result_is_told(annotation: str, schema: dict[str, Any]) -> None:
    class Answer(TypedDict):
        species: str

    signature = signature_of(f"def iris(x: float) -> {annotation}: ...", Answer=Answer)
    assert signature.schema["x-faas-result"] == schema
    assert "x-faas-boxed" not in signature.schema


@pytest.mark.parametrize("tail", ["", " -> dict", " -> 'whatever it is'", " -> complex"])
def test_result_of_unknown_keys_is_not_told(tail: str) -> None:
    assert "x-faas-result" not in signature_of(f"def iris(x: float){tail}: ...").schema
