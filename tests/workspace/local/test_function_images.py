from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import jupyter_faas as faas
from jupyter_faas.commands.values import parse_pairs
from jupyter_faas.errors import InputError, ParametersRejected
from jupyter_faas.workspace.local.function import LocalFunction
from tests.shipped.helpers.pictures import PIXELS, data_url, encoded

IMAGE = {"type": ["string", "object"], "format": "image"}
SCHEMA = {
    "type": "object",
    "properties": {
        "photo": IMAGE,
        "other": {"anyOf": [IMAGE, {"type": "null"}], "default": None},
        "many": {"anyOf": [{"type": "array", "items": IMAGE}, {"type": "null"}]},
        "note": {"type": "string"},
    },
}
SPEC = {"name": "look", "parameter_style": "named", "schema": SCHEMA}


def look(photo: Any = None, other: Any = None, many: Any = (), note: str = "") -> dict[str, Any]:
    return {"photo": photo, "other": other, "many": list(many)}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "my picture.png"
    path.write_bytes(encoded())
    return path


@pytest.mark.parametrize(
    "photo",
    [data_url(), PIXELS, PIXELS / 255.0, Image.fromarray(PIXELS), encoded()],
    ids=["data URL", "array", "floats", "Pillow", "bytes"],
)
def test_a_picture_of_the_notebook_is_taken_as_it_is(photo: Any) -> None:
    found = LocalFunction(look, SPEC)(photo, other=photo, many=[photo])
    assert found == {
        "photo": PIXELS.tolist(),
        "other": PIXELS.tolist(),
        "many": [PIXELS.tolist()],
    }


def test_a_path_is_what_lies_there(file: Path) -> None:
    assert LocalFunction(look, SPEC)(file)["photo"] == PIXELS.tolist()


def test_a_picture_with_alpha_keeps_it_on_the_way(tmp_path: Path) -> None:
    clear = Image.fromarray(np.full((1, 1, 4), [9, 9, 9, 0], np.uint8))
    assert LocalFunction(look, SPEC)(clear)["photo"] == [[[255, 255, 255]]]


def test_an_array_that_is_no_picture_is_named() -> None:
    with pytest.raises(
        InputError, match=r"many\[0\] is not a valid image: png needs an array of height × width"
    ):
        LocalFunction(look, SPEC)(many=[np.zeros(3)])


def test_what_is_sent_for_other_parameters_stays(file: Path) -> None:
    with pytest.raises(ParametersRejected, match="note is a PosixPath"):
        LocalFunction(look, SPEC)(note=file)


def test_a_file_is_sent_for_an_image(file: Path) -> None:
    found = parse_pairs([f"photo=@{file}", f"other=@{file}", f"note=@{file}"], SCHEMA)
    assert found == {"photo": data_url(), "other": data_url(), "note": f"@{file}"}


def test_a_file_that_is_not_there_is_told() -> None:
    with pytest.raises(InputError, match=r"^photo cannot be read from gone\.png: No such file"):
        parse_pairs(["photo=@gone.png"], SCHEMA)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("https://host/a.png", "https://host/a.png"),
        ('{"uri": "https://host/a.png"}', {"uri": "https://host/a.png"}),
    ],
)
def test_a_reference_is_sent_as_it_is(text: str, value: object) -> None:
    assert parse_pairs([f"photo={text}"], SCHEMA) == {"photo": value}


def test_png_is_a_name_of_the_package() -> None:
    assert faas.png(PIXELS) == data_url(encoded())
