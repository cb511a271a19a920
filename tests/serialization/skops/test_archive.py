from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from jupyter_faas.serialization.skops.archive import canonical, dump
from tests.serialization.helpers import data

SCRIPT = """
import hashlib
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from jupyter_faas.serialization.skops.archive import dump
from jupyter_faas.serialization.skops.fit_metadata import without_fit_metadata
words = {"cat", "dog", "owl", "mine", "yours", "hers", "ours"}
model = make_pipeline(CountVectorizer(vocabulary=words, stop_words=["the"]), MultinomialNB())
model.fit(["the cat", "a dog of mine", "an owl"], [0, 1, 0])
with without_fit_metadata(model):
    print(hashlib.sha256(dump(model)).hexdigest())
"""


def schema(archive: bytes) -> Any:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return json.loads(opened.read("schema.json"))


def reloaded(archive: bytes) -> Any:
    return skops.io.loads(archive, trusted=skops.io.get_untrusted_types(data=archive))


def test_same_bytes_in_processes_that_lay_things_out_otherwise() -> None:
    found = {
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", SCRIPT],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path.cwd())},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1


def test_what_was_read_back_gives_the_same_bytes() -> None:
    model = make_pipeline(StandardScaler(), KNeighborsClassifier(weights="distance"))
    once = dump(model.fit(*data.iris()))
    assert dump(reloaded(once)) == once
    assert canonical(once) == once


@pytest.mark.parametrize(
    "model",
    [
        RandomForestClassifier(5, random_state=0),
        KNeighborsClassifier(weights="distance"),
        make_pipeline(StandardScaler(), KNeighborsClassifier(algorithm="ball_tree")),
    ],
    ids=["forest", "tree of neighbours", "ball tree"],
)
def test_what_was_read_back_answers_the_same(model: Any) -> None:
    rows, labels = data.iris()
    model.fit(rows, labels)
    assert np.array_equal(reloaded(dump(model)).predict_proba(rows), model.predict_proba(rows))


def test_objects_that_stood_in_two_places_are_still_one() -> None:
    scaler = StandardScaler().fit(data.iris()[0])
    twice = make_pipeline(scaler, scaler)
    read = reloaded(dump(twice))
    assert read[0] is read[1]


def test_numbers_of_different_type_stay_apart() -> None:
    model = CountVectorizer(max_df=1.0, min_df=1).fit(data.reviews()[0])
    read = reloaded(dump(model))
    assert (type(read.max_df), type(read.min_df)) == (float, int)


def test_holds_no_addresses_and_no_times() -> None:
    archive = dump(KNeighborsClassifier().fit(*data.iris()))
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert {each.date_time for each in opened.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        names = opened.namelist()
    assert names[0] == "schema.json"
    assert all(name.partition(".")[0].isdigit() for name in names[1:])
    assert max(_ids(schema(archive)), default=0) < 100


def _ids(part: Any) -> list[int]:
    if isinstance(part, dict):
        own = [part["__id__"]] if isinstance(part.get("__id__"), int) else []
        return own + [found for value in part.values() for found in _ids(value)]
    return [found for item in part for found in _ids(item)] if isinstance(part, list) else []


def test_pandas_strings_need_no_pyarrow() -> None:
    """pandas writes its string type with the place where it keeps strings in this environment."""
    model = StandardScaler()
    model.dtypes_in_ = [pd.StringDtype("pyarrow", na_value=np.nan)]
    archive = dump(model)
    assert "pyarrow" not in json.dumps(schema(archive))
    trusted = skops.io.get_untrusted_types(data=archive)
    assert skops.io.loads(archive, trusted=trusted).dtypes_in_ == model.dtypes_in_
