from __future__ import annotations

import json
from pathlib import Path

from sklearn.linear_model import LogisticRegression

from tests.serialization.conftest import Convert
from tests.serialization.helpers import data

CARD = Path(__file__).parent.parent / "data" / "api" / "card.json"


def test_entry_has_all_that_the_card_shows(convert_model: Convert) -> None:
    rows, labels = data.iris()
    artifact = convert_model(LogisticRegression(max_iter=1000).fit(rows, labels), rows)
    entry = json.loads(json.dumps(artifact.to_json()))
    shown = json.loads(CARD.read_text("utf-8"))["models"][0]
    assert set(entry) >= set(shown)
    assert set(entry["parity"]) >= set(shown["parity"])
    assert set(entry["parity"]["covered"][0]) >= set(shown["parity"]["covered"][0])
    assert entry["size"] == len(artifact.onnx)
