"""Data for the tests: what scikit-learn ships, and small frames of mixed columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn import datasets

Array = np.ndarray[Any, Any]


def iris() -> tuple[Array, Array]:
    rows, labels = datasets.load_iris(return_X_y=True)
    return rows, labels


def species() -> Array:
    """Iris labels as text."""
    data = datasets.load_iris()
    names: Array = data.target_names[data.target]
    return names


def cancer() -> tuple[Array, Array]:
    rows, labels = datasets.load_breast_cancer(return_X_y=True)
    return rows, labels


def wine() -> tuple[Array, Array]:
    rows, labels = datasets.load_wine(return_X_y=True)
    return rows, labels


def digits() -> tuple[Array, Array]:
    rows, labels = datasets.load_digits(return_X_y=True)
    return rows, labels


def diabetes() -> tuple[Array, Array]:
    rows, target = datasets.load_diabetes(return_X_y=True)
    return rows, target


def thousand(rows: Array, seed: int = 1) -> Array:
    """1,000 rows between those of ``rows``: mixtures of two of them, column by column."""
    random = np.random.default_rng(seed)
    first = rows[random.integers(0, len(rows), 1000)]
    second = rows[random.integers(0, len(rows), 1000)]
    share = random.uniform(0, 1, (1000, 1))
    mixed: Array = first + share * (second - first)
    return mixed


def whole_numbers() -> tuple[Array, Array]:
    """600 rows of integers whose labels overlap: forests on them tie and split at values."""
    random = np.random.default_rng(3)
    rows = random.integers(0, 100, (600, 8)).astype(float)
    noise = random.normal(0, 30, 600)
    return rows, (rows[:, 0] + rows[:, 1] - rows[:, 2] + noise > 50).astype(int)


def passengers(count: int = 400, *, missing: bool = False) -> tuple[pd.DataFrame, Array]:
    """A frame of mixed columns, and whether each of its people came through, as yes or no."""
    random = np.random.default_rng(5)
    frame = pd.DataFrame(
        {
            "age": random.integers(1, 80, count).astype(float),
            "fare": np.round(random.gamma(2, 15, count), 2),
            "sex": random.choice(["male", "female"], count),
            "port": random.choice(["S", "C", "Q", "São"], count),
            "cabins": random.integers(1, 6, count),
            "crew": random.random(count) > 0.8,
        }
    )
    score = frame["age"] / 80 + 0.7 * (frame["sex"] == "female") + 0.1 * frame["cabins"]
    labels = np.where(score + random.normal(0, 0.3, count) > 1.1, "yes", "no")
    if missing:
        frame.loc[random.random(count) < 0.1, "age"] = np.nan
        frame["port"] = frame["port"].astype(object)
        frame.loc[random.random(count) < 0.1, "port"] = np.nan
    return frame, labels


def reviews() -> tuple[list[str], Array]:
    """Short documents in several scripts, and whether they praise."""
    random = np.random.default_rng(2)
    text = "the quick fox café naïve science 数据 привет straße istanbul great awful lovely"
    words = text.split()
    documents = [" ".join(random.choice(words, 8)) for _ in range(200)]
    return documents, np.array(["good" if "great" in text else "bad" for text in documents])
