"""The reference page is what the tables of options say; what it lacks, test_documented tells."""

from __future__ import annotations

from jupyter_faas.commands.table import VERBS
from jupyter_faas.magics.cells.composition_namespace import NAMES
from jupyter_faas.magics.handles import Function
from tests.project.test_package import ROOT
from tools.reference import reference


def test_page_is_what_the_tables_make() -> None:
    page = (ROOT / "docs" / "reference.md").read_text("utf-8")
    assert page == reference(), "Run: python -m tools.reference > docs/reference.md"


def test_every_name_of_a_composition_is_there() -> None:
    page = reference()
    assert all(f"`{name}`" in page for name in NAMES)


def test_every_verb_of_a_handle_has_its_call() -> None:
    page = reference()
    # ``spawn`` and ``ainvoke`` are ``invoke`` for Python code that does not wait.
    others = {"spawn", "ainvoke"}
    methods = {name for name in dir(Function) if not name.startswith("_")} - others
    assert methods <= {verb.name for verb in VERBS}
    assert all(f"\niris.{name}(" in page for name in methods)
    assert "\niris.rollback(to=None, *, force=False)\n" in page
