"""The playground's process: puts the parts together, serves, and takes them apart again."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import resource
import signal
import sys
from collections.abc import Sequence
from datetime import datetime, timezone
from socket import socket

import uvloop

from jupyter_faas.errors import FaasError
from jupyter_faas.playground.alarms import make_alarms
from jupyter_faas.playground.data_dir import Folder
from jupyter_faas.playground.entities.access import Access
from jupyter_faas.playground.entities.actions import Actions
from jupyter_faas.playground.entities.namespaces import Identities, read_keys
from jupyter_faas.playground.entities.packages import Packages
from jupyter_faas.playground.entities.triggers import Triggers
from jupyter_faas.playground.gateway import make_gateway
from jupyter_faas.playground.http import GATEWAY, Services, make_app
from jupyter_faas.playground.httpd.certificate import server_context
from jupyter_faas.playground.httpd.server import HttpServer, listen
from jupyter_faas.playground.invocation.builtin_actions import Natives
from jupyter_faas.playground.invocation.invoker import Invoker
from jupyter_faas.playground.invocation.kept_inputs import KeptInputs
from jupyter_faas.playground.invocation.run import Ids, InvokerOptions, now_ms
from jupyter_faas.playground.invocation.sequences import Components
from jupyter_faas.playground.invocation.trigger_firing import Firing
from jupyter_faas.playground.lifecycle import IdleStop, Presence, jupyter_server_lives
from jupyter_faas.playground.model_store import ModelStore
from jupyter_faas.playground.options import Options, read_options
from jupyter_faas.playground.rate_limits import Rates
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
from jupyter_faas.playground.storage.activations import Records
from jupyter_faas.playground.storage.database import Store
from jupyter_faas.playground.storage.entities import PackageStore, TriggerStore
from jupyter_faas.playground.storage.inputs import InputStore
from jupyter_faas.playground.storage.journal import Journal
from jupyter_faas.playground.storage.maintenance import Upkeep
from jupyter_faas.playground.storage.threads import StoreThreads
from jupyter_faas.playground.system_packages import plant
from jupyter_faas.playground.workers.memory import Cgroups, physical_mb, release_freed_memory
from jupyter_faas.playground.workers.watchdog import MemoryWatchdog, OrphanReaper
from jupyter_faas.playground.workers.worker import Worker
from jupyter_faas.version import __version__
from jupyter_faas.whisk.kinds import runtimes_with_python, with_node

log = logging.getLogger(__name__)


def main(arguments: Sequence[str]) -> int:
    """Serve until stopped; give the exit code."""
    options = read_options(arguments, os.environ)
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr
    )
    # Its lines about itself are of no use to whoever reads this log; its errors are.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    # Every file is its owner's alone, those that libraries make too.
    os.umask(0o077)
    release_freed_memory()
    folder = Folder(options.data_dir)
    try:
        folder.create()
        if not options.foreground and sys.stderr.isatty():
            _log_to(folder)
        if folder.hold() is None:
            log.info("A playground of %s runs already.", options.data_dir)
            return 0
        _allow_many_files()
        with listen(options.port, folder) as listener:
            uvloop.run(_serve(options, folder, listener))
    except FaasError as error:
        log.error("%s", error)
        return 1
    return 0


async def _serve(options: Options, folder: Folder, listener: socket) -> None:
    loop = asyncio.get_running_loop()
    finding = loop.run_in_executor(None, NodeFinder(os.environ).find)
    port = listener.getsockname()[1]
    tls = server_context(folder, datetime.now(timezone.utc)) if options.tls else None
    # With TLS too: actions and most clients need not be told what to trust.
    apihost = f"http://127.0.0.1:{port}"
    bounds = options.bounds
    identities = Identities(folder)
    new_id = Ids()
    threads = StoreThreads()
    store = Store(folder.records)
    journal = Journal(folder.journal)
    upkeep = Upkeep(store, threads, options.keep, now_ms)
    records = Records(store, journal, threads, upkeep.written)
    records.replay()
    # Tables and seeds: a first start would wait for the disk some thirty times.
    store.hurry()
    actions = Actions(store, threads, bounds, now_ms)
    packages = Packages(PackageStore(store), threads, actions, now_ms)
    access = Access(actions, packages)
    node = await finding
    runtimes = with_node(runtimes_with_python(OWN_VERSION), node.major if node else 0)
    await plant(packages, actions, runtimes, bounds)
    triggers = Triggers(
        TriggerStore(store),
        threads,
        actions=actions,
        packages=packages,
        access=access,
        now_ms=now_ms,
    )
    code = CodeCache(folder.code)
    watch = MemoryWatchdog()
    strays = OrphanReaper()
    builds = BuildCache(folder, BuildOptions())
    families = make_runtimes(folder, os.environ, builds)
    kinds = KindOverrides(folder.kinds, options.kinds, runtimes=runtimes, families=families)
    starter = Starter(
        runtimes=families,
        kinds=kinds,
        actions=actions,
        code=code,
        watch=watch,
        cgroups=Cgroups.find(root=os.geteuid() == 0),
    )
    zygotes = ZygotePool(ZygoteOptions(idle_s=options.zygote_idle_s))
    prewarmer = Prewarmer(runtimes=families, kinds=kinds, code=code, zygotes=zygotes)
    scheduler = Scheduler(
        SchedulerOptions(
            budget_mb=options.budget_mb or physical_mb() // 2, idle_s=options.worker_idle_s
        ),
        # One byte beyond the limit tells that there was more.
        new_worker=lambda: Worker(bounds.max_result_bytes + 1, zygotes.launch),
        starter=starter.start,
        on_forgotten=code.forget,
    )
    models = ModelStore(folder)
    inputs = KeptInputs(InputStore(store), threads, actions, now_ms)
    natives = Natives()
    invoker = Invoker(
        InvokerOptions(
            apihost,
            bounds.max_result_bytes,
            new_id=new_id,
            max_sequence_length=bounds.max_sequence_length,
        ),
        access=access,
        records=records,
        scheduler=scheduler,
        starter=starter,
        watch=watch,
        natives=natives,
        inputs=inputs,
    )
    rates = Rates(options.rate_limits, in_flight=invoker.in_flight, now_ms=now_ms)
    firing = Firing(invoker, records, rates, new_id=new_id, now_ms=now_ms)
    alarms = make_alarms(
        store,
        threads,
        triggers=triggers,
        firing=firing,
        identities=identities,
        natives=natives,
        now_ms=now_ms,
        new_id=new_id,
    )
    gateway = make_gateway(store, threads, natives=natives, apihost=apihost, prefix=GATEWAY)
    idle = IdleStop(
        options.idle_stop_s,
        # An alarm that was set is expected to fire.
        busy=lambda: invoker.busy or alarms.pending,
        wanted=jupyter_server_lives,
    )
    presence = Presence(options, folder, port, busy=lambda: invoker.busy or alarms.pending)
    server = HttpServer(
        make_app(
            Services(
                identities=identities,
                actions=actions,
                packages=packages,
                access=access,
                components=Components(access, bounds.max_sequence_length),
                triggers=triggers,
                firing=firing,
                prewarmer=prewarmer,
                invoker=invoker,
                records=records,
                rates=rates,
                gateway=gateway,
                models=models,
                inputs=inputs,
                bounds=bounds,
                runtimes=runtimes,
                build=f"jupyter_faas-{__version__}",
                new_id=new_id,
                touch=presence.using(idle.touch),
                look=idle.touch,
            )
        ),
        tls,
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    presence.begin(server.stop)
    folder.write_wskprops(apihost, folder.auth())
    for namespace, key in read_keys(folder.namespaces).items():
        folder.write_wskprops_of(namespace, apihost, key)
    stopper = loop.create_task(_stop_when_idle(idle, server))
    ready = loop.create_task(_tell_ready(presence, server, prewarmer))
    store.settle()
    upkeep.start()
    strays.start()
    await alarms.start()
    await server.serve(sockets=[listener])
    stopper.cancel()
    await ready
    await alarms.close()
    await invoker.close()
    await prewarmer.close()
    await zygotes.close()
    await builds.close()
    await upkeep.close()
    await strays.close()
    await records.close()
    await inputs.close()
    threads.close()
    store.close()
    journal.close()
    log.info("Stopped.")


async def _tell_ready(presence: Presence, server: HttpServer, prewarmer: Prewarmer) -> None:
    await presence.tell_ready(server.listening)
    # Only now: until it listens, the processor has something better to do.
    prewarmer.prewarm_runtimes()


async def _stop_when_idle(idle: IdleStop, server: HttpServer) -> None:
    await idle.wait()
    log.info("Nothing to do for a while, and no Jupyter server lives: stopping.")
    server.stop()


def _allow_many_files() -> None:
    """Every worker takes five descriptors, every connection one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65536 if most == resource.RLIM_INFINITY else min(most, 65536)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def _log_to(folder: Folder) -> None:
    log_file = os.open(folder.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(log_file, 1)
    os.dup2(log_file, 2)
    os.close(log_file)
