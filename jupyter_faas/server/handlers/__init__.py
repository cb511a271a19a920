"""All routes of the server extension, relative to Jupyter's base URL.

Handlers validate the input and call the workspace. They import parts of the workspace inside their
methods, so that the extension loads fast.

The docstring of a handler has a method, a path, a request body if any, and after the colon the
response. A file name such as status.json stands for JSON like the sample in ``tests/data/api``. A
number is an HTTP status. ``docs/endpoints.md`` is built from these docstrings.
"""

from __future__ import annotations

from jupyter_faas.server.handlers import (
    activations,
    bundles,
    cost,
    deployments,
    functions,
    history,
    inputs,
    openapi,
    packages,
    page,
    playground,
    rollouts,
    sessions,
    status,
    target,
    triggers,
)

ROUTES: tuple[tuple[str, type], ...] = (
    *status.ROUTES,
    *target.ROUTES,
    *playground.ROUTES,
    *functions.ROUTES,
    *activations.ROUTES,
    *sessions.ROUTES,
    *cost.ROUTES,
    *deployments.ROUTES,
    *history.ROUTES,
    *rollouts.ROUTES,
    *inputs.ROUTES,
    *openapi.ROUTES,
    *bundles.ROUTES,
    *packages.ROUTES,
    *triggers.ROUTES,
    *page.ROUTES,
)

__all__ = ["ROUTES"]
