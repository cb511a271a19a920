"""The rows of the matrix: what scikit-learn ships, and made ones that are hard to convert for."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from sklearn import datasets

from tests.serialization.helpers import data
from tests.serialization.matrix.case import Split, split


@cache
def iris() -> Split:
    return split(*data.iris())


@cache
def iris_once() -> Split:
    """Without the targets, for what learns without."""
    return split(data.iris()[0], None)


@cache
def species() -> Split:
    return split(data.iris()[0], data.species())


@cache
def cancer() -> Split:
    return split(*data.cancer())


@cache
def truths() -> Split:
    rows, labels = data.cancer()
    return split(rows, labels.astype(bool))


@cache
def fractions() -> Split:
    rows, labels = data.cancer()
    return split(rows, labels.astype(float))


@cache
def odd_labels() -> Split:
    rows, labels = data.cancer()
    return split(rows, np.where(labels == 1, 7, -1))


@cache
def names() -> Split:
    rows, labels = data.cancer()
    return split(rows, np.array(["benign", "malignant"], dtype=object)[labels])


@cache
def digits() -> Split:
    rows, labels = data.digits()
    return split(rows[:900], labels[:900])


@cache
def diabetes() -> Split:
    return split(*data.diabetes())


@cache
def two_targets() -> Split:
    rows, target = data.diabetes()
    return split(rows, np.column_stack([target, target[::-1]]))


@cache
def two_labels() -> Split:
    rows, labels = data.iris()
    return split(rows, np.column_stack([labels, (rows[:, 0] > 5.8).astype(int)]))


@cache
def two_truths() -> Split:
    rows, labels = data.iris()
    return split(rows, np.column_stack([labels == 1, rows[:, 0] > 5.8]).astype(int))


@cache
def cents() -> Split:
    """Prices in cents: a threshold is often a price that exists."""
    random = np.random.default_rng(11)
    rows = np.round(random.gamma(2, 10, (1500, 6)), 2)
    noise = random.normal(0, 10, 1500)
    return split(rows, (rows[:, 0] + rows[:, 1] - rows[:, 2] + noise > 20).astype(int))


@cache
def cents_amount() -> Split:
    random = np.random.default_rng(12)
    rows = np.round(random.gamma(2, 10, (1500, 6)), 2)
    return split(rows, rows[:, 0] * 3 + rows[:, 1] ** 1.5 + random.normal(0, 5, 1500))


@cache
def whole() -> Split:
    return split(*data.whole_numbers())


@cache
def whole_positive() -> Split:
    """Counts, for what reads counts."""
    rows, labels = data.whole_numbers()
    return split(rows // 5, labels)


@cache
def large() -> Split:
    """Numbers around 1.7e9, as times in seconds are; float32 cannot tell them apart."""
    rows, labels = data.whole_numbers()
    return split(rows * 10 + 1.7e9, labels)


@cache
def large_amount() -> Split:
    rows, _ = data.whole_numbers()
    return split(rows * 10 + 1.7e9, rows[:, 0] - rows[:, 3] / 2)


@cache
def holes() -> Split:
    rows, labels = data.cancer()
    random = np.random.default_rng(13)
    return split(np.where(random.random(rows.shape) < 0.05, np.nan, rows), labels)


@cache
def holes_amount() -> Split:
    rows, target = data.diabetes()
    random = np.random.default_rng(14)
    return split(np.where(random.random(rows.shape) < 0.05, np.nan, rows), target)


@cache
def blobs() -> Split:
    rows, _ = datasets.make_blobs(300, centers=4, n_features=5, random_state=3)
    return split(rows, None)


@cache
def people() -> Split:
    return split(*data.passengers(600))


@cache
def people_categories() -> Split:
    """Words as pandas' categories, some of them missing."""
    frame, labels = data.passengers(600, missing=True)
    return split(_with_categories(frame), labels)


@cache
def people_codes() -> Split:
    """Labels as XGBoost wants them: 0 and 1."""
    frame, labels = data.passengers(600)
    return split(frame, (labels == "yes").astype(int))


@cache
def people_with_holes() -> Split:
    return split(*data.passengers(600, missing=True))


@cache
def people_amount() -> Split:
    frame, _ = data.passengers(600)
    return split(frame, frame["fare"].to_numpy() * 2 + frame["age"].to_numpy())


@cache
def people_amount_categories() -> Split:
    frame, _ = data.passengers(600)
    amount = frame["fare"].to_numpy() * 2 + frame["age"].to_numpy()
    return split(_with_categories(frame), amount)


def _with_categories(frame: Any) -> Any:
    return frame.assign(**{name: frame[name].astype("category") for name in ("sex", "port")})


@cache
def homes() -> Split:
    """Many streets, of which most are rare, and floors, which are whole numbers."""
    return split(*_homes())


@cache
def homes_with_holes() -> Split:
    """The same with missing streets and floors."""
    frame, labels = _homes()
    random = np.random.default_rng(17)
    frame["street"] = frame["street"].where(random.random(len(frame)) > 0.1, np.nan)
    frame["floor"] = frame["floor"].where(random.random(len(frame)) > 0.1, np.nan)
    return split(frame, labels)


@cache
def homes_price() -> Split:
    frame, _ = _homes()
    price = frame["area"] * 2 + frame["floor"] * 10 + (frame["street"] == "street 0") * 50
    return split(frame, price.to_numpy())


def _homes() -> tuple[pd.DataFrame, Any]:
    random = np.random.default_rng(16)
    streets = np.minimum(random.geometric(0.15, 600) - 1, 29)
    floors = np.minimum(random.geometric(0.4, 600), 9)
    area = random.gamma(4, 20, 600)
    frame = pd.DataFrame(
        {
            "street": pd.Series([f"street {number}" for number in streets], dtype=object),
            "floor": floors,
            "area": area,
        }
    )
    return frame, (area + 20 * (streets == 0) - 5 * floors > 70).astype(int)


@cache
def notes_by_street() -> Split:
    """A frame with a column of documents and one of streets."""
    documents, labels = data.reviews()
    random = np.random.default_rng(18)
    streets = _homes()[0]["street"].to_numpy()[random.integers(0, 600, len(documents))]
    stars = random.integers(1, 6, len(documents))
    return split(pd.DataFrame({"text": documents, "street": streets, "stars": stars}), labels)


@cache
def two_words() -> Split:
    """Two outputs of words, of which one has more labels than the other."""
    rows, _ = data.iris()
    sizes = np.where(rows[:, 0] > 5.8, "large", "small")
    return split(rows, np.column_stack([data.species(), sizes]).astype(object))


@cache
def numbers_only() -> Split:
    frame, labels = data.passengers(600)
    return split(frame[["age", "fare", "cabins"]], labels)


@cache
def reviews() -> Split:
    return split(*data.reviews())


@cache
def notes() -> Split:
    """A frame with a column of documents."""
    documents, labels = data.reviews()
    random = np.random.default_rng(15)
    frame = pd.DataFrame({"text": documents, "stars": random.integers(1, 6, len(documents))})
    return split(frame, labels)
