"""Targets: the registry of all targets, the current target, and the targets' states."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal

from jupyter_faas.errors import (
    FaasError,
    InputError,
    PlaygroundError,
    TargetNotConfigured,
    TargetNotReachable,
)
from jupyter_faas.installation import pip_arguments
from jupyter_faas.version import __version__
from jupyter_faas.whisk.profiles import OPENWHISK, PROFILES, Profile
from jupyter_faas.workspace.results import TargetState
from jupyter_faas.workspace.settings import PLAYGROUND, TARGET_VARIABLE, Settings
from jupyter_faas.workspace.targets.capabilities import (
    TargetCapabilities,
    capabilities_of,
)
from jupyter_faas.workspace.targets.connection import Connection, patient_timeouts, short_timeouts
from jupyter_faas.workspace.targets.key_files import delete_key
from jupyter_faas.workspace.targets.model_store_setting import ModelStoreSetting, setting_of
from jupyter_faas.workspace.targets.notebook_target import not_configured
from jupyter_faas.workspace.targets.target_check import TargetCheck, ask_target
from jupyter_faas.workspace.targets.target_settings import TargetSettings, check_target_name
from jupyter_faas.workspace.targets.tool_credentials import (
    ToolAccount,
    tool_accounts,
    tool_credentials,
)

if TYPE_CHECKING:
    from jupyter_faas.client import HostInfo, Target

WSKPROPS = "wskprops"
_OURS = (PLAYGROUND, WSKPROPS)
_LABELS = {PLAYGROUND: "Local playground", WSKPROPS: "OpenWhisk"}

# Environment variables with options of the target ``wskprops``. The file itself cannot contain
# these options, because wsk takes them as arguments of each command.
INSECURE_VARIABLE = "JUPYTER_FAAS_INSECURE"
CA_VARIABLE = "JUPYTER_FAAS_CA"


@dataclass
class Targets:
    """The registry of targets and their connections. Instances are thread-safe.

    The current target is ``pinned``, which an argument chose, else ``notebook``, the target that
    the notebook records, else the default: that of the environment variable or of the settings.
    With ``for_notebook``, ``use`` changes ``notebook`` and not the settings.
    """

    data_dir: Path
    settings: Settings
    environ: Mapping[str, str]
    home: Path
    pinned: str | None = None
    notebook: str | None = None
    for_notebook: bool = False
    clock: Callable[[], float] = time.monotonic
    _connections: dict[Target, Connection] = field(default_factory=dict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def profile(self) -> Profile:
        """Return the profile of the current target, determined without a request."""
        entry = self.settings.named_targets().get(self.current())
        name = entry.get("profile") if isinstance(entry, dict) else None
        # settings.json may have been edited by hand. The error is reported when the target is used.
        return PROFILES.get(str(name), PROFILES[OPENWHISK])

    def current(self) -> str:
        """Return the name of the current target, even if that target has been removed."""
        return self.pinned or self.notebook or self.default()

    def default(self) -> str:
        """Return the name of the target of notebooks that do not record one."""
        return self.environ.get(TARGET_VARIABLE) or self.settings.target() or PLAYGROUND

    def in_use(self) -> Target:
        """Return the current target with its API key. Raises TargetNotConfigured."""
        return self.resolve(self.current())

    def use(self, name: str) -> None:
        """Set the current target of this notebook, or else for this and later processes.

        Raises TargetNotConfigured if the target is unknown or its API key or files cannot be read.
        """
        # The playground can be chosen before its first start, when it has no API key yet.
        if name != PLAYGROUND:
            self.resolve(name)
        if self.for_notebook:
            self.notebook = name
            return
        self.settings.choose_target(name)
        if self.pinned or self.environ.get(TARGET_VARIABLE):
            # Otherwise the argument or variable would still take precedence in this process.
            self.pinned = name

    def tool_settings(self, name: str, profile: str, doctl: str = "") -> dict[str, str]:
        """Return the settings by which a target uses the key that its host's tool has stored.

        See ``tool_credentials``. Raises TargetNotConfigured if the tool has no key.
        """
        return tool_credentials(name, profile, self.environ, self.home, doctl)

    def tool_accounts(self, profile: str) -> list[ToolAccount]:
        """Return the accounts of the host's tool, if there are several to choose from."""
        return tool_accounts(profile, self.environ, self.home)

    def add(self, named: TargetSettings) -> None:
        """Add a target to the settings.

        Raises InputError if the name is invalid or in use. Raises TargetNotConfigured if the API
        key or files cannot be read.
        """
        name = self.check_name(named.name)
        # This call raises an error if the API key cannot be read, so that the target is not added.
        named.resolve(self.environ)
        # Another process may have added a target of this name since the check above.
        if not self.settings.add_named_target(name, named.to_json()):
            raise _name_in_use(name)

    def check_name(self, name: str) -> str:
        """Return ``name``. Raises InputError if no target to be added can have it."""
        if check_target_name(name) in self.names():
            raise _name_in_use(name)
        return name

    def remove(self, name: str) -> None:
        """Remove a user-defined target. If it was the chosen target, choose the playground.

        Raises TargetNotConfigured for an unknown name and InputError for a built-in target.
        """
        entry = self.settings.named_targets().get(name)
        if entry is None:
            if name in _OURS:
                raise InputError(f"Target {name!r} cannot be removed.")
            raise self._unknown(name)
        if self.settings.target() == name:
            self.settings.choose_target(PLAYGROUND)
        if self.pinned == name:
            self.pinned = None
        if self.notebook == name:
            self.notebook = None
        self.settings.put_named_target(name, None)
        if isinstance(entry, dict):
            delete_key(self.data_dir, Path(str(entry.get("auth_file", ""))))

    def names(self) -> tuple[str, ...]:
        """Return the names of all targets, with the built-in targets first."""
        return (*_OURS, *self.settings.named_targets())

    def resolve(self, name: str) -> Target:
        """Return the target called ``name`` with its API key. Raises TargetNotConfigured."""
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
        """Return the connection to the current target.

        ``start`` is called to start a stopped playground. Raises TargetNotReachable if the
        playground is stopped and ``start`` is None. Raises TargetNotConfigured.
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
        """Return the cached information about the current target's host, or None."""
        try:
            return self._connection(self.in_use()).info
        except TargetNotConfigured:
            return None

    def capabilities(self) -> TargetCapabilities:
        """Return the limits and runtimes of the current target, which are fetched once.

        Packaging must not wait for a host that is down. The request therefore has short timeouts
        and, after a failure, is not repeated for 30 seconds. A stopped playground is not started.
        """
        return self.state_and_capabilities()[1]

    def state_and_capabilities(
        self, name: str | None = None
    ) -> tuple[TargetState, TargetCapabilities]:
        """Return the state and ``capabilities`` of a target, by default of the current target."""
        state = self.state(name or self.current())
        if state.state in ("stopped", "unreachable"):
            return state, capabilities_of(state, None, state.message)
        connection = self._connection(self.resolve(state.name))
        error = connection.fetch_info(self.clock())
        return state, capabilities_of(state, connection.info, error)

    def answering_connection(self) -> Connection | None:
        """Return the connection to the current target, or None if its host does not respond.

        Like ``capabilities``, this method uses short timeouts and does not start the playground.
        """
        state = self.state(self.current())
        if state.state in ("stopped", "unreachable"):
            return None
        connection = self._connection(self.resolve(state.name))
        return None if connection.fetch_info(self.clock()) else connection

    def model_store(self, name: str) -> ModelStoreSetting | None:
        """Return the model store of the target called ``name``, or None.

        The store in the target's settings takes precedence over the store that environment
        variables define. The playground's built-in store is used last. Raises InputError for
        invalid environment variables and TargetNotConfigured for invalid settings.
        """
        entry = self.settings.named_targets().get(name)
        own = TargetSettings.from_json(name, entry).store() if entry is not None else None
        built_in = ModelStoreSetting() if name == PLAYGROUND else None
        return own or setting_of(self.environ) or built_in

    def state(self, name: str) -> TargetState:
        """Return the state of a target without sending a request.

        The playground is ``running`` or ``stopped``, or ``unreachable`` if it is running on another
        machine. Other targets are ``unknown``, or ``unreachable`` if their settings are invalid.
        """
        try:
            target = self.resolve(name)
        except TargetNotConfigured as error:
            return _unconfigured(name, error)
        return self._state_of(target)

    def _state_of(self, target: Target) -> TargetState:
        with self._lock:
            known = self._connections.get(target)
        state: Literal["running", "stopped", "unknown", "unreachable"] = "unknown"
        message = hint = ""
        if target.name == PLAYGROUND:
            try:
                state = "running" if self.playground_runs() else "stopped"
            # It belongs to another user, or is running on another machine.
            except PlaygroundError as error:
                state, message, hint = "unreachable", error.message, error.hint
        return TargetState(
            name=target.name,
            label=target.label,
            kind=target.kind,
            apihost=target.apihost,
            namespace=known.namespace if known else target.namespace,
            state=state,
            message=message,
            hint=hint,
            insecure=target.insecure and target.apihost.startswith("https:"),
            profile="" if target.profile == OPENWHISK else target.profile,
            extra_logging=target.extra_logging,
        )

    def states(self) -> list[TargetState]:
        """Return the states of all targets, without sending requests.

        The list contains the playground, ``wskprops`` if that file exists, user-defined targets,
        and the current target.
        """
        from jupyter_faas.client import wskprops_path

        names = [PLAYGROUND]
        if wskprops_path(self.environ, self.home).exists():
            names.append(WSKPROPS)
        names += self.settings.named_targets()
        # The current target may be ``wskprops`` without its file, or a removed target. It is listed
        # with its error.
        return [self.state(name) for name in dict.fromkeys((*names, self.current()))]

    def checked_state(self) -> TargetState:
        """Check the current target and return its state.

        The requests have short timeouts. A stopped playground is not checked.
        """
        return self.check(self.current()).state

    def check(self, name: str, *, patient: bool = False) -> TargetCheck:
        """Ask a target for its kinds and for the namespace of the API key.

        Timeouts are short, unless ``patient`` is true. A stopped playground is not asked. Raises
        TargetNotConfigured for an unknown name, unless it is that of the current target.
        """
        # The current target may have been removed. Its state then says so.
        if name not in (*self.names(), self.current()):
            raise self._unknown(name)
        state = self.state(name)
        if state.state in ("stopped", "unreachable"):
            return TargetCheck(state)
        target = self.resolve(name)
        found = ask_target(target, state, patient_timeouts() if patient else short_timeouts())
        if found.info is not None:
            connection = self._connection(target)
            connection.info = found.info
            if target.namespace == "_":
                connection.namespace = found.state.namespace
        return found

    def check_new(self, named: TargetSettings) -> TargetCheck:
        """Ask a target that is not added yet, as ``check`` does.

        Raises InputError if the name is invalid or in use. Raises TargetNotConfigured if the API
        key or files cannot be read.
        """
        self.check_name(named.name)
        target = named.resolve(self.environ)
        return ask_target(target, self._state_of(target), short_timeouts())

    def check_all(self) -> list[TargetCheck]:
        """Check all targets that ``states`` lists, at the same time."""
        names = [each.name for each in self.states()]
        with ThreadPoolExecutor(max_workers=len(names)) as pool:
            return list(pool.map(self.check, names))

    def status(self, *, check: bool, now_ms: int) -> dict[str, Any]:
        """Return the package's version and origin, all targets and the limits as JSON data.

        With ``check``, requests are sent to the current target. ``tests/data/api/status.json`` is
        an example.
        """
        current = self.checked_state() if check else self.state(self.current())
        states = [current if one.name == current.name else one for one in self.states()]
        target = capabilities_of(current, self.cached_info())
        limits = target.limits
        return {
            "version": __version__,
            "install": pip_arguments(),
            "data_dir": str(self.data_dir.resolve()),
            "target": current.to_json(),
            "default": self.default(),
            "targets": [one.to_json() for one in states],
            "limits": {
                "memory_mb": {"min": limits.min_memory, "max": limits.max_memory},
                "timeout_ms": {"min": limits.min_timeout, "max": limits.max_timeout},
                "code_bytes": limits.max_code_bytes,
            }
            if target.limits_known
            else None,
            "as_of": now_ms,
        }

    def _connection(self, target: Target) -> Connection:
        from jupyter_faas.client import Client

        with self._lock:
            # The dictionary is keyed by the whole target, so that a target whose API key or host
            # has changed gets a new connection.
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
        if name == self.notebook and self.pinned is None:
            return not_configured(name, self.names())
        return TargetNotConfigured(
            f"Unknown target {name!r}.", hint=f"Targets: {', '.join(self.names())}"
        )

    def playground_runs(self) -> bool:
        """Return whether the data directory's playground is running.

        Raises PlaygroundError if it belongs to another user, or is running on another machine.
        """
        if os.name == "nt":  # The playground's modules cannot be imported on Windows.
            return False
        from jupyter_faas.playground import control

        return control.status(self.data_dir) is not None


def _name_in_use(name: str) -> InputError:
    return InputError(
        f"A target named {name!r} already exists.",
        hint=f"Choose another name, such as {name}-2"
        + ("." if name in _OURS else f", or remove it first: %faas target remove {name}"),
    )


def _unconfigured(name: str, error: FaasError) -> TargetState:
    # The first start writes the playground's ``wskprops`` file, which contains the API key. A
    # playground without this file has therefore never been started.
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
