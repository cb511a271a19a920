"""A run in the notebook that stands in for an activation where remote verbs are inert."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jupyter_faas.widgets.activation_render import json_html
from jupyter_faas.widgets.display_value import Shown, publish
from jupyter_faas.widgets.html import mono
from jupyter_faas.widgets.lines import lay_out


class LocalRun(Shown):
    """Has the values that later cells take from an ActivationView, and no activation."""

    id = ""
    ok = True
    status = "success"
    cold = False

    def __init__(self, result: Mapping[str, Any], duration_ms: int) -> None:
        self.result = result
        self.duration_ms = duration_ms
        self.logs: list[str] = []

    def show(self) -> None:
        """Show the result in the running cell."""
        laid_out = lay_out(self.result)
        html = f'<pre style="margin:0;{mono(13)}">{json_html(laid_out)}</pre>'
        publish({"text/html": html, "text/plain": laid_out})

    def __repr__(self) -> str:
        return lay_out(self.result)
