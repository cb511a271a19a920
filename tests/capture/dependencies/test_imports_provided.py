from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_faas.errors import CaptureError
from tests.capture.helpers.notebook import Notebook


@pytest.fixture
def notebook() -> Notebook:
    made = Notebook()
    made.run("import jupyter_faas as faas\nfrom jupyter_faas import Image, png as as_png")
    return made


@pytest.mark.parametrize(
    ("annotation", "wanted"),
    [
        ("faas.Image", True),
        ("Image", True),
        ("'faas.Image'", True),
        ("list[Image]", True),
        ("dict[str, Image]", True),
        ("Image | None", True),
        ("str", False),
        ("dict", False),
    ],
)
def test_a_function_with_an_image_brings_what_reads_it(
    notebook: Notebook, annotation: str, wanted: bool
) -> None:
    captured = notebook.capture(f"def iris(photo: {annotation}):\n    return {{}}")
    assert captured.images is wanted
    assert [r.distribution for r in captured.requirements] == (
        ["numpy", "pillow"] if wanted else []
    )


def test_the_schema_says_that_it_is_an_image(notebook: Notebook) -> None:
    captured = notebook.capture("def iris(photo: Image):\n    return {}")
    photo = captured.schema["properties"]["photo"]
    assert (photo["type"], photo["format"]) == (["string", "object"], "image")
    assert photo["description"].startswith("An image: an http(s) URL")


def test_a_default_that_looks_like_a_schema_is_none(notebook: Notebook) -> None:
    captured = notebook.capture("def iris(wanted: dict = {'format': 'image'}):\n    return {}")
    assert not captured.images


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("def iris(photo: faas.Image):\n    return {}", "import jupyter_faas as faas"),
        ("def iris(photo: Image):\n    return {}", "from jupyter_faas import Image"),
        ("def iris():\n    return {'a': as_png([[1]])}", "from jupyter_faas import png as as_png"),
        ("def iris():\n    return {'a': faas.png([[1]])}", "import jupyter_faas as faas"),
    ],
)
def test_names_of_jupyter_faas_are_imported_there_too(
    notebook: Notebook, body: str, line: str
) -> None:
    captured = notebook.capture(body)
    assert line in captured.captured_source.splitlines()
    assert captured.images
    assert "jupyter_faas" not in {r.distribution for r in captured.requirements}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            "def iris(n: int):\n    return {'a': faas.ActivationView(n)}",
            "faas.ActivationView works only in a notebook: iris uses faas.ActivationView on line 3",
        ),
        (
            "def iris(n: int):\n    from jupyter_faas.workspace import Workspace\n    return {}",
            "Line 3 of the cell imports jupyter_faas.workspace, which works only in a notebook",
        ),
    ],
)
def test_other_names_of_jupyter_faas_are_refused(notebook: Notebook, body: str, words: str) -> None:
    with pytest.raises(CaptureError, match=words) as caught:
        notebook.capture(body)
    assert caught.value.hint.startswith("Move ")
    assert caught.value.hint.endswith(" In an action, jupyter_faas provides only Image and png.")


WITHOUT_PILLOW = """\
import sys
sys.modules["PIL"] = None
from jupyter_faas.errors import CaptureError
from tests.capture.helpers.notebook import Notebook
notebook = Notebook()
notebook.run("import jupyter_faas as faas")
try:
    notebook.capture("def iris(photo: faas.Image):\\n    return {}")
except CaptureError as error:
    print(error)
"""


def test_without_pillow_one_sentence_says_so() -> None:
    said = subprocess.run(
        [sys.executable, "-c", WITHOUT_PILLOW],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert said == (
        "The image photo needs Pillow, which is not installed here.\n"
        "Install it in a cell: %pip install pillow\n"
    )
