"""``SpawnedRun``: a run that was started without waiting for it.

It is not part of ``service.py``, because users keep it and read its documentation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import ActivationFailed
from jupyter_faas.workspace.activations import find_record, wait_for_record
from jupyter_faas.workspace.failures import failure_of

if TYPE_CHECKING:
    from jupyter_faas.client import Client
    from jupyter_faas.whisk import Activation
    from jupyter_faas.workspace.results import ActivationRecord


class SpawnedRun:
    """A run of a function. ``activation_id`` is known at once, and the result when it has ended."""

    def __init__(
        self,
        client: Client,
        name: str,
        activation_id: str,
        *,
        limit_s: float,
        unbox: Callable[[Any], Any],
        to_record: Callable[[Activation], ActivationRecord],
    ) -> None:
        self.name = name
        self.activation_id = activation_id
        self._client = client
        self._limit_s = limit_s
        self._unbox = unbox
        self._to_record = to_record
        self._run: Activation | None = None

    def done(self) -> bool:
        """Return whether the run has ended, which sends one request. Raises TargetError."""
        if self._run is None:
            self._run = find_record(self._client, self.activation_id)
        return self._run is not None

    def result(self, timeout: float | None = None) -> Any:
        """Wait for the end of the run, and return what the function returned.

        ``timeout``: how long to wait, in seconds, by default as long as the run may take. Raises
        ActivationFailed if the run failed, and ActivationTimedOut if it has not ended in time.
        """
        run = self._wait(timeout)
        if not run.response.success:
            shown = {"result": run.response.result, "logs": run.logs, "memory_mb": run.memory_mb}
            raise ActivationFailed(
                f"{self.name} failed: {failure_of(shown).headline}",
                hint=f"To see its output: %faas logs {self.activation_id}",
            )
        return self._unbox(run.response.result)

    def record(self, timeout: float | None = None) -> ActivationRecord:
        """Wait for the end of the run, and return its record with logs and cost."""
        return self._to_record(self._wait(timeout))

    def _wait(self, timeout: float | None) -> Activation:
        if self._run is None:
            wait_s = self._limit_s if timeout is None else timeout
            self._run = wait_for_record(self._client, self.name, self.activation_id, wait_s)
        return self._run

    def __repr__(self) -> str:
        state = "running or queued" if self._run is None else self._run.response.status
        return f"<run {self.activation_id} of {self.name}: {state}>"
