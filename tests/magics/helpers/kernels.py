"""A real kernel, driven as a front end drives it."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager, start_new_kernel

ROOT = Path(__file__).parents[3]
CARD = "application/vnd.jupyter-faas+json"
ANSI = re.compile(r"\x1b\[[0-9;]*m")
DEADLINE_S = 60.0

Message = dict[str, Any]


@dataclass
class Cell:
    """What one execution gave. ``displays`` are bundles as they came; updates are apart."""

    request: str
    displays: list[dict[str, Any]] = field(default_factory=list)
    display_ids: list[str | None] = field(default_factory=list)
    results: list[dict[str, Any]] = field(default_factory=list)
    stream: str = ""
    error: Message | None = None

    @property
    def cards(self) -> list[dict[str, Any]]:
        return [one[CARD] for one in self.displays if CARD in one]

    @property
    def traceback(self) -> str:
        assert self.error is not None, "the cell did not fail"
        return ANSI.sub("", "\n".join(self.error["traceback"]))


class NotebookKernel:
    """Runs cells; keeps everything the kernel ever said in ``said``."""

    def __init__(self, client: BlockingKernelClient, manager: KernelManager) -> None:
        self._client = client
        self._manager = manager
        self.said: list[Message] = []

    def run(
        self,
        source: str,
        *,
        fails: bool | None = False,
        cell_id: str | None = None,
        within_s: float = DEADLINE_S,
        typed: str | None = None,
    ) -> Cell:
        """Execute a cell. An error that was not expected is an assertion; None expects either.

        ``typed`` answers the question for a password that the cell asks.
        """
        content = {
            "code": source,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": typed is not None,
            "stop_on_error": False,
        }
        message = self._client.session.msg("execute_request", content)
        if cell_id is not None:
            message["metadata"]["cellId"] = cell_id
        self._client.shell_channel.send(message)
        cell = Cell(message["header"]["msg_id"])
        if typed is not None:
            asked = self._client.get_stdin_msg(timeout=within_s)["content"]
            assert asked["password"], "the front end would show what is typed"
            self._client.input(typed)
        self.wait(lambda said: _is_idle(said, cell.request), within_s=within_s)
        for said in self.said:
            if said["parent_header"].get("msg_id") == cell.request:
                _add(cell, said)
        assert fails in (None, cell.error is not None), cell.error and cell.traceback
        return cell

    def restart(self) -> None:
        """Start the kernel's process anew, with the environment of its first start."""
        self._manager.restart_kernel(now=True)
        self._client.wait_for_ready(timeout=DEADLINE_S)

    def complete(self, code: str) -> list[str]:
        """What the kernel offers at the end of ``code``, as a front end asks for it."""
        request = self._client.complete(code, len(code))
        while True:
            reply = self._client.get_shell_msg(timeout=DEADLINE_S)
            if reply["parent_header"].get("msg_id") == request:
                found: list[str] = reply["content"]["matches"]
                return found

    def wait(
        self,
        is_it: Callable[[Message], bool],
        seen: int | None = None,
        *,
        within_s: float = DEADLINE_S,
    ) -> Message:
        """The first message that fits, among those from number ``seen`` on (default: new ones)."""
        for said in self.said[seen:] if seen is not None else []:
            if is_it(said):
                return said
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            said = self._client.get_iopub_msg(timeout=within_s)
            self.said.append(said)
            if is_it(said):
                return said
        raise AssertionError("the message did not come")

    def update_of(self, display_id: str | None, seen: int, state: str) -> Message:
        """The update that brings a card's forecast to ``state``."""
        return self.wait(
            lambda said: (
                said["msg_type"] == "update_display_data"
                and said["content"]["transient"]["display_id"] == display_id
                and said["content"]["data"].get(CARD, {}).get("forecast", {}).get("state") == state
            ),
            seen,
        )

    def open_comm(self) -> FrontEnd:
        """Open a comm as the lab extension does."""
        front_end = FrontEnd(self, self._client, uuid4().hex)
        front_end.send("comm_open", {"target_name": "jupyter_faas"}, {})
        return front_end

    def comm(self, comm_id: str) -> FrontEnd:
        """A front end's end of a comm that the kernel opened."""
        return FrontEnd(self, self._client, comm_id)


