"""Turn a notebook cell, and the live model that it uses, into a deployed, versioned action."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from jupyter_faas.providers import composition_verbs
from jupyter_faas.version import __version__

if TYPE_CHECKING:
    from jupyter_faas.handles import function
    from jupyter_faas.images import Image
    from jupyter_faas.serialization import on_arrays
    from jupyter_faas.widgets import ActivationView
    from jupyter_faas.workspace.local.function import png

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


# These modules are imported on first use, so that `import jupyter_faas` stays fast and the server
# does not load them.
_ON_DEMAND = {
    "ActivationView": "jupyter_faas.widgets",
    "Image": "jupyter_faas.images",
    "function": "jupyter_faas.handles",
    "on_arrays": "jupyter_faas.serialization",
    "png": "jupyter_faas.workspace.local.function",
}


# PEP 562: Python calls this for a module attribute that does not exist yet.
def __getattr__(name: str) -> Any:
    if name in _ON_DEMAND:
        return getattr(import_module(_ON_DEMAND[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    # Completion in a notebook lists these names.
    return sorted({*globals(), *__all__})


# The module is named in a string, so that it is imported only when a composition is deployed.
composition_verbs.register(
    lambda named: import_module("jupyter_faas.handles").verbs_of(named),
)


def load_ipython_extension(shell: Any) -> None:
    """Add the magics to the notebook (``%load_ext jupyter_faas``)."""
    import os

    from jupyter_faas.garbage import skip_old_objects

    with skip_old_objects():
        from jupyter_faas.notebook_file import notebook_path
        from jupyter_faas.serialization import ConversionHelper
        from jupyter_faas.serialization.helper import model_libraries

        helper = ConversionHelper()
        # The helper imports its libraries for a second, so it starts before the magics are
        # imported. A notebook without models does not need it.
        notebook = notebook_path(shell, os.environ)
        if model_libraries.is_imported() or model_libraries.is_named_in_file(notebook):
            helper.start()
        from jupyter_faas.magics import load

        load(shell, helper)


def unload_ipython_extension(shell: Any) -> None:
    """Remove the magics and their hooks, and stop the helper process (``%unload_ext``)."""
    from jupyter_faas.magics import unload

    unload(shell)


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "jupyter_faas"}]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    from jupyter_faas.garbage import skip_old_objects

    # Otherwise our objects are enough for a collection of JupyterLab's 200,000 objects (0.1 s)
    # just before its first page.
    with skip_old_objects():
        from jupyter_faas.server import FaasExtension

    return [{"module": "jupyter_faas.server", "app": FaasExtension}]
