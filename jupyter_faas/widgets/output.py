"""One output of a cell in four formats: our own MIME type, an ipywidget, HTML and plain text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Lock
from typing import TYPE_CHECKING, Any

from jupyter_faas.widgets.activation_render import activation_html, activation_text
from jupyter_faas.widgets.card_render import card_html, card_text
from jupyter_faas.widgets.session_render import session_html, session_text
from jupyter_faas.workspace.exact_json import for_notebook, to_exact

if TYPE_CHECKING:
    from jupyter_faas.widgets.actions import Action
    from jupyter_faas.widgets.widget import PayloadWidget

MIME_TYPE = "application/vnd.jupyter-faas+json"
WIDGET_TYPE = "application/vnd.jupyter.widget-view+json"

Bundle = dict[str, Any]

_FORMS: Mapping[str, tuple[Callable[[Mapping[str, Any]], str], Callable[[Mapping[str, Any]], str]]]
_FORMS = {
    "function": (card_html, card_text),
    "activation": (activation_html, activation_text),
    "session": (session_html, session_text),
}


def mime_bundle(
    payload: Mapping[str, Any], widget: PayloadWidget | None = None, *, measuring: bool = True
) -> Bundle:
    """Return a payload in all formats, as a MIME bundle.

    A reopened notebook has lost the widget's model, but still has the other formats.

    Without ``measuring``, the HTML and the text are not updated after a cold start was measured, so
    they say "not measured". Our own MIME type keeps the state "measuring", because its renderer can
    still request the measurement.
    """
    html, text = _FORMS[payload["type"]]
    fixed = payload
    if not measuring and payload.get("forecast", {}).get("state") == "measuring":
        fixed = {**payload, "forecast": {**payload["forecast"], "state": "unmeasured"}}
    bundle: Bundle = {
        MIME_TYPE: for_notebook(payload),
        "text/html": html(fixed),
        "text/plain": text(fixed),
    }
    if widget is not None:
        view = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
        bundle[WIDGET_TYPE] = view
    return bundle


def has_kernel() -> bool:
    """Return whether outputs go to a kernel's front end, which can draw widgets.

    A terminal cannot draw widgets.
    """
    from IPython import get_ipython

    # Only the shell of ipykernel has this attribute.
    return getattr(get_ipython(), "kernel", None) is not None


class Output:
    """An output of a cell whose payload may change after it was shown, from any thread."""

    def __init__(
        self,
        payload: Mapping[str, Any],
        *,
        display_id: str,
        with_widget: bool,
        measuring: bool = True,
        updates: bool = True,
        actions: Mapping[str, Action] | None = None,
    ) -> None:
        self.display_id = display_id
        self._actions = actions or {}
        self._payload = dict(payload)
        self._with_widget = with_widget
        self._measuring = measuring
        self._updates = updates
        self._widget: PayloadWidget | None = None
        # The lock is also held while publishing, so that an older payload is never published last.
        self._lock = Lock()

    @property
    def payload(self) -> dict[str, Any]:
        """A copy of the current payload."""
        with self._lock:
            return dict(self._payload)

    def show(self, *, replace: bool = False) -> None:
        """Show the output in the running cell.

        With ``replace``, this output replaces the existing output with the same display id.
        """
        with self._lock:
            if self._with_widget:
                from jupyter_faas.widgets.widget import new_widget

                self._widget = new_widget(self._payload, self._actions)
            self._publish(update=replace)

    def update(self, **changes: object) -> None:
        """Change keys of the payload and update the output wherever it is shown."""
        with self._lock:
            self._payload.update(changes)
            if self._widget is not None:
                self._widget.payload = to_exact(self._payload)
            self._publish(update=True)

    def repeat(self) -> None:
        """Publish the current payload again.

        Clients such as nbclient handle only messages of the running cell, so they miss changes
        between two cells.
        """
        with self._lock:
            self._publish(update=True)

    def _publish(self, *, update: bool) -> None:
        # A terminal cannot replace text, so an update would print the card once more.
        if update and not self._updates:
            return
        from IPython.display import display

        bundle = mime_bundle(self._payload, self._widget, measuring=self._measuring)
        display(bundle, raw=True, display_id=self.display_id, update=update)
