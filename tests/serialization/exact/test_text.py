"""Text in double: what the action ranks by is what the notebook ranks by, to the last bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline, make_union

from tests.serialization.conftest import Answering, Convert

WORDS = [f"wörd{number}" if number % 7 == 0 else f"word{number}" for number in range(120)]
TEXTS = [
    " ".join(np.random.default_rng(row).choice(WORDS, size=row % 23).tolist()) for row in range(200)
]

SAME_BITS: dict[str, Any] = {
    "counts": CountVectorizer(),
    "binary counts": CountVectorizer(binary=True),
    "tf-idf": TfidfVectorizer(),
    "tf-idf of pairs": TfidfVectorizer(ngram_range=(1, 2)),
    "tf-idf l1": TfidfVectorizer(norm="l1"),
    "tf-idf without norm": TfidfVectorizer(norm=None),
    "term frequencies": TfidfVectorizer(use_idf=False, binary=True),
    "counts, then weights": make_pipeline(CountVectorizer(), TfidfTransformer()),
    "both": make_union(TfidfVectorizer(), CountVectorizer()),
}
WITHIN_ROUNDING: dict[str, Any] = {
    "sublinear": TfidfVectorizer(sublinear_tf=True),
    "topics": make_pipeline(TfidfVectorizer(), TruncatedSVD(5, random_state=0)),
    "distances": make_pipeline(TfidfVectorizer(), KMeans(3, n_init=1, random_state=0)),
}


def both(model: Any, convert_model: Convert, answering: Answering) -> tuple[Any, Any]:
    artifact = convert_model(model.fit(TEXTS), TEXTS)
    assert artifact.facts.route == "double"
    ours, theirs = model.transform(TEXTS), answering(artifact).transform(TEXTS)
    return tuple(each.toarray() if hasattr(each, "toarray") else each for each in (ours, theirs))


@pytest.mark.parametrize("model", SAME_BITS.values(), ids=SAME_BITS.keys())
def test_weights_of_text_are_the_same_to_the_last_bit(
    model: Any, convert_model: Convert, answering: Answering
) -> None:
    ours, theirs = both(model, convert_model, answering)
    assert theirs.dtype == ours.dtype
    np.testing.assert_array_equal(theirs, ours)


@pytest.mark.parametrize("model", WITHIN_ROUNDING.values(), ids=WITHIN_ROUNDING.keys())
def test_what_reads_the_weights_computes_in_double(
    model: Any, convert_model: Convert, answering: Answering
) -> None:
    ours, theirs = both(model, convert_model, answering)
    assert theirs.dtype == np.float64
    np.testing.assert_allclose(theirs, ours, rtol=1e-12, atol=1e-15)


def test_weights_of_counts_are_the_same_to_the_last_bit(
    convert_model: Convert, answering: Answering
) -> None:
    counts = CountVectorizer().fit_transform(TEXTS).toarray().astype(float)
    model = TfidfTransformer().fit(counts)
    found = answering(convert_model(model, counts)).transform(counts)
    # The same as for sparse rows, which scikit-learn makes of these.
    np.testing.assert_array_equal(found.toarray(), model.transform(counts).toarray())


def test_scores_of_texts_are_double(convert_model: Convert, answering: Answering) -> None:
    labels = np.arange(len(TEXTS)) % 3
    model = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(TEXTS, labels)
    found = answering(convert_model(model, TEXTS)).predict_proba(TEXTS)
    np.testing.assert_allclose(found, model.predict_proba(TEXTS), rtol=1e-13)


def test_vectorizer_of_float32_stays_float32(convert_model: Convert, answering: Answering) -> None:
    model = TfidfVectorizer(dtype=np.float32).fit(TEXTS)
    artifact = convert_model(model, TEXTS)
    assert artifact.facts.route == "float32"
    assert answering(artifact).transform(TEXTS).dtype == np.float32
