"""Stand-ins for IPython's functions that show values, such as ``display`` and ``Markdown``.

An action does not have an output area. What a function displays is printed to its log instead.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping

from jupyter_faas.capture.values.attributes import stored_attribute

_PRINT = """\
def {name}(*objects, **options):
    print(*objects, sep="\\n")"""
_NOTHING = """\
def {name}(*arguments, **options):
    pass"""
# ``display(Markdown(text))`` prints the text.
_CONTENT = """\
def {name}(data=None, *arguments, **options):
    return data"""


def stand_in(name: str, namespace: Mapping[str, object]) -> str | None:
    """Return the definition that replaces an object of IPython's display system, or None."""
    # IPython adds ``display`` to Python's builtins.
    if name == "display" and name not in namespace:
        return _PRINT.format(name=name)
    value = namespace.get(name)
    if not str(stored_attribute(value, "__module__", "")).startswith(
        ("IPython.core.display", "IPython.lib.display")
    ):
        return None
    if inspect.isclass(value):
        return _CONTENT.format(name=name)
    is_display = stored_attribute(value, "__name__", "") == "display"
    return (_PRINT if is_display else _NOTHING).format(name=name)
