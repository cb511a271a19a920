"""The main module of the playground: build storage, workers and HTTP server, run and stop them.

``_serve`` shows the order of start and stop. The three ``build_…`` functions create the objects.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import resource
import signal
import sqlite3
import sys
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from functools import partial
from socket import socket
from typing import NamedTuple

import uvloop

from jupyter_faas.errors import FaasError
from jupyter_faas.playground.alarms import AlarmService, make_alarms
from jupyter_faas.playground.data_dir import DataDirectory
from jupyter_faas.playground.entities.access import Access
from jupyter_faas.playground.entities.actions import Actions
from jupyter_faas.playground.entities.namespaces import Namespaces, read_keys
from jupyter_faas.playground.entities.packages import Packages
from jupyter_faas.playground.entities.triggers import Triggers
from jupyter_faas.playground.gateway import make_gateway
from jupyter_faas.playground.http import GATEWAY, Services, make_app
from jupyter_faas.playground.invocation.builtin_actions import BuiltinActions
from jupyter_faas.playground.invocation.invoker import Invoker
from jupyter_faas.playground.invocation.kept_inputs import KeptInputs
from jupyter_faas.playground.invocation.run import Ids, InvokerOptions, Run, now_ms
from jupyter_faas.playground.invocation.sequences import Components
from jupyter_faas.playground.invocation.trigger_firing import Firing
from jupyter_faas.playground.lifecycle import IdleStop, RuntimeState, jupyter_server_runs
from jupyter_faas.playground.model_store import ModelStore
from jupyter_faas.playground.options import Options, read_options
from jupyter_faas.playground.rate_limits import RateLimiter
from jupyter_faas.playground.runtimes import make_runtimes
from jupyter_faas.playground.runtimes.builds import BuildCache, BuildOptions
from jupyter_faas.playground.runtimes.code_cache import CodeCache
from jupyter_faas.playground.runtimes.kind_overrides import KindOverrides
from jupyter_faas.playground.runtimes.node import NodeFinder
from jupyter_faas.playground.runtimes.python import OWN_VERSION
from jupyter_faas.playground.scheduling.prewarm import Prewarmer
from jupyter_faas.playground.scheduling.scheduler import Scheduler, SchedulerOptions
from jupyter_faas.playground.scheduling.starter import Starter
from jupyter_faas.playground.scheduling.zygote_pool import ZygoteOptions, ZygotePool
from jupyter_faas.playground.storage.activations import ActivationStore
from jupyter_faas.playground.storage.database import Database
from jupyter_faas.playground.storage.entities import PackageStore, TriggerStore
from jupyter_faas.playground.storage.failures import open_error
from jupyter_faas.playground.storage.inputs import InputStore
from jupyter_faas.playground.storage.journal import Journal
from jupyter_faas.playground.storage.maintenance import Maintenance
from jupyter_faas.playground.storage.threads import DatabaseThreads
from jupyter_faas.playground.system_packages import install_system_packages
from jupyter_faas.playground.webserver.certificate import server_context
from jupyter_faas.playground.webserver.server import HttpServer, listen
from jupyter_faas.playground.workers.memory import (
    Cgroups,
    physical_mb,
    release_freed_memory,
    trim_memory,
)
from jupyter_faas.playground.workers.watchdog import MemoryWatchdog, OrphanReaper
from jupyter_faas.playground.workers.worker import Worker
from jupyter_faas.telemetry import PLAYGROUND, Telemetry, open_telemetry
from jupyter_faas.version import __version__
from jupyter_faas.whisk.kinds import Runtimes, runtimes_with_python, with_node

log = logging.getLogger(__name__)

# A worker needs five file descriptors, and a few more while it starts.
_FILES_PER_WORKER = 8
# For the database, the zygotes and connections.
_OTHER_FILES = 128


def main(arguments: Sequence[str]) -> int:
    """Run the playground until it is stopped; return the exit code.

    The exit code is also 0 if the playground of the data directory is already running.
    """
    options = read_options(arguments, os.environ)
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr
    )
    # Uvicorn's messages about start and stop would repeat ours, but its errors are needed.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    # New files, including those that libraries write, are readable by their owner only.
    os.umask(0o077)
    release_freed_memory()
    folder = DataDirectory(options.data_dir)
    try:
        folder.create()
        # ``control.start`` has already redirected the output to the log. If the playground was
        # started in a terminal, redirect the output here.
        if not options.foreground and sys.stderr.isatty():
            _log_to(folder)
        lock = folder.acquire_lock()
        if lock is None:
            log.info("A playground of %s is already running.", options.data_dir)
            return 0
        try:
            _allow_many_files()
            # Bind the port first, because the URL that actions and clients get contains it.
            with listen(options.port, folder) as listener:
                uvloop.run(_serve(options, folder, listener))
        finally:
            folder.record_end(lock)
    except FaasError as error:
        log.error("%s", error)
        return 1
    except sqlite3.DatabaseError as error:
        log.error("%s", open_error(folder.records, error))
        return 1
    return 0


async def _serve(options: Options, folder: DataDirectory, listener: socket) -> None:
    loop = asyncio.get_running_loop()
    # Reading the version of Node.js requires a process, so open the database at the same time.
    node_search = loop.run_in_executor(None, NodeFinder(os.environ).find)
    port = listener.getsockname()[1]
    # The URL is http even with --tls, so that actions and most clients do not need a CA file.
    apihost = f"http://127.0.0.1:{port}"

    telemetry = open_telemetry(PLAYGROUND)
    storage = build_storage(options, folder)
    node = await node_search
    runtimes = with_node(runtimes_with_python(OWN_VERSION), node.major if node else 0)
    await install_system_packages(storage.packages, storage.actions, runtimes, options.bounds)
    workers = build_workers(options, folder, storage, runtimes, apihost, telemetry)
    http = build_http(options, folder, storage, workers, port, apihost, telemetry)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, http.server.stop)
    http.runtime_state.watch_lease(http.server.stop)
    _write_credentials(folder, apihost)
    stopper = loop.create_task(_stop_when_idle(http))
    ready = loop.create_task(_announce(http, workers))
    storage.start()
    workers.start()
    await http.alarms.start()

    await http.server.serve(sockets=[listener])

    stopper.cancel()
    await ready
    # Close the alarms first, because they start runs. The workers then end all runs before the
    # storage of their records closes.
    await http.alarms.close()
    ended = await workers.close()
    await storage.close()
    http.runtime_state.record_ended(ended)
    await asyncio.to_thread(telemetry.close)
    log.info("Stopped.")


class Storage(NamedTuple):
    """The database, its threads, and all objects that store data on disk."""

    threads: DatabaseThreads
    database: Database
    journal: Journal
    maintenance: Maintenance
    activations: ActivationStore
    namespaces: Namespaces
    actions: Actions
    packages: Packages
    access: Access
    triggers: Triggers
    inputs: KeptInputs
    models: ModelStore

    def start(self) -> None:
        self.database.resume_sync()
        self.maintenance.start()

    async def close(self) -> None:
        """Commit all pending writes and close the files. Call it when no action is running."""
        await self.maintenance.close()
        await self.activations.close()
        await self.inputs.close()
        self.threads.close()
        self.database.close()
        self.journal.close()


def build_storage(options: Options, folder: DataDirectory) -> Storage:
    """Open the database and replay the journal. Blocking. Raises PlaygroundError."""
    namespaces = Namespaces(folder)
    threads = DatabaseThreads()
    database = Database(folder.records)
    journal = Journal(folder.journal)
    maintenance = Maintenance(database, threads, options.keep, now_ms)
    activations = ActivationStore(database, journal, threads, maintenance.records_written)
    activations.replay()
    # A first start creates tables and system packages in about thirty commits, and each commit
    # would wait for the disk. ``Storage.start`` resumes the sync.
    database.suspend_sync()
    actions = Actions(database, threads, options.bounds, now_ms)
    packages = Packages(PackageStore(database), threads, actions, now_ms)
    access = Access(actions, packages)
    return Storage(
        threads=threads,
        database=database,
        journal=journal,
        maintenance=maintenance,
        activations=activations,
        namespaces=namespaces,
        actions=actions,
        packages=packages,
        access=access,
        triggers=Triggers(
            TriggerStore(database),
            threads,
            actions=actions,
            packages=packages,
            access=access,
            now_ms=now_ms,
        ),
        inputs=KeptInputs(
            InputStore(database), threads, actions, now_ms, by_default=options.keep_inputs
        ),
        models=ModelStore(folder),
    )


class Workers(NamedTuple):
    """The objects that run actions: runtimes, worker processes and the invoker."""

    runtimes: Runtimes
    builds: BuildCache
    zygotes: ZygotePool
    prewarmer: Prewarmer
    strays: OrphanReaper
    builtin_actions: BuiltinActions
    invoker: Invoker
    new_id: Ids

    def start(self) -> None:
        self.strays.start()

    async def close(self) -> list[Run]:
        """End all runs and worker processes, and return the ended runs, as ``Invoker.close``."""
        ended = await self.invoker.close()
        await self.prewarmer.close()
        await self.zygotes.close()
        await self.builds.close()
        await self.strays.close()
        return ended


def build_workers(
    options: Options,
    folder: DataDirectory,
    storage: Storage,
    runtimes: Runtimes,
    apihost: str,
    telemetry: Telemetry,
) -> Workers:
    """Build the scheduler, its runtimes and the invoker, without starting any process.

    ``runtimes``: the kinds that ``GET /`` lists.
    ``apihost``: the URL of this host, which is passed to actions.
    """
    bounds = options.bounds
    code = CodeCache(folder.code)
    watch = MemoryWatchdog()
    builds = BuildCache(folder, BuildOptions())
    families = make_runtimes(folder, os.environ, builds)
    kinds = KindOverrides(folder.kinds, options.kinds, runtimes=runtimes, families=families)
    starter = Starter(
        runtimes=families,
        kinds=kinds,
        actions=storage.actions,
        code=code,
        watchdog=watch,
        cgroups=Cgroups.find(root=os.geteuid() == 0),
    )
    zygotes = ZygotePool(ZygoteOptions(idle_s=options.zygote_idle_s))
    scheduler = Scheduler(
        SchedulerOptions(
            budget_mb=options.budget_mb or physical_mb() // 2,
            idle_s=options.worker_idle_s,
            max_workers=_max_workers(),
        ),
        # A worker reads one byte more than allowed, to detect that a result is too long.
        new_worker=lambda: Worker(bounds.max_result_bytes + 1, zygotes.launch),
        starter=starter.start,
        on_forgotten=code.forget,
        on_rest=trim_memory,
    )
    builtin_actions = BuiltinActions()
    new_id = Ids()
    make_invoker: Callable[..., Invoker] = Invoker
    if telemetry.is_on:
        # Imported here, because it takes time and most playgrounds do not need it.
        from jupyter_faas.playground.invocation.tracing import (
            RunTracer,
            TracedInvoker,
            chosen_prices,
        )

        tracer = RunTracer(telemetry, chosen_prices(options.data_dir))
        make_invoker = partial(TracedInvoker, tracer=tracer)
    invoker = make_invoker(
        InvokerOptions(
            apihost,
            bounds.max_result_bytes,
            new_id=new_id,
            max_sequence_length=bounds.max_sequence_length,
        ),
        access=storage.access,
        records=storage.activations,
        scheduler=scheduler,
        starter=starter,
        watch=watch,
        builtin_actions=builtin_actions,
        inputs=storage.inputs,
    )
    return Workers(
        runtimes=runtimes,
        builds=builds,
        zygotes=zygotes,
        prewarmer=Prewarmer(runtimes=families, kinds=kinds, code=code, zygotes=zygotes),
        strays=OrphanReaper(),
        builtin_actions=builtin_actions,
        invoker=invoker,
        new_id=new_id,
    )


class Http(NamedTuple):
    """The HTTP server, the alarms, and the objects that stop them: idle stop and lease."""

    server: HttpServer
    alarms: AlarmService
    idle: IdleStop
    runtime_state: RuntimeState


def build_http(
    options: Options,
    folder: DataDirectory,
    storage: Storage,
    workers: Workers,
    port: int,
    apihost: str,
    telemetry: Telemetry,
) -> Http:
    """Build the HTTP server with all its services; it answers once ``serve`` is called."""
    tls = server_context(folder, datetime.now(timezone.utc)) if options.tls else None
    bounds, invoker, builtin_actions = options.bounds, workers.invoker, workers.builtin_actions
    rates = RateLimiter(options.rate_limits, in_flight=invoker.in_flight, now_ms=now_ms)
    firing = Firing(
        invoker,
        storage.activations,
        rates,
        new_id=workers.new_id,
        now_ms=now_ms,
        telemetry=telemetry,
    )
    alarms = make_alarms(
        storage.database,
        storage.threads,
        triggers=storage.triggers,
        firing=firing,
        namespaces=storage.namespaces,
        builtin_actions=builtin_actions,
        now_ms=now_ms,
        new_id=workers.new_id,
    )

    def busy() -> bool:
        # A pending alarm must fire, so the playground must not stop before.
        return invoker.busy or alarms.pending

    idle = IdleStop(options.idle_stop_s, busy=busy, wanted=jupyter_server_runs)
    runtime_state = RuntimeState(options, folder, port, busy=busy)
    services = Services(
        namespaces=storage.namespaces,
        actions=storage.actions,
        packages=storage.packages,
        access=storage.access,
        components=Components(storage.access, bounds.max_sequence_length),
        triggers=storage.triggers,
        firing=firing,
        prewarmer=workers.prewarmer,
        invoker=invoker,
        records=storage.activations,
        rates=rates,
        gateway=make_gateway(
            storage.database,
            storage.threads,
            builtin_actions=builtin_actions,
            apihost=apihost,
            prefix=GATEWAY,
        ),
        models=storage.models,
        inputs=storage.inputs,
        bounds=bounds,
        runtimes=workers.runtimes,
        build=f"jupyter_faas-{__version__}",
        opens_web=options.open_web,
        new_id=workers.new_id,
        touch=runtime_state.keep_on_use(idle.touch),
        look=idle.touch,
        telemetry=telemetry,
    )
    return Http(HttpServer(make_app(services), tls), alarms, idle, runtime_state)


def _write_credentials(folder: DataDirectory, apihost: str) -> None:
    """Write the wskprops file of every namespace, because the port may have changed."""
    folder.write_wskprops(apihost, folder.auth())
    for namespace, key in read_keys(folder.namespaces).items():
        folder.write_wskprops_of(namespace, apihost, key)


async def _announce(http: Http, workers: Workers) -> None:
    await http.runtime_state.announce(http.server.listening)
    # Prewarm after the announcement, so that new processes do not slow down the start.
    workers.prewarmer.prewarm_runtimes()


async def _stop_when_idle(http: Http) -> None:
    await http.idle.wait()
    log.info("Idle, and no Jupyter server is running: stopping.")
    http.server.stop()


def _allow_many_files() -> None:
    """Raise the limit of open files, up to 65536 if the hard limit allows it.

    Each worker needs five file descriptors and each connection needs one.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    # Containers often have a hard limit of a billion. Some programs loop over all possible file
    # descriptors when they start, which would take minutes with such a limit.
    wanted = 65536 if most == resource.RLIM_INFINITY else min(most, 65536)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def _max_workers() -> int:
    """Return how many workers the limit of open files allows, with some left for connections."""
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(2, (allowed - _OTHER_FILES) // _FILES_PER_WORKER)


def _log_to(folder: DataDirectory) -> None:
    # Redirect both file descriptors and not only the logging module, because libraries and crash
    # handlers write to them directly.
    log_file = os.open(folder.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(log_file, 1)
    os.dup2(log_file, 2)
    os.close(log_file)
