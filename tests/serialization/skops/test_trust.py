from __future__ import annotations

from typing import Any

import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from jupyter_faas.errors import ConversionError
from jupyter_faas.serialization.skops.archive import dump
from jupyter_faas.serialization.skops.trust import check_importable, check_trust, types_of
from tests.serialization.helpers import data

HERE = "tests.serialization.skops.test_trust"


class Doubler(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    def fit(self, rows: Any, labels: Any = None) -> Doubler:
        self.fitted_ = True
        return self

    def transform(self, rows: Any) -> Any:
        return rows * 2


def own() -> Any:
    return make_pipeline(Doubler(), LogisticRegression(max_iter=1000)).fit(*data.iris())


def test_types_of_scikit_learn_need_no_list() -> None:
    types = types_of(dump(KNeighborsClassifier().fit(*data.iris())), ())
    assert "sklearn.neighbors._kd_tree.KDTree" in types.granted
    assert (types.foreign, types.unlisted) == ((), ())
    check_trust("model", types)


def test_types_outside_it_are_named_with_the_options_that_list_them() -> None:
    types = types_of(dump(own()), ())
    with pytest.raises(ConversionError, match=rf"holds types outside .*: {HERE}\.Doubler\.") as no:
        check_trust("model", types)
    assert no.value.hint == f"List those that the action may load: --trust {HERE}.Doubler"


@pytest.mark.parametrize("name", [f"{HERE}.Doubler", "tests.serialization.skops.public.Doubler"])
def test_listed_types_pass_by_any_name_that_imports_them(name: str) -> None:
    types = types_of(dump(own()), [name])
    assert (types.foreign, types.unlisted) == ((f"{HERE}.Doubler",), ())
    check_trust("model", types)


def test_class_of_the_notebook_is_told_to_become_a_module() -> None:
    kind = type("Mine", (LogisticRegression,), {"__module__": "__main__"})
    with pytest.raises(ConversionError, match="'model' holds Mine of this notebook") as no:
        check_importable("model", kind(max_iter=1000))
    assert "--include MODULE.py --trust MODULE.NAME" in no.value.hint
