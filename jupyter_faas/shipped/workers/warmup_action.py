"""The sample action that a preforked worker runs once to warm up (see ``prefork.py``)."""

from __future__ import annotations

from pathlib import Path

# The path is not used. Packaged actions compute such a path at import, so this action does too.
MODEL_PATH = Path(__file__).parent / "model.onnx"


def main(args: object) -> object:
    return args
