"""Render a session as text and as HTML, for front ends that do not draw its graph.

This is separate from ``session_view.py``, because ``output.py`` needs it and the view needs
``output.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from jupyter_faas.commands.sessions import session_lines
from jupyter_faas.widgets.html import colour, mono

# The limits for log lines and steps in an output, because outputs are saved in the notebook file.
_LINES_SHOWN = 200
_STEPS_SHOWN = 500


def session_text(session: Mapping[str, Any]) -> str:
    """Return a session as plain text: totals, outline of the graph with counts, steps."""
    return "\n".join(session_lines(session, every=bool(session.get("every"))))


def session_html(session: Mapping[str, Any]) -> str:
    """Return a session as HTML, with the same lines as its text."""
    style = f"margin:0;white-space:pre;overflow-x:auto;{mono(12)};{colour('plain')}"
    return f'<pre style="{style}">{escape(session_text(session))}</pre>'


def shorten_session(session: Mapping[str, Any], every: bool) -> dict[str, Any]:
    """Return the payload of an output: a session without what would bloat the notebook file.

    ``every``: whether the text has a line for each run.
    """
    steps, logs = session["steps"], session["logs"]
    shortened = {
        "steps": steps[:_STEPS_SHOWN],
        "logs": logs[:_LINES_SHOWN],
        "truncated": session["truncated"] or len(steps) > _STEPS_SHOWN or len(logs) > _LINES_SHOWN,
    }
    return {**session, **shortened, **({"every": True} if every else {})}
