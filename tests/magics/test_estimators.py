"""A model without an ONNX form, from its refusal to its answers, through a real kernel."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.magics.helpers.kernels import NotebookKernel, notebook_kernel

TRAIN = """\
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

X, y = load_digits(return_X_y=True)
model = make_pipeline(StandardScaler(), KNeighborsClassifier(weights="distance"))
model.fit(X[:1200], y[:1200])
held = X[1200:1700]"""

DIGITS = '''\
%%function digits --sample X[:300]{options}
def digits(rows: list):
    """Name the digits in rows of 64 grey values."""
    return {{"digits": model.predict(rows), "sure": model.predict_proba(rows).max(axis=1)}}'''

# 500 rows in ten calls; how many answers are not the notebook's, to the last bit.
DIFFERENT = """\
different, asked = 0, 0
for start in range(0, 500, 50):
    rows = held[start:start + 50]
    answer = digits.invoke(rows=rows.tolist()).result
    sure = model.predict_proba(rows).max(axis=1).tolist()
    different += sum(a != b for a, b in zip(answer["digits"], model.predict(rows).tolist()))
    different += sum(a != b for a, b in zip(answer["sure"], sure))
    asked += len(answer["digits"])
different, asked"""

WRITE_MODULE = """\
from pathlib import Path

Path("brighter.py").write_text('''
from sklearn.preprocessing import StandardScaler


class Brighter(StandardScaler):
    def transform(self, X, copy=None):
        return super().transform(X, copy) + 1
''')"""


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NotebookKernel]:
    with pytest.MonkeyPatch.context() as patch:
        # An action is given none of the user's: it would compute with other instructions than the
        # notebook, and another last bit.
        for name in [each for each in os.environ if each.startswith("OPENBLAS_")]:
            patch.delenv(name)
        with notebook_kernel(tmp_path_factory.mktemp("estimators")) as kernel:
            kernel.run("%load_ext jupyter_faas")
            kernel.run(TRAIN)
            yield kernel


@pytest.mark.timeout(900)
def test_refused_as_onnx_it_travels_as_it_is_and_answers_as_the_notebook(
    kernel: NotebookKernel,
) -> None:
    refused = kernel.run(DIGITS.format(options=" --model-format onnx"), fails=True).traceback
    assert refused.startswith(
        "ConversionError: ONNX breaks ties between equally distant neighbours differently"
    )
    way_out = refused.splitlines()[-1]
    assert way_out == "Or package the estimator itself: --model-format skops"

    cell = kernel.run(DIGITS.format(options=""))
    (model,) = cell.cards[0]["models"]
    assert (model["route"], model["parity"]["ok"]) == ("skops", True)
    assert model["why"].startswith(
        "ONNX breaks ties between equally distant neighbours differently"
    )
    (shown,) = cell.displays
    assert "KNeighborsClassifier) in the skops format" in shown["text/plain"]
    names = [one["name"] for one in cell.cards[0]["requirements"]]
    assert names == ["joblib", "numpy", "scikit-learn", "scipy", "skops", "threadpoolctl"]

    kernel.run("%faas deploy digits")
    answers = kernel.run(DIFFERENT)
    assert answers.results[0]["text/plain"] == "(0, 500)"


@pytest.mark.timeout(900)
def test_module_beside_the_notebook_travels_with_the_types_it_defines(
    kernel: NotebookKernel,
) -> None:
    kernel.run(WRITE_MODULE)
    kernel.run(
        "from brighter import Brighter\n"
        "from sklearn.linear_model import LogisticRegression\n"
        "bright = make_pipeline(Brighter(), LogisticRegression(max_iter=200)).fit(X, y)"
    )
    cell = "%%function lit --sample X[:50]{options}\ndef lit(row: list):\n"
    cell += "    return {{'digit': bright.predict([row])[0]}}"
    kernel.run(cell.format(options=" --deploy"))
    same = "lit.invoke(row=X[7].tolist()).result['digit'] == int(bright.predict(X[7:8])[0])"
    assert kernel.run(same).results[0]["text/plain"] == "True"
