"""Descriptions of parameters in a docstring of the Sphinx, Google or NumPy style.

The patterns are apart from signature.py, because they concern text and not code.
"""

from __future__ import annotations

import re
from textwrap import dedent

_FIELD = re.compile(r"^:param (?:[^:\n]* )?\*{0,2}(\w+):[ \t]*(.*(?:\n[ \t]+.*)*)", re.MULTILINE)
_GOOGLE = re.compile(
    r"^(?:Args|Arguments|Parameters):[ \t]*\n((?:[ \t]+.*(?:\n|$)|[ \t]*\n)+)", re.MULTILINE
)
_GOOGLE_ITEM = re.compile(
    r"^\*{0,2}(\w+)[ \t]*(?:\([^)\n]*\))?:[ \t]*(.*(?:\n[ \t]+.*)*)", re.MULTILINE
)
_NUMPY = re.compile(
    r"^Parameters[ \t]*\n-{3,}[ \t]*\n((?:(?!^\S.*\n-{3,}).*(?:\n|$))+)", re.MULTILINE
)
_NUMPY_ITEM = re.compile(r"^(\w+(?:, *\w+)*)[ \t]*(?::.*)?\n((?:[ \t]+.*(?:\n|$))+)", re.MULTILINE)


def parameter_descriptions(docstring: str) -> dict[str, str]:
    """Return the descriptions by parameter, each on one line.

    ``docstring`` is dedented, as ``ast.get_docstring`` returns it.
    """
    found: list[tuple[str, str]] = list(_FIELD.findall(docstring))
    for section in _GOOGLE.findall(docstring):
        found += _GOOGLE_ITEM.findall(dedent(section))
    for section in _NUMPY.findall(docstring):
        for names, text in _NUMPY_ITEM.findall(section):
            found += [(name.strip(), text) for name in names.split(",")]
    lines = {name: " ".join(text.split()) for name, text in found}
    return {name: text for name, text in lines.items() if text}
