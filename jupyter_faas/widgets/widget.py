"""The ipywidget of a display, for front ends without the lab extension.

The build writes the widget's script into ``static``. In a source tree without a build the script is
missing, and only the other three formats are shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from jupyter_faas.widgets.actions import Action, answer
from jupyter_faas.workspace.exact_json import to_exact

STATIC = Path(__file__).parent / "static"


class PayloadWidget(anywidget.AnyWidget):
    """The base class of widgets that draw ``payload``, the same JSON as in our own MIME type.

    ``actions`` lists the operations that the widget's buttons may request.
    """

    payload = traitlets.Dict().tag(sync=True)
    actions = traitlets.List(traitlets.Unicode()).tag(sync=True)
    # These are traits, so that each widget has its own script and style sheet. anywidget would
    # otherwise look for class attributes, which may name files that it then watches.
    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)


# anywidget keeps one style sheet per class on a page, so each script needs its own class.


class CardWidget(PayloadWidget):
    """The widget of a function card."""


class ActivationWidget(PayloadWidget):
    """The widget of an activation."""


_KINDS = {"function": ("card", CardWidget), "activation": ("activation", ActivationWidget)}


def new_widget(
    payload: Mapping[str, Any], actions: Mapping[str, Action], static: Path = STATIC
) -> PayloadWidget | None:
    """Return the widget of a payload, or None if its script has not been built."""
    # Each type has its own class. See the comment above CardWidget.
    name, kind = _KINDS[payload["type"]]
    script = static / f"{name}.js"
    if not script.is_file():
        return None
    style = script.with_suffix(".css")
    widget = kind(
        payload=to_exact(payload),
        actions=list(actions),
        _esm=script.read_text("utf-8"),
        _css=style.read_text("utf-8") if style.is_file() else "",
    )

    def hear(_: PayloadWidget, message: Mapping[str, Any], buffers: object) -> None:
        reply = answer(actions, message)
        if reply is not None:
            widget.send(to_exact(reply))

    widget.on_msg(hear)
    return widget
