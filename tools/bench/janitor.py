"""Ends what a bench has started, even if the bench is killed.

The sections start playgrounds, kernels and JupyterLab, which are not children of the bench and so
survive it. All of them, however, inherit the bench's folder for temporary files. A process of its
own waits until the bench has ended, then ends every process with that folder and deletes it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator

import psutil

_FOLDER = "TMPDIR"
_PATIENCE_S = 10.0


@contextlib.contextmanager
def cleaned_up() -> Iterator[None]:
    """Give this process a folder for temporary files, and have the rest cleaned up after it."""
    before = os.environ.get(_FOLDER)
    folder = tempfile.mkdtemp(prefix="bench-")
    environment = {key: value for key, value in os.environ.items() if key != _FOLDER}
    # The pipe closes when this process ends, in whatever way.
    janitor = subprocess.Popen(
        [sys.executable, "-m", "tools.bench.janitor", folder],
        stdin=subprocess.PIPE,
        env=environment,
        start_new_session=True,
    )
    os.environ[_FOLDER] = tempfile.tempdir = folder
    try:
        yield
    finally:
        os.environ.pop(_FOLDER)
        tempfile.tempdir = None
        if before is not None:
            os.environ[_FOLDER] = before
        # Not while the bench still has the folder: the janitor would end the bench, too.
        assert janitor.stdin is not None
        janitor.stdin.close()
        janitor.wait(3 * _PATIENCE_S)


def left(folder: str) -> list[psutil.Process]:
    """Return the processes of this user that were started with ``folder``."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(_FOLDER) == folder:
                found.append(process)
    return found


def clean(folder: str) -> None:
    """End the processes with ``folder``, first politely, and delete the folder."""
    for end in (psutil.Process.terminate, psutil.Process.kill):
        processes = left(folder)
        for process in processes:
            with contextlib.suppress(psutil.Error):
                end(process)
        psutil.wait_procs(processes, _PATIENCE_S)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.stdin.buffer.read()
    clean(sys.argv[1])
