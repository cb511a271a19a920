"""A notebook cell and the live model it names become a deployed, versioned, observable action."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_faas.images import Image

if TYPE_CHECKING:
    from jupyter_faas.widgets import ActivationView
    from jupyter_faas.workspace.pictures import png

__version__ = "0.1.0"

__all__ = [
    "ActivationView",
    "Image",
    "__version__",
    "load_ipython_extension",
    "png",
    "unload_ipython_extension",
]


def __getattr__(name: str) -> Any:
    # On demand, since these bring in far more than an import of the package should.
    if name == "ActivationView":
        from jupyter_faas.widgets import ActivationView

        return ActivationView
    if name == "png":
        from jupyter_faas.workspace.pictures import png

        return png
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
