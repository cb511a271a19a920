"""Token patterns as onnxruntime reads them, against the tokens that the vectorizer itself finds."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper
from sklearn.feature_extraction.text import CountVectorizer

from jupyter_faas.serialization.sklearn.token_patterns import token_expression, translate

TEXTS = [
    "It's a well-known e-mail: user_1@example.org, 3.14 and 1e5!",
    "naïve café Straße İstanbul ΣΑΣ привет 数据 科学 १२३ x² ½ ǅ nai\u0308ve",
    "ab abc abcd abcde a1 1a __ _a a_ --- ... 007",
    "tabs\tand\nnew\u00a0lines\u2003of every\u200bkind ",
    "",
]
# Patterns of public notebooks, with sequences of tokens.
EXACT = [
    r"\w+", r"\w{1,}", r"\w{2,}", r"(?u)\b\w+\b", r"\b\w+\b", r"\b(\w+)\b", r"(\w+)", r"\b\w{3,}\b",
    r"[a-zA-Z]+", r"[a-z]+", r"[a-zA-Z]{3,}", r"[a-zA-Z][a-zA-Z]+", r"[A-Za-z0-9_]+", r"[^\W\d_]+",
    r"\S+", r"[^\s]+", r"\d+", r"[a-z]{2,3}", r"[a-z][a-z0-9]*", r"[\w']+", r"[-\w]+", r"[]a]+",
]  # fmt: skip
# Patterns of whole words, which are right where single tokens are counted.
SINGLE = [
    r"(?u)\b[a-zA-Z]+\b", r"\b[a-zA-Z]{3,}\b", r"\b[^\d\W]+\b", r"(?u)\b[a-zA-Z]\w+\b",
    r"\b\w{3}\b", r"\b[a-z]{2,4}\b", r"\b([a-z]+)\b",
]  # fmt: skip
REFUSED = [
    r"[a-z]+|[0-9]", r"\w+?", r"\b[a-z]+", r"[a-z]+\b", r"[\w']+\b", r"\b[\w-]+\b", r"\w*",
    r"(a)(b)", r"(?a)\w+", r"(?i)[a-z]+", r"[a-z]+[0-9]+", r"\w+\s\w+", r".+", r"word", r"(?:\w)+",
    r"[a-", None,
]  # fmt: skip


def tokens(expression: str, text: str) -> list[str]:
    """What onnxruntime's tokenizer finds."""
    node = helper.make_node(
        "Tokenizer", ["X"], ["Y"], domain="com.microsoft", mark=False, mincharnum=1,
        pad_value="#", tokenexp=expression,
    )  # fmt: skip
    graph = helper.make_graph(
        [node],
        "tokens",
        [helper.make_tensor_value_info("X", TensorProto.STRING, [None])],
        [helper.make_tensor_value_info("Y", TensorProto.STRING, None)],
    )
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("com.microsoft", 1)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=10)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    found: list[str] = session.run(None, {"X": np.array([text], dtype=object)})[0].ravel().tolist()
    return found


@pytest.mark.parametrize("pattern", EXACT)
def test_tokens_are_those_of_python(pattern: str) -> None:
    expression = translate(pattern, ngrams=False, words=())
    assert expression is not None
    for text in TEXTS:
        assert tokens(expression, text) == re.findall(pattern, text)


@pytest.mark.parametrize("pattern", SINGLE)
def test_whole_words_are_found_among_others(pattern: str) -> None:
    """Tokens that the pattern does not find are not in the vocabulary, so they do not count."""
    vectorizer = CountVectorizer(token_pattern=pattern, lowercase=False).fit(TEXTS)
    expression = token_expression(vectorizer)
    assert expression is not None
    for text in TEXTS:
        known = [each for each in tokens(expression, text) if each in vectorizer.vocabulary_]
        assert known == re.findall(pattern, text)


@pytest.mark.parametrize("pattern", SINGLE)
def test_whole_words_among_others_are_no_sequences(pattern: str) -> None:
    assert translate(pattern, ngrams=True, words=()) is None


@pytest.mark.parametrize("pattern", REFUSED)
def test_other_patterns_are_refused(pattern: Any) -> None:
    assert translate(pattern, ngrams=False, words=()) is None


def test_a_vocabulary_of_other_words_is_refused() -> None:
    pattern = r"\b[a-z]{3,}\b"
    assert translate(pattern, ngrams=False, words=["abc", "abcd"]) is not None
    assert translate(pattern, ngrams=False, words=["abc", "ab"]) is None


@pytest.mark.parametrize("pattern", [r"[^,]+", r"[a-z ]+", r"\S+", r"[a-z#]+"])
def test_tokens_with_spaces_or_number_signs_are_no_sequences(pattern: str) -> None:
    """Sequences are joined by spaces, and rows are filled with number signs."""
    assert translate(pattern, ngrams=False, words=()) is not None
    assert translate(pattern, ngrams=True, words=()) is None


def test_the_default_pattern_keeps_its_short_form() -> None:
    vectorizer = CountVectorizer().fit(TEXTS)
    assert token_expression(vectorizer) == r"[\p{L}\p{N}_]{2,}"
