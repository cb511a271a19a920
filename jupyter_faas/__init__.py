"""A notebook cell and the live model it names become a deployed, versioned, observable action."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jupyter_faas.deploying import function
    from jupyter_faas.images import Image
    from jupyter_faas.serialization import on_arrays
    from jupyter_faas.widgets import ActivationView
    from jupyter_faas.workspace.pictures import png

__version__ = "0.1.0"

__all__ = [
    "ActivationView",
    "Image",
    "__version__",
    "function",
    "load_ipython_extension",
    "on_arrays",
    "png",
    "unload_ipython_extension",
]


# Brought in when they are asked for: an import of the package stays light, and the server, which
# needs none of them, loads none.
_ON_DEMAND = {
    "ActivationView": "jupyter_faas.widgets",
    "Image": "jupyter_faas.images",
    "function": "jupyter_faas.deploying",
    "on_arrays": "jupyter_faas.serialization",
    "png": "jupyter_faas.workspace.pictures",
}


def __getattr__(name: str) -> Any:
    if name in _ON_DEMAND:
        return getattr(import_module(_ON_DEMAND[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def load_ipython_extension(shell: Any) -> None:
    """``%load_ext jupyter_faas``: the magics come into the notebook."""
    from jupyter_faas.magics import load

    load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """``%unload_ext jupyter_faas``: the magics, their hooks and the helper process go."""
    from jupyter_faas.magics import unload

    unload(shell)


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "jupyter_faas"}]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    from jupyter_faas.server import FaasExtension

    return [{"module": "jupyter_faas.server", "app": FaasExtension}]
