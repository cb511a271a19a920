"""The reference page is the verbs table."""

from __future__ import annotations

from jupyter_faas.cli.reference import reference
from jupyter_faas.workspace.verbs import VERBS
from tests.cli.conftest import ROOT


def test_page_is_what_the_table_makes() -> None:
    page = (ROOT / "docs" / "reference.md").read_text("utf-8")
    assert page == reference(), "Run: python -m jupyter_faas.cli.reference > docs/reference.md"


def test_every_verb_has_its_lines() -> None:
    page = reference()
    for verb in VERBS:
        assert f"## {verb.name}\n\n{verb.help}\n" in page
        assert f"\njupyter faas {verb.name}" in page
        assert f"\n%faas {verb.name}" in page
        assert all(argument.help in page for argument in verb.arguments)
