"""Environments with frameworks too large for every environment; later runs find them again."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

from tests.clients.helpers.cache import installed
from tests.clients.helpers.terminal import tool

# With protobuf 7, which onnxscript would bring, skl2onnx converts less.
TORCH = ("torch", "keras", "onnxscript", "protobuf<7")


def environment_with(name: str, *requirements: str) -> Path:
    """The interpreter of an environment that also sees all that this one has."""

    def install(folder: Path) -> None:
        tool(sys.executable, "-m", "venv", folder, cwd=folder.parent)
        # pip, not uv: which builds of torch there are is pip's configuration.
        pip = (folder / "bin" / "python", "-m", "pip", "install", "-q")
        tool(*pip, *requirements, cwd=folder, patience_s=900)
        (site,) = folder.glob("lib/python*/site-packages")
        (site / "besides.pth").write_text(f"{sysconfig.get_path('purelib')}\n", "utf-8")

    contents = "\n".join((sys.version, sysconfig.get_path("purelib"), *requirements))
    return installed(name, contents, install) / "bin" / "python"
