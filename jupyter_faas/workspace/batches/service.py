"""``BatchService``: many calls of a function, or one that the caller does not wait for."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import InputError, TargetError
from jupyter_faas.telemetry import process_telemetry
from jupyter_faas.workspace.batches.calls import Caller
from jupyter_faas.workspace.batches.inputs import read_rows
from jupyter_faas.workspace.batches.ledger import Ledger, batch_id
from jupyter_faas.workspace.batches.pace import Pace
from jupyter_faas.workspace.batches.results import BatchResults, check_output
from jupyter_faas.workspace.batches.runner import BatchRun
from jupyter_faas.workspace.batches.spawned import SpawnedRun
from jupyter_faas.workspace.handover.call_check import check_call
from jupyter_faas.workspace.handover.remote_function import signature_of
from jupyter_faas.workspace.handover.service import callee, find_action
from jupyter_faas.workspace.local.function import json_parameters
from jupyter_faas.workspace.results import Progress, silent

if TYPE_CHECKING:
    from jupyter_faas.client import Client
    from jupyter_faas.cost import PriceList
    from jupyter_faas.whisk import Action, Activation
    from jupyter_faas.workspace.handover.remote_function import Callee
    from jupyter_faas.workspace.results import ActivationRecord
    from jupyter_faas.workspace.targets.connection import Connect

MOST = 1000
# The calls at a time on a host that does not state a limit (OpenWhisk's default), and the most on
# one that does, unless the user asks for more.
_USUAL, _LARGEST = 30, 100
# Hosts without limits state a number that no client reaches.
_UNLIMITED = 100_000
# A start, the queue and a clock that differs may add this to the timeout of an action, in seconds.
_MARGIN_S = 180.0
# Compositions and sequences may wait for hours, because each step has a timeout of its own.
_SESSION_S = 24 * 3600.0


@dataclass(frozen=True)
class BatchService:
    """Many calls of a function of the current target. The package's docstring names the parts."""

    data_dir: Path
    connect: Connect
    action_main: Callable[[], ModuleType]
    prices: Callable[[], PriceList]
    record: Callable[[Any], ActivationRecord]
    session_cost: Callable[[Activation], Decimal | None]

    def map(
        self,
        name: str,
        rows: object,
        *,
        concurrency: int | None = None,
        output: str | Path | None = None,
        retry: bool = False,
        progress: Progress = silent,
    ) -> BatchResults:
        """Call a function once per row, and return the results in the order of the rows.

        ``rows``: a data frame, a list or iterator, or the path of a file (``inputs.py``).
        ``concurrency``: the largest number of calls at a time, by default as many as the target
        allows.
        ``output``: a file for the rows (``results.OUTPUTS``), written when all calls have answered.
        ``retry``: whether a call that may have run is repeated, because a second run is harmless.

        A failed call is a row with its error. If the batch is interrupted, the same call continues
        it. Raises InputError and ParametersRejected before the first call if a row does not fit,
        ActionNotFound, ActivationInterrupted, and TargetError if the target accepts no calls.
        """
        if output is not None:
            check_output(output)
        if concurrency is not None and not 1 <= concurrency <= MOST:
            raise InputError(f"The concurrency must be from 1 to {MOST:,}, not {concurrency:,}.")
        from jupyter_faas.client import BatchClient, Client

        client = self.connect(start=True, progress=progress).client
        action = find_action(client, name)
        called = callee(action, client)
        main = self.action_main()
        progress("Reading the inputs…")
        inputs = read_rows(rows, called, _order(called), main)
        most, per_minute = self._limits(client, concurrency)
        place = f"{client.target.apihost} {action.full_name.namespace}"
        batch = batch_id(place, called.name, f"{action.version} {action.updated}", inputs)
        ledger = Ledger(self.data_dir, batch, called.name)
        # Records of successful runs are not needed, and a host may limit calls that ask for them.
        target = replace(client.target, extra_logging=False)
        pace = Pace(most, per_minute)
        began, complete = time.monotonic(), False
        try:
            caller = Caller(
                client,
                called.name,
                sender=BatchClient(Client(target), called.name),
                ledger=ledger,
                pace=pace,
                prices=self.prices(),
                session_cost=self.session_cost,
                unbox=partial(main.unbox, called.schema),
                limit_s=_limit_s(action),
                retry=retry,
            )
            run = BatchRun(
                inputs, caller, pace, ledger, at_once=most, retry=retry, progress=progress
            )
            with process_telemetry().span(
                f"map {called.name}", attributes={"jupyter_faas.calls": len(inputs)}
            ):
                answers = run.run()
            found = BatchResults(
                called.name,
                inputs,
                answers,
                seconds=time.monotonic() - began,
                resumed=run.resumed,
                cost_usd=run.cost_usd,
            )
            if output is not None:
                found = replace(found, output=found.write(output))
            # The answers are kept until the file exists.
            complete = run.is_complete
        finally:
            ledger.close(remove=complete)
        return found

    def spawn(self, name: str, params: Mapping[str, Any]) -> SpawnedRun:
        """Start a function, and return a handle of the run without waiting for it.

        Raises ActionNotFound, and ParametersRejected as ``Workspace.invoke`` does.
        """
        client = self.connect(start=True).client
        main = self.action_main()
        action = find_action(client, name)
        called = callee(action, client)
        check_call(client, name, action, params, main)
        found = client.invoke(name, json_parameters(params, main), blocking=False)
        return SpawnedRun(
            client,
            name,
            found if isinstance(found, str) else found.activation_id,
            limit_s=_limit_s(action),
            unbox=partial(main.unbox, called.schema),
            to_record=self.record,
        )

    def _limits(self, client: Client, wanted: int | None) -> tuple[int, int | None]:
        """Return the calls at a time and the calls per minute (None: any number)."""
        try:
            stated = client.limits()
        except TargetError:
            stated = {}  # Some hosts do not have this request.
        at_once, per_minute = (
            value if isinstance(value, int) and 0 < value < _UNLIMITED else None
            for value in (stated.get("concurrentInvocations"), stated.get("invocationsPerMinute"))
        )
        if client.target.kind == "playground":
            # Its workers share this machine.
            usual = 4 * (os.cpu_count() or 1)
        else:
            usual = _USUAL if at_once is None else _LARGEST
        most = wanted or usual
        return (most if at_once is None else min(most, at_once)), per_minute


def _order(called: Callee) -> list[str]:
    """Return the names of the parameters that a tuple can give."""
    parameters = signature_of(called).parameters.values()
    return [each.name for each in parameters if each.kind is not each.VAR_KEYWORD]


def _limit_s(action: Action) -> float:
    from jupyter_faas.whisk.entities import SEQUENCE
    from jupyter_faas.workspace.functions import is_composition

    if action.exec.kind == SEQUENCE or is_composition(action):
        return _SESSION_S
    return action.limits.timeout / 1000 + _MARGIN_S
