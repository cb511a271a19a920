"""``SessionView``: a session as a cell output, whose graph JupyterLab draws.

It is not part of ``session_render.py``, because ``output.py`` imports that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_faas.widgets.display_value import DisplayValue, publish
from jupyter_faas.widgets.output import mime_bundle
from jupyter_faas.widgets.session_render import session_text, shorten_session

if TYPE_CHECKING:
    from jupyter_faas.workspace.sessions.model import Session


class SessionView(DisplayValue):
    """A session with its graph, the path that it took, and its steps.

    Front ends without the lab extension show the outline of the graph and the table of steps.
    """

    def __init__(self, session: Session, *, every: bool = False) -> None:
        """Create the view. With ``every``, the text has a line for each run."""
        self.session = session
        self._every = every

    def __repr__(self) -> str:
        return session_text({**self.session.to_json(), "every": self._every})

    def show(self) -> None:
        """Show the session in the running cell."""
        publish(mime_bundle(shorten_session(self.session.to_json(), self._every)))
