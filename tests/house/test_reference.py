"""The reference page is what the tables of options say."""

from __future__ import annotations

from jupyter_faas.magics.arguments import FUNCTION_ARGUMENTS
from jupyter_faas.magics.combinators import NAMES
from jupyter_faas.magics.composition_options import COMPOSITION_ARGUMENTS
from jupyter_faas.workspace.verbs import VERBS
from tests.house.test_package import ROOT
from tools.reference import reference


def test_page_is_what_the_tables_make() -> None:
    page = (ROOT / "docs" / "reference.md").read_text("utf-8")
    assert page == reference(), "Run: python -m tools.reference > docs/reference.md"


def test_every_option_of_a_function_is_there() -> None:
    page = reference()
    assert all(f"{argument.flag or 'NAME'}" in page for argument in FUNCTION_ARGUMENTS)
    assert all(argument.help in page for argument in FUNCTION_ARGUMENTS)


def test_every_option_and_name_of_a_composition_is_there() -> None:
    page = reference()
    assert all(f"`{name}`" in page for name in NAMES)
    assert all(argument.help in page for argument in COMPOSITION_ARGUMENTS)


def test_every_verb_has_its_lines() -> None:
    page = reference()
    for verb in VERBS:
        assert f"## {verb.name}\n\n{verb.help}\n" in page
        assert f"\njupyter faas {verb.name}" in page
        assert f"\n%faas {verb.name}" in page
        assert all(argument.help in page for argument in verb.arguments)
