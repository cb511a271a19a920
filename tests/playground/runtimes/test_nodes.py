from __future__ import annotations

import os
from pathlib import Path

import pytest

from jupyter_faas.playground.runtimes.node import NodeFinder


def write(folder: Path, script: str, changed: int) -> Path:
    node = folder / "node"
    node.write_text(f"#!/bin/sh\n{script}\n")
    node.chmod(0o755)
    os.utime(node, ns=(changed, changed))
    return node


def test_it_is_asked_once_and_again_when_it_changes(tmp_path: Path) -> None:
    nodes = NodeFinder({"PATH": str(tmp_path)})
    node = write(tmp_path, f"echo x >> {tmp_path}/asked; echo v20.1.2", 1)
    for _ in range(2):
        found = nodes.find()
        assert found is not None
        assert (found.executable, found.version, found.major) == (str(node), "v20.1.2", 20)
    assert (tmp_path / "asked").read_text() == "x\n"
    write(tmp_path, "echo v22.0.0-nightly", 2)
    found = nodes.find()
    assert found is not None
    assert found.major == 22


@pytest.mark.parametrize("script", ["exit 1", "echo hello", "echo"])
def test_what_is_no_node(tmp_path: Path, script: str) -> None:
    write(tmp_path, script, 1)
    assert NodeFinder({"PATH": str(tmp_path)}).find() is None


def test_no_node(tmp_path: Path) -> None:
    assert NodeFinder({"PATH": str(tmp_path)}).find() is None
