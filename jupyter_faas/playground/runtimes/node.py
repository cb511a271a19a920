"""Node.js actions: they run under the ``node`` of this machine, if that is new enough."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from jupyter_faas.errors import KindNotSupported
from jupyter_faas.playground.folder import Folder
from jupyter_faas.playground.nodemodules import NodeModules, wants_modules
from jupyter_faas.playground.plan import Plan
from jupyter_faas.playground.process import WorkerSpec
from jupyter_faas.playground.runtimes.base import Runtime
from jupyter_faas.playground.runtimes.nodes import Node, Nodes
from jupyter_faas.playground.runtimes.python import worker_environment

log = logging.getLogger(__name__)

_LAUNCHER = "launcher.py"
_WORKER = "node_worker.js"
_MODULES = "node_modules"

# V8's heap may be as large as the action's memory: what is really used is watched, and held to the
# limit, as its other memory is. A limit of the data segment would count what V8 only reserves.
_FLAGS = "--max-old-space-size={}"

_LOOPBACK = "127.0.0.1,localhost"


class NodeRuntime(Runtime):
    """Starts ``node`` below the launcher; npm's openwhisk can be required."""

    def __init__(self, folder: Folder, environ: Mapping[str, str], modules: NodeModules) -> None:
        """Blocking: writes the workers' files."""
        self._environ = environ
        self._modules = modules
        self._nodes = Nodes(environ)
        self._shipped = folder.shipped
        for name in (_LAUNCHER, _WORKER):
            folder.ship(name)
        bundle = files("jupyter_faas.playground") / "static" / "openwhisk.js"
        if bundle.is_file():
            shared = folder.shipped / _MODULES
            shared.mkdir(mode=0o700, exist_ok=True)
            (shared / "openwhisk.js").write_bytes(bundle.read_bytes())
        else:
            log.warning("Actions cannot require 'openwhisk': it was not built (jlpm build:node).")

    async def check(self, plan: Plan, kind: str) -> None:
        await asyncio.to_thread(self._node, kind)

    async def spec(
        self, plan: Plan, kind: str, directory: Path, init: Mapping[str, str]
    ) -> WorkerSpec:
        node = await asyncio.to_thread(self._node, kind)
        environment = worker_environment(self._environ, node.executable, None)
        began = time.perf_counter()
        if plan.action.exec.binary and wants_modules(directory):
            await self._modules.provide(directory, node.major, environment, plan.timeout_s)
        main = plan.action.exec.main or "main"
        form = "archive" if plan.action.exec.binary else "text"
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
                _FLAGS.format(plan.memory_mb),
                str(self._shipped / _WORKER),
                form,
                main,
            ),
            runtime="" if plan.kind == f"nodejs:{node.major}" else f"node {node.version}",
            waited_s=time.perf_counter() - began,
        )

    def _node(self, kind: str) -> Node:
        """Node.js runs the code of older versions, and says so; not that of newer ones."""
        found = self._nodes.find()
        if found is None:
            raise KindNotSupported(
                f"The kind '{kind}' cannot run here: there is no node on the PATH of the "
                "playground that works."
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
    """What keeps openwhisk's calls to the playground from the proxy that ``environment`` names."""
    if not any(key.lower() in ("http_proxy", "https_proxy") for key in environment):
        return {}
    known = environment.get("NO_PROXY") or environment.get("no_proxy")
    value = f"{known},{_LOOPBACK}" if known else _LOOPBACK
    return {"NO_PROXY": value, "no_proxy": value}
