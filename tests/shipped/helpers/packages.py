"""Packages on disk, run the way OpenWhisk's Python runtime runs them."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jupyter_faas.bundle import Bundle, FunctionFiles, Manifest, lay_out, pack
from tests.capture.helpers.notebook import Notebook

# What the runtime's exec__.py does, with standard output for the answers: the action's file has
# been renamed, the working directory is the action's, and neither PATH nor HOME is set.
LAUNCHER = """
import json, os, sys, traceback
from main__ import main as main
sys.stdout.flush()
sys.stderr.flush()
print('{"ok":true}', flush=True)
for line in sys.stdin:
    try:
        answer = main(json.loads(line)["value"])
    except Exception as error:
        traceback.print_exc()
        answer = {"error": str(error)}
    print(json.dumps(answer, ensure_ascii=False), flush=True)
"""


def package(body: str, *, notebook: Notebook | None = None, **options: Any) -> Bundle:
    """Capture ``body`` from the notebook and pack it."""
    name = options.pop("name", "iris")
    captured = (notebook or Notebook()).capture(body, name, **options)
    files = lay_out(
        FunctionFiles(
            captured.cell_text,
            captured.captured_source,
            arrays=captured.array_files(),
            data=captured.data,
            includes=captured.includes,
            requirements={r.distribution: r.version for r in captured.requirements},
            images=captured.images,
            objects=captured.objects,
        )
    )
    manifest = Manifest(
        name=name,
        handler=captured.handler,
        signature=captured.signature,
        schema=captured.schema,
        doc=captured.doc,
        parameter_style=captured.parameter_style,
        source_sha256=hashlib.sha256(captured.cell_text.encode()).hexdigest(),
        kind="python:3",
        limits={"memory_mb": 256, "timeout_ms": 60_000},
        python="3.11.7",
        captured=tuple(dataclasses.asdict(item) for item in captured.items),
    )
    return pack(files, manifest)


def write_package(folder: Path, body: str, **options: Any) -> Path:
    """Pack ``body`` and unpack the package into ``folder``."""
    package(body, **options).unpack(folder)
    return folder


def launch(
    folder: Path, calls: Sequence[Any], *, python: str = sys.executable
) -> tuple[list[Any], str]:
    """The answers to ``calls`` (parameter dictionaries), and what was written as logs.

    The first line of a launcher that starts is its acknowledgement, which is checked here.
    """
    (folder / "__main__.py").rename(folder / "main__.py")
    (folder / "exec__.py").write_text(LAUNCHER)
    done = subprocess.run(
        [python, "exec__.py"],
        cwd=folder,
        env={"PYTHONIOENCODING": "utf-8", "PYTHONDONTWRITEBYTECODE": "1"},
        input="".join(json.dumps({"value": call}) + "\n" for call in calls),
        capture_output=True,
        text=True,
        timeout=50,
    )
    (folder / "main__.py").rename(folder / "__main__.py")
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    logs = done.stderr + "".join(
        f"{line}{os.linesep}" for line in done.stdout.splitlines() if not line.startswith("{")
    )
    if done.returncode != 0:
        return [], logs
    assert lines[0] == '{"ok":true}'
    return [json.loads(line) for line in lines[1:]], logs
