"""What a workspace is made of, each part built when something needs it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_faas.workspace.results import Progress, silent
from jupyter_faas.workspace.settings import PLAYGROUND
from jupyter_faas.workspace.targets.connection import Connection
from jupyter_faas.workspace.targets.targets import Targets

if TYPE_CHECKING:
    from types import ModuleType

    from jupyter_faas.bundle import BundleStore
    from jupyter_faas.cost import PriceList
    from jupyter_faas.playground import PlaygroundInfo
    from jupyter_faas.serialization import ConversionHelper
    from jupyter_faas.vendoring import VendorCache
    from jupyter_faas.workspace.cleanroom.manager import Rooms
    from jupyter_faas.workspace.costs.choices import Budgets, Prices
    from jupyter_faas.workspace.costs.service import Costs
    from jupyter_faas.workspace.deployment.composition_service import Compositions
    from jupyter_faas.workspace.deployment.service import Deploys
    from jupyter_faas.workspace.handover.function_page import FunctionPages
    from jupyter_faas.workspace.handover.service import HandOver
    from jupyter_faas.workspace.model_stores.service import Models
    from jupyter_faas.workspace.packaging.contents import Insides
    from jupyter_faas.workspace.packaging.context import Surroundings
    from jupyter_faas.workspace.sessions.service import Sessions
    from jupyter_faas.workspace.targets.autostart import EarlyStart
    from jupyter_faas.workspace.triggers.service import Events


class Parts:
    """One data folder, the targets, and what works on them."""

    def __init__(
        self, data_dir: Path, targets: Targets, *, clock: Callable[[], float] = time.time
    ) -> None:
        self.data_dir = data_dir
        self._targets = targets
        self._clock = clock

    def start_playground(
        self, *, port: int | None = None, tls: bool = False, rate_limits: bool = False
    ) -> PlaygroundInfo:
        """Start the playground, or find the one that runs. Raises PlaygroundError."""
        from jupyter_faas.playground import start

        self._early.wait()
        return start(self.data_dir, port=port, tls=tls, rate_limits=rate_limits)

    def begin_playground(self) -> None:
        """Start the playground where it is the target, for a deploy to come; returns at once."""
        # Windows has none.
        if os.name == "posix" and self._targets.current() == PLAYGROUND:
            self._early.begin()

    def reach_playground(self) -> None:
        """Begin it, and return when it has said what it is; where it is the target."""
        if self._targets.current() == PLAYGROUND:
            self.begin_playground()
            self._early.wait()
            self._targets.checked_state()

    def close(self) -> None:
        """What was begun for what did not come ends: a playground, a clean room."""
        self._early.close()
        self.rooms.give_up()

    @cached_property
    def _early(self) -> EarlyStart:
        from jupyter_faas.workspace.targets.autostart import EarlyStart

        def runs() -> bool:
            from jupyter_faas.playground import status

            return status(self.data_dir) is not None

        def begin(lease: int) -> None:
            from jupyter_faas.playground import start

            start(self.data_dir, lease=lease)

        return EarlyStart(runs, begin)

    def _around(
        self,
        progress: Progress,
        helper: ConversionHelper | None = None,
        function: Callable[..., Any] | None = None,
        *,
        measured: bool = False,
    ) -> Surroundings:
        from jupyter_faas.workspace.packaging.context import Surroundings

        state, capabilities = self._targets.state_and_capabilities()
        return Surroundings(
            store=self._store,
            target=state,
            info=capabilities.info,
            trouble=capabilities.error,
            now_ms=self._now_ms(),
            models=self.models,
            progress=progress,
            helper=helper,
            function=function,
            wheels=self._wheels,
            rooms=self.rooms if measured else None,
        )

    def _connect(self, *, start: bool = False, progress: Progress = silent) -> Connection:
        def start_playground() -> None:
            progress("Starting the local playground…")
            self.start_playground()

        return self._targets.connect(start=start_playground if start else None)

    def _now_ms(self) -> int:
        return int(self._clock() * 1000)

    @cached_property
    def deploys(self) -> Deploys:
        """What was deployed from here: history, rollback, and what a diff compares."""
        from jupyter_faas.workspace.deployment.service import Deploys

        targets = self._targets
        return Deploys(
            data_dir=self.data_dir,
            store=self._store,
            connect=self._connect,
            target_in_use=targets.in_use,
            place=self.models.place,
            prove=self.rooms.prove,
            now_ms=self._now_ms,
        )

    @cached_property
    def compositions(self) -> Compositions:
        """What packaged compositions call, and what has to be deployed before them."""
        from jupyter_faas.workspace.deployment.composition_service import Compositions

        return Compositions(self._store, self._connect, self._targets.reached)

    @cached_property
    def sessions(self) -> Sessions:
        """Runs with all that they have caused."""
        from jupyter_faas.workspace.sessions.graphs import KeptGraphs
        from jupyter_faas.workspace.sessions.service import Sessions

        return Sessions(
            self._connect,
            records_on=self.deploys.records_on,
            graphs=KeptGraphs(self.data_dir),
            packaged_graph=lambda package: self.compositions.graph(package),
            prices=lambda: self._prices,
            now_ms=self._now_ms,
        )

    @cached_property
    def handover(self) -> HandOver:
        """What others get who use the functions: documents and snippets."""
        from jupyter_faas.workspace.handover.service import HandOver

        return HandOver(
            self._connect,
            action_main=lambda: self._action_main,
            store=self._store,
            data_dir=self.data_dir,
            named_targets=self._targets.settings.named_targets,
        )

    @cached_property
    def pages(self) -> FunctionPages:
        """What is told of a deployed function to somebody who never saw its notebook."""
        from jupyter_faas.workspace.handover.function_page import FunctionPages

        return FunctionPages(self._connect, self._store, self.deploys.records_on)

    @cached_property
    def events(self) -> Events:
        """Triggers and rules."""
        from jupyter_faas.workspace.triggers.service import Events

        return Events(self._connect)

    @cached_property
    def insides(self) -> Insides:
        """What packages hold, and why."""
        from jupyter_faas.workspace.packaging.contents import Insides

        return Insides(self._store)

    @cached_property
    def _store(self) -> BundleStore:
        from jupyter_faas.bundle import BundleStore
        from jupyter_faas.workspace.settings import make_private

        return BundleStore(make_private(self.data_dir))

    @cached_property
    def rooms(self) -> Rooms:
        """The clean-room runs of what was packaged here."""
        from jupyter_faas.workspace.cleanroom.manager import Rooms

        return Rooms(self.data_dir, self._store, self.models.files, lambda: self._prices)

    @cached_property
    def _wheels(self) -> VendorCache:
        from jupyter_faas.vendoring import VendorCache

        return VendorCache(self.data_dir / "vendored", os.environ)

    @cached_property
    def models(self) -> Models:
        """The models that do not travel in their package."""
        from jupyter_faas.bundle import ModelFiles
        from jupyter_faas.workspace.model_stores.service import Models

        return Models(ModelFiles(self.data_dir), self._targets)

    @cached_property
    def prices(self) -> Prices:
        """The price lists, and which one was chosen."""
        from jupyter_faas.workspace.costs.choices import Prices

        return Prices(self._targets.settings, self.data_dir)

    @property
    def _prices(self) -> PriceList:
        return self.prices.shown()

    @cached_property
    def budgets(self) -> Budgets:
        """What may be spent on each target in a month."""
        from jupyter_faas.workspace.costs.choices import Budgets

        return Budgets(self._targets.settings)

    @cached_property
    def costs(self) -> Costs:
        """What functions cost in a period."""
        from jupyter_faas.workspace.costs.service import Costs

        return Costs(self._connect, self.prices, self.budgets, self._now_ms)

    @cached_property
    def _action_main(self) -> ModuleType:
        from jupyter_faas.workspace.local.function import load_action_main

        return load_action_main()
