from __future__ import annotations

import hashlib
import importlib.metadata
from pathlib import Path
from typing import Any

import lightgbm  # noqa: F401 - its types are looked up
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from jupyter_faas.errors import ConversionError
from jupyter_faas.serialization.skops.archive import dump
from jupyter_faas.serialization.skops.trust import check_trust, foreign_types, types_of
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


def test_types_of_scikit_learn_are_not_foreign() -> None:
    types = types_of(dump(KNeighborsClassifier().fit(*data.iris())), ())
    assert "sklearn.neighbors._kd_tree.KDTree" in types.granted
    assert (types.foreign, types.refused) == ((), ())
    check_trust("model", types)


@pytest.mark.parametrize("trust", [(), ("another.Type",)], ids=["no option", "another type listed"])
def test_foreign_types_are_permitted_without_an_option(trust: tuple[str, ...]) -> None:
    types = types_of(dump(own()), trust)
    assert (types.foreign, types.refused) == ((f"{HERE}.Doubler",), ())
    check_trust("model", types)


def test_only_refuses_the_other_types_with_the_options_that_permit_them() -> None:
    types = types_of(dump(own()), ["only:another.Type"])
    with pytest.raises(ConversionError, match=rf"does not list: {HERE}\.Doubler\.") as no:
        check_trust("model", types)
    assert no.value.hint == f"Add them: --trust only:{HERE}.Doubler"


@pytest.mark.parametrize("name", [f"{HERE}.Doubler", "tests.serialization.skops.public.Doubler"])
def test_listed_types_pass_by_any_name_that_imports_them(name: str) -> None:
    types = types_of(dump(own()), [f"only:{name}"])
    assert (types.foreign, types.refused) == ((f"{HERE}.Doubler",), ())
    check_trust("model", types)


def test_installed_type_comes_with_its_distribution_and_the_digest_of_its_record() -> None:
    (found,) = foreign_types(["lightgbm.sklearn.LGBMClassifier"])
    installed = importlib.metadata.distribution("lightgbm")
    record = (installed.read_text("RECORD") or "").encode()
    assert (found.distribution, found.version) == ("lightgbm", installed.version)
    assert found.sha256 == hashlib.sha256(record).hexdigest()


def test_type_of_a_module_of_the_user_comes_with_the_digest_of_its_file() -> None:
    (found,) = foreign_types([f"{HERE}.Doubler"])
    assert (found.distribution, found.version) == ("", "")
    assert found.sha256 == hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
