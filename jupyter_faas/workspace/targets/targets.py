"""Targets: the registry of all targets, the target in use, and their states."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import (
    FaasError,
    InputError,
    NotAuthorized,
    TargetError,
    TargetNotConfigured,
    TargetNotReachable,
)
from jupyter_faas.version import __version__
from jupyter_faas.whisk.profiles import OPENWHISK
from jupyter_faas.workspace.results import TargetState
from jupyter_faas.workspace.settings import PLAYGROUND, TARGET_VARIABLE, Settings
from jupyter_faas.workspace.targets.capabilities import (
    TargetCapabilities,
    capabilities_of,
    limits_of,
)
from jupyter_faas.workspace.targets.connection import Connection, short_timeouts
from jupyter_faas.workspace.targets.model_store_setting import ModelStoreSetting, setting_of
from jupyter_faas.workspace.targets.target_settings import TargetSettings, check_target_name

if TYPE_CHECKING:
    from jupyter_faas.client import HostInfo, Target

WSKPROPS = "wskprops"
_OURS = (PLAYGROUND, WSKPROPS)
_LABELS = {PLAYGROUND: "Local playground", WSKPROPS: "OpenWhisk"}

# Environment variables with options of the target ``wskprops``. The file has no keys for them: wsk
# takes them as arguments of each command.
INSECURE_VARIABLE = "JUPYTER_FAAS_INSECURE"
CA_VARIABLE = "JUPYTER_FAAS_CA"


@dataclass
class Targets:
    """Looks up targets by name and keeps their connections. Safe to use from several threads.

    ``pinned`` is a target chosen by an argument. It takes precedence over the environment variable
    and the settings.
    """

    data_dir: Path
    settings: Settings
    environ: Mapping[str, str]
    home: Path
    pinned: str | None = None
    clock: Callable[[], float] = time.monotonic
    _connections: dict[Target, Connection] = field(default_factory=dict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def current(self) -> str:
        """Return the name of the target in use. It may be the name of a removed target."""
        found = self.pinned or self.environ.get(TARGET_VARIABLE) or self.settings.target()
        return found or PLAYGROUND

    def in_use(self) -> Target:
        """Return the target in use with its key. Raises TargetNotConfigured."""
        return self.resolve(self.current())

    def use(self, name: str) -> None:
        """Choose the target to use from now on. Raises TargetNotConfigured when it is unusable."""
        # The playground can be chosen before its first start, when it has no key yet.
        if name != PLAYGROUND:
            self.resolve(name)
        self.settings.choose_target(name)
        if self.pinned or self.environ.get(TARGET_VARIABLE):
            # Otherwise the argument or the variable would still take precedence in this process.
            self.pinned = name

    def add(self, named: TargetSettings) -> None:
        """Add a target to the settings.

        Raises InputError for an invalid name or one that exists, and TargetNotConfigured when its
        key or files cannot be read.
        """
        name = check_target_name(named.name)
        if name in self.names():
            raise InputError(
                f"There is a target named {name!r} already.",
                hint="Choose another name"
                + ("." if name in _OURS else f", or remove it first: %faas target remove {name}"),
            )
        # Called for its errors: a target whose key cannot be read is not added.
        named.resolve(self.environ)
        self.settings.put_named_target(name, named.to_json())

    def remove(self, name: str) -> None:
        """Remove a target that was added.

        Raises TargetNotConfigured for an unknown name, InputError for a built-in target.
        """
        if name not in self.settings.named_targets():
            if name in _OURS:
                raise InputError(f"Target {name!r} is always there.")
            raise self._unknown(name)
        if self.settings.target() == name:
            self.settings.choose_target(PLAYGROUND)
        if self.pinned == name:
            self.pinned = None
        self.settings.put_named_target(name, None)

    def names(self) -> tuple[str, ...]:
        """Return the names of all targets, the built-in ones first."""
        return (*_OURS, *self.settings.named_targets())

    def resolve(self, name: str) -> Target:
        """Return the target called ``name`` with its key. Raises TargetNotConfigured."""
        from jupyter_faas.client import playground_target

        if name == PLAYGROUND:
            return playground_target(self.data_dir)
        if name == WSKPROPS:
            return self._wskprops()
        named = self.settings.named_targets()
        if name not in named:
            raise self._unknown(name)
        return TargetSettings.from_json(name, named[name]).resolve(self.environ)

    def connect(self, *, start: Callable[[], object] | None = None) -> Connection:
        """Return the connection to the target in use.

        ``start`` is called to start a stopped playground. Raises TargetNotReachable when the
        playground is stopped and ``start`` is None, and TargetNotConfigured.
        """
        name = self.current()
        if name == PLAYGROUND and not self.playground_runs():
            if start is None:
                raise TargetNotReachable(
                    "The local playground is not running.",
                    hint="Start it with: %faas playground start",
                )
            start()
        return self._connection(self.resolve(name))

    def cached_info(self) -> HostInfo | None:
        """Return the description of the host in use if it is cached, else None."""
        try:
            return self._connection(self.in_use()).info
        except TargetNotConfigured:
            return None

    def capabilities(self) -> TargetCapabilities:
        """Return the limits and runtimes of the target in use. They are fetched once.

        Packaging must not wait for a host that is down. So the request has short timeouts, and is
        not repeated for a while after it failed. A stopped playground is not started.
        """
        return self.state_and_capabilities()[1]

    def state_and_capabilities(self) -> tuple[TargetState, TargetCapabilities]:
        """Return the state of the target in use, and its capabilities as ``capabilities`` does."""
        state = self.state(self.current())
        if state.state in ("stopped", "unreachable"):
            return state, capabilities_of(state, None, state.message)
        connection = self._connection(self.resolve(state.name))
        error = connection.fetch_info(self.clock())
        return state, capabilities_of(state, connection.info, error)

    def answering_connection(self) -> Connection | None:
        """Return the connection to the target in use, or None when its host does not answer.

        It is as fast as ``capabilities`` and does not start the playground either.
        """
        state = self.state(self.current())
        if state.state in ("stopped", "unreachable"):
            return None
        connection = self._connection(self.resolve(state.name))
        return None if connection.fetch_info(self.clock()) else connection

    def model_store(self, name: str) -> ModelStoreSetting | None:
        """Return the model store of the target called ``name``, or None.

        Its own store comes first, then the one that environment variables define, then the store
        that the playground has built in. Raises InputError and TargetNotConfigured.
        """
        entry = self.settings.named_targets().get(name)
        own = TargetSettings.from_json(name, entry).store() if entry is not None else None
        built_in = ModelStoreSetting() if name == PLAYGROUND else None
        return own or setting_of(self.environ) or built_in

    def state(self, name: str) -> TargetState:
        """Return the state of a target without a request.

        Only the playground is known to be running or stopped; other targets are ``unknown``.
        """
        running = name == PLAYGROUND and self.playground_runs()
        try:
            target = self.resolve(name)
        except TargetNotConfigured as error:
            return _unconfigured(name, error)
        with self._lock:
            known = self._connections.get(target)
        return TargetState(
            name=name,
            label=target.label,
            kind=target.kind,
            apihost=target.apihost,
            namespace=known.namespace if known else target.namespace,
            state=("running" if running else "stopped") if name == PLAYGROUND else "unknown",
            insecure=target.insecure and target.apihost.startswith("https:"),
            profile="" if target.profile == OPENWHISK else target.profile,
        )

    def states(self) -> list[TargetState]:
        """Return the states of all targets, without requests.

        These are the playground, ``wskprops`` if that file exists, those that were added, and the
        one in use.
        """
        from jupyter_faas.client import wskprops_path

        names = [PLAYGROUND]
        if wskprops_path(self.environ, self.home).exists():
            names.append(WSKPROPS)
        names += self.settings.named_targets()
        # The target in use may be ``wskprops`` without that file, or a removed one. It is shown
        # with its error.
        return [self.state(name) for name in dict.fromkeys((*names, self.current()))]

    def checked_state(self) -> TargetState:
        """Return the state of the target in use after two requests, with short timeouts."""
        state = self.state(self.current())
        if state.state in ("stopped", "unreachable"):
            return state
        from jupyter_faas.client import Client

        target = self.resolve(state.name)
        client = Client(target, timeouts=short_timeouts())
        try:
            info = client.info()
            # Only this one of the two requests needs the key, so it shows whether the key is valid.
            namespaces = client.namespaces()
        except TargetError as error:
            return replace(
                state,
                state="unauthorized" if isinstance(error, NotAuthorized) else "unreachable",
                message=error.message,
                hint=error.hint,
            )
        finally:
            client.close()
        connection = self._connection(target)
        connection.info = info
        if target.namespace == "_" and namespaces:
            connection.namespace = namespaces[0]
        return replace(
            state,
            state="running" if state.name == PLAYGROUND else "reachable",
            namespace=connection.namespace,
        )

    def status(self, *, check: bool, now_ms: int) -> dict[str, Any]:
        """Return the JSON of a status: the version, all targets, and the limits of the one in use.

        ``check`` sends requests to the target in use. The shape is that of
        ``tests/data/api/status.json``.
        """
        current = self.checked_state() if check else self.state(self.current())
        states = [current if one.name == current.name else one for one in self.states()]
        limits = limits_of(self.cached_info(), current.name, current.profile or OPENWHISK)
        return {
            "version": __version__,
            "target": current.to_json(),
            "targets": [one.to_json() for one in states],
            "limits": {
                "memory_mb": {"min": limits.min_memory, "max": limits.max_memory},
                "timeout_ms": {"min": limits.min_timeout, "max": limits.max_timeout},
                "code_bytes": limits.max_code_bytes,
            },
            "as_of": now_ms,
        }

    def _connection(self, target: Target) -> Connection:
        from jupyter_faas.client import Client

        with self._lock:
            # The key of the dictionary is the whole target: after a change of its key or host it
            # has a new connection.
            if target not in self._connections:
                self._connections[target] = Connection(Client(target), namespace=target.namespace)
            return self._connections[target]

    def _wskprops(self) -> Target:
        from jupyter_faas.client import read_ca, read_wskprops, wskprops_path

        ca = self.environ.get(CA_VARIABLE, "")
        return read_wskprops(
            wskprops_path(self.environ, self.home),
            insecure=self.environ.get(INSECURE_VARIABLE, "") not in ("", "0"),
            ca=read_ca(Path(ca).expanduser().absolute(), WSKPROPS) if ca else None,
        )

    def _unknown(self, name: str) -> TargetNotConfigured:
        return TargetNotConfigured(
            f"There is no target named {name!r}.", hint=f"Targets: {', '.join(self.names())}"
        )

    def playground_runs(self) -> bool:
        """Return whether the playground of the data folder is running."""
        if os.name == "nt":  # The playground does not support Windows; its modules fail to import.
            return False
        from jupyter_faas.playground import control

        return control.status(self.data_dir) is not None


def _unconfigured(name: str, error: FaasError) -> TargetState:
    # Its ``wskprops`` file, which has the key, is written at the first start.
    never_started = name == PLAYGROUND
    return TargetState(
        name=name,
        label=_LABELS.get(name, name),
        kind="playground" if never_started else "openwhisk",
        apihost="",
        namespace="_",
        state="stopped" if never_started else "unreachable",
        message="" if never_started else error.message,
        hint="" if never_started else error.hint,
    )
