"""ReplayService, which reads and replays inputs that the playground kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from jupyter_faas.client import KeptInput
from jupyter_faas.errors import ActivationNotFound, FaasError, InputError
from jupyter_faas.whisk.inputs import KEEP_INPUTS, REDACTED, KeepInputs
from jupyter_faas.workspace.replay.local_inputs import LocalInputs
from jupyter_faas.workspace.replay.replay import Replay, in_notebook, on_target, replay
from jupyter_faas.workspace.results import Progress, silent
from jupyter_faas.workspace.targets.connection import Connect

if TYPE_CHECKING:
    from jupyter_faas.client import Client
    from jupyter_faas.cost import PriceList
    from jupyter_faas.whisk import Action, Activation
    from jupyter_faas.workspace.results import ActivationRecord

Call = Callable[[Mapping[str, Any]], tuple[Any, bool, int]]


@dataclass(frozen=True)
class ReplayService:
    """A service that reads and replays kept inputs on the current target.

    On hosts other than the playground, only inputs of calls from this data directory are known.
    """

    connect: Connect
    invoke: Callable[..., ActivationRecord]
    record: Callable[[str], ActivationRecord]
    prices: Callable[[], PriceList]
    local: LocalInputs

    def remember(
        self,
        client: Client,
        name: str,
        params: Mapping[str, Any],
        run: Activation,
        action: Action | None = None,
    ) -> None:
        """Keep the input of a call that was made from here, if the host itself keeps none.

        The annotation of the action says how; without ``action``, it is asked for. The call itself
        was answered, so no error is raised.
        """
        if client.target.kind == "playground":
            return
        with suppress(FaasError, sqlite3.Error, OSError, ValueError):
            action = action or client.get_action(name)
            rule = KeepInputs.of(action.annotation(KEEP_INPUTS))
            if rule is not None:
                secrets = (each.key for each in action.parameters if each.init)
                found = KeptInput(run.activation_id, name, run.start, params)
                self.local.add(client.target.apihost, found, rule.also_redacting(secrets))

    def replay(
        self,
        name: str,
        *,
        last: int,
        run: str | None = None,
        given: Mapping[str, Any] = MappingProxyType({}),
        call: Call | None = None,
        progress: Progress = silent,
    ) -> Replay:
        """Send the ``last`` inputs of a function again and compare the answers.

        With ``run``, only the input of that activation is sent. ``given`` overrides parameters of
        each input. ``call`` runs the function in this process, and returns the answer, whether the
        run succeeded, and the duration in ms. Without ``call``, the deployed action runs. Raises
        InputError if no inputs of the function are kept.
        """
        client = self._client()
        action = client.get_action(name)
        if call is not None:
            runs, where = in_notebook(call, self.prices()), "the cell in the notebook"
        else:
            runs = on_target(partial(self.invoke, name, replay=True))
            where = f"{name} {action.version} on {client.target.label}"
        found = self.latest(action, last)
        if run is not None:
            found = [self._of(run, client)]
        return replay(
            name,
            found,
            given=given,
            run=runs,
            where=where,
            memory_mb=action.limits.memory,
            record=self.record,
            progress=progress,
        )

    def latest(self, action: Action, last: int) -> list[KeptInput]:
        """Return up to ``last`` kept inputs of an action, newest first.

        Raises InputError if its annotation says that none are kept.
        """
        from jupyter_faas.client import InputsClient

        client, name = self._client(), action.full_name.local
        if KeepInputs.of(action.annotation(KEEP_INPUTS)) is None:
            raise InputError(
                f"No inputs of {name} are kept.",
                hint="Remove --no-inputs from the first line of its cell, run the cell, and deploy "
                "the function again.",
            )
        if client.target.kind == "playground":
            return InputsClient(client.target).latest(name, last)
        return self.local.latest(client.target.apihost, name, last)

    def of(self, activation_id: str) -> KeptInput:
        """Return the input of an activation.

        Raises ActivationNotFound if the input was not kept.
        """
        return self._of(activation_id, self._client())

    def kept(self, activation_id: str) -> KeptInput | None:
        """Return the input of an activation, or None if it was not kept."""
        # Viewing an activation must not start a stopped playground.
        try:
            return self._of(activation_id, self._client(start=False))
        except (InputError, ActivationNotFound):
            return None

    def again(self, activation_id: str) -> ActivationRecord:
        """Invoke the action with an activation's input.

        Raises ActivationNotFound if the input was not kept, and InputError if a parameter was
        redacted.
        """
        found = self.of(activation_id)
        names = redacted(found)
        if names:
            pairs = " ".join(f"{name}=…" for name in names)
            raise InputError(
                f"The input of activation {activation_id} is incomplete: {', '.join(names)} "
                f"{'was' if len(names) == 1 else 'were'} redacted.",
                hint=f"Set the missing values: %faas replay {found.name} {pairs} --run "
                f"{activation_id}",
            )
        # With ``replay``, the playground does not keep the same input a second time.
        return self.invoke(found.name, found.params, replay=True)

    def _of(self, activation_id: str, client: Client) -> KeptInput:
        from jupyter_faas.client import InputsClient

        if client.target.kind == "playground":
            return InputsClient(client.target).of(activation_id)
        found = self.local.of(client.target.apihost, activation_id)
        if found is None:
            raise ActivationNotFound(
                f"The input of activation {activation_id} is not known.",
                hint=f"{client.target.label} does not keep inputs, so only inputs of calls from "
                "this machine are known. To list the runs: %faas activations",
            )
        return found

    def _client(self, *, start: bool = True) -> Client:
        return self.connect(start=start).client


def redacted(found: KeptInput) -> tuple[str, ...]:
    """Return the names of the parameters that were redacted, entirely or in part."""
    return tuple(name for name, value in found.params.items() if _hidden(value))


def _hidden(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(_hidden(inner) for inner in value.values())
    if isinstance(value, list):
        return any(_hidden(inner) for inner in value)
    return value == REDACTED
