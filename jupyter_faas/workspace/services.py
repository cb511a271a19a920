"""WorkspaceServices: builds the services behind ``Workspace`` and passes their dependencies.

Each service is a ``cached_property`` that imports and builds the service on first use, so that
``import jupyter_faas`` stays fast. Services do not import each other. A service that needs a
method of another service, for example to connect or to look up a price, receives a callable here.

To add a service, write its class in a new subpackage, build the service here, and add a property
to ``Workspace``.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import TargetError
from jupyter_faas.workspace.results import Progress, silent
from jupyter_faas.workspace.targets.connection import Connection
from jupyter_faas.workspace.targets.targets import Targets

if TYPE_CHECKING:
    from types import ModuleType

    from jupyter_faas.bundle import BundleStore
    from jupyter_faas.cost import PriceList
    from jupyter_faas.serialization import ConversionHelper
    from jupyter_faas.vendoring import VendorCache
    from jupyter_faas.whisk import Activation
    from jupyter_faas.workspace.batches.service import BatchService
    from jupyter_faas.workspace.cleanroom.host_starts import HostStarts
    from jupyter_faas.workspace.cleanroom.manager import CleanRoomManager
    from jupyter_faas.workspace.costs.choices import BudgetSetting, PriceListSetting
    from jupyter_faas.workspace.costs.service import CostService
    from jupyter_faas.workspace.deployment.composition_service import CompositionService
    from jupyter_faas.workspace.deployment.service import DeploymentService
    from jupyter_faas.workspace.handover.function_page import FunctionPageService
    from jupyter_faas.workspace.handover.service import HandoverService
    from jupyter_faas.workspace.model_stores.service import ModelService
    from jupyter_faas.workspace.packaging.contents import PackageContents
    from jupyter_faas.workspace.packaging.context import PackagingContext
    from jupyter_faas.workspace.packaging.service import PackageService
    from jupyter_faas.workspace.results import Forecast
    from jupyter_faas.workspace.secrets.store import SecretStore
    from jupyter_faas.workspace.sessions.service import SessionService
    from jupyter_faas.workspace.targets.playground import LocalPlayground
    from jupyter_faas.workspace.triggers.service import TriggerService


class WorkspaceServices:
    """The services of one data directory. ``clock`` returns seconds since 1970."""

    def __init__(self, data_dir: Path, targets: Targets, clock: Callable[[], float]) -> None:
        self.data_dir = data_dir
        self.targets = targets
        self._clock = clock

    def now_ms(self) -> int:
        """Return the time in milliseconds since 1970."""
        return int(self._clock() * 1000)

    def connect(self, *, start: bool = False, progress: Progress = silent) -> Connection:
        """Connect to the current target. ``start`` starts the playground if it is stopped."""

        # This function is called, and its message shown, only if the playground is stopped.
        def start_playground() -> None:
            progress("Starting the local playground…")
            self.playground.start()

        return self.targets.connect(start=start_playground if start else None)

    @cached_property
    def playground(self) -> LocalPlayground:
        from jupyter_faas.workspace.targets.playground import LocalPlayground

        return LocalPlayground(self.data_dir, self.targets, self.connect)

    def close(self) -> None:
        """Stop background processes that are not in use, such as an unused playground."""
        self.playground.close()
        self.clean_rooms.discard()

    # Packages in this data directory

    @cached_property
    def store(self) -> BundleStore:
        from jupyter_faas.bundle import BundleStore
        from jupyter_faas.workspace.settings import make_private

        return BundleStore(make_private(self.data_dir))

    @cached_property
    def wheels(self) -> VendorCache:
        from jupyter_faas.vendoring import VendorCache

        return VendorCache(self.data_dir / "vendored", os.environ)

    @cached_property
    def models(self) -> ModelService:
        from jupyter_faas.bundle import ModelFiles
        from jupyter_faas.workspace.model_stores.service import ModelService

        return ModelService(ModelFiles(self.data_dir), self.targets)

    @cached_property
    def packages(self) -> PackageService:
        from jupyter_faas.workspace.packaging.service import PackageService

        return PackageService(
            self.store,
            self.wheels,
            lambda progress: self.connect(start=True, progress=progress),
        )

    @cached_property
    def secrets(self) -> SecretStore:
        from jupyter_faas.workspace.secrets.store import SecretStore, system_keyring

        return SecretStore(self.data_dir, os.environ, system_keyring())

    @cached_property
    def package_contents(self) -> PackageContents:
        from jupyter_faas.workspace.packaging.contents import PackageContents

        return PackageContents(self.store)

    @cached_property
    def clean_rooms(self) -> CleanRoomManager:
        from jupyter_faas.workspace.cleanroom.manager import CleanRoomManager

        return CleanRoomManager(
            self.data_dir,
            self.store,
            self.models.files,
            lambda: self.price_list,
            # The lambda delays the import until a package declares a secret.
            lambda names: self.secrets.available(names) if names else {},
            wheels=self.wheels,
        )

    @cached_property
    def host_starts(self) -> HostStarts:
        from jupyter_faas.workspace.cleanroom.host_starts import HostStarts

        return HostStarts(self.data_dir)

    def keep_start(self, name: str, run: Activation) -> None:
        """Keep the time of a cold start on a host, for later forecasts."""
        from jupyter_faas.workspace.deployment.service import place_of

        if not run.cold or not run.response.success:
            return
        if self.targets.state(self.targets.current()).kind == "playground":
            return
        # A full disk or a host that is down must not hide the result of the run.
        with suppress(OSError, TargetError):
            connection = self.connect()
            records = self.deployments.records_on(connection, name)
            self.host_starts.add(place_of(connection.client.target), run, records)

    def forecast(self, package_id: str, target: str | None) -> Forecast:
        """Return the forecast of a package for ``target``, by default the current target."""
        # Another target may be chosen during the measurement.
        name = target or self.targets.current()
        return self.forecast_there(package_id, self.clean_rooms.forecast(package_id), name)

    def cold_start(self, package_id: str, cold_ms: int, first_call_ms: int | None) -> Forecast:
        """Return the forecast for the current target, from times that were measured before."""
        from jupyter_faas.workspace.results import Forecast

        record = self.store.get_package(package_id)
        here = Forecast(
            "measured",
            cold_ms=cold_ms,
            first_call_ms=first_call_ms,
            timeout_share=round(cold_ms / record.timeout_ms, 4),
            cold_per_million=self.price_list.per_million(record.memory_mb, cold_ms),
        )
        return self.forecast_there(package_id, here, self.targets.current())

    def forecast_there(self, package_id: str, here: Forecast, target: str) -> Forecast:
        """Return the forecast for ``target``, from what was measured on this machine."""
        from jupyter_faas.workspace.cleanroom.host_starts import on_host

        state, capabilities = self.targets.state_and_capabilities(target)
        if state.kind == "playground" or here.state != "measured":
            return here
        record = self.store.get_package(package_id)
        fitted = self.packages.preflight(package_id, capabilities)
        # A host's deploy records are kept under its API host (``place_of``).
        starts = self.host_starts.of(state.apihost)
        return on_host(here, record, fitted, starts, self.price_list)

    @cached_property
    def action_main(self) -> ModuleType:
        from jupyter_faas.workspace.local.function import load_action_main

        return load_action_main()

    def packaging_context(
        self,
        progress: Progress,
        helper: ConversionHelper | None = None,
        function: Callable[..., Any] | None = None,
        *,
        measured: bool = False,
    ) -> PackagingContext:
        """Return the context that packaging needs, such as stores and the target's limits.

        The parameters are those of ``Workspace.package``.
        """
        from jupyter_faas.workspace.packaging.context import PackagingContext

        state, capabilities = self.targets.state_and_capabilities()
        return PackagingContext(
            store=self.store,
            target=state,
            info=capabilities.info,
            host_error=capabilities.error,
            now_ms=self.now_ms(),
            models=self.models,
            progress=progress,
            helper=helper,
            function=function,
            wheels=self.wheels,
            clean_rooms=self.clean_rooms if measured else None,
        )

    # Actions and activations on the target

    @cached_property
    def deployments(self) -> DeploymentService:
        from jupyter_faas.workspace.deployment.service import DeploymentService

        return DeploymentService(
            data_dir=self.data_dir,
            store=self.store,
            connect=self.connect,
            target_in_use=self.targets.in_use,
            place_models=self.models.place,
            test_package=self.clean_rooms.test,
            secrets=lambda names: self.secrets.values(names) if names else {},
            now_ms=self.now_ms,
        )

    @cached_property
    def compositions(self) -> CompositionService:
        from jupyter_faas.workspace.deployment.composition_service import CompositionService

        return CompositionService(self.store, self.connect, self.targets.answering_connection)

    @cached_property
    def sessions(self) -> SessionService:
        from jupyter_faas.workspace.sessions.graphs import GraphStore
        from jupyter_faas.workspace.sessions.service import SessionService

        return SessionService(
            self.connect,
            deploy_records=self.deployments.records_on,
            graphs=GraphStore(self.data_dir),
            # The lambda delays the import of compositions until a graph is needed.
            packaged_graph=lambda package: self.compositions.graph(package),
            prices=lambda: self.price_list,
            now_ms=self.now_ms,
        )

    @cached_property
    def triggers(self) -> TriggerService:
        from jupyter_faas.workspace.triggers.service import TriggerService

        return TriggerService(
            self.connect, updated=lambda *actions: self.deployments.note_update(*actions)
        )

    @cached_property
    def handover(self) -> HandoverService:
        from jupyter_faas.workspace.handover.service import HandoverService

        return HandoverService(
            self.connect,
            # Loading action_main takes some milliseconds, and only handles need this module.
            action_main=lambda: self.action_main,
            store=self.store,
            data_dir=self.data_dir,
            named_targets=self.targets.settings.named_targets,
        )

    @cached_property
    def function_pages(self) -> FunctionPageService:
        from jupyter_faas.workspace.handover.function_page import FunctionPageService

        return FunctionPageService(self.connect, self.store, self.deployments.records_on)

    @cached_property
    def batches(self) -> BatchService:
        from jupyter_faas.workspace.batches.service import BatchService

        return BatchService(
            self.data_dir,
            self.connect,
            action_main=lambda: self.action_main,
            prices=lambda: self.price_list,
            record=lambda activation: self.sessions.record(activation),
            session_cost=lambda activation: self.sessions.cost_usd(activation),
        )

    # Costs

    @cached_property
    def prices(self) -> PriceListSetting:
        from jupyter_faas.workspace.costs.choices import PriceListSetting

        def usual() -> str | None:
            return self.targets.profile().price_list

        return PriceListSetting(self.targets.settings, self.data_dir, usual)

    @property
    def price_list(self) -> PriceList:
        """The chosen price list, or the default price list if the user's file is invalid."""
        return self.prices.get_or_default()

    @cached_property
    def budgets(self) -> BudgetSetting:
        from jupyter_faas.workspace.costs.choices import BudgetSetting

        return BudgetSetting(self.targets.settings)

    @cached_property
    def costs(self) -> CostService:
        from jupyter_faas.workspace.costs.service import CostService

        return CostService(
            self.connect,
            self.prices,
            self.budgets,
            self.now_ms,
            self.deployments.own_since,
        )
