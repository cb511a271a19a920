from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from PIL import Image

from jupyter_faas.workspace.local.function import load_action_main
from tests.capture.helpers.notebook import Notebook
from tests.shipped.helpers.packages import launch, write_package
from tests.shipped.helpers.pictures import (
    BLUE,
    GREEN,
    PIXELS,
    RED,
    WHITE,
    Answer,
    data_url,
    encoded,
    picture_server,
)

MAIN: Any = load_action_main()
IMAGES: Any = MAIN.faas_images
REJECTED: Any = MAIN.ParametersRejected
IMAGE = {"type": ["string", "object"], "format": "image"}
SPEC = {
    "name": "look",
    "parameter_style": "named",
    "schema": {"type": "object", "properties": {"photo": IMAGE}, "required": ["photo"]},
}


def look(photo: Any) -> dict[str, Any]:
    return {"shape": photo.shape, "dtype": str(photo.dtype), "pixels": photo.tolist()}


def seen(photo: Any, spec: dict[str, Any] = SPEC, **params: Any) -> Any:
    """What a function gets to see of the picture that a caller sends."""
    return MAIN.call(look, spec, {"photo": photo, **params})


def read(data: bytes) -> Any:
    return IMAGES.decode(data, "photo")


# What a caller may send


@pytest.mark.parametrize(
    "reference",
    [
        data_url(),
        data_url().replace("data:image/png;base64,", "DATA:;BASE64,"),
        base64.b64encode(encoded()).decode(),
        base64.urlsafe_b64encode(encoded()).decode().rstrip("="),
        base64.encodebytes(encoded()).decode(),
        f"data:image/png,{''.join(f'%{byte:02x}' for byte in encoded())}",
        {"uri": data_url()},
    ],
    ids=["data URL", "no type", "base64", "no padding", "lines", "percent", "uri"],
)
def test_a_reference_becomes_an_array(reference: Any) -> None:
    assert seen(reference) == {"shape": [2, 3, 3], "dtype": "uint8", "pixels": PIXELS.tolist()}


def test_a_url_is_downloaded_with_the_headers_of_its_reference() -> None:
    with picture_server(photo=Answer(encoded(), needs=("X-Key", "s3cret"))) as server:
        url = f"{server.url}/photo"
        assert seen({"uri": url, "headers": {"X-Key": "s3cret"}})["pixels"] == PIXELS.tolist()
        with pytest.raises(
            REJECTED, match=r"^photo cannot be downloaded: .*/photo responded with 403 F"
        ):
            seen(url)


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        (5, r"photo must be an image \(a URL, base64, or \{uri, headers\}\), not 5"),
        ([1], "photo must be an image .*, not a list"),
        ("picture.png", r"photo is not an image: the string \"picture.png\" .*photo=@FILE"),
        ("", "photo is empty"),
        ("file:///etc/passwd", "photo is a file: URL, but only http, https and data are allowed"),
        ("ftp://a/b.png", "photo is a ftp: URL"),
        ("data:image/png", "photo is a data URL without a comma"),
        ("data:;base64,*", "photo is a data URL with invalid base64"),
        ("aGVsbG8gd29ybGQ=", "photo is not a supported image: use PNG, JPEG, GIF, BMP, PPM, WEBP"),
        ({}, "photo.uri is missing"),
        ({"uri": 5}, "photo must be an image, not 5"),
        ({"uri": "x", "header": {}}, "photo can contain only uri and headers, not header"),
        ({"uri": "x", "headers": []}, "photo.headers must be a dictionary"),
        (
            {"uri": "x", "headers": {"a b": "c"}},
            "photo.headers must contain valid header names, with strings as values",
        ),
        (
            {"uri": "x", "headers": {"a": 5}},
            "photo.headers must contain valid header names, with strings as values",
        ),
        ("http:///x.png", "photo is a URL without a host"),
        ("http://a:b/x.png", "photo is not a valid URL"),
        (
            "http://ada:pw@localhost/x.png",
            "photo contains a user name in its URL: to send credentials",
        ),
    ],
    ids=str,
)
def test_what_is_no_image_is_told(reference: Any, words: str) -> None:
    with pytest.raises(REJECTED, match=words):
        seen(reference)


def test_a_header_that_cannot_be_sent_is_named_without_its_value() -> None:
    with pytest.raises(REJECTED, match=r"^photo\.headers\.Key contains characters") as caught:
        seen({"uri": "http://localhost/", "headers": {"Key": "s3cret\r\nHost: other"}})
    assert "s3cret" not in str(caught.value)


# Where images may stand


