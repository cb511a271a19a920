from __future__ import annotations

import pytest

from jupyter_faas.capture.docstrings import parameter_descriptions

SPHINX = "Do.\n\n:param x: the x\n    more\n:param float y: why\n:returns: no"
GOOGLE = "Do.\n\nArgs:\n    x (int): the x\n        more\n    y: why\n\nReturns:\n    foo: bar"
NUMPY = (
    "Do.\n\nParameters\n----------\nx : int\n    the x\n    more\ny\n    why\n\n"
    "Returns\n-------\nw : int\n    foo"
)


@pytest.mark.parametrize("text", [SPHINX, GOOGLE, NUMPY], ids=["Sphinx", "Google", "NumPy"])
def test_descriptions_of_each_style_are_read(text: str) -> None:
    assert parameter_descriptions(text) == {"x": "the x more", "y": "why"}


@pytest.mark.parametrize("text", ["", "Do.", "Args:\n\nNothing here: none."])
def test_other_text_describes_no_parameter(text: str) -> None:
    assert parameter_descriptions(text) == {}
