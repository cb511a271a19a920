"""A real IPython shell without a kernel, and a kernel with a playground."""

from __future__ import annotations

import atexit
from collections.abc import Iterator
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from tests.magics.helpers.kernels import NotebookKernel, notebook_kernel


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    """The shell that ``get_ipython`` answers; its history lives in memory."""
    InteractiveShell.clear_instance()
    config = Config()
    config.HistoryManager.hist_file = ":memory:"
    config.InteractiveShell.colors = "nocolor"
    shell = InteractiveShell.instance(config=config)
    try:
        yield shell
    finally:
        shell.atexit_operations()
        atexit.unregister(shell.atexit_operations)
        InteractiveShell.clear_instance()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the kernel's notebook and, in ``faas``, of its data."""
    return tmp_path_factory.mktemp("notebook")


@pytest.fixture(scope="module")
def kernel(folder: Path) -> Iterator[NotebookKernel]:
    """A kernel with the extension and a running playground, for all tests of a module."""
    with notebook_kernel(folder) as kernel:
        kernel.run("%load_ext jupyter_faas")
        kernel.run("%faas playground start")
        yield kernel
