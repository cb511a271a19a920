"""Workspace: the API that notebooks, the CLI, the server and scripts use.

A workspace combines one data directory (packages, settings, deploy log) with the current target
(the local playground or an OpenWhisk host). ``Workspace.open()`` opens a workspace. Its methods
package a cell, deploy the package, invoke the action and read its activations. The methods contain
little logic. Each calls a service that ``WorkspaceServices`` builds on first use. Larger features
are attributes with their own methods, such as ``workspace.sessions`` and ``workspace.playground``.

Methods import their dependencies when they are called, so that importing this module is fast.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from jupyter_faas.errors import machine_errors
from jupyter_faas.workspace.request import CompositionRequest, PackageRequest
from jupyter_faas.workspace.results import (
    ActivationRecord,
    ActivationSummary,
    DeployedFunction,
    Deployment,
    Forecast,
    Packaged,
    Progress,
    Removal,
    TargetState,
    silent,
)
from jupyter_faas.workspace.services import WorkspaceServices
from jupyter_faas.workspace.settings import PLAYGROUND, Settings, find_data_dir
from jupyter_faas.workspace.targets.targets import Targets

if TYPE_CHECKING:
    from jupyter_faas.bundle import Bundle, PackageRecord
    from jupyter_faas.composer import Composition
    from jupyter_faas.serialization import ConversionHelper
    from jupyter_faas.workspace.batches.service import BatchService
    from jupyter_faas.workspace.cleanroom.manager import CleanRoomManager
    from jupyter_faas.workspace.costs.choices import BudgetSetting, PriceListSetting
    from jupyter_faas.workspace.costs.service import CostService
    from jupyter_faas.workspace.deployment.aliases import VersionAliases
    from jupyter_faas.workspace.deployment.composition_service import CompositionService
    from jupyter_faas.workspace.deployment.service import DeploymentService
    from jupyter_faas.workspace.handover.function_page import FunctionPageService
    from jupyter_faas.workspace.handover.service import HandoverService
    from jupyter_faas.workspace.local.function import LocalFunction
    from jupyter_faas.workspace.model_stores.service import ModelService
    from jupyter_faas.workspace.packaging.contents import PackageContents
    from jupyter_faas.workspace.packaging.service import PackageService
    from jupyter_faas.workspace.preflight.report import Preflight
    from jupyter_faas.workspace.replay.inputs import ReplayService
    from jupyter_faas.workspace.rollouts.service import RolloutService
    from jupyter_faas.workspace.secrets.store import SecretStore
    from jupyter_faas.workspace.sessions.service import SessionService
    from jupyter_faas.workspace.targets.playground import LocalPlayground
    from jupyter_faas.workspace.triggers.service import TriggerService

__all__ = ["Deployment", "TargetState", "Workspace"]

# Apache OpenWhisk limits actions to 300 s by default. 30 s are added for the network and queueing.
_INVOKE_TIMEOUT_S = 330.0


class Workspace:
    """One data directory and the current target. Instances are thread-safe.

    Methods that only read lists, records or the status never start the playground. While the
    playground is stopped, methods that list actions or activations raise TargetNotReachable.
    Methods that carry out a user's command, such as ``deploy``, ``invoke``, ``function`` and
    ``remove``, start the playground.
    """

    # The workspace of the notebook whose kernel this process is, with the notebook's target.
    notebook: ClassVar[Workspace | None] = None

    def __init__(
        self, data_dir: Path, targets: Targets, *, clock: Callable[[], float] = time.time
    ) -> None:
        self.data_dir = data_dir
        self._targets = targets
        self._services = WorkspaceServices(data_dir, targets, clock)

    @classmethod
    def open(cls, data_dir: Path | None = None, target: str | None = None) -> Workspace:
        """Open the workspace of a data directory, which need not exist yet.

        ``data_dir`` defaults to ``$JUPYTER_FAAS_DATA_DIR``, then to ``faas`` in Jupyter's data
        directory. ``target`` defaults to ``$JUPYTER_FAAS_TARGET``, then to the target chosen last,
        then to ``playground``. Raises TargetNotConfigured if ``target`` is unknown or its API key
        or files cannot be read.
        """
        folder = find_data_dir(data_dir, os.environ)
        targets = Targets(folder, Settings(folder), os.environ, Path.home(), pinned=target)
        # An unknown name must fail here. The playground is not resolved, because it has no API key
        # before its first start.
        if target not in (None, PLAYGROUND):
            targets.resolve(target)
        return cls(folder, targets)

    @classmethod
    def of_notebook(cls, target: str | None, data_dir: Path | None = None) -> Workspace:
        """Open the workspace of a notebook that records ``target``; None follows the default.

        ``use_target`` then changes only the notebook's target. The name is not checked: requests
        raise TargetNotConfigured if there is no such target.
        """
        folder = find_data_dir(data_dir, os.environ)
        settings = Settings(folder)
        return cls(
            folder,
            Targets(folder, settings, os.environ, Path.home(), notebook=target, for_notebook=True),
        )

    def at(self, target: str) -> Workspace:
        """Return a workspace of the same data directory for another target.

        Raises TargetNotConfigured as ``open`` does.
        """
        other = Workspace.open(self.data_dir, target)
        # Both set environment variables of this process.
        other.secrets.provided = self.secrets.provided
        return other

    def package(
        self,
        request: PackageRequest,
        namespace: Mapping[str, object],
        *,
        helper: ConversionHelper | None = None,
        function: Callable[..., Any] | None = None,
        measured: bool = False,
        progress: Progress = silent,
    ) -> Packaged:
        """Package a cell: capture it from ``namespace``, convert its models, store the bundle.

        ``helper``: the process that converts models. By default, a process is started for this
        call.
        ``function``: the handler, if ``namespace`` has a different object under its name.
        ``measured``: whether ``forecast`` will be called next, so that its process is started in
        advance.

        Raises CaptureError, ConversionError, ParityError, ExampleFailed and InputError.
        """
        from jupyter_faas.workspace.packaging.function import package

        context = self._services.packaging_context(progress, helper, function, measured=measured)
        try:
            with machine_errors():
                return package(request, namespace, context)
        # Even after a KeyboardInterrupt, the process that was started for the forecast must end.
        except BaseException:
            if context.clean_rooms is not None:
                context.clean_rooms.discard()
            raise

    def package_composition(
        self,
        request: CompositionRequest,
        node: Composition,
        namespace: Mapping[str, object],
        *,
        progress: Progress = silent,
    ) -> Packaged:
        """Package a composition: capture its functions, compile it, store the bundle.

        The inline functions of ``node`` are captured from ``namespace``. Raises CaptureError and
        CompositionError, whose messages name the node, and InputError.
        """
        with machine_errors():
            return self.compositions.package(
                request, node, namespace, self._services.packaging_context(progress)
            )

    def package_record(self, package_id: str) -> PackageRecord:
        """Return a package record. Raises PackageNotFound if this data directory lacks it."""
        return self._services.store.get_package(package_id)

    def bundle(self, sha256: str) -> Bundle:
        """Return a bundle. Raises BundleNotFound if this data directory lacks it."""
        return self._services.store.get(sha256)

    def forecast(self, package_id: str, target: str | None = None) -> Forecast:
        """Measure a cold start and run the clean-room test, which may take minutes.

        The forecast is for ``target``, or for the target that is current when the measurement
        starts. The function is called with the package's examples, so its side effects occur.
        Raises PackageNotFound and BundleNotFound.
        """
        return self._services.forecast(package_id, target)

    def cold_start(self, package_id: str, cold_ms: int, first_call_ms: int | None) -> Forecast:
        """Return the forecast of a cold start on the current target, without measuring again.

        ``cold_ms`` and ``first_call_ms`` were measured on this machine, for a card of another
        target. Raises PackageNotFound and BundleNotFound.
        """
        return self._services.cold_start(package_id, cold_ms, first_call_ms)

    def local(self, function: Callable[..., Any], packaged: Packaged) -> LocalFunction:
        """Return a wrapper that calls ``function`` as the action would.

        The wrapper checks the parameters and converts the result to JSON types.
        """
        from jupyter_faas.workspace.local.function import LocalFunction

        return LocalFunction(
            function, packaged.spec, self._services.action_main, defaults=packaged.record.parameters
        )

    def deploy(
        self, package_id: str, *, force: bool = False, progress: Progress = silent
    ) -> Deployment:
        """Deploy a package to the current target. An unchanged package is not uploaded again.

        Wheels are added for requirements that the target lacks. Nested compositions are deployed
        first. Raises PackageNotFound or BundleNotFound if this data directory lacks the package,
        VendoringFailed, CleanRoomFailed, and TargetError. Raises ChangedElsewhere if another user
        has changed the action, unless ``force`` is true.
        """
        package_id = self.packages.fit(package_id, progress=progress)
        # Nested compositions come first, so that every action that a composition calls exists.
        parts = self.compositions.part_names(package_id).values()
        first = [self.deploy(part, force=force, progress=progress) for part in parts]
        done = self.deployments.deploy(package_id, force=force, progress=progress)
        return replace(done, parts=tuple(first)) if first else done

    def preflight(self, package_id: str) -> Preflight:
        """Check a package against the limits and runtimes of the current target.

        Requests to the host have short timeouts. A stopped playground is not started. Raises
        PackageNotFound and BundleNotFound.
        """
        return self.packages.preflight(package_id, self._targets.capabilities())

    def functions(self) -> list[DeployedFunction]:
        """Return all actions in the namespace, the most recently updated first."""
        from jupyter_faas.workspace.functions import list_functions

        client = self._services.connect().client
        found = list_functions(client, self.sessions.graph_recorder(client.target))
        return [self.deployments.with_history(one, client.target) for one in found]

    def function(self, name: str) -> DeployedFunction:
        """Return the action called ``name``. Raises ActionNotFound, with similar names."""
        from jupyter_faas.workspace.functions import describe_function
        from jupyter_faas.workspace.handover.service import suggest_names

        client = self._services.connect(start=True).client
        with suggest_names(client, name):
            found = describe_function(client.get_action(name), client)
        return self.deployments.with_history(found, client.target)

    def has(self, name: str) -> bool:
        """Return whether the target has an action called ``name``."""
        from jupyter_faas.workspace.deployment.remote_state import find_action

        return find_action(self._services.connect(start=True).client, name) is not None

    def remove(self, name: str) -> Removal:
        """Remove an action from the target, and with it its shadow and the versions of a canary.

        The warning names versions that could not be removed, and rules that still refer to the
        action. Raises ActionNotFound.
        """
        from jupyter_faas.workspace.deployment.canary_removal import remove_function
        from jupyter_faas.workspace.handover.service import suggest_names
        from jupyter_faas.workspace.triggers.results import left_behind

        client = self._services.connect(start=True).client
        with suggest_names(client, name, hint=""):
            ended = remove_function(client, name)
        rules = left_behind(name, self.triggers.rules_naming(name))
        return replace(ended, warning="\n".join(filter(None, (ended.warning, rules))))

    def invoke(
        self,
        name: str,
        params: Mapping[str, Any],
        *,
        blocking: bool = True,
        timeout_s: float = _INVOKE_TIMEOUT_S,
        replay: bool = False,
    ) -> ActivationRecord:
        """Run an action and return its record. The record's ``ok`` is False if the run failed.

        ``blocking``: whether the host waits for the run and responds with its record. If not, or if
        the run takes longer than the host waits, this method polls for the record.
        ``replay``: whether this is a kept input, which the playground must not keep again. Its
        parameters may have other names, because any client may have sent them.

        Raises ActionNotFound, ActivationTimedOut, and ParametersRejected if the function does not
        take a parameter, needs one more, or if a value cannot be converted to JSON. If the
        connection breaks during the run, raises ActivationLost, or ConnectionBroken if the run may
        still have a record.
        """
        from jupyter_faas.workspace.invocation import run_action

        return run_action(
            self._services,
            self.inputs,
            name,
            params,
            blocking=blocking,
            timeout_s=timeout_s,
            replay=replay,
        )

    def activations(
        self,
        *,
        limit: int = 30,
        name: str | None = None,
        since: int | None = None,
        upto: int | None = None,
        skip: int = 0,
    ) -> list[ActivationSummary]:
        """Return activations, the latest first.

        ``name`` selects the activations of one action. ``since`` and ``upto`` (epoch ms) are
        inclusive. ``skip`` is the number of activations to skip.
        """
        return self.sessions.runs(limit=limit, skip=skip, name=name, since=since, upto=upto)

    def activation(self, activation_id: str) -> ActivationRecord:
        """Return an activation with its result and logs. Raises ActivationNotFound."""
        return self.sessions.record(self._services.connect().client.get_activation(activation_id))

    def logs(self, activation_id: str, *, every: bool = False) -> list[str]:
        """Return the log lines of a run, each with its time, stream and text.

        For a session, each line also contains the name of the step, and lines of the engine are
        left out unless ``every`` is true. Raises ActivationNotFound.
        """
        return self.sessions.logs(activation_id, every=every)

    @property
    def target(self) -> TargetState:
        """State of the current target, determined without a request."""
        return self._targets.state(self._targets.current())

    @property
    def target_name(self) -> str:
        """Name of the current target."""
        return self._targets.current()

    @property
    def target_registry(self) -> Targets:
        """All configured targets, which can be listed, added, removed and checked."""
        return self._targets

    def use_target(self, name: str) -> None:
        """Set the target of this notebook, or else for this and later processes.

        Raises TargetNotConfigured.
        """
        self._targets.use(name)

    def status(self, *, check: bool = True) -> dict[str, Any]:
        """Return the status of all targets, as in ``tests/data/api/status.json``.

        With ``check``, requests are sent to the current target, which takes at most a few seconds.
        """
        return self._targets.status(check=check, now_ms=self._services.now_ms())

    @property
    def playground(self) -> LocalPlayground:
        """The playground of this data directory, even if another target is current."""
        return self._services.playground

    @property
    def data_dir_id(self) -> str:
        """Id of the data directory. Processes with the same id share a disk."""
        return self._targets.settings.data_dir_id()

    @cached_property
    def inputs(self) -> ReplayService:
        """The inputs of calls that are kept, and their replay."""
        from jupyter_faas.workspace.replay.inputs import ReplayService
        from jupyter_faas.workspace.replay.local_inputs import LocalInputs

        prices, local = lambda: self._services.price_list, LocalInputs(self.data_dir / "inputs.db")
        return ReplayService(self._services.connect, self.invoke, self.activation, prices, local)

    @cached_property
    def rollouts(self) -> RolloutService:
        """Versions of functions that are deployed beside them."""
        from jupyter_faas.workspace.rollouts.service import RolloutService

        return RolloutService(
            self._services.connect,
            store=lambda: self._services.store,
            deploy=self.deploy,
            inputs=lambda: self.inputs,
            record=self.activation,
            invoke=self.invoke,
            data_dir=self.data_dir,
            history=lambda name: self.deployments.history(name),
            note_update=lambda *actions: self.deployments.note_update(*actions),
            activations=self.activations,
        )

    @property
    def aliases(self) -> VersionAliases:
        """The names that users give to versions."""
        from jupyter_faas.workspace.deployment.aliases import VersionAliases

        return VersionAliases(self.deployments)

    @property
    def deployments(self) -> DeploymentService:
        """Deploys from this data directory, with history, rollback and comparison of versions."""
        return self._services.deployments

    @property
    def compositions(self) -> CompositionService:
        """Packaging of compositions, and lookup of the actions that they call."""
        return self._services.compositions

    @property
    def sessions(self) -> SessionService:
        """Activations with all runs that they caused, including steps, graph and cost."""
        return self._services.sessions

    @property
    def triggers(self) -> TriggerService:
        """Triggers, rules and schedules."""
        return self._services.triggers

    @property
    def handover(self) -> HandoverService:
        """OpenAPI documents, snippets and handles for callers of functions."""
        return self._services.handover

    @property
    def batches(self) -> BatchService:
        """Many calls of a function, and calls that nobody waits for."""
        return self._services.batches

    @property
    def function_pages(self) -> FunctionPageService:
        """Documentation of deployed functions."""
        return self._services.function_pages

    @property
    def packages(self) -> PackageService:
        """Upload of packages, and their adaptation to other runtimes."""
        return self._services.packages

    @property
    def package_contents(self) -> PackageContents:
        """The files of each package, with the reason why each file is included."""
        return self._services.package_contents

    @property
    def clean_rooms(self) -> CleanRoomManager:
        """Clean-room tests of packages."""
        return self._services.clean_rooms

    @property
    def models(self) -> ModelService:
        """Models that are stored outside their packages."""
        return self._services.models

    @property
    def secrets(self) -> SecretStore:
        """The secrets whose values are stored or set on this machine."""
        return self._services.secrets

    @property
    def costs(self) -> CostService:
        """Usage and costs in a period."""
        return self._services.costs

    @property
    def prices(self) -> PriceListSetting:
        """The available price lists and the chosen price list."""
        return self._services.prices

    @property
    def budgets(self) -> BudgetSetting:
        """The monthly budget of each target."""
        return self._services.budgets

    def close(self) -> None:
        """Stop background processes that are not in use, such as an unused playground."""
        self._services.close()
