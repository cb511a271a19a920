"""One run as a cell output and as values for later cells: ``ActivationView`` and ``LocalRun``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from jupyter_faas.widgets.activation_render import activation_text, json_html, shorten_logs
from jupyter_faas.widgets.display_value import DisplayValue, publish
from jupyter_faas.widgets.html import mono
from jupyter_faas.widgets.lines import lay_out
from jupyter_faas.widgets.output import Bundle, Output, has_kernel, mime_bundle

if TYPE_CHECKING:
    from jupyter_faas.workspace import Workspace


class ActivationView(DisplayValue):
    """A run with its result, status line and logs, displayed in all four formats.

    ::

        ActivationView("c41e09ab6f1e4f0d9e09ab6f1e1f0d22")     # the last line of a cell

    The record is read once, when the view is created. Raises ActivationNotFound if the target does
    not have a record with that id.
    """

    def __init__(self, activation_id: str, *, workspace: Workspace | None = None) -> None:
        if workspace is None:
            from jupyter_faas.workspace import Workspace

            workspace = Workspace.notebook or Workspace.open()
        self._record: Mapping[str, Any] = workspace.activation(activation_id).to_json()

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> ActivationView:
        """Return the view of a record that has already been read.

        tests/data/api/activation.json shows the keys of a record.
        """
        # ``__init__`` would read the record from the target again.
        view = cls.__new__(cls)
        view._record = record
        return view

    @property
    def id(self) -> str:
        """The activation's id, 32 hexadecimal digits."""
        return str(self._record["id"])

    @property
    def ok(self) -> bool:
        """Whether the run succeeded."""
        return bool(self._record["ok"])

    @property
    def status(self) -> str:
        """OpenWhisk's status: ``success``, ``application error``, ``action developer error``, …"""
        return str(self._record["status"])

    @property
    def result(self) -> Any:
        """The function's result, or ``{"error": …}`` when the run failed."""
        return self._record["result"]

    @property
    def logs(self) -> list[str]:
        """All log lines, each with its timestamp and stream."""
        return list(self._record["logs"])

    @property
    def duration_ms(self) -> int | None:
        """The duration in milliseconds, including initialization, or None if it is not known."""
        duration: int | None = self._record["duration_ms"]
        return duration

    @property
    def cold(self) -> bool:
        """Whether the run had to start and initialize a container first."""
        return bool(self._record["cold"])

    @property
    def record(self) -> Mapping[str, Any]:
        """The whole record, as the server extension returns it."""
        return self._record

    def show(
        self, *, display_id: str | None = None, replace: bool = False, with_widget: bool = True
    ) -> None:
        """Show the run in the running cell.

        With ``replace``, the run replaces the existing output with this ``display_id``.
        """
        payload = shorten_logs(self._record)
        output = Output(
            payload,
            display_id=display_id or uuid4().hex,
            with_widget=with_widget and has_kernel(),
        )
        output.show(replace=replace)

    def __repr__(self) -> str:
        return activation_text(self._record)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Bundle:
        return mime_bundle(shorten_logs(self._record))


class LocalRun(DisplayValue):
    """A run of a function in the notebook itself, in place of its action.

    A LocalRun has the attributes of an ActivationView that later cells may read.
    """

    id = ""
    ok = True
    status = "success"
    cold = False

    def __init__(self, result: Mapping[str, Any], duration_ms: int) -> None:
        self.result = result
        self.duration_ms = duration_ms
        self.logs: list[str] = []

    def show(self) -> None:
        """Show the result in the running cell."""
        laid_out = lay_out(self.result)
        html = f'<pre style="margin:0;{mono(13)}">{json_html(laid_out)}</pre>'
        publish({"text/html": html, "text/plain": laid_out})

    def __repr__(self) -> str:
        return lay_out(self.result)
