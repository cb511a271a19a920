from __future__ import annotations

import pytest

from jupyter_faas.errors import CaptureError
from tests.capture.helpers.notebook import Notebook

pytest.importorskip("jinja2")

MAILER = """
import jinja2
class Mailer:
    def __init__(self, template):
        self.template = template
"""


def test_a_template_in_an_object_has_the_text_of_its_cell(notebook: Notebook) -> None:
    notebook.run(MAILER)
    notebook.run("mailer = Mailer(jinja2.Template('Hi {{ name }}', trim_blocks=True))")
    captured = notebook.capture("def f(name):\n    return mailer.template.render(name=name)")
    assert "jinja2.Template('Hi {{ name }}', trim_blocks=True)" in captured.captured_source


def test_a_template_whose_text_was_put_together_is_refused(notebook: Notebook) -> None:
    notebook.run(MAILER)
    notebook.run("mailer = Mailer(jinja2.Template('Hi {{ ' + 'first' + ' }}'))")
    with pytest.raises(CaptureError, match=r"mailer\.template is an instance of Template"):
        notebook.capture("def f(name):\n    return mailer.template.render(name=name)")


def test_a_similar_text_is_not_taken_for_the_template(notebook: Notebook) -> None:
    notebook.run(MAILER)
    notebook.run("text = 'Hi {{ name }}!'\nother = 'Hi {{ name }}'")
    notebook.run("mailer = Mailer(jinja2.Template(text))")
    captured = notebook.capture("def f(name):\n    return mailer.template.render(name=name)")
    assert "jinja2.Template('Hi {{ name }}!')" in captured.captured_source


def test_a_template_with_globals_of_its_own_is_refused(notebook: Notebook) -> None:
    notebook.run(MAILER)
    notebook.run(
        "env = jinja2.Environment()\n"
        "mailer = Mailer(env.from_string('{{ shop }}', globals={'shop': 'tea'}))"
    )
    with pytest.raises(CaptureError, match=r"mailer\.template is an instance of Template"):
        notebook.capture("def f():\n    return mailer.template.render()")
