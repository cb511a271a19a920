"""A thousand invocations give the labels that the original model gives."""

from __future__ import annotations

import linecache
from typing import Any

import numpy as np
import pytest
import requests
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from jupyter_faas.workspace import Workspace
from tests.end_to_end.helpers.user import User
from tests.workspace.helpers.requests import function_request

pytestmark = pytest.mark.timeout(600)

CELL = '''%%function digit --sample X
def digit(pixels: list[float]):
    """The digit on an 8 by 8 picture, its 64 pixels from 0 to 16."""
    return {"digit": model.predict([pixels])[0]}
'''


def run_cell(source: str, namespace: dict[str, Any]) -> None:
    """Define what a cell defines, its source kept where IPython keeps executed cells."""
    body = source.partition("\n")[2]
    linecache.cache["<cell>"] = (len(body), None, body.splitlines(keepends=True), "<cell>")
    exec(compile(body, "<cell>", "exec"), namespace)


def test_a_thousand_invocations_agree_with_predict(user: User) -> None:
    pixels, labels = load_digits(return_X_y=True)
    names = np.array([f"digit {label}" for label in labels])
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=300)).fit(
        pixels[:797], names[:797]
    )
    rows = pixels[797:]
    expected = model.predict(rows).tolist()
    namespace: dict[str, Any] = {"model": model, "X": pixels[:200]}
    run_cell(CELL, namespace)
    workspace = Workspace.open(user.data_dir)
    packaged = workspace.package(
        function_request(cell_text=CELL, name="digit", sample=pixels[:200]), namespace
    )
    workspace.deploy(packaged.record.id)
    properties = user.wskprops()
    session = requests.Session()
    session.auth = tuple(properties["AUTH"].split(":"))  # type: ignore[assignment]  # two parts
    url = f"{properties['APIHOST']}/api/v1/namespaces/_/actions/digit?blocking=true&result=true"
    answers = [session.post(url, json={"pixels": row.tolist()}).json()["digit"] for row in rows]
    session.close()
    assert len(answers) == 1000
    assert answers == expected
