"""The API behind all user interfaces: package, deploy, invoke, read activations, choose targets.

Start at ``Workspace``. This package uses the libraries below it (capture, serialization, client,
playground, …) and never imports a user interface (magics, server, cli). It imports a library only
when a method needs that library.
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
