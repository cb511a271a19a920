"""The action that workers rehearse with, before they know which one they will run."""

from __future__ import annotations

from pathlib import Path

PLACE = Path(__file__).parent / "model.onnx"


def main(args: object) -> object:
    return args
