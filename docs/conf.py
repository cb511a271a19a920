"""How Sphinx makes the site of this folder: ``./dev docs``."""

from __future__ import annotations

import sys
from pathlib import Path

from pygments.lexer import bygroups, inherit, using
from pygments.lexers.python import PythonLexer
from pygments.token import Keyword, Operator, Text
from sphinx.application import Sphinx

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from jupyter_faas import __version__  # noqa: E402  found by the line above
from tools.reference import GENERATED  # noqa: E402

project = "jupyter_faas"
author = "the jupyter_faas authors"
copyright = "the jupyter_faas authors. Apache-2.0"  # noqa: A001  Sphinx' word
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["_build"]
nitpicky = True
smartquotes = False  # --memory is not –memory

myst_enable_extensions = ["attrs_block", "colon_fence"]
myst_heading_anchors = 3

autodoc_typehints = "signature"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
# In signatures: the standard library, whose pages are not reachable when the site is built offline,
# and types of ours that nobody calls by name.
nitpick_ignore_regex = [
    ("py:class", r"(collections\.abc|pathlib|typing)\..*"),
    (
        "py:class",
        r"(ActionHandle|ActivationsView|CanaryView|Deployment|DiffView|HistoryView|LocalRun"
        r"|ReplayView|ShadowView|Workspace)",
    ),
    (
        "py:class",
        r"jupyter_faas\.(serialization\.networks\.torch_arrays\.OnArrays"
        r"|composer\.(named_composition\.Run|combinators\.ActionHandle))",
    ),
]

html_theme = "pydata_sphinx_theme"
html_title = "jupyter_faas"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "logo": {"text": "jupyter_faas"},
    "navbar_align": "left",
    "navbar_end": ["theme-switcher"],
    "show_prev_next": True,
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}


class CellLexer(PythonLexer):
    """Python with the magics that cells have: the rest of such a line is none."""

    tokens = {  # noqa: RUF012  as Pygments has it
        "root": [
            (
                r"\A(%%)(\w+)([^\n]*\n)([\s\S]*)",
                bygroups(Operator, Keyword, Text, using(PythonLexer)),
            ),
            (r"^(%)(\w+)([^\n]*\n?)", bygroups(Operator, Keyword, Text)),
            inherit,
        ],
    }


def fill(app: Sphinx, page: str, source: list[str]) -> None:
    """Put what is made from the code where a page asks for it: ``<!-- generated: NAME -->``."""
    for name, make in GENERATED.items():
        mark = f"<!-- generated: {name} -->"
        if mark in source[0]:
            source[0] = source[0].replace(mark, make())


def setup(app: Sphinx) -> dict[str, bool]:
    """Sphinx calls this."""
    app.connect("source-read", fill)
    app.add_lexer("python", CellLexer)
    return {"parallel_read_safe": True}
