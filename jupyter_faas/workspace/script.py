"""ScriptVerbs: the methods of a named composition in a plain Python script."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import ActivationFailed
from jupyter_faas.workspace.compositions.files import root_of
from jupyter_faas.workspace.failures import failure_of
from jupyter_faas.workspace.options import CompositionOptions
from jupyter_faas.workspace.request import CompositionRequest
from jupyter_faas.workspace.results import Progress, silent
from jupyter_faas.workspace.text import failure_place

if TYPE_CHECKING:
    from jupyter_faas.composer import NamedComposition
    from jupyter_faas.workspace.batches.results import BatchResults
    from jupyter_faas.workspace.batches.spawned import SpawnedRun
    from jupyter_faas.workspace.results import ActivationRecord, ActivationSummary, Deployment
    from jupyter_faas.workspace.workspace import Workspace


class ScriptVerbs:
    """The methods ``deploy``, ``invoke`` and ``activations`` of a named composition.

    ``namespace`` contains the script's globals.
    """

    def __init__(
        self, workspace: Workspace, named: NamedComposition, namespace: Mapping[str, object]
    ) -> None:
        self._workspace = workspace
        self._named = named
        self._namespace = namespace

    def deploy(self, *, force: bool) -> Deployment:
        """Package the composition and deploy it to the current target."""
        request = named_request(self._named)
        node = root_of(self._named)
        packaged = self._workspace.package_composition(request, node, self._namespace)
        return self._workspace.deploy(packaged.record.id, force=force)

    def invoke(self, params: Mapping[str, Any]) -> ActivationRecord:
        """Run the composition once and return its record. Raises ActivationFailed if it fails."""
        return checked_run(self._workspace, self._named.name, params)

    def activations(self, limit: int) -> list[ActivationSummary]:
        """Return the latest sessions of the composition."""
        return self._workspace.sessions.summaries(limit=limit, name=self._named.name)


class ScriptCalls:
    """The operations behind ``map``, ``spawn`` and ``ainvoke`` of a handle in a script."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def run(self, name: str, params: Mapping[str, Any]) -> ActivationRecord:
        """Run the function once. Raises ActivationFailed if the run fails."""
        return checked_run(self._workspace, name, params)

    def map(self, name: str, rows: object, **options: Any) -> BatchResults:
        """Make many calls, with progress on stderr if that is a terminal."""
        with terminal_progress() as progress:
            return self._workspace.batches.map(name, rows, progress=progress, **options)

    def spawn(self, name: str, params: Mapping[str, Any]) -> SpawnedRun:
        return self._workspace.batches.spawn(name, params)


@contextmanager
def terminal_progress() -> Iterator[Progress]:
    """Show progress in the last line of the terminal, or nowhere if stderr is not a terminal."""
    if not sys.stderr.isatty():
        yield silent
        return
    width = 0

    def show(words: str) -> None:
        nonlocal width
        sys.stderr.write(f"\r{words:<{width}}")
        sys.stderr.flush()
        width = len(words)

    try:
        yield show
    finally:
        if width:
            sys.stderr.write(f"\r{'':<{width}}\r")


def checked_run(workspace: Workspace, name: str, params: Mapping[str, Any]) -> ActivationRecord:
    """Run an action once and return its record. Raises ActivationFailed if the run fails."""
    record = workspace.invoke(name, params)
    if not record.ok:
        raise run_failed(record.to_json())
    return record


def named_request(named: NamedComposition, **others: Any) -> CompositionRequest:
    """Return the request to package a named composition, which has no cell."""
    # A script has no notebook, so paths of included files are relative to the working directory.
    return CompositionRequest("", CompositionOptions.at(named.name), root=Path.cwd(), **others)


def run_failed(record: Mapping[str, Any], hint: str = "") -> ActivationFailed:
    """Return the error for a failed run. ``record`` is the run's record as JSON data.

    The message names the exception, or the last one of the log where the host's own message does
    not say why the run failed. The hint begins with the user's line, and the likely cause and its
    cure.
    """
    failure = failure_of(record)
    reason = failure.raised.text if failure.raised and not failure.error else failure.reason
    message = "\n".join(filter(None, (f"{record['name']} failed: {reason}", failure.error)))
    # The record of a kernel's run also knows the cell.
    place = failure_place(record.get("failure") or failure.to_json())
    return ActivationFailed(message, hint="\n".join(filter(None, (place, failure.cure, hint))))
