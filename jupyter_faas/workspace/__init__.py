"""The one door: package, deploy, invoke, activations, targets, for every surface alike.

Knows all rooms below and no surface above; imports a room only when something needs it.
"""

from __future__ import annotations

from jupyter_faas.workspace.options import CompositionOptions, FunctionOptions
from jupyter_faas.workspace.request import CompositionRequest, PackageRequest
from jupyter_faas.workspace.results import (
    ActivationRecord,
    ActivationSummary,
    DeployedFunction,
    Deployment,
    Forecast,
    Packaged,
    TargetState,
)
from jupyter_faas.workspace.workspace import Workspace

__all__ = [
    "ActivationRecord",
    "ActivationSummary",
    "CompositionOptions",
    "CompositionRequest",
    "DeployedFunction",
    "Deployment",
    "Forecast",
    "FunctionOptions",
    "PackageRequest",
    "Packaged",
    "TargetState",
    "Workspace",
]