def test_lists_unions_and_defaults_hold_images_too() -> None:
    schema = {
        "type": "object",
        "properties": {
            "photo": {"anyOf": [IMAGE, {"type": "null"}]},
            "many": {"type": "array", "items": IMAGE},
            "usual": {**IMAGE, "default": data_url()},
            "count": {"type": "integer"},
        },
        "additionalProperties": IMAGE,
    }
    params = {"photo": None, "many": [data_url(), data_url()], "count": 3, "other": data_url()}
    read = IMAGES.read_images(schema, params, "", public_only=False)
    assert (read["photo"], read["count"]) == (None, 3)
    assert [one.shape for one in (*read["many"], read["usual"], read["other"])] == [(2, 3, 3)] * 4
    with pytest.raises(REJECTED, match=r"^many\[1\] is empty"):
        IMAGES.read_images(schema, {"many": [data_url(), ""]}, "", public_only=False)


def test_what_a_web_request_adds_is_no_image() -> None:
    spec = {**SPEC, "schema": {**SPEC["schema"], "additionalProperties": IMAGE}}  # type: ignore[dict-item]
    found = MAIN.call(
        lambda photo, **rest: {"rest": sorted(rest)},
        spec,
        {"photo": data_url(), "__ow_method": "get", "__ow_headers": {}, "__ow_path": "/x"},
    )
    assert found == {"rest": ["__ow_headers", "__ow_method", "__ow_path"]}


def test_a_web_request_cannot_look_around_in_the_network() -> None:
    with picture_server(photo=Answer(encoded())) as server:
        with pytest.raises(REJECTED, match=r"photo .* action's own network"):
            seen(f"{server.url}/photo", __ow_method="get")
        assert server.asked == []


# What becomes of pictures


def test_alpha_lies_on_white() -> None:
    clear = np.array([[(*RED, 255), (*GREEN, 0), (0, 0, 0, 128)]], np.uint8)
    assert read(encoded(clear)).tolist() == [[list(RED), list(WHITE), [127, 127, 127]]]


def test_a_transparent_palette_lies_on_white() -> None:
    image = Image.fromarray(PIXELS).convert("P", palette=Image.Palette.ADAPTIVE)
    key = image.getpixel((0, 0))
    found = read(encoded(image, transparency=key))
    assert found[0].tolist() == [list(WHITE), list(GREEN), list(BLUE)]


@pytest.mark.parametrize(
    "pixels",
    [
        np.array([[0, 7, 255]], np.uint8),
        np.array([[0, 7 * 256 + 200, 65535]], np.uint16),
    ],
    ids=["8 bit", "16 bit"],
)
def test_grey_becomes_three_equal_values(pixels: Any) -> None:
    assert read(encoded(pixels)).tolist() == [[[0] * 3, [7] * 3, [255] * 3]]


def test_a_bitmap_of_one_bit_is_black_and_white() -> None:
    found = read(encoded(Image.new("1", (1, 1), 1)))
    assert found.tolist() == [[[255, 255, 255]]]


def test_sixteen_bits_of_a_tiff_are_read_as_those_of_a_png() -> None:
    found = read(encoded(np.array([[256, 65535]], np.uint16), "TIFF"))
    assert found[:, :, 0].tolist() == [[1, 255]]


def test_numbers_without_a_white_are_refused() -> None:
    with pytest.raises(REJECTED, match="photo has 32 bits per pixel"):
        read(encoded(np.zeros((2, 2), np.float32), "TIFF"))


def test_a_photo_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright: turn clockwise to see it
    turned = read(encoded(PIXELS, "PNG", exif=exif))
    assert turned.tolist() == np.rot90(PIXELS, -1).tolist()


def test_the_first_frame_of_an_animation_is_read() -> None:
    frames = [Image.new("RGB", (2, 1), color) for color in (RED, BLUE)]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert read(data).tolist() == [[list(RED), list(RED)]]


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "BMP", "TIFF", "PPM"])
def test_a_format_is_read(kind: str) -> None:
    even = np.full((8, 8, 3), 128, np.uint8)
    assert np.abs(read(encoded(even, kind)).astype(int) - 128).max() <= 2


def test_cmyk_becomes_rgb() -> None:
    found = read(encoded(Image.new("CMYK", (8, 8), (0, 0, 0, 0)), "JPEG"))
    assert found.min() >= 253


def test_a_format_that_would_start_a_program_is_not_read() -> None:
    stream = io.BytesIO()
    Image.fromarray(PIXELS).save(stream, "EPS")
    with pytest.raises(REJECTED, match="photo is not a supported image"):
        read(stream.getvalue())


