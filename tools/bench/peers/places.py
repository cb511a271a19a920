"""An environment for each system, made once and kept under ``.dev/peers``."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[3]
KEPT = ROOT / ".dev" / "peers"
PROGRAMS = Path(__file__).parent / "programs"

# One request at a time needs one thread, for everybody; nobody writes or reports home.
_FIXED = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "ORT_DISABLE_TELEMETRY": "1",
    "BENTOML_DO_NOT_TRACK": "True",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "1",
    "HOME": os.path.expanduser("~"),
    "LANG": "C.UTF-8",
}


def environment_of(python: Path, **more: str) -> dict[str, str]:
    """What a system's processes find: little of ours, and its own programs first."""
    path = os.pathsep.join([str(python.parent), "/usr/local/bin", "/usr/bin", "/bin"])
    return {**_FIXED, "PATH": path, "VIRTUAL_ENV": str(python.parent.parent), **more}


def install(name: str, requirements: tuple[str, ...]) -> Path:
    """The interpreter of an environment that holds ``requirements``, all of it compiled.

    Raises CalledProcessError with the installer's words on standard error.
    """
    digest = hashlib.sha256("\n".join((sys.version, *requirements)).encode()).hexdigest()[:12]
    folder = KEPT / f"{name}-{digest}"
    python = folder / "bin" / "python"
    if (folder / "complete").exists():
        return python
    shutil.rmtree(folder, ignore_errors=True)
    uv = str(Path(sys.executable).parent / "uv")
    print(f"  · installing {name} (once)", flush=True)
    _run([uv, "venv", "--quiet", "--python", sys.executable, str(folder)])
    options = ["--quiet", "--compile-bytecode", "--python", str(python)]
    _run([uv, "pip", "install", *options, *requirements])
    (folder / "complete").touch()
    return python


def run(command: list[str], environment: Mapping[str, str], folder: Path) -> str:
    """What a program prints. Raises RuntimeError with the end of what it said when it fails."""
    done = subprocess.run(
        command, env=dict(environment), cwd=folder, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[:3])}: {(done.stdout + done.stderr)[-2000:]}")
    return done.stdout


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True)
