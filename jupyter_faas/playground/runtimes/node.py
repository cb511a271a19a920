"""The runtime for Node.js actions, which uses ``node`` from the PATH if it is recent enough."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from jupyter_faas.errors import KindNotSupported
from jupyter_faas.playground.data_dir import DataDirectory
from jupyter_faas.playground.entities.resolved_action import ResolvedAction
from jupyter_faas.playground.notes import NPM_INSTALL
from jupyter_faas.playground.runtimes.base import Runtime
from jupyter_faas.playground.runtimes.node_modules import NodeModules, is_installed, wants_modules
from jupyter_faas.playground.runtimes.python import worker_environment
from jupyter_faas.playground.workers.process import WorkerSpec

# Finding ``node`` and its version

_VERSION = re.compile(r"v(\d+)\.\d+\.\d+\S*")
_VERSION_TIMEOUT_S = 20


class Node(NamedTuple):
    """A ``node`` executable, with the output of ``node --version``, such as ``v22.3.0``."""

    executable: str
    version: str

    @property
    def major(self) -> int:
        """The major version, such as 22, or 0 if ``version`` has another format."""
        found = _VERSION.fullmatch(self.version)
        return int(found[1]) if found else 0


class NodeFinder:
    """Finds ``node`` on the PATH, and caches its version until the executable changes."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._cache: dict[tuple[str, int], Node | None] = {}

    def find(self) -> Node | None:
        """Return the first ``node`` on the PATH, or None if it does not exist or does not work.

        This method blocks.
        """
        path = self._environ.get("PATH")
        command = shutil.which("node", path=path)
        if command is None:
            return None
        executable = os.path.abspath(command)
        key = (executable, os.stat(executable).st_mtime_ns)
        if key not in self._cache:
            version = self._read_version(executable)
            self._cache[key] = Node(executable, version) if version else None
        return self._cache[key]

    def _read_version(self, executable: str) -> str | None:
        # The command may be a script of a version manager, which needs these two variables.
        environment = {key: self._environ[key] for key in ("PATH", "HOME") if key in self._environ}
        try:
            done = subprocess.run(
                [executable, "--version"],
                env=environment,
                capture_output=True,
                text=True,
                timeout=_VERSION_TIMEOUT_S,
                check=True,
            )
        except (OSError, subprocess.SubprocessError):
            return None
        version = done.stdout.strip()
        return version if _VERSION.fullmatch(version) else None


log = logging.getLogger(__name__)

_LAUNCHER = "launcher.py"
_WORKER = "node_worker.js"
_RUNTIME = "node_runtime.js"
_MODULES = "node_modules"

# The V8 heap may grow to the action's memory limit. The memory watchdog enforces that limit for all
# memory. A data segment limit is unsuitable, because it would count memory that V8 only reserves.
_MEMORY_FLAG = "--max-old-space-size={}"

_LOOPBACK = "127.0.0.1,localhost"


class NodeRuntime(Runtime):
    """Runs Node.js actions with ``node`` under the launcher.

    Actions can require the npm package ``openwhisk``.
    """

    def __init__(
        self, folder: DataDirectory, environ: Mapping[str, str], modules: NodeModules
    ) -> None:
        """Write the workers' files to the data directory. This constructor blocks."""
        self._environ = environ
        self._modules = modules
        self._nodes = NodeFinder(environ)
        self._shipped = folder.shipped
        for name in (_LAUNCHER, _WORKER, _RUNTIME):
            folder.copy_worker_file(name)
        bundle = files("jupyter_faas.playground") / "static" / "openwhisk.js"
        if bundle.is_file():
            shared = folder.shipped / _MODULES
            shared.mkdir(mode=0o700, exist_ok=True)
            (shared / "openwhisk.js").write_bytes(bundle.read_bytes())
        else:
            log.warning("Actions cannot require 'openwhisk': it was not built (jlpm build:node).")

    async def check(self, resolved: ResolvedAction, kind: str) -> None:
        await asyncio.to_thread(self._node, kind)

    async def spec(
        self, resolved: ResolvedAction, kind: str, directory: Path, init: Mapping[str, str]
    ) -> WorkerSpec:
        node = await asyncio.to_thread(self._node, kind)
        environment = worker_environment(self._environ, node.executable, None)
        began = time.perf_counter()
        if resolved.action.exec.binary and wants_modules(directory):
            await self._modules.provide(directory, node.major, environment, resolved.timeout_s)
        main = resolved.action.exec.main or "main"
        form = "archive" if resolved.action.exec.binary else "text"
        return WorkerSpec(
            command=(sys.executable, str(self._shipped / _LAUNCHER)),
            directory=directory,
            main=main,
            environment={
                **environment,
                **without_proxy(environment),
                "NODE_PATH": str(self._shipped / _MODULES),
            },
            init=init,
            program=(
                node.executable,
                "--expose-gc",
                _MEMORY_FLAG.format(resolved.memory_mb),
                str(self._shipped / _WORKER),
                form,
                main,
            ),
            note=NPM_INSTALL if is_installed(directory) else "",
            runtime="" if resolved.kind == f"nodejs:{node.major}" else f"node {node.version}",
            waited_s=time.perf_counter() - began,
        )

    def _node(self, kind: str) -> Node:
        """Return the ``node`` for a kind; raise KindNotSupported if it is missing or too old."""
        found = self._nodes.find()
        if found is None:
            raise KindNotSupported(
                f"The kind '{kind}' cannot run here: no working node was found on the PATH of the "
                "playground. Install Node.js."
            )
        version = kind.partition(":")[2]
        if version.isdigit() and found.major < int(version):
            raise KindNotSupported(
                f"The kind '{kind}' cannot run here: the node on the PATH of the playground is "
                f"{found.version}, which is older. Install Node.js {version} or newer, or choose "
                "an older kind."
            )
        return found


def without_proxy(environment: Mapping[str, str]) -> dict[str, str]:
    """Return NO_PROXY variables that include the loopback addresses.

    With these variables, requests from the npm package ``openwhisk`` to the playground bypass the
    user's HTTP proxy. Return an empty dictionary if ``environment`` does not define a proxy.
    """
    if not any(key.lower() in ("http_proxy", "https_proxy") for key in environment):
        return {}
    known = environment.get("NO_PROXY") or environment.get("no_proxy")
    value = f"{known},{_LOOPBACK}" if known else _LOOPBACK
    return {"NO_PROXY": value, "no_proxy": value}
