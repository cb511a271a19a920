"""The outputs of cells: function cards and activations, each in four formats.

This package renders payloads, which are the JSON of the workspace's records. From the workspace
itself it reads only activation records. ipywidgets is imported with the first widget.
"""

from __future__ import annotations

from jupyter_faas.widgets.activation_view import ActivationView, LocalRun
from jupyter_faas.widgets.card_render import card_details
from jupyter_faas.widgets.display_value import DisplayValue
from jupyter_faas.widgets.output import MIME_TYPE, Output, has_kernel, mime_bundle
from jupyter_faas.widgets.session_view import SessionView
from jupyter_faas.widgets.tables import (
    ActivationsView,
    CanaryView,
    CostView,
    DiffView,
    HistoryView,
    ReplayView,
    SessionsView,
    ShadowView,
)

__all__ = [
    "MIME_TYPE",
    "ActivationView",
    "ActivationsView",
    "CanaryView",
    "CostView",
    "DiffView",
    "DisplayValue",
    "HistoryView",
    "LocalRun",
    "Output",
    "ReplayView",
    "SessionView",
    "SessionsView",
    "ShadowView",
    "card_details",
    "has_kernel",
    "mime_bundle",
]