def test_a_damaged_file_is_told() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3)).astype(np.uint8)
    with pytest.raises(REJECTED, match="photo is a damaged image"):
        read(encoded(noise)[:3000])


def test_the_array_can_be_written() -> None:
    found = read(encoded())
    found[0, 0] = 1
    assert found.flags.c_contiguous


# Bounds


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = encoded(Image.new("1", (8000, 8000)))
    assert len(bomb) < 20_000
    with pytest.raises(
        REJECTED, match="photo has 8000 × 8000 pixels, but the maximum is 25 million"
    ):
        read(bomb)


def test_a_bomb_that_pillow_itself_refuses_is_told_alike() -> None:
    header = bytearray(encoded(Image.new("1", (8, 8))))
    header[16:24] = (60_000).to_bytes(4, "big") * 2
    import zlib

    header[29:33] = zlib.crc32(header[12:29]).to_bytes(4, "big")
    with pytest.raises(REJECTED, match="photo has too many pixels"):
        read(bytes(header))


def test_base64_that_is_too_long_is_not_decoded() -> None:
    with pytest.raises(REJECTED, match="photo is larger than 20 MB"):
        seen("A" * 31_000_000)


# Pictures in results


@pytest.mark.parametrize(
    ("image", "wanted"),
    [
        (PIXELS, PIXELS),
        (PIXELS[:, ::2], PIXELS[:, ::2]),
        (PIXELS.astype(np.int64), PIXELS),
        (np.array([[0.0, 1.0]]), [[[0] * 3, [255] * 3]]),
        (np.array([[True, False]]), [[[255] * 3, [0] * 3]]),
        (np.array([[[7], [8]]], np.uint8), [[[7] * 3, [8] * 3]]),
        ([[0, 128]], [[[0] * 3, [128] * 3]]),
    ],
    ids=["rgb", "strided", "int", "float", "bool", "one channel", "list"],
)
def test_png_makes_what_is_read_again(image: Any, wanted: Any) -> None:
    assert seen(IMAGES.png(image))["pixels"] == np.asarray(wanted).tolist()


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (
            np.zeros((2, 2, 5)),
            "png needs an array of height × width, optionally × 3 or × 4, not 2 × 2 × 5",
        ),
        (np.zeros(3), "not 3"),
        (np.float64(1), "not one number"),
        (np.zeros((0, 2)), "an empty image"),
        (np.full((2, 2), 1.5), "png needs float64 values from 0 to 1"),
        (np.full((2, 2), np.nan), "png needs float64 values from 0 to 1"),
        (np.full((2, 2), -1), "png needs int64 values from 0 to 255"),
        (np.full((2, 2), "x"), "png needs an array of numbers"),
    ],
    ids=str,
)
def test_png_tells_what_is_no_picture(image: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        IMAGES.png(image)


# In a package, as OpenWhisk's Python runtime runs it


BODY = """\
import jupyter_faas as faas

def crop(photo: faas.Image, right: int = 1):
    return {"shape": photo.shape, "crop": faas.png(photo[:, :right])}
"""


def test_a_package_reads_images_without_jupyter_faas(tmp_path: Path) -> None:
    with picture_server(photo=Answer(encoded(), needs=("X-Key", "s3cret"))) as server:
        url = f"{server.url}/photo"
        folder = write_package(tmp_path / "crop", BODY, name="crop")
        answers, logs = launch(
            folder,
            [
                {"photo": {"uri": url, "headers": {"X-Key": "s3cret"}}},
                {"photo": {"uri": url, "headers": {"X-Key": "wr0ng"}}},
                {"photo": "file:///etc/passwd"},
            ],
        )
    assert answers[0]["shape"] == [2, 3, 3]
    assert seen(answers[0]["crop"])["pixels"] == PIXELS[:, :1].tolist()
    assert answers[1] == {
        "error": f"photo cannot be downloaded: {url} responded with 403 Forbidden",
    }
    assert "file: URL" in answers[2]["error"]
    assert logs == ""


def test_in_a_package_jupyter_faas_is_a_file_of_the_package(tmp_path: Path) -> None:
    body = (
        "import jupyter_faas\n"
        "def where(photo: jupyter_faas.Image = None):\n"
        "    return {'at': jupyter_faas.__file__}"
    )
    folder = write_package(tmp_path / "where", body, name="where")
    answers, _ = launch(folder, [{}])
    assert Path(answers[0]["at"]) == folder / "jupyter_faas.py"


def test_names_imported_from_the_notebook_work_too(tmp_path: Path) -> None:
    notebook = Notebook()
    notebook.run("from jupyter_faas import Image as Picture, png\nimport jupyter_faas as faas")
    body = (
        "def one(photo: Picture, other: faas.Image | None = None):\n"
        "    return {'at': png(photo), 'other': faas.png(other)}"
    )
    folder = write_package(tmp_path / "one", body, name="one", notebook=notebook)
    answers, logs = launch(folder, [{"photo": data_url(), "other": data_url()}])
    assert logs == ""
    assert answers[0]["at"] == answers[0]["other"]


# Uploads to a web function


def on_openwhisk(kind: str, body: bytes, **params: Any) -> dict[str, Any]:
    """The parameters of a web request with a binary body."""
    return {
        "__ow_method": "post",
        "__ow_headers": {"content-type": kind},
        "__ow_body": base64.b64encode(body).decode(),
        **params,
    }


def on_digitalocean(kind: str, body: bytes, **params: Any) -> dict[str, Any]:
    http = {
        "method": "POST",
        "path": "",
        "headers": {"Content-Type": kind},
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }
    return {"http": http, **params}


def form(fields: Any) -> tuple[str, bytes]:
    """The content type and the body of a form, as ``requests`` writes it."""
    request = requests.Request("POST", "http://localhost/", files=fields).prepare()
    assert isinstance(request.body, bytes)
    return request.headers["Content-Type"], request.body


WEB_HOSTS = pytest.mark.parametrize("host", [on_openwhisk, on_digitalocean])
SEVERAL = {
    **SPEC,
    "schema": {
        "type": "object",
        "properties": {
            "photos": {"type": "array", "items": IMAGE},
            "scale": {"type": "number"},
            "label": {"type": "string"},
        },
        "required": ["photos"],
    },
}


def count(photos: Any, scale: float = 1.0, label: str = "") -> dict[str, Any]:
    return {"shapes": [each.shape for each in photos], "scale": scale, "label": label}


@WEB_HOSTS
@pytest.mark.parametrize("kind", ["image/png", "application/octet-stream", "Image/PNG; x=y"])
def test_the_body_of_a_web_request_is_the_picture(host: Any, kind: str) -> None:
    assert MAIN.call(look, SPEC, host(kind, encoded())) == seen(data_url())


@WEB_HOSTS
def test_the_fields_of_a_form_are_parameters(host: Any) -> None:
    files = [("photos", ("a.png", encoded())), ("photos", ("b.png", encoded()))]
    kind, body = form([*files, ("scale", (None, "2.5")), ("label", ("ä.txt", "ä".encode()))])
    shape = seen(data_url())["shape"]
    assert MAIN.call(count, SEVERAL, host(kind, body)) == {
        "shapes": [shape, shape],
        "scale": 2.5,
        "label": "ä",
    }


@WEB_HOSTS
def test_the_bytes_of_an_upload_stay_as_they_are(host: Any) -> None:
    """Line breaks of all kinds, and bytes that are not text."""
    noise = bytes(range(256)) + b"\r\n\n\r--\r\n" + encoded() + b"\r\n"
    kind, body = form({"photo": ("x.bin", noise)})
    taken = MAIN.bind(SPEC, host(kind, body))[1]["photo"]
    assert base64.b64decode(taken) == noise


@WEB_HOSTS
def test_an_upload_does_not_replace_what_is_set(host: Any) -> None:
    kind, body = form({"photo": ("a.png", encoded())})
    with pytest.raises(REJECTED, match="the parameter photo is already set"):
        MAIN.call(look, SPEC, host(kind, body, photo=data_url()))
    given = {**on_openwhisk("image/png", b"no picture"), "photo": data_url()}
    assert MAIN.call(look, SPEC, given) == seen(data_url())


@WEB_HOSTS
@pytest.mark.parametrize(
    ("kind", "body", "message"),
    [
        ("multipart/form-data", b"x", "the body does not match"),
        ("multipart/form-data; boundary=a", b"x", "the body does not match"),
        ("image/png", b"", "needs photo"),
        ("text/plain", b"x", "needs photo"),
    ],
)
def test_an_upload_that_is_none_is_told(host: Any, kind: str, body: bytes, message: str) -> None:
    with pytest.raises(REJECTED, match=message):
        MAIN.call(look, SPEC, host(kind, body))


def test_a_field_cannot_stand_for_what_a_host_tells() -> None:
    kind, body = form({"__ow_user": (None, "guest"), "photo": ("a.png", encoded())})
    schema: Any = SPEC["schema"]
    spec = {**SPEC, "schema": {**schema, "additionalProperties": True}}
    assert "__ow_user" not in MAIN.bind(spec, on_openwhisk(kind, body))[1]
