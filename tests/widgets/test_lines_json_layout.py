from __future__ import annotations

import json

import pytest

from jupyter_faas.widgets.lines import lay_out

CROP = {
    "crop": {"x": 212, "y": 84, "width": 640, "height": 960},
    "confidence": 0.973,
    "output_url": "s3://assets/4711-crop.jpg",
}


def test_short_values_stay_on_one_line() -> None:
    assert lay_out({"species": "setosa", "confidence": 0.98}) == (
        '{"species": "setosa", "confidence": 0.98}'
    )


def test_wide_objects_have_an_entry_per_line() -> None:
    assert lay_out(CROP).splitlines() == [
        "{",
        '  "crop": {"x": 212, "y": 84, "width": 640, "height": 960},',
        '  "confidence": 0.973,',
        '  "output_url": "s3://assets/4711-crop.jpg"',
        "}",
    ]


@pytest.mark.parametrize(
    "value",
    [CROP, {"rows": [[index] * 30 for index in range(4)]}, {}, [], {"é": "ü" * 100}, [{"a": CROP}]],
    ids=["object", "matrix", "no-keys", "no-items", "unicode", "deep"],
)
def test_layout_is_still_the_same_json(value: object) -> None:
    assert json.loads(lay_out(value)) == value
