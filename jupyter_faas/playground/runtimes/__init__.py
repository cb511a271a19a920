"""Runtimes: how to start workers for each family of kinds (Python, Node.js).

This package finds interpreters, unpacks and caches code, installs requirements, and returns the
WorkerSpec for starting a worker. It does not depend on scheduling or HTTP.
"""

from __future__ import annotations

from collections.abc import Mapping

from jupyter_faas.playground.data_dir import DataDirectory
from jupyter_faas.playground.runtimes.base import Runtime
from jupyter_faas.playground.runtimes.builds import BuildCache
from jupyter_faas.playground.runtimes.interpreters import Interpreters
from jupyter_faas.playground.runtimes.node import NodeRuntime
from jupyter_faas.playground.runtimes.node_modules import NodeModules
from jupyter_faas.playground.runtimes.python import PythonRuntime
from jupyter_faas.playground.runtimes.virtualenvs import Virtualenvs

__all__ = ["NodeRuntime", "PythonRuntime", "Runtime", "make_runtimes"]


def make_runtimes(
    folder: DataDirectory, environ: Mapping[str, str], builds: BuildCache
) -> Mapping[str, Runtime]:
    """Return the runtime for each family of kinds (``python``, ``nodejs``).

    ``environ``: the environment variables of the playground.

    This function blocks while it writes the workers' files.
    """
    virtualenvs = Virtualenvs(builds, environ, Interpreters())
    return {
        "python": PythonRuntime(folder, environ, virtualenvs),
        "nodejs": NodeRuntime(folder, environ, NodeModules(builds, environ)),
    }