@dataclass
class FrontEnd:
    """A front end's end of a comm."""

    kernel: NotebookKernel
    client: BlockingKernelClient
    comm_id: str
    pressed: int = 0

    def send(self, kind: str, extra: dict[str, Any], data: Mapping[str, Any]) -> None:
        content = {"comm_id": self.comm_id, "data": data, **extra}
        self.client.shell_channel.send(self.client.session.msg(kind, content))

    def ask(self, **data: Any) -> tuple[dict[str, Any], list[bytes]]:
        """Send an operation and wait for its event, before which a forecast may come."""
        seen = len(self.kernel.said)
        self.send("comm_msg", {}, data)
        return self.next_event(seen, data["op"] if data["op"] in ("functions", "hello") else None)

    def press(self, operation: str, **params: object) -> None:
        """Press a button of a widget."""
        content = {"op": operation, "params": params}
        self.pressed = len(self.kernel.said)
        self.send("comm_msg", {}, {"method": "custom", "content": content})

    def reply(self) -> dict[str, Any]:
        """What the widget answers to the button."""
        said = self.kernel.wait(
            lambda said: (
                said["msg_type"] == "comm_msg"
                and said["content"]["comm_id"] == self.comm_id
                and said["content"]["data"].get("method") == "custom"
            ),
            self.pressed,
        )
        reply: dict[str, Any] = said["content"]["data"]["content"]
        return reply

    def next_event(self, seen: int, name: str | None = None) -> tuple[dict[str, Any], list[bytes]]:
        """The first event (of that name) from message number ``seen`` on."""
        said = self.kernel.wait(
            lambda said: (
                said["msg_type"] == "comm_msg"
                and said["content"]["comm_id"] == self.comm_id
                and name in (None, said["content"]["data"]["event"])
            ),
            seen,
        )
        event: dict[str, Any] = said["content"]["data"]
        return event, [bytes(buffer) for buffer in said["buffers"]]


@contextmanager
def notebook_kernel(folder: Path, python: str = "", **environment: str) -> Iterator[NotebookKernel]:
    """A kernel with a data folder of its own; it and its playground end with the block.

    ``python`` is its interpreter, if not the one of the tests.
    """
    from jupyter_faas.playground import stop

    data_dir = folder / "faas"
    variables = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "JUPYTER_FAAS_DATA_DIR": str(data_dir),
        "JPY_SESSION_NAME": str(folder / "study.ipynb"),
        "IPYTHONDIR": str(folder / "ipython"),
        **environment,
    }
    manager, client = _started(python, env=variables, cwd=str(folder))
    try:
        yield NotebookKernel(client, manager)
    finally:
        client.stop_channels()
        manager.shutdown_kernel()
        stop(data_dir)


def _is_idle(said: Message, request: str) -> bool:
    state = said["content"].get("execution_state")
    return bool(state == "idle" and said["parent_header"].get("msg_id") == request)


def _add(cell: Cell, said: Message) -> None:
    kind, content = said["msg_type"], said["content"]
    if kind == "display_data":
        cell.displays.append(content["data"])
        cell.display_ids.append(content["transient"].get("display_id"))
    elif kind == "update_display_data" and content["transient"]["display_id"] in cell.display_ids:
        # Progress that gave way to what came of it.
        place = cell.display_ids.index(content["transient"]["display_id"])
        cell.displays[place] = content["data"]
    elif kind == "execute_result":
        cell.results.append(content["data"])
    elif kind == "stream":
        cell.stream += content["text"]
    elif kind == "error":
        cell.error = content


def _started(python: str, **options: Any) -> tuple[KernelManager, BlockingKernelClient]:
    if not python:
        return start_new_kernel(kernel_name="python3", **options)
    manager = KernelManager(kernel_name="python3")
    assert manager.kernel_spec is not None
    manager.kernel_spec.argv[0] = python
    manager.start_kernel(**options)
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=DEADLINE_S)
    return manager, client
