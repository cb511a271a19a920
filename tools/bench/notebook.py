"""The function cell in a real kernel: from execution to the card, with the helper cold and warm."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import start_new_kernel

from jupyter_faas.playground import stop
from tests.ui.helpers.lab import EXAMPLES
from tools.bench.figures import Figure, sized

CARD = "application/vnd.jupyter-faas+json"


def run_cell(client: BlockingKernelClient, source: str) -> float | None:
    """Milliseconds until the cell's card came (None where it shows none); waits for its end."""
    started = time.perf_counter()
    request = client.execute(source)
    card = None
    while True:
        message = client.get_iopub_msg(timeout=120)
        if message["parent_header"].get("msg_id") != request:
            continue
        kind, content = message["msg_type"], message["content"]
        if kind == "error":
            raise RuntimeError("\n".join(content["traceback"]))
        if (
            kind in ("display_data", "update_display_data")
            and CARD in content["data"]
            and card is None
        ):
            card = (time.perf_counter() - started) * 1000
        if kind == "status" and content["execution_state"] == "idle":
            return card


def figures() -> list[Figure]:
    cold = Figure("iris cell, from execution to card, cold helper")
    warm = Figure("iris cell, from execution to card, warm helper", 1500)
    notebook = nbformat.read(EXAMPLES / "quickstart.ipynb", as_version=4)
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    function = next(index for index, cell in enumerate(cells) if cell.startswith("%%function"))
    # The playground that a kernel starts ahead ends when it notices the kernel's end.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        environment = {**os.environ, "JUPYTER_FAAS_DATA_DIR": str(Path(folder))}
        for _ in range(sized(3, 1)):
            manager, client = start_new_kernel(
                kernel_name="python3", env=environment, stderr=sys.stderr
            )
            try:
                for cell in cells[:function]:
                    run_cell(client, cell)
                for figure, rounds in ((cold, 1), (warm, sized(5, 1))):
                    for _ in range(rounds):
                        card = run_cell(client, cells[function])
                        if card is None:
                            raise RuntimeError("the function cell showed no card")
                        figure.samples.append(card)
            finally:
                client.stop_channels()
                manager.shutdown_kernel(now=True)
                stop(Path(folder))
    return [cold, warm]
