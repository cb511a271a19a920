"""Sessions as cell outputs: ``SessionView``, whose graph JupyterLab draws.

Front ends without the lab extension show the outline of the graph and the table of steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from jupyter_faas.commands.sessions import session_lines
from jupyter_faas.widgets.display_value import DisplayValue, publish
from jupyter_faas.widgets.html import colour, mono

if TYPE_CHECKING:
    from jupyter_faas.workspace.sessions.model import Session

# The limit for log lines and steps in an output, because outputs are saved in the notebook file.
_LINES_SHOWN = 200
_STEPS_SHOWN = 500


def session_text(session: Mapping[str, Any]) -> str:
    """Return a session as plain text: totals, graph with counts, steps."""
    return "\n".join(session_lines(session, every=bool(session.get("every"))))


def session_html(session: Mapping[str, Any]) -> str:
    """Return a session as HTML, with the same lines as its text."""
    style = f"margin:0;white-space:pre;overflow-x:auto;{mono(12)};{colour('plain')}"
    return f'<pre style="{style}">{escape(session_text(session))}</pre>'


class SessionView(DisplayValue):
    """A session with its graph, the path that it took, and its steps."""

    def __init__(self, session: Session, *, every: bool = False) -> None:
        self.session = session
        self._every = every

    def __repr__(self) -> str:
        return "\n".join(session_lines(self.session.to_json(), every=self._every))

    def show(self) -> None:
        """Show the session in the running cell."""
        from jupyter_faas.widgets.output import mime_bundle

        publish(mime_bundle(_saved(self.session.to_json(), self._every)))


def _saved(session: dict[str, Any], every: bool) -> dict[str, Any]:
    """Return the payload without what would bloat the notebook file."""
    steps, logs = session["steps"], session["logs"]
    shortened = {
        "steps": steps[:_STEPS_SHOWN],
        "logs": logs[:_LINES_SHOWN],
        "truncated": session["truncated"] or len(steps) > _STEPS_SHOWN or len(logs) > _LINES_SHOWN,
    }
    return {**session, **shortened, **({"every": True} if every else {})}
