"""What it costs to have the package installed: importing it, and the server's start with it.

And how long the playground takes, from nothing to its first answer.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from jupyter_faas.client import Client, playground_target
from jupyter_faas.playground import control
from tests.ui.helpers.lab import free_port
from tools.bench.figures import Figure, sized

CODE = "import numpy, onnxruntime\n\ndef main(args):\n    return args\n"

TIMED_IMPORT = (
    "import time; t = time.perf_counter(); import jupyter_faas;"
    "print((time.perf_counter() - t) * 1000)"
)


def importing() -> Figure:
    figure = Figure("import jupyter_faas", 100)
    for _ in range(sized(9, 1)):
        done = subprocess.run(
            [sys.executable, "-c", TIMED_IMPORT], capture_output=True, text=True, check=True
        )
        figure.samples.append(float(done.stdout))
    return figure


# Our 2,000 objects may decide whether one full garbage collection (about 90 ms for JupyterLab's
# 200,000 objects) falls just before or just after the first page. So both are measured.
STARTS = {
    "": "from jupyterlab.labapp import main; main()",
    " (no garbage collection)": (
        "import gc; gc.disable(); from jupyterlab.labapp import main; main()"
    ),
}


def start_server(folder: Path, code: str, *, enabled: bool) -> float:
    """Milliseconds from the process's start until it has served JupyterLab's page."""
    port = free_port()
    extensions = str({"jupyter_faas": enabled})
    command = [
        sys.executable, "-c", code, "--no-browser", "--allow-root",
        f"--ServerApp.port={port}", f"--ServerApp.root_dir={folder}",
        "--IdentityProvider.token=bench", f"--ServerApp.jpserver_extensions={extensions}",
    ]  # fmt: skip
    environment = {**os.environ, "JUPYTER_FAAS_DATA_DIR": str(folder / "faas")}
    started = time.perf_counter()
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/lab?token=bench", timeout=5):
                    return (time.perf_counter() - started) * 1000
            except (urllib.error.URLError, ConnectionError):
                if process.poll() is not None:
                    raise RuntimeError("the server stopped before it responded") from None
                time.sleep(0.003)
    finally:
        process.terminate()
        process.wait()


def server() -> Iterator[Figure | str]:
    with tempfile.TemporaryDirectory() as folder:
        for suffix, code in STARTS.items():
            without, having = (
                Figure(f"JupyterLab {word} jupyter_faas, until its page{suffix}")
                for word in ("without", "with")
            )
            for round_ in range(sized(10, 1)):
                # The order changes, so that what a start leaves behind favours neither.
                for figure in (without, having)[:: -1 if round_ % 2 else 1]:
                    figure.samples.append(
                        start_server(Path(folder), code, enabled=figure is having)
                    )
            ratio = statistics.median(having.samples) / statistics.median(without.samples)
            yield from (without, having, f"JupyterLab, with / without{suffix}: {ratio:.3f}×")


def playground() -> list[Figure]:
    ready = Figure("playground, from process start until it listens", 200)
    answer = Figure("the same, to the first answer of numpy and onnxruntime")
    for _ in range(sized(5, 1)):
        with tempfile.TemporaryDirectory() as folder:
            data_dir = Path(folder)
            started = time.perf_counter()
            control.start(data_dir, port=free_port())
            ready.samples.append((time.perf_counter() - started) * 1000)
            try:
                client = Client(playground_target(data_dir))
                client.put_action("first", {"exec": {"kind": "python:default", "code": CODE}})
                client.invoke("first", {})
                answer.samples.append((time.perf_counter() - started) * 1000)
            finally:
                control.stop(data_dir)
    return [ready, answer]


def figures() -> list[Figure | str]:
    return [importing(), *playground(), *server()]
