"""What a cell shows: function cards and activations, each in four forms.

Knows payloads (the JSON of the workspace's records) and how to draw them; asks the workspace
only for the record of an activation. The ipywidget is imported when the first one is made.
"""

from __future__ import annotations

from jupyter_faas.widgets.activation_view import ActivationView
from jupyter_faas.widgets.display_value import Shown
from jupyter_faas.widgets.local_run import LocalRun
from jupyter_faas.widgets.output import MIME_TYPE, Output, has_kernel, mime_bundle, prepare_widgets
from jupyter_faas.widgets.run_tables import ActivationsView, SessionsView
from jupyter_faas.widgets.tables import DiffView, HistoryView, ReplayView

__all__ = [
    "MIME_TYPE",
    "ActivationView",
    "ActivationsView",
    "DiffView",
    "HistoryView",
    "LocalRun",
    "Output",
    "ReplayView",
    "SessionsView",
    "Shown",
    "has_kernel",
    "mime_bundle",
    "prepare_widgets",
]
